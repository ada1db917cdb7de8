import { MarketplaceError } from '../model/error.js'

export type MetricLabels = Readonly<Record<string, string>>

/** One metric with all its label combinations, as it stands. */
export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly series: readonly MetricSeries[]
}

export type MetricSeries =
  | { readonly labels: MetricLabels; readonly value: number }
  /** Of a histogram: how many observations, and what they add up to. */
  | { readonly labels: MetricLabels; readonly count: number; readonly sum: number }

/**
 * Where numbers go. Names are Prometheus names without the `ggen_` prefix, their unit last; labels are few and bounded, and the same at
 * every use of a name. Nothing here ever fails a caller but a name or labels that contradict their first use, which is a mistake in the
 * program. Every implementation passes test/conformance/metrics-collector.ts.
 */
export interface MetricsCollector {
  counter(name: string, help: string, value?: number, labels?: Record<string, string>): void
  gauge(name: string, help: string, value: number, labels?: Record<string, string>): void
  /** One observation; seconds for durations, bytes for sizes. */
  histogram(name: string, help: string, value: number, labels?: Record<string, string>): void
  /** One duration, given in milliseconds and observed in seconds: the name ends in `_seconds`. */
  timing(name: string, help: string, milliseconds: number, labels?: Record<string, string>): void
  /** Counts a failure in `errors_total`, by its reason (`INTERNAL` where it has none) and by what failed. */
  error(error: unknown, what: string): void
  /** Everything that was counted since the start or the last reset, by name. */
  snapshot(): Promise<readonly MetricFamily[]>
  /** Back to nothing counted. */
  reset(): void
  /** The text format of Prometheus, names with their prefix. */
  exportPrometheus(): Promise<string>
  /** {@link snapshot} as JSON. */
  exportJson(): Promise<string>
}

const ERRORS = ['errors_total', 'Failures, by reason and by what failed.'] as const

/** What every collector makes of the three that it implements. */
export abstract class MetricsBase implements MetricsCollector {
  abstract counter(name: string, help: string, value?: number, labels?: Record<string, string>): void
  abstract gauge(name: string, help: string, value: number, labels?: Record<string, string>): void
  abstract histogram(name: string, help: string, value: number, labels?: Record<string, string>): void
  abstract snapshot(): Promise<readonly MetricFamily[]>
  abstract reset(): void
  abstract exportPrometheus(): Promise<string>

  timing(name: string, help: string, milliseconds: number, labels: Record<string, string> = {}): void {
    this.histogram(name, help, milliseconds / 1_000, labels)
  }

  error(error: unknown, what: string): void {
    const reason = error instanceof MarketplaceError ? error.reason : 'INTERNAL'
    this.counter(...ERRORS, 1, { reason, what })
  }

  async exportJson(): Promise<string> {
    return JSON.stringify(await this.snapshot())
  }
}

/** Counts nothing. */
export const silentMetrics: MetricsCollector = {
  counter() {},
  gauge() {},
  histogram() {},
  timing() {},
  error() {},
  reset() {},
  snapshot: async () => [],
  exportPrometheus: async () => '',
  exportJson: async () => '[]',
}

/** 100 µs to 13 s: from a LevelDB read to a stalled election. */
const SECONDS_BUCKETS = [0.0001, 0.0003, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 13]
/** 256 B to 1 GiB, factor four. */
const BYTES_BUCKETS = Array.from({ length: 12 }, (_, i) => 256 * 4 ** i)
/** 1 to 64 Ki, factor four: batch sizes and queue lengths. */
const COUNT_BUCKETS = Array.from({ length: 9 }, (_, i) => 4 ** i)

/** The unit is last in a metric's name, so the name chooses the buckets. */
export function bucketsFor(name: string): number[] {
  if (name.endsWith('_seconds')) return SECONDS_BUCKETS
  if (name.endsWith('_bytes')) return BYTES_BUCKETS
  return COUNT_BUCKETS
}

/** Before every exported name. */
export const METRICS_PREFIX = 'ggen_'
/** Different label combinations one metric may have; beyond it, observations are dropped and counted. */
export const METRIC_SERIES_MAX = 1_000
