import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex, DecodeError, Decoder, Encoder, hexToBytes } from './codec.js'

const SEED = 20_260_903
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ maxLength: 200 }),
  fc.integer({ min: 60, max: 70 }).map((length) => 'a'.repeat(length)),
)

describe('codec', () => {
  it('reads back what was written, to the last byte', () => {
    const property = fc.property(
      fc.maxSafeNat(),
      anyText,
      fc.uint8Array({ maxLength: 300 }),
      fc.option(anyText, { nil: undefined }),
      fc.array(anyText, { maxLength: 5 }),
      (number, text, bytes, option, list) => {
        const out = new Encoder(1)
        out.uint(number).text(text).bytes(bytes).hex(bytesToHex(bytes), bytes.length)
        out.optional(option, (value) => out.text(value)).list(list, (value) => out.text(value))
        const input = new Decoder(out.finish())
        expect(input.uint()).toBe(number)
        expect(input.text()).toBe(text)
        expect(input.bytes()).toEqual(bytes)
        expect(input.hex(bytes.length)).toBe(bytesToHex(bytes))
        expect(input.optional(() => input.text())).toBe(option)
        expect(input.list(() => input.text())).toEqual(list)
        input.end()
      },
    )
    fc.assert(property, { seed: SEED, numRuns: 500 })
  })

  it('writes text as its UTF-8 behind its length, short or long, ASCII or not', () => {
    const property = fc.property(fc.string({ unit: 'grapheme', maxLength: 150 }), (text) => {
      const utf8 = new TextEncoder().encode(text)
      expect(new Encoder().text(text).finish()).toEqual(new Encoder().bytes(utf8).finish())
    })
    fc.assert(property, { seed: SEED, numRuns: 500 })
  })

  it('accepts one form of every value: what decodes encodes to the same bytes', () => {
    const property = fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), (bytes) => {
      const input = new Decoder(bytes)
      try {
        const number = input.uint()
        const flag = input.bool()
        const text = input.text()
        input.end()
        expect(new Encoder().uint(number).bool(flag).text(text).finish()).toEqual(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
    })
    fc.assert(property, { seed: SEED, numRuns: 5_000 })
  })

  it.each([
    ['an integer that is not in shortest form', [0x80, 0x00], (input: Decoder) => input.uint()],
    [
      'an integer above 2^53-1',
      [255, 255, 255, 255, 255, 255, 255, 255, 1],
      (input: Decoder) => input.uint(),
    ],
    ['a boolean 2', [2], (input: Decoder) => input.bool()],
    ['text that is not UTF-8', [2, 0xc3, 0x28], (input: Decoder) => input.text()],
    ['bytes cut short', [5, 1, 2], (input: Decoder) => input.bytes()],
    ['a list longer than the rest', [100, 1], (input: Decoder) => input.list(() => input.byte())],
  ])('refuses %s', (_, bytes, read) => {
    expect(() => read(new Decoder(Uint8Array.from(bytes)))).toThrow(DecodeError)
  })

  it.each(['a', 'zz', 'AB', '0g', 'ab€0'])('takes %s for no hex', (text) => {
    expect(() => hexToBytes(text)).toThrow(/hex/)
    expect(() => new Encoder().hex(text, text.length / 2)).toThrow(/hex/)
  })

  it('an encoder used again after a reset writes only what is new', () => {
    const out = new Encoder(4).text('something longer than four bytes')
    expect(out.reset().uint(7).view()).toEqual(Uint8Array.of(7))
  })
})
