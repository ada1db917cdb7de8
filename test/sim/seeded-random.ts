import type { Random } from '../../src/runtime/random.js'

/** xoshiro128** seeded through splitmix32: the same seed gives the same numbers on every machine. */
export class SeededRandom implements Random {
  readonly #state = new Uint32Array(4)

  constructor(private readonly seed: number) {
    let x = seed >>> 0
    for (let i = 0; i < 4; i++) {
      x = (x + 0x9e3779b9) >>> 0
      let z = x ^ (x >>> 16)
      z = Math.imul(z, 0x21f0aaad)
      z ^= z >>> 15
      z = Math.imul(z, 0x735a2d97)
      this.#state[i] = (z ^ (z >>> 15)) >>> 0
    }
  }

  uint32(): number {
    const s = this.#state
    const s1 = s[1] as number
    const result = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0
    const t = s1 << 9
    s[2] = (s[2] as number) ^ (s[0] as number)
    s[3] = (s[3] as number) ^ s1
    s[1] = s1 ^ (s[2] as number)
    s[0] = (s[0] as number) ^ (s[3] as number)
    s[2] = (s[2] as number) ^ t
    s[3] = rotate(s[3] as number, 11)
    return result
  }

  below(limit: number): number {
    return Math.floor((this.uint32() / 0x1_0000_0000) * limit)
  }

  /** True in so many of a thousand cases. */
  chance(permille: number): boolean {
    return this.below(1000) < permille
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i++) bytes[i] = this.uint32() & 0xff
    return bytes
  }

  /**
   * Another stream of numbers for one part of a simulation. It depends on the seed and the name alone, not on how much was
   * drawn here: one part may draw more without moving the luck of another.
   */
  fork(name: string): SeededRandom {
    let hash = 0x811c9dc5 ^ this.seed
    for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193)
    return new SeededRandom(hash ^ (hash >>> 15))
  }
}

function rotate(value: number, by: number): number {
  return ((value << by) | (value >>> (32 - by))) >>> 0
}
