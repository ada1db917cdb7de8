import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import nacl from 'tweetnacl'
import type { Signer } from '../interface/crypto-verifier.js'
import { assert } from '../model/assert.js'
import { MarketplaceError } from '../model/error.js'
import type { KeyId, Signature } from '../model/metadata.js'
import { keyIdOf } from './public-key.js'

export type { Signer } from '../interface/crypto-verifier.js'

/** PrivateKeyInfo of an Ed25519 key up to its 32-byte seed (RFC 8410 §7). */
export const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
export const SEED_BYTES = 32

/** A key pair in memory, signing with OpenSSL. It prints as `[redacted]`. */
export class Ed25519Signer implements Signer {
  readonly keyId: KeyId
  readonly publicKey: Uint8Array
  readonly #secret: KeyObject

  private constructor(secret: KeyObject) {
    this.#secret = secret
    this.publicKey = rawPublicKey(secret)
    this.keyId = keyIdOf(this.publicKey)
  }

  /** The key of a 32-byte seed, which must come from a cryptographic source of randomness (RFC 8032 §5.1.5). */
  static fromSeed(seed: Uint8Array): Ed25519Signer {
    assert(seed.length === SEED_BYTES, () => `a seed has ${SEED_BYTES} bytes, not ${seed.length}`)
    const key = Buffer.concat([PKCS8_PREFIX, seed])
    return new Ed25519Signer(createPrivateKey({ key, format: 'der', type: 'pkcs8' }))
  }

  /**
   * Reads an unencrypted PKCS #8 PEM.
   * @throws FILE_INVALID
   */
  static fromPem(pem: string, where: string): Ed25519Signer {
    let key: KeyObject
    try {
      key = createPrivateKey({ key: pem, format: 'pem' })
    } catch (cause) {
      throw invalidKeyFile(where, 'it holds no readable private key', cause)
    }
    if (key.asymmetricKeyType !== 'ed25519')
      throw invalidKeyFile(where, `it holds a key of type ${key.asymmetricKeyType}`)
    return new Ed25519Signer(key)
  }

  sign(message: Uint8Array): Signature {
    return {
      keyId: this.keyId,
      algorithm: 'ed25519',
      value: new Uint8Array(sign(null, message, this.#secret)),
    }
  }

  /** The secret, as PKCS #8 PEM: for the key file and nothing else. */
  exportPem(): string {
    return this.#secret.export({ format: 'pem', type: 'pkcs8' }) as string
  }

  toJSON(): string {
    return '[redacted]'
  }

  toString(): string {
    return '[redacted]'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Ed25519Signer ${this.keyId} [redacted]`
  }
}

/** A signer without OpenSSL, for clients outside Node. Signatures are the same bytes: Ed25519 is deterministic. */
export function portableSigner(seed: Uint8Array): Signer {
  const pair = nacl.sign.keyPair.fromSeed(seed)
  const keyId = keyIdOf(pair.publicKey)
  return {
    keyId,
    publicKey: pair.publicKey,
    sign: (message) => ({ keyId, algorithm: 'ed25519', value: nacl.sign.detached(message, pair.secretKey) }),
  }
}

/** The public half as SubjectPublicKeyInfo PEM, for people and other tools. */
export function publicKeyPem(signer: Ed25519Signer): string {
  return createPublicKey(signer.exportPem()).export({ format: 'pem', type: 'spki' }) as string
}

/**
 * The raw key of a public PEM as {@link publicKeyPem} writes it.
 * @throws FILE_INVALID
 */
export function publicKeyFromPem(pem: string, where: string): Uint8Array {
  // Node would take a private key as well: nobody means to hand that out.
  if (pem.includes('PRIVATE')) throw invalidPublicKey(where, 'it holds a private key')
  let key: KeyObject
  try {
    key = createPublicKey({ key: pem, format: 'pem' })
  } catch (cause) {
    throw invalidPublicKey(where, 'it holds no readable key', cause)
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw invalidPublicKey(where, `it holds a key of type ${key.asymmetricKeyType}`)
  const spki = key.export({ format: 'der', type: 'spki' }) as Buffer
  return new Uint8Array(spki.subarray(spki.length - 32))
}

function invalidPublicKey(where: string, what: string, cause?: unknown): MarketplaceError {
  return new MarketplaceError({
    reason: 'FILE_INVALID',
    field: where,
    message: `${where} is not an Ed25519 public key: ${what}`,
    help: 'give the PEM that `ggen-market keys export` or `openssl pkey -pubout` writes',
    cause,
  })
}

function rawPublicKey(secret: KeyObject): Uint8Array {
  const spki = createPublicKey(secret as unknown as Parameters<typeof createPublicKey>[0]).export({
    format: 'der',
    type: 'spki',
  }) as Buffer
  return new Uint8Array(spki.subarray(spki.length - 32))
}

export function invalidKeyFile(where: string, what: string, cause?: unknown): MarketplaceError {
  return new MarketplaceError({
    reason: 'FILE_INVALID',
    field: where,
    message: `${where} is not an Ed25519 private key: ${what}`,
    help: 'give an unencrypted PKCS #8 PEM, such as `ggen-market keys generate` or `openssl genpkey -algorithm ed25519` writes',
    cause,
  })
}
