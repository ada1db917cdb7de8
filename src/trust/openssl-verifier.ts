import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { isCanonicalSignature, isSoundPublicKey, type SignatureVerifier } from './public-key.js'

/** SubjectPublicKeyInfo of an Ed25519 key up to its 32 bytes (RFC 8410 §4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/**
 * Verifications that wait for or keep one of libuv's threads at once. The log's state writes through the same threads and must not
 * wait long; beyond it the caller's thread does the work itself, which is idle no more than they are.
 */
const ASIDE_MAX = 256

/** The verifier of servers: OpenSSL's arithmetic, 50 times faster than the portable one, behind the same strict checks. */
export class OpensslVerifier implements SignatureVerifier {
  /** Insertion order is order of use: the first key is the one longest unused. */
  readonly #keys = new Map<string, KeyObject>()
  readonly #keysMax: number
  #aside = 0

  /** @param options.keysMax parsed keys kept; default 4,096 */
  constructor(options: { readonly keysMax?: number } = {}) {
    this.#keysMax = options.keysMax ?? 4_096
  }

  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    if (!isSoundPublicKey(publicKey) || !isCanonicalSignature(signature)) return false
    return verify(null, message, this.#key(publicKey), signature)
  }

  verifyAside(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    if (this.#aside >= ASIDE_MAX || !isSoundPublicKey(publicKey) || !isCanonicalSignature(signature))
      return new Promise((resolve) => resolve(this.verify(publicKey, message, signature)))
    return new Promise((resolve, reject) => {
      verify(null, message, this.#key(publicKey), signature, (error, holds) => {
        this.#aside--
        if (error === null) resolve(holds)
        else reject(error)
      })
      this.#aside++
    })
  }

  #key(publicKey: Uint8Array): KeyObject {
    const name = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.length).toString('latin1')
    const known = this.#keys.get(name)
    const key = known ?? importPublicKey(publicKey)
    if (known !== undefined) this.#keys.delete(name)
    else if (this.#keys.size >= this.#keysMax) this.#dropOldest()
    this.#keys.set(name, key)
    return key
  }

  #dropOldest(): void {
    for (const oldest of this.#keys.keys()) {
      this.#keys.delete(oldest)
      return
    }
  }
}

/** A KeyObject of 32 raw bytes. */
export function importPublicKey(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
}
