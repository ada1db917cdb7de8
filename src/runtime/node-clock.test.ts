import { expect, test } from 'vitest'
import { nodeClock } from './node-clock.js'

test('a timer calls back once, after at least its delay', async () => {
  const begin = nodeClock.monotonicMs()
  await new Promise<void>((resolve) => nodeClock.after(20, resolve))
  // Node's timers round the clock down to a millisecond.
  expect(nodeClock.monotonicMs() - begin).toBeGreaterThanOrEqual(19)
})

test('a cancelled timer does not call back', async () => {
  let called = false
  nodeClock.after(5, () => (called = true)).cancel()
  await new Promise<void>((resolve) => nodeClock.after(20, resolve))
  expect(called).toBe(false)
})

test('a delay beyond the range of the timers waits instead of firing at once', async () => {
  let called = false
  const timer = nodeClock.after(2 ** 40, () => (called = true))
  await new Promise<void>((resolve) => nodeClock.after(20, resolve))
  timer.cancel()
  expect(called).toBe(false)
})
