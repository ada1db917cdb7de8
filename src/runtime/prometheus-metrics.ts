import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { assert } from '../model/assert.js'
import {
  bucketsFor,
  METRIC_SERIES_MAX,
  METRICS_PREFIX,
  type MetricFamily,
  type MetricSeries,
  MetricsBase,
} from './metrics.js'

/** How often the event loop's lag is sampled; every sample wakes the process, and an idle node should sleep. */
const EVENT_LOOP_SAMPLE_MS = 100

/**
 * prom-client behind {@link ./metrics.js!MetricsCollector}, with a registry of its own, so that several nodes live in one process.
 * A metric is made at its first use; its label names are fixed by that use.
 */
export class PrometheusMetrics extends MetricsBase {
  readonly #registry = new Registry()
  readonly #counters = new Map<string, Family<Counter>>()
  readonly #gauges = new Map<string, Family<Gauge>>()
  readonly #histograms = new Map<string, Family<Histogram>>()
  readonly #dropped: Counter

  /** `process`: also report this process (memory, CPU, event-loop lag, garbage collection). Default true. */
  constructor(options: { readonly process?: boolean } = {}) {
    super()
    const registers = [this.#registry]
    if (options.process ?? true)
      collectDefaultMetrics({
        register: this.#registry,
        eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS,
      })
    this.#dropped = new Counter({
      name: `${METRICS_PREFIX}metrics_dropped_total`,
      help: `Observations dropped because their metric has ${METRIC_SERIES_MAX} label combinations already.`,
      registers,
    })
  }

  counter(name: string, help: string, value = 1, labels: Record<string, string> = {}): void {
    const family = this.#family(this.#counters, name, labels, (common) => new Counter({ ...common, help }))
    if (this.#admits(family, labels)) family.metric.inc(labels, value)
  }

  gauge(name: string, help: string, value: number, labels: Record<string, string> = {}): void {
    const family = this.#family(this.#gauges, name, labels, (common) => new Gauge({ ...common, help }))
    if (this.#admits(family, labels)) family.metric.set(labels, value)
  }

  histogram(name: string, help: string, value: number, labels: Record<string, string> = {}): void {
    const buckets = bucketsFor(name)
    const make = (common: Common) => new Histogram({ ...common, help, buckets })
    const family = this.#family(this.#histograms, name, labels, make)
    if (this.#admits(family, labels)) family.metric.observe(labels, value)
  }

  async snapshot(): Promise<readonly MetricFamily[]> {
    const families: MetricFamily[] = []
    const plain = [
      ...[...this.#counters.values()].map((family) => ({ ...family, type: 'counter' as const })),
      ...[...this.#gauges.values()].map((family) => ({ ...family, type: 'gauge' as const })),
    ]
    for (const { name, metric, type } of plain) {
      const { help, values } = await metric.get()
      const series = values.map(({ labels, value }) => ({ labels: textsOf(labels), value }))
      families.push({ name, help, type, series })
    }
    for (const { name, metric } of this.#histograms.values()) {
      const { help, values } = await metric.get()
      families.push({ name, help, type: 'histogram', series: sumsOf(name, values) })
    }
    return families.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  reset(): void {
    for (const families of [this.#counters, this.#gauges, this.#histograms]) {
      for (const { metric, series } of families.values()) {
        metric.reset()
        series.clear()
      }
    }
    this.#dropped.reset()
  }

  exportPrometheus(): Promise<string> {
    return this.#registry.metrics()
  }

  #family<M>(
    families: Map<string, Family<M>>,
    name: string,
    labels: Record<string, string>,
    make: (common: Common) => M,
  ): Family<M> {
    const known = families.get(name)
    if (known !== undefined) return known
    const labelNames = Object.keys(labels)
    const metric = make({ name: METRICS_PREFIX + name, labelNames, registers: [this.#registry] })
    const family = { name, metric, labelNames, series: new Set<string>() }
    families.set(name, family)
    return family
  }

  #admits(family: Family<unknown>, labels: Record<string, string>): boolean {
    const { labelNames, series, name } = family
    const given = Object.keys(labels)
    assert(
      given.length === labelNames.length && given.every((label) => labelNames.includes(label)),
      () => `metric ${name} has the labels [${labelNames}], not [${given}]`,
    )
    if (labelNames.length === 0) return true
    const key = labelNames.map((label) => JSON.stringify(labels[label])).join()
    if (series.has(key)) return true
    if (series.size >= METRIC_SERIES_MAX) {
      this.#dropped.inc()
      return false
    }
    series.add(key)
    return true
  }
}

interface Common {
  readonly name: string
  readonly labelNames: string[]
  readonly registers: Registry[]
}

interface Family<M> {
  readonly name: string
  readonly metric: M
  readonly labelNames: readonly string[]
  readonly series: Set<string>
}

type Labels = Partial<Record<string, string | number>>

function textsOf(labels: Labels): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]))
}

/** prom-client lists a histogram's sums and counts beside its buckets. */
function sumsOf(
  name: string,
  values: readonly { metricName?: string; labels: Labels; value: number }[],
): MetricSeries[] {
  const valuesOf = (what: string) =>
    values.filter((each) => each.metricName === `${METRICS_PREFIX}${name}_${what}`)
  const sums = valuesOf('sum')
  return valuesOf('count').map(({ labels, value: count }, at) => {
    const sum = sums[at]?.value ?? 0
    return { labels: textsOf(labels), count, sum }
  })
}
