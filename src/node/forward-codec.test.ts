import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DecodeError } from '../model/codec.js'
import { decodeForward, encodeForward, type ForwardMessage } from './forward-codec.js'

const MESSAGES: readonly ForwardMessage[] = [
  { type: 'propose', ticket: 7, payload: new Uint8Array([1, 2, 3]) },
  { type: 'accepted', ticket: 8, term: 3, index: 2 ** 40 },
  { type: 'refused', ticket: 9, reason: 'not-leader' },
  { type: 'refused', ticket: 10, reason: 'stopping' },
  { type: 'clock', wallMs: 1_767_225_600_000 },
  { type: 'state-hash', index: 2 ** 40, hash: new Uint8Array(32).fill(7) },
]

describe('forward messages', () => {
  for (const message of MESSAGES) {
    test(`${message.type} comes back as it was`, () => {
      expect(decodeForward(encodeForward(message))).toEqual(message)
    })

    test(`${message.type} cut anywhere does not decode`, () => {
      const bytes = encodeForward(message)
      for (let length = 0; length < bytes.length; length++) {
        expect(() => decodeForward(bytes.subarray(0, length))).toThrow(DecodeError)
      }
    })
  }

  test('any bytes, and good ones with a wrong byte, decode or are refused with DecodeError', () => {
    const refusedOrNot = (bytes: Uint8Array) => {
      try {
        encodeForward(decodeForward(bytes))
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
    }
    const any = fc.uint8Array({ maxLength: 60 })
    const flip = fc.record({
      of: fc.constantFrom(...MESSAGES),
      at: fc.nat(),
      by: fc.integer({ min: 1, max: 255 }),
    })
    fc.assert(
      fc.property(any, (bytes) => refusedOrNot(new Uint8Array([1, ...bytes]))),
      { numRuns: 1_000 },
    )
    fc.assert(
      fc.property(flip, ({ of, at, by }) => {
        const bytes = encodeForward(of)
        const place = at % bytes.length
        bytes[place] = (bytes[place] as number) ^ by
        refusedOrNot(bytes)
      }),
      { numRuns: 1_000 },
    )
  })

  test('another version does not decode', () => {
    const bytes = encodeForward({ type: 'clock', wallMs: 1 })
    bytes[0] = 9
    expect(() => decodeForward(bytes)).toThrow(/version 9/)
  })
})
