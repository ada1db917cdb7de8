/** Where numbers go. Names are Prometheus names without the `ggen_` prefix; labels are few and bounded. */
export interface MetricsCollector {
  counter(name: string, help: string, value?: number, labels?: Record<string, string>): void
  gauge(name: string, help: string, value: number, labels?: Record<string, string>): void
  /** One observation; seconds for durations, bytes for sizes. */
  histogram(name: string, help: string, value: number, labels?: Record<string, string>): void
  exportPrometheus(): Promise<string>
}

/** Counts nothing. */
export const silentMetrics: MetricsCollector = {
  counter() {},
  gauge() {},
  histogram() {},
  exportPrometheus: async () => '',
}
