import { describe, expect, test } from 'vitest'
import { AssertionFailure } from '../../src/model/assert.js'
import { MarketplaceError } from '../../src/model/error.js'
import type { MetricsCollector } from '../../src/runtime/metrics.js'

/** What every MetricsCollector must do. */
export function metricsConformance(name: string, make: () => MetricsCollector): void {
  describe(`metrics: ${name}`, () => {
    const series = async (metrics: MetricsCollector, metric: string) =>
      (await metrics.snapshot()).find((family) => family.name === metric)?.series

    test('counters add up, gauges keep the last value, each under its labels', async () => {
      const metrics = make()
      metrics.counter('publishes_total', 'Versions published.', 1, { kind: 'tool' })
      metrics.counter('publishes_total', 'Versions published.', 2, { kind: 'tool' })
      metrics.counter('publishes_total', 'Versions published.', undefined, { kind: 'library' })
      metrics.gauge('term', 'Current term.', 4)
      metrics.gauge('term', 'Current term.', 3)
      expect(await series(metrics, 'publishes_total')).toEqual([
        { labels: { kind: 'tool' }, value: 3 },
        { labels: { kind: 'library' }, value: 1 },
      ])
      expect(await series(metrics, 'term')).toEqual([{ labels: {}, value: 3 }])
    })

    test('a histogram knows how many there were and what they add up to; durations are seconds', async () => {
      const metrics = make()
      metrics.histogram('apply_seconds', 'Apply.', 0.25)
      metrics.timing('apply_seconds', 'Apply.', 500)
      expect(await series(metrics, 'apply_seconds')).toEqual([{ labels: {}, count: 2, sum: 0.75 }])
      const text = await metrics.exportPrometheus()
      expect(text).toContain('ggen_apply_seconds_bucket{le="0.2"} 0')
      expect(text).toContain('ggen_apply_seconds_bucket{le="0.5"} 2')
      expect(text).toContain('ggen_apply_seconds_bucket{le="+Inf"} 2')
      expect(text).toContain('ggen_apply_seconds_sum 0.75')
      expect(text).toContain('ggen_apply_seconds_count 2')
    })

    test('a failure is counted by its reason and by what failed', async () => {
      const metrics = make()
      metrics.error(new MarketplaceError({ reason: 'NO_LEADER', message: '', help: '' }), 'get')
      metrics.error(new Error('a mistake'), 'get')
      expect(await series(metrics, 'errors_total')).toEqual([
        { labels: { reason: 'NO_LEADER', what: 'get' }, value: 1 },
        { labels: { reason: 'INTERNAL', what: 'get' }, value: 1 },
      ])
    })

    test('the text format has help, type, prefix and escaped labels', async () => {
      const metrics = make()
      metrics.counter('calls_total', 'Calls.', 1, { caller: 'a "quoted\\name"\nin two lines' })
      const text = await metrics.exportPrometheus()
      expect(text).toContain('# HELP ggen_calls_total Calls.\n# TYPE ggen_calls_total counter\n')
      expect(text).toContain('ggen_calls_total{caller="a \\"quoted\\\\name\\"\\nin two lines"} 1\n')
    })

    test('the JSON is the snapshot', async () => {
      const metrics = make()
      metrics.counter('calls_total', 'Calls.', 5)
      expect(JSON.parse(await metrics.exportJson())).toEqual(await metrics.snapshot())
    })

    test('a reset leaves nothing counted, and counting goes on', async () => {
      const metrics = make()
      metrics.counter('calls_total', 'Calls.', 5, { method: 'get' })
      metrics.histogram('call_seconds', 'Calls.', 1)
      metrics.reset()
      const counted = (await metrics.snapshot()).flatMap((family) => family.series)
      expect(counted.filter((each) => ('value' in each ? each.value : each.count) !== 0)).toEqual([])
      metrics.counter('calls_total', 'Calls.', 2, { method: 'get' })
      expect(await series(metrics, 'calls_total')).toEqual([{ labels: { method: 'get' }, value: 2 }])
    })

    test('label combinations beyond the limit are dropped and counted', async () => {
      const metrics = make()
      for (let i = 0; i < 1_003; i++) metrics.counter('calls_total', 'Calls.', 1, { caller: `c${i}` })
      expect(await series(metrics, 'calls_total')).toHaveLength(1_000)
      expect(await metrics.exportPrometheus()).toContain('\nggen_metrics_dropped_total 3\n')
    })

    test('labels other than those of the first use are a mistake in the program', () => {
      const metrics = make()
      metrics.counter('calls_total', 'Calls.', 1, { method: 'get' })
      expect(() => metrics.counter('calls_total', 'Calls.', 1, { reason: 'x' })).toThrow(AssertionFailure)
    })
  })
}
