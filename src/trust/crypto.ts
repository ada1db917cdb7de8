import { createHash } from 'node:crypto'
import { blake3 } from '@noble/hashes/blake3.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { CryptoVerifier, SignedMessage, Signer } from '../interface/crypto-verifier.js'
import { bytesToHex } from '../model/codec.js'
import type { ContentHash, Digest, HashAlgorithm } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { Signature } from '../model/metadata.js'
import { OpensslVerifier } from './openssl-verifier.js'
import { PortableVerifier } from './portable-verifier.js'
import type { SignatureVerifier } from './public-key.js'
import { Ed25519Signer, invalidKeyFile, PKCS8_PREFIX, portableSigner, SEED_BYTES } from './signer.js'

/** Bytes that nobody can guess. */
interface Secrets {
  bytes(length: number): Uint8Array
}

/** What the implementations share. */
abstract class Ed25519Base implements CryptoVerifier {
  /** Secrets of the keys that were made or read here. */
  readonly #pems = new WeakMap<Signer, () => string>()

  protected constructor(
    private readonly verifier: SignatureVerifier,
    private readonly secrets: Secrets,
  ) {}

  protected abstract fromSeed(seed: Uint8Array): { readonly signer: Signer; pem(): string }
  protected abstract fromPem(pem: string): { readonly signer: Signer; pem(): string }
  protected abstract sha256(bytes: Uint8Array): string

  generateKeypair(): Signer {
    return this.#keep(this.fromSeed(this.secrets.bytes(SEED_BYTES)))
  }

  importKeyPem(pem: string): Signer {
    return this.#keep(this.fromPem(pem))
  }

  exportKeyPem(signer: Signer): string {
    const pem = this.#pems.get(signer)
    if (pem !== undefined) return pem()
    throw new MarketplaceError({
      reason: 'KEY_NOT_FOUND',
      message: `the secret of key ${signer.keyId} is not here`,
      help: 'export a key where it was made or read',
    })
  }

  sign(signer: Signer, message: Uint8Array): Signature {
    return signer.sign(message)
  }

  verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    return this.verifier.verify(publicKey, message, signature)
  }

  verifyBatch(messages: readonly SignedMessage[]): readonly boolean[] {
    return messages.map((each) => this.verifySignature(each.publicKey, each.message, each.signature))
  }

  checksum(bytes: Uint8Array, algorithm: HashAlgorithm = 'sha256'): ContentHash {
    const digest = algorithm === 'sha256' ? this.sha256(bytes) : bytesToHex(blake3(bytes))
    return { algorithm, digest: digest as Digest }
  }

  verifyChecksum(bytes: Uint8Array, { algorithm, digest }: ContentHash): boolean {
    return this.checksum(bytes, algorithm).digest === digest
  }

  #keep({ signer, pem }: { readonly signer: Signer; pem(): string }): Signer {
    this.#pems.set(signer, pem)
    return signer
  }
}

/** With OpenSSL's arithmetic: for Node. */
export class OpensslCrypto extends Ed25519Base {
  constructor(secrets: Secrets) {
    super(new OpensslVerifier(), secrets)
  }

  protected fromSeed(seed: Uint8Array) {
    const signer = Ed25519Signer.fromSeed(seed)
    return { signer, pem: () => signer.exportPem() }
  }

  protected fromPem(pem: string) {
    const signer = Ed25519Signer.fromPem(pem, 'the key')
    return { signer, pem: () => signer.exportPem() }
  }

  protected sha256(bytes: Uint8Array): string {
    return createHash('sha256').update(bytes).digest('hex')
  }
}

/** Without anything of Node's: for clients elsewhere, and the second opinion of the tests. */
export class PortableCrypto extends Ed25519Base {
  constructor(secrets: Secrets) {
    super(new PortableVerifier(), secrets)
  }

  protected fromSeed(seed: Uint8Array) {
    return { signer: portableSigner(seed), pem: () => pemOf(seed) }
  }

  protected fromPem(pem: string) {
    return this.fromSeed(seedOf(pem))
  }

  protected sha256(bytes: Uint8Array): string {
    return bytesToHex(sha256(bytes))
  }
}

const PEM = /^-----BEGIN PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----\s*$/

function pemOf(seed: Uint8Array): string {
  const text = btoa(String.fromCharCode(...PKCS8_PREFIX, ...seed))
  return `-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----\n`
}

function seedOf(pem: string): Uint8Array {
  const [, text] = PEM.exec(pem.trim()) ?? []
  if (text === undefined) throw invalidKeyFile('the key', 'it holds no readable private key')
  let bytes: Uint8Array
  try {
    bytes = Uint8Array.from(atob(text.replace(/\s/g, '')), (letter) => letter.charCodeAt(0))
  } catch (cause) {
    throw invalidKeyFile('the key', 'it holds no readable private key', cause)
  }
  const isEd25519 =
    bytes.length === PKCS8_PREFIX.length + SEED_BYTES && PKCS8_PREFIX.every((byte, at) => bytes[at] === byte)
  if (!isEd25519) throw invalidKeyFile('the key', 'it holds a key of another type')
  return bytes.slice(PKCS8_PREFIX.length)
}
