import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { assert } from '../model/assert.js'
import type { MetricsCollector } from './metrics.js'

const PREFIX = 'ggen_'
/** 100 µs to 13 s: from a LevelDB read to a stalled election. */
const SECONDS_BUCKETS = [0.0001, 0.0003, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 13]
/** 256 B to 1 GiB, factor four. */
const BYTES_BUCKETS = Array.from({ length: 12 }, (_, i) => 256 * 4 ** i)
/** 1 to 64 Ki, factor four: batch sizes and queue lengths. */
const COUNT_BUCKETS = Array.from({ length: 9 }, (_, i) => 4 ** i)
/** How often the event loop's lag is sampled; every sample wakes the process, and an idle node should sleep. */
const EVENT_LOOP_SAMPLE_MS = 100
/** Different label combinations one metric may have; beyond it, observations are dropped and counted. */
const SERIES_MAX = 1_000

/**
 * prom-client behind {@link MetricsCollector}, with a registry of its own, so that several nodes live in one process.
 * A metric is made at its first use; its label names are fixed by that use.
 */
export class PrometheusMetrics implements MetricsCollector {
  readonly #registry = new Registry()
  readonly #counters = new Map<string, Family<Counter>>()
  readonly #gauges = new Map<string, Family<Gauge>>()
  readonly #histograms = new Map<string, Family<Histogram>>()
  readonly #dropped: Counter

  /** `process`: also report this process (memory, CPU, event-loop lag, garbage collection). Default true. */
  constructor(options: { readonly process?: boolean } = {}) {
    const registers = [this.#registry]
    if (options.process ?? true)
      collectDefaultMetrics({
        register: this.#registry,
        eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS,
      })
    this.#dropped = new Counter({
      name: `${PREFIX}metrics_dropped_total`,
      help: `Observations dropped because their metric has ${SERIES_MAX} label combinations already.`,
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
    const metric = make({ name: PREFIX + name, labelNames, registers: [this.#registry] })
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
    if (series.size >= SERIES_MAX) {
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

/** The unit is last in a metric's name, so the name chooses the buckets. */
function bucketsFor(name: string): number[] {
  if (name.endsWith('_seconds')) return SECONDS_BUCKETS
  if (name.endsWith('_bytes')) return BYTES_BUCKETS
  return COUNT_BUCKETS
}
