import { randomBytes, randomInt } from 'node:crypto'
import { assert } from '../model/assert.js'
import type { Random } from './random.js'

/** The operating system's randomness, good enough for keys. */
export const nodeRandom: Random = {
  bytes(length: number): Uint8Array {
    return new Uint8Array(randomBytes(length))
  },
  below(limit: number): number {
    assert(Number.isSafeInteger(limit) && limit > 0 && limit <= BELOW_MAX, () => `random below ${limit}`)
    return randomInt(limit)
  },
}

/** `crypto.randomInt` takes a range below 2^48. */
const BELOW_MAX = 2 ** 48 - 1
