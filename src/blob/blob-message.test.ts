import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesToHex } from '../model/codec.js'
import { toDigest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import {
  decodeFetchReply,
  decodeFetchRequest,
  decodeInfoReply,
  decodeInfoRequest,
  decodeStoreReply,
  decodeStoreRequest,
  encodeFetchReply,
  encodeFetchRequest,
  encodeInfoReply,
  encodeInfoRequest,
  encodeStoreReply,
  encodeStoreRequest,
} from './blob-message.js'

const digest = toDigest('ab'.repeat(32))

describe('blob messages', () => {
  test('come back as they were', () => {
    for (const value of [{}, { digest }, { sizeBytes: 5 }, { digest, sizeBytes: 2 ** 30 }])
      expect(decodeStoreRequest(encodeStoreRequest(value))).toEqual(value)
    const stored = { digest, sizeBytes: 300, leaseEndMs: 1_767_225_600_000 }
    expect(decodeStoreReply(encodeStoreReply(stored))).toEqual(stored)
    for (const value of [
      { digest, offset: 0 },
      { digest, offset: 700, lengthBytes: 0 },
    ])
      expect(decodeFetchRequest(encodeFetchRequest(value))).toEqual(value)
    expect(decodeFetchReply(encodeFetchReply({ sizeBytes: 9 }))).toEqual({ sizeBytes: 9 })
    expect(decodeInfoRequest(encodeInfoRequest({ digest, keep: true }))).toEqual({ digest, keep: true })
    for (const value of [{}, { found: { sizeBytes: 9, leaseEndMs: 10 } }])
      expect(decodeInfoReply(encodeInfoReply(value))).toEqual(value)
  })

  test('version 1 on the wire is this, byte for byte', () => {
    expect(bytesToHex(encodeStoreRequest({ digest, sizeBytes: 300 }))).toBe(`0101${digest}01ac02`)
    expect(bytesToHex(encodeStoreReply({ digest, sizeBytes: 1, leaseEndMs: 2 }))).toBe(`01${digest}0102`)
    expect(bytesToHex(encodeFetchRequest({ digest, offset: 300 }))).toBe(`01${digest}ac0200`)
    expect(bytesToHex(encodeInfoRequest({ digest, keep: true }))).toBe(`01${digest}01`)
    expect(bytesToHex(encodeInfoReply({}))).toBe('0100')
  })

  test('any bytes decode or are refused as a bad message', () => {
    const decoders = [
      decodeStoreRequest,
      decodeStoreReply,
      decodeFetchRequest,
      decodeFetchReply,
      decodeInfoRequest,
      decodeInfoReply,
    ]
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(...decoders), (bytes, decode) => {
        try {
          decode(new Uint8Array([1, ...bytes]))
        } catch (error) {
          expect(error).toBeInstanceOf(MarketplaceError)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('another version, a cut and bytes too many are refused', () => {
    const bytes = encodeInfoRequest({ digest, keep: false })
    const changed = bytes.slice()
    changed[0] = 2
    expect(() => decodeInfoRequest(changed)).toThrow('blob message version 2; this build knows 1')
    expect(() => decodeInfoRequest(bytes.slice(0, 20))).toThrow('a message about blobs does not decode')
    expect(() => decodeInfoRequest(Uint8Array.of(...bytes, 0))).toThrow('1 bytes too many')
  })
})
