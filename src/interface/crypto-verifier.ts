import type { ContentHash, HashAlgorithm } from '../model/content-hash.js'
import type { KeyId, Signature } from '../model/metadata.js'

/** Signs under one key. The secret stays inside. */
export interface Signer {
  readonly keyId: KeyId
  /** 32 raw bytes. */
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Signature
}

/** A signature and what it is said to be over. */
export interface SignedMessage {
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/**
 * Ed25519 and content hashes. Every implementation gives the same verdict on every input, odd ones included (RFC 8032 §5.1.7, cofactorless,
 * canonical encodings only), and the same bytes for every signature. Every implementation passes test/conformance/crypto-verifier.ts.
 */
export interface CryptoVerifier {
  generateKeypair(): Signer
  /** Reads an unencrypted PKCS #8 PEM. @throws FILE_INVALID */
  importKeyPem(pem: string): Signer
  /** The secret as unencrypted PKCS #8 PEM, of a key that this implementation made or read. @throws KEY_NOT_FOUND of any other */
  exportKeyPem(signer: Signer): string
  sign(signer: Signer, message: Uint8Array): Signature
  verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** A verdict each, in their order. */
  verifyBatch(messages: readonly SignedMessage[]): readonly boolean[]
  /** @param algorithm default sha256, the address of packages */
  checksum(bytes: Uint8Array, algorithm?: HashAlgorithm): ContentHash
  verifyChecksum(bytes: Uint8Array, expected: ContentHash): boolean
}
