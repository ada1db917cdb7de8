import { assert } from '../model/assert.js'
import {
  bucketsFor,
  METRIC_SERIES_MAX,
  METRICS_PREFIX,
  type MetricFamily,
  type MetricLabels,
  type MetricSeries,
  MetricsBase,
} from './metrics.js'

interface Series {
  readonly labels: MetricLabels
  /** Of a histogram: the sum. */
  value: number
  count: number
  /** Observations up to each bound; of a histogram only. */
  readonly buckets: number[]
}

interface Family {
  readonly name: string
  readonly help: string
  readonly type: MetricFamily['type']
  readonly labelNames: readonly string[]
  readonly bounds: readonly number[]
  readonly series: Map<string, Series>
}

const DROPPED = 'metrics_dropped_total'

/** Numbers in memory, without anything of Node: for clients elsewhere, and for tests that look at what was counted. */
export class MemoryMetrics extends MetricsBase {
  readonly #families = new Map<string, Family>()

  counter(name: string, help: string, value = 1, labels: Record<string, string> = {}): void {
    const series = this.#series('counter', name, help, labels)
    if (series !== undefined) series.value += value
  }

  gauge(name: string, help: string, value: number, labels: Record<string, string> = {}): void {
    const series = this.#series('gauge', name, help, labels)
    if (series !== undefined) series.value = value
  }

  histogram(name: string, help: string, value: number, labels: Record<string, string> = {}): void {
    const series = this.#series('histogram', name, help, labels)
    if (series === undefined) return
    series.value += value
    series.count++
    for (const [at, bound] of bucketsFor(name).entries())
      if (value <= bound) series.buckets[at] = (series.buckets[at] ?? 0) + 1
  }

  async snapshot(): Promise<readonly MetricFamily[]> {
    return [...this.#families.values()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, help, type, series }) => ({
        name,
        help,
        type,
        series: [...series.values()].map(
          ({ labels, value, count }): MetricSeries =>
            type === 'histogram' ? { labels, count, sum: value } : { labels, value },
        ),
      }))
  }

  reset(): void {
    for (const { series } of this.#families.values()) series.clear()
  }

  async exportPrometheus(): Promise<string> {
    return [...this.#families.values()].flatMap(linesOf).join('\n').concat('\n')
  }

  #series(
    type: MetricFamily['type'],
    name: string,
    help: string,
    labels: Record<string, string>,
  ): Series | undefined {
    const family = this.#family(type, name, help, labels)
    const key = JSON.stringify(family.labelNames.map((label) => labels[label]))
    const known = family.series.get(key)
    if (known !== undefined) return known
    if (family.series.size >= METRIC_SERIES_MAX) {
      this.counter(
        DROPPED,
        'Observations dropped because their metric has too many label combinations already.',
      )
      return undefined
    }
    const made: Series = { labels: { ...labels }, value: 0, count: 0, buckets: family.bounds.map(() => 0) }
    family.series.set(key, made)
    return made
  }

  #family(type: MetricFamily['type'], name: string, help: string, labels: Record<string, string>): Family {
    const given = Object.keys(labels)
    let family = this.#families.get(name)
    if (family === undefined) {
      const bounds = type === 'histogram' ? bucketsFor(name) : []
      family = { name, help, type, labelNames: given, bounds, series: new Map() }
      this.#families.set(name, family)
    }
    const { labelNames } = family
    assert(family.type === type, () => `metric ${name} is a ${family.type}, not a ${type}`)
    assert(
      given.length === labelNames.length && given.every((label) => labelNames.includes(label)),
      () => `metric ${name} has the labels [${labelNames}], not [${given}]`,
    )
    return family
  }
}

function linesOf({ name, help, type, bounds, series }: Family): string[] {
  const full = `${METRICS_PREFIX}${name}`
  const lines = [`# HELP ${full} ${escaped(help)}`, `# TYPE ${full} ${type}`]
  for (const { labels, value, count, buckets } of series.values()) {
    if (type !== 'histogram') {
      lines.push(`${full}${labelText(labels)} ${value}`)
      continue
    }
    for (const [at, bound] of bounds.entries())
      lines.push(`${full}_bucket${labelText({ le: String(bound), ...labels })} ${buckets[at]}`)
    lines.push(`${full}_bucket${labelText({ le: '+Inf', ...labels })} ${count}`)
    lines.push(`${full}_sum${labelText(labels)} ${value}`, `${full}_count${labelText(labels)} ${count}`)
  }
  return lines
}

function labelText(labels: MetricLabels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escaped(value).replace(/"/g, '\\"')}"`,
  )
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

/** As the text format wants it. */
function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')
}
