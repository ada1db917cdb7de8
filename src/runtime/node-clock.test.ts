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

test('a delay of 0 calls back after what is under way, before any timer, and can be cancelled', async () => {
  const order: string[] = []
  setTimeout(() => order.push('timer'), 5)
  nodeClock.after(0, () => order.push('cancelled')).cancel()
  const called = new Promise<void>((resolve) =>
    nodeClock.after(0, () => {
      order.push('turn')
      resolve()
    }),
  )
  order.push('under way')
  await called
  expect(order).toEqual(['under way', 'turn'])
})

test('a delay beyond the range of the timers waits instead of firing at once', async () => {
  let called = false
  const timer = nodeClock.after(2 ** 40, () => (called = true))
  await new Promise<void>((resolve) => nodeClock.after(20, resolve))
  timer.cancel()
  expect(called).toBe(false)
})
