import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hexToBytes } from '../model/codec.js'
import { OpensslVerifier } from './openssl-verifier.js'
import { PortableVerifier } from './portable-verifier.js'
import { isCanonicalSignature, isSoundPublicKey, keyIdOf } from './public-key.js'
import { Ed25519Signer, portableSigner } from './signer.js'

const openssl = new OpensslVerifier()
const portable = new PortableVerifier()
const FIELD = 2n ** 255n - 19n
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n

/** The verdict of both, which must be one. */
function verdict(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const answers = [
    openssl.verify(publicKey, message, signature),
    portable.verify(publicKey, message, signature),
  ]
  expect(answers[0]).toBe(answers[1])
  return answers[0] as boolean
}

function toNumber(bytes: Uint8Array): bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = value * 256n + BigInt(bytes[i] as number)
  return value
}

function toBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32)
  for (let i = 0, rest = value; i < 32; i++, rest /= 256n) bytes[i] = Number(rest % 256n)
  return bytes
}

function joined(r: Uint8Array, s: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(64)
  bytes.set(r)
  bytes.set(s, 32)
  return bytes
}

describe('both verifiers', () => {
  // RFC 8032 §7.1, tests 1 to 3 and SHA(abc)
  const published = [
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
    [
      '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
      'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
      'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
    ],
  ] as const
  it.each(published)(
    'make and take the published signature of seed %s',
    (seed, publicKey, message, signature) => {
      for (const signer of [Ed25519Signer.fromSeed(hexToBytes(seed)), portableSigner(hexToBytes(seed))]) {
        expect(signer.publicKey).toEqual(hexToBytes(publicKey))
        expect(signer.sign(hexToBytes(message)).value).toEqual(hexToBytes(signature))
        expect(signer.keyId).toBe(keyIdOf(hexToBytes(publicKey)))
      }
      expect(verdict(hexToBytes(publicKey), hexToBytes(message), hexToBytes(signature))).toBe(true)
    },
  )

  const signer = portableSigner(new Uint8Array(32).fill(7))
  const message = new TextEncoder().encode('ggen-marketplace')
  const good = signer.sign(message).value
  const r = good.subarray(0, 32)
  const s = toNumber(good.subarray(32))

  it('refuse every flipped bit of signature, key and message', () => {
    expect(verdict(signer.publicKey, message, good)).toBe(true)
    for (let bit = 0; bit < 512; bit += 5) {
      const flipped = good.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(verdict(signer.publicKey, message, flipped)).toBe(false)
    }
    for (let bit = 0; bit < 256; bit += 5) {
      const flipped = signer.publicKey.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(verdict(flipped, message, good)).toBe(false)
    }
    const other = message.slice()
    other[0] = 0
    expect(verdict(signer.publicKey, other, good)).toBe(false)
  })

  it('take Buffers and leave them as they are', () => {
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8].map((fill) => portableSigner(new Uint8Array(32).fill(fill)))
    expect(seeds.some((by) => (by.publicKey[31] as number) >= 0x80)).toBe(true)
    for (const by of seeds) {
      const key = Buffer.from(by.publicKey)
      const signature = Buffer.from(by.sign(message).value)
      expect(verdict(key, Buffer.from(message), signature)).toBe(true)
      expect(new Uint8Array(key)).toEqual(by.publicKey)
    }
  })

  it.each([1n, 2n, 3n, 7n, 14n])(
    'refuse S + %s L, which satisfies the equation but is not canonical',
    (times) => {
      const larger = s + times * ORDER
      expect(verdict(signer.publicKey, message, joined(r, toBytes(larger)))).toBe(false)
    },
  )

  it('refuse S = L and take its neighbours for what they are', () => {
    expect(isCanonicalSignature(joined(r, toBytes(ORDER)))).toBe(false)
    expect(isCanonicalSignature(joined(r, toBytes(ORDER - 1n)))).toBe(true)
    expect(isCanonicalSignature(joined(r, toBytes(0n)))).toBe(true)
    expect(verdict(signer.publicKey, message, joined(r, toBytes(ORDER)))).toBe(false)
    expect(verdict(signer.publicKey, message, joined(r, toBytes(0n)))).toBe(false)
  })

  it('refuse keys of small order, under which the signature R = A, S = 0 would hold for messages nobody signed', () => {
    const order8 = '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'
    const ys = [0n, 1n, FIELD - 1n, toNumber(hexToBytes(order8)), FIELD - toNumber(hexToBytes(order8))]
    for (const y of ys) {
      for (const sign of [0, 0x80]) {
        const key = toBytes(y)
        key[31] = (key[31] as number) | sign
        expect(isSoundPublicKey(key)).toBe(false)
        for (let i = 0; i < 64; i++) {
          const any = new TextEncoder().encode(`message ${i}`)
          for (const forged of [joined(key, toBytes(0n)), joined(toBytes(1n), toBytes(0n))]) {
            expect(verdict(key, any, forged)).toBe(false)
          }
        }
      }
    }
  })

  it('refuse a key whose y is not below p', () => {
    for (let above = 0n; above < 19n; above++) {
      for (const sign of [0, 0x80]) {
        const key = toBytes(FIELD + above)
        key[31] = (key[31] as number) | sign
        expect(isSoundPublicKey(key)).toBe(false)
        expect(verdict(key, message, good)).toBe(false)
      }
    }
  })

  it('refuse an R whose y is not below p', () => {
    for (let above = 0n; above < 19n; above++)
      expect(verdict(signer.publicKey, message, joined(toBytes(FIELD + above), good.subarray(32)))).toBe(
        false,
      )
  })

  it('refuse keys and signatures of another length', () => {
    for (const length of [0, 31, 33, 64]) expect(verdict(new Uint8Array(length), message, good)).toBe(false)
    for (const length of [0, 63, 65, 128]) {
      const wrong = new Uint8Array(length)
      wrong.set(good.subarray(0, Math.min(64, length)))
      expect(verdict(signer.publicKey, message, wrong)).toBe(false)
    }
  })

  it('refuse every signature under bytes that are no point of the curve', () => {
    for (let y = 2n; y < 40n; y++) {
      const key = toBytes(y)
      expect(verdict(key, message, good)).toBe(false)
    }
  })

  it('agree on random keys, messages and damage', () => {
    const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(
        bytes32,
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(511),
        fc.boolean(),
        (seed, text, bit, damage) => {
          const by = Ed25519Signer.fromSeed(seed)
          const signature = by.sign(text).value.slice()
          if (damage) signature[bit >> 3] = (signature[bit >> 3] as number) ^ (1 << (bit & 7))
          expect(verdict(by.publicKey, text, signature)).toBe(!damage)
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('the OpenSSL verifier', () => {
  it('gives the same verdicts when more keys are used than it keeps', () => {
    const verifier = new OpensslVerifier({ keysMax: 2 })
    const message = Uint8Array.of(1)
    const signers = [1, 2, 3, 4].map((fill) => Ed25519Signer.fromSeed(new Uint8Array(32).fill(fill)))
    for (let round = 0; round < 2; round++)
      for (const by of signers) {
        expect(verifier.verify(by.publicKey, message, by.sign(message).value)).toBe(true)
        const next = signers[(signers.indexOf(by) + 1) % 4] as Ed25519Signer
        expect(verifier.verify(next.publicKey, message, by.sign(message).value)).toBe(false)
      }
  })
})

describe('a signer', () => {
  const signer = Ed25519Signer.fromSeed(new Uint8Array(32).fill(9))
  it('comes back from its PEM with the same key', () => {
    expect(Ed25519Signer.fromPem(signer.exportPem(), 'key.pem').keyId).toBe(signer.keyId)
  })
  it('prints as redacted', async () => {
    const { inspect } = await import('node:util')
    expect(`${signer} ${JSON.stringify({ signer })} ${inspect(signer)}`).toMatch(
      /redacted.*redacted.*redacted/,
    )
    expect(inspect(signer)).not.toContain('PrivateKey')
  })
  it('refuses a file that holds no Ed25519 key, naming the file', () => {
    expect(() => Ed25519Signer.fromPem('hello', '/k.pem')).toThrow(/\/k\.pem is not an Ed25519 private key/)
  })
})

describe('beside this thread', () => {
  it('more signatures than have room there each get their own verdict, whatever becomes of the message meanwhile', async () => {
    const signer = Ed25519Signer.fromSeed(new Uint8Array(32).fill(9))
    const verifier = new OpensslVerifier()
    const verdicts = Array.from({ length: 700 }, (_, n) => {
      const message = Uint8Array.of(n & 0xff, n >>> 8)
      const { value } = signer.sign(message)
      if (n % 7 === 0) value[40] = (value[40] as number) ^ 1
      const verdict = verifier.verifyAside(signer.publicKey, message, value)
      message.fill(0xff)
      return verdict
    })
    const wrong = (await Promise.all(verdicts)).flatMap((holds, n) => (holds === (n % 7 !== 0) ? [] : [n]))
    expect(wrong).toEqual([])
  })
})
