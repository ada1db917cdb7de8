import { performance } from 'node:perf_hooks'
import type { Clock, Timer } from './clock.js'

/** The machine's time. */
export const nodeClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs: number, callback: () => void): Timer {
    if (delayMs <= 0) {
      // A timer of 0 would sleep for a millisecond; this comes once the sockets that are ready have been read.
      const turn = setImmediate(callback)
      return { cancel: () => clearImmediate(turn) }
    }
    const handle = setTimeout(callback, Math.min(delayMs, DELAY_MS_MAX))
    return { cancel: () => clearTimeout(handle) }
  },
}

/** Node's timers hold a signed 32-bit number of milliseconds and fire at once beyond it. */
const DELAY_MS_MAX = 2 ** 31 - 1
