import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { CryptoVerifier } from '../../src/interface/crypto-verifier.js'
import { MarketplaceError } from '../../src/model/error.js'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const reasonOf = (call: () => unknown) => {
  try {
    call()
  } catch (error) {
    if (error instanceof MarketplaceError) return error.reason
    throw error
  }
  return 'none'
}

/** What every CryptoVerifier must do. @param other an independent implementation, which must agree */
export function cryptoConformance(
  name: string,
  make: () => CryptoVerifier,
  other: () => CryptoVerifier,
): void {
  describe(`crypto: ${name}`, () => {
    const crypto = make()
    const message = bytesOf('what is signed')

    test('a signature holds for its key and its message, and for nothing else; the other implementation agrees', () => {
      const key = crypto.generateKeypair()
      const stranger = crypto.generateKeypair()
      expect(stranger.keyId).not.toBe(key.keyId)
      const { value, keyId, algorithm } = crypto.sign(key, message)
      expect([keyId, algorithm]).toEqual([key.keyId, 'ed25519'])
      const cut = value.slice()
      cut[0] = (cut[0] ?? 0) ^ 1
      const claims = [
        { publicKey: key.publicKey, message, signature: value },
        { publicKey: key.publicKey, message: bytesOf('something else'), signature: value },
        { publicKey: stranger.publicKey, message, signature: value },
        { publicKey: key.publicKey, message, signature: cut },
        { publicKey: key.publicKey, message, signature: value.slice(1) },
        { publicKey: new Uint8Array(32), message, signature: value },
      ]
      const verdicts = [true, false, false, false, false, false]
      expect(crypto.verifyBatch(claims)).toEqual(verdicts)
      expect(other().verifyBatch(claims)).toEqual(verdicts)
      expect(
        claims.map((each) => crypto.verifySignature(each.publicKey, each.message, each.signature)),
      ).toEqual(verdicts)
      expect(crypto.verifyBatch([])).toEqual([])
    })

    test('a key that was exported is the same key when it is read, here and by the other implementation', () => {
      const key = crypto.generateKeypair()
      const pem = crypto.exportKeyPem(key)
      for (const each of [crypto, other()]) {
        const read = each.importKeyPem(pem)
        expect(read.keyId).toBe(key.keyId)
        expect(Buffer.from(each.sign(read, message).value)).toEqual(
          Buffer.from(crypto.sign(key, message).value),
        )
        expect(createPrivateKey(each.exportKeyPem(read)).asymmetricKeyType).toBe('ed25519')
      }
    })

    test('what is no Ed25519 key is refused', () => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const elliptic = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
      for (const pem of [
        '',
        'no key',
        '-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----\n',
        elliptic,
      ])
        expect(reasonOf(() => crypto.importKeyPem(pem))).toBe('FILE_INVALID')
    })

    test('the secret of a key from elsewhere is not exported', () => {
      const elsewhere = other().generateKeypair()
      expect(reasonOf(() => crypto.exportKeyPem(elsewhere))).toBe('KEY_NOT_FOUND')
    })

    test('checksums are those of FIPS 180-4 and of the BLAKE3 paper, and tell a changed bit', () => {
      // https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines: SHA-256 of "abc".
      const abc = crypto.checksum(bytesOf('abc'))
      expect(abc).toEqual({
        algorithm: 'sha256',
        digest: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      })
      const empty = crypto.checksum(new Uint8Array(0), 'blake3')
      expect(empty.digest).toBe('af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262')
      expect(crypto.verifyChecksum(bytesOf('abc'), abc)).toBe(true)
      expect(crypto.verifyChecksum(bytesOf('abd'), abc)).toBe(false)
      expect(crypto.verifyChecksum(new Uint8Array(0), empty)).toBe(true)
    })
  })
}
