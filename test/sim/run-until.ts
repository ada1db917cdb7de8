import { assert } from '../../src/model/assert.js'
import type { SimClock } from './sim-clock.js'

// Kept before any simulation replaces the global timers.
const realSetImmediate = setImmediate

/** Lets everything that needs no simulated time run to its end. */
export function drainMicrotasks(): Promise<void> {
  return new Promise((resolve) => realSetImmediate(resolve))
}

/** Runs the simulation, event by event, until the promise settles; its value or error. Fails where nothing is left to happen. */
export async function runUntil<T>(clock: SimClock, promise: Promise<T>, eventsMax = 1_000_000): Promise<T> {
  let settled = false
  const mark = () => {
    settled = true
  }
  promise.then(mark, mark)
  await drainMicrotasks()
  for (let events = 0; !settled; events++) {
    assert(events < eventsMax, () => `not settled after ${events} events, at ${clock.now} ms`)
    assert(
      clock.runNext(),
      () => `nothing left to happen at ${clock.now} ms, and the promise has not settled`,
    )
    await drainMicrotasks()
  }
  return await promise
}

/** Runs all events of the next durationMs. */
export async function runFor(clock: SimClock, durationMs: number): Promise<void> {
  const endMs = clock.now + durationMs
  let over = false
  clock.scheduleAt(endMs, () => {
    over = true
  })
  await drainMicrotasks()
  while (!over) {
    clock.runNext()
    await drainMicrotasks()
  }
}

/** Runs events until it is so. Fails after patienceMs of simulated time. */
export async function runUntilSo(
  clock: SimClock,
  condition: () => boolean,
  what: string,
  patienceMs: number,
): Promise<void> {
  const endMs = clock.now + patienceMs
  while (!condition()) {
    assert(clock.now < endMs, () => `waited in vain until ${what}`)
    await runFor(clock, 20)
  }
}
