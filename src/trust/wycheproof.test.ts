import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bytesToHex, hexToBytes } from '../model/codec.js'
import { OpensslVerifier } from './openssl-verifier.js'
import { PortableVerifier } from './portable-verifier.js'
import { Ed25519Signer, portableSigner } from './signer.js'

interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly msg: string
  readonly sig: string
  readonly result: 'valid' | 'invalid' | 'acceptable'
}

interface Vectors {
  readonly numberOfTests: number
  readonly testGroups: readonly { readonly publicKey: string; readonly tests: readonly Vector[] }[]
}

/** Source and licence stand in the file. */
const { numberOfTests, testGroups }: Vectors = JSON.parse(
  readFileSync(new URL('../../test/vectors/wycheproof-ed25519.json', import.meta.url), 'utf8'),
)
const vectors = testGroups.flatMap(({ publicKey, tests }) => tests.map((test) => ({ ...test, publicKey })))

describe('every Wycheproof Ed25519 vector', () => {
  it('is here, and none is a matter of taste', () => {
    expect(vectors.length).toBe(numberOfTests)
    expect(new Set(vectors.map(({ tcId }) => tcId)).size).toBe(numberOfTests)
    const count = (result: Vector['result']) => vectors.filter((vector) => vector.result === result).length
    // One that were `acceptable` would have to be refused: RFC 8032 is kept strictly here.
    expect([count('valid'), count('invalid'), count('acceptable')]).toEqual([88, 63, 0])
  })

  for (const [name, verifier] of [
    ['OpenSSL', new OpensslVerifier()],
    ['portable', new PortableVerifier()],
  ] as const) {
    it.each(vectors)(`gets its verdict of the ${name} verifier: $tcId $comment`, (vector) => {
      const { publicKey, msg, sig, result } = vector
      const verdict = verifier.verify(hexToBytes(publicKey), hexToBytes(msg), hexToBytes(sig))
      expect(verdict).toBe(result === 'valid')
    })
  }

  it.each(vectors)(
    'gets its verdict of the OpenSSL verifier beside this thread: $tcId $comment',
    async (vector) => {
      const { publicKey, msg, sig, result } = vector
      const verdict = new OpensslVerifier().verifyAside(
        hexToBytes(publicKey),
        hexToBytes(msg),
        hexToBytes(sig),
      )
      expect(await verdict).toBe(result === 'valid')
    },
  )

  it('RFC 8032 §7.1, test 1024, is among them, and its seed makes that signature', () => {
    const seed = hexToBytes('f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5')
    const published = vectors.find(({ comment }) => comment.endsWith('Test 1024'))
    for (const signer of [Ed25519Signer.fromSeed(seed), portableSigner(seed)]) {
      expect(bytesToHex(signer.publicKey)).toBe(published?.publicKey)
      expect(bytesToHex(signer.sign(hexToBytes(published?.msg ?? '')).value)).toBe(published?.sig)
    }
  })
})
