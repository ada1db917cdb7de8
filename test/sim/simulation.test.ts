import { expect, test } from 'vitest'
import { forbidRealWorld } from './forbidden-globals.js'
import { runSimulation } from './simulation.js'

test('a handful of seeds keep every promise', async () => {
  for (const seed of [4, 9]) {
    const { violations, history } = await runSimulation(seed, {})
    expect({ seed, violations }).toEqual({ seed, violations: [] })
    expect(history.some(({ op, result }) => op === 'publish' && result === 'ok')).toBe(true)
  }
})

test('the same seed gives the same trace, and another seed another', async () => {
  const first = await runSimulation(2, {})
  const again = await runSimulation(2, {})
  const other = await runSimulation(3, {})
  expect(again).toEqual(first)
  expect(other.traceHash).not.toBe(first.traceHash)
})

test('real clocks, timers and chance throw while a simulation runs, and work again afterwards', async () => {
  const uses: Record<string, () => unknown> = {
    'Date.now': () => Date.now(),
    setTimeout: () => setTimeout(() => {}, 0),
    setImmediate: () => setImmediate(() => {}),
    'Math.random': () => Math.random(),
    'performance.now': () => performance.now(),
    'process.hrtime': () => process.hrtime(),
    'new Date()': () => new Date(),
  }
  const allow = forbidRealWorld()
  const outcomes: string[] = []
  try {
    for (const [name, use] of Object.entries(uses)) {
      try {
        use()
        outcomes.push(`${name} works`)
      } catch (error) {
        outcomes.push((error as Error).message.split(' was used')[0] as string)
      }
    }
  } finally {
    allow()
  }
  expect(outcomes).toEqual(Object.keys(uses))
  expect(Date.now()).toBeGreaterThan(0)
  expect(performance.now()).toBeGreaterThan(0)
  expect(new Date(0).getTime()).toBe(0)
})
