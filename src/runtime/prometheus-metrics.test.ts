import { expect, test } from 'vitest'
import { AssertionFailure } from '../model/assert.js'
import { PrometheusMetrics } from './prometheus-metrics.js'

test('counters add up, gauges keep the last value, each under the ggen_ prefix with its help', async () => {
  const metrics = new PrometheusMetrics({ process: false })
  metrics.counter('publishes_total', 'Versions published.')
  metrics.counter('publishes_total', 'Versions published.', 2)
  metrics.gauge('term', 'Current term.', 4)
  metrics.gauge('term', 'Current term.', 5)
  const text = await metrics.exportPrometheus()
  expect(text).toContain('# HELP ggen_publishes_total Versions published.')
  expect(text).toContain('\nggen_publishes_total 3\n')
  expect(text).toContain('\nggen_term 5\n')
})

test('a duration lands in the bucket of its seconds', async () => {
  const metrics = new PrometheusMetrics({ process: false })
  metrics.histogram('apply_seconds', 'Apply.', 0.004, { kind: 'register' })
  const text = await metrics.exportPrometheus()
  expect(text).toContain('ggen_apply_seconds_bucket{le="0.002",kind="register"} 0')
  expect(text).toContain('ggen_apply_seconds_bucket{le="0.005",kind="register"} 1')
})

test('two collectors in one process do not see each other', async () => {
  const one = new PrometheusMetrics()
  const other = new PrometheusMetrics()
  one.counter('publishes_total', 'Versions published.')
  expect(await other.exportPrometheus()).not.toContain('ggen_publishes_total')
})

test('the process itself is reported, event-loop lag included', async () => {
  const text = await new PrometheusMetrics().exportPrometheus()
  expect(text).toMatch(/nodejs_eventloop_lag_seconds \d/)
  expect(text).toMatch(/process_resident_memory_bytes \d/)
})

test('label combinations beyond the limit are dropped and counted', async () => {
  const metrics = new PrometheusMetrics({ process: false })
  for (let i = 0; i < 1_003; i++) metrics.counter('calls_total', 'Calls.', 1, { caller: `c${i}` })
  const text = await metrics.exportPrometheus()
  expect(text).toContain('\nggen_metrics_dropped_total 3\n')
  expect(text.match(/^ggen_calls_total\{/gm)).toHaveLength(1_000)
})

test('labels other than those of the first use are a mistake in the program', () => {
  const metrics = new PrometheusMetrics({ process: false })
  metrics.counter('calls_total', 'Calls.', 1, { method: 'Get' })
  expect(() => metrics.counter('calls_total', 'Calls.', 1, { reason: 'x' })).toThrow(AssertionFailure)
})
