import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex } from '../model/codec.js'
import { endOf, KeyBuilder, ranges, successor, TABLE } from './key-layout.js'
import { nameOf } from './working-set.js'

const SEED = 20_260_905
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', '\u0000', '\u0001', '\u007f', 'é', '￿', '🎈'), maxLength: 6 }),
  fc.string({ unit: 'grapheme', maxLength: 100 }),
)

function keyOf(...texts: string[]): Uint8Array {
  const key = new KeyBuilder().of(TABLE.author)
  for (const each of texts) key.text(each)
  return key.finish()
}

function compare(a: Uint8Array, b: Uint8Array): number {
  return Math.sign(Buffer.compare(a, b))
}

describe('key layout', () => {
  it('keys sort as their texts do, component by component', () => {
    const utf8 = (value: string) => new TextEncoder().encode(value)
    const property = fc.property(text, text, text, text, (a, b, c, d) => {
      const expected = compare(utf8(a), utf8(c)) || compare(utf8(b), utf8(d))
      expect(compare(keyOf(a, b), keyOf(c, d))).toBe(expected)
    })
    fc.assert(property, { seed: SEED, numRuns: 2_000 })
  })

  it('the range of one text holds no key of another text', () => {
    const property = fc.property(text, text, text, (a, b, rest) => {
      const { from, to } = ranges.author(a)
      const key = keyOf(b, rest)
      expect(compare(key, from) >= 0 && compare(key, to) < 0).toBe(a === b)
    })
    fc.assert(property, { seed: SEED, numRuns: 2_000 })
    const { from, to } = ranges.author('bert')
    const trap = keyOf('bert\u0000\u0001', 'x')
    expect(compare(trap, from) >= 0 && compare(trap, to) < 0).toBe(false)
  })

  it('numbers sort as numbers, up to 2^53-1', () => {
    const keyOfNumber = (value: number) => new KeyBuilder().of(TABLE.recent).number(value).finish()
    const property = fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      expect(compare(keyOfNumber(a), keyOfNumber(b))).toBe(Math.sign(a - b))
    })
    fc.assert(property, { seed: SEED, numRuns: 1_000 })
    expect(bytesToHex(keyOfNumber(2 ** 53 - 1))).toBe('16001fffffffffffff')
  })

  it('a prefix ends right after all that begins with it; a successor comes right after its key', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 4 }).filter((each) => each[0] !== 0xff)
    const property = fc.property(bytes, fc.uint8Array({ maxLength: 4 }), bytes, (prefix, rest, other) => {
      const within = Uint8Array.from([...prefix, ...rest])
      expect(compare(within, endOf(prefix))).toBe(-1)
      const begins = bytesToHex(other).startsWith(bytesToHex(prefix))
      expect(compare(other, prefix) >= 0 && compare(other, endOf(prefix)) < 0).toBe(begins)
      expect(compare(other, successor(prefix)) < 0).toBe(compare(other, prefix) <= 0)
    })
    fc.assert(property, { seed: SEED, numRuns: 1_000 })
  })

  it('a key as text is one character per byte, however long', () => {
    const long = Uint8Array.from({ length: 10_000 }, (_, at) => at % 256)
    expect(Uint8Array.from(nameOf(long), (letter) => letter.charCodeAt(0))).toEqual(long)
  })
})
