import type { Clock } from '../runtime/clock.js'
import type { Random } from '../runtime/random.js'

/** Time by what every JavaScript runtime has. */
export const webClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
}

/** Randomness by what every JavaScript runtime has. */
export const webRandom: Random = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  below(limit) {
    const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2))
    return Math.floor((((high % 2 ** 21) * 2 ** 32 + low) / 2 ** 53) * limit)
  },
}
