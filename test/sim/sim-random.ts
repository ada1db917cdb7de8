import { assert } from '../../src/model/assert.js'
import type { Random } from '../../src/runtime/random.js'

/**
 * Random numbers from a seed (SplitMix64 over the seed and a name). Forks are independent of how much their parent has
 * drawn, so that one part of a simulation can draw more without moving the luck of another.
 */
export class SimRandom implements Random {
  #state: bigint

  constructor(
    private readonly seed: number,
    private readonly name = '',
  ) {
    assert(Number.isSafeInteger(seed) && seed >= 0, () => `seed ${seed}`)
    let state = BigInt(seed) ^ 0x9e3779b97f4a7c15n
    for (const character of name) state = mix(state + BigInt(character.codePointAt(0) ?? 0) + GAMMA)
    this.#state = mix(state)
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    let word = 0n
    for (let i = 0; i < length; i++) {
      if (i % 8 === 0) word = this.#next()
      bytes[i] = Number(word & 0xffn)
      word >>= 8n
    }
    return bytes
  }

  below(limit: number): number {
    assert(Number.isSafeInteger(limit) && limit > 0, () => `random number below ${limit}`)
    return Number(this.#next() % BigInt(limit))
  }

  /** Another stream of the same seed, for one part of the simulation. */
  fork(name: string): SimRandom {
    return new SimRandom(this.seed, `${this.name}/${name}`)
  }

  #next(): bigint {
    this.#state = (this.#state + GAMMA) & MASK
    return mix(this.#state)
  }
}

const MASK = (1n << 64n) - 1n
const GAMMA = 0x9e3779b97f4a7c15n

function mix(value: bigint): bigint {
  let z = value & MASK
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK
  return z ^ (z >> 31n)
}
