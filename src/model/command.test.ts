import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecodeError } from './codec.js'
import { commandRequestId, decodeCommand, encodeCommand, type RequestId } from './command.js'

describe('command', () => {
  it('any bytes are a command with exactly one encoding, or a DecodeError', () => {
    const tick = encodeCommand({ type: 'tick', requestId: '0f'.repeat(16) as RequestId })
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.uint8Array({ maxLength: 120 }).map((tail) => Uint8Array.from([1, ...tail])),
      fc.constant(tick),
    )
    const property = fc.property(bytes, (encoded) => {
      try {
        expect(encodeCommand(decodeCommand(encoded))).toEqual(encoded)
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
    })
    fc.assert(property, { seed: 20_260_904, numRuns: 3_000 })
  })

  it('its request id is read without the rest', () => {
    const requestId = '00112233445566778899aabbccddeeff' as RequestId
    expect(commandRequestId(encodeCommand({ type: 'tick', requestId }))).toBe(requestId)
  })
})
