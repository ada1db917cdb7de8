import { sha256 } from '@noble/hashes/sha2.js'
import { bytesEqual, bytesToHex } from '../model/codec.js'
import { MarketplaceError } from '../model/error.js'
import type { KeyId } from '../model/metadata.js'

export const PUBLIC_KEY_BYTES = 32
export const SIGNATURE_BYTES = 64

/** Checks signatures. Every implementation gives the same verdict on every input, odd ones included. */
export interface SignatureVerifier {
  /** Whether the signature is the key's over these bytes: RFC 8032 §5.1.7, cofactorless, canonical encodings only. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean

  /** The same verdict, worked out beside the caller's thread. Absent where there is no other thread. */
  verifyAside?(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>
}

/** First 16 hex digits of the sha256 of the raw key. */
export function keyIdOf(publicKey: Uint8Array): KeyId {
  return bytesToHex(sha256(publicKey).subarray(0, 8)) as KeyId
}

/** @throws SIGNATURE_INVALID where the bytes are no key that a signature can be trusted under. */
export function requirePublicKey(publicKey: Uint8Array, field: string): void {
  if (isSoundPublicKey(publicKey)) return
  throw new MarketplaceError({
    reason: 'SIGNATURE_INVALID',
    field,
    message: `public key ${bytesToHex(publicKey.subarray(0, PUBLIC_KEY_BYTES))} (${publicKey.length} bytes) is not a sound Ed25519 key`,
    help: 'give the raw 32 bytes of a key made by `ggen-market keys generate` or another Ed25519 generator',
  })
}

/** p = 2^255 − 19, the field of the curve, little-endian. */
const FIELD = littleEndian('7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed')
/** L, the order of the base point, little-endian (RFC 8032 §5.1). */
const ORDER = littleEndian('1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed')
/** y of the eight points whose order divides the cofactor: under such a key one signature holds for many messages. */
const SMALL_ORDER_Y = [
  '00'.repeat(32),
  `${'00'.repeat(31)}01`,
  '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec',
  '05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826',
  '7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7',
].map(littleEndian)

/**
 * Whether the bytes are the canonical encoding of a point that is not of small order. What they are not checked for is
 * lying on the curve: both verifiers refuse every signature under such a key.
 */
export function isSoundPublicKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== PUBLIC_KEY_BYTES) return false
  const y = withoutSign(publicKey)
  return isBelow(y, FIELD) && !SMALL_ORDER_Y.some((small) => bytesEqual(small, y))
}

/** Whether the signature has its one canonical form: 64 bytes, S < L (RFC 8032 §5.1.7 step 1), R's y below p. */
export function isCanonicalSignature(signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false
  return isBelow(withoutSign(signature.subarray(0, 32)), FIELD) && isBelow(signature.subarray(32), ORDER)
}

/** The y of an encoded point. A copy: `slice` of a Buffer would not be one. */
function withoutSign(point: Uint8Array): Uint8Array {
  const y = Uint8Array.from(point)
  y[31] = (y[31] as number) & 0x7f
  return y
}

/** a < b, both 32 bytes little-endian. Public values only: it is not constant in time. */
function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const left = a[i] as number
    const right = b[i] as number
    if (left !== right) return left < right
  }
  return false
}

function littleEndian(hex: string): Uint8Array {
  const bytes = new Uint8Array(32)
  for (let i = 0; i < 32; i++) bytes[31 - i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16)
  return bytes
}
