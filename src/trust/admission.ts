import type { VerifiedKey } from '../model/command.js'
import type { ContentHash, Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { KeyId, PackageMetadata, Signature } from '../model/metadata.js'
import { formatOwnerScope } from '../model/owner-scope.js'
import { formatPackageId } from '../model/package-id.js'
import { keyIdOf, requirePublicKey, SIGNATURE_BYTES, type SignatureVerifier } from './public-key.js'
import {
  type Change,
  changeForm,
  type OwnerChange,
  ownerChangeForm,
  publishForm,
  signedFormSha256,
} from './signed-form.js'

/** A publish as it arrives: what it says, who signed it, and the public keys that came along. */
export interface SignedPublish {
  readonly metadata: PackageMetadata
  /** Absent for a metadata-only version. */
  readonly contentHash: ContentHash | undefined
  readonly signatures: readonly Signature[]
  /** Raw, 32 bytes each, in any order; each signature needs its own. */
  readonly publicKeys: readonly Uint8Array[]
}

/** One signature whose arithmetic is still to be done. */
export interface SignatureClaim {
  readonly publicKey: Uint8Array
  /** What is signed. */
  readonly bytes: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
  /** What to throw where it does not hold. */
  refusal(): MarketplaceError
}

/** What a publish comes to once its claims hold. */
export interface PublishClaims {
  readonly claims: readonly SignatureClaim[]
  readonly verdict: PublishVerdict
}

export interface PublishVerdict {
  /** In the order of the signatures. */
  readonly verifiedKeys: readonly VerifiedKey[]
  readonly signedFormSha256: Digest
}

/**
 * Checks all signatures of a publish. One bad signature refuses the whole: an unexplained one is never carried along.
 * Who may sign for this package is decided at apply, from replicated facts.
 * @throws SIGNATURE_MISSING, SIGNATURE_INVALID, LIMIT_EXCEEDED
 */
export function verifyPublish(publish: SignedPublish, verifier: SignatureVerifier): PublishVerdict {
  const { claims, verdict } = publishClaims(publish)
  for (const claim of claims)
    if (!verifier.verify(claim.publicKey, claim.bytes, claim.signature)) throw claim.refusal()
  return verdict
}

/**
 * The signatures of a publish, looked at but for their arithmetic: for callers that have many and do it beside their own thread.
 * @throws SIGNATURE_MISSING, SIGNATURE_INVALID, LIMIT_EXCEEDED
 */
export function publishClaims(publish: SignedPublish): PublishClaims {
  const { metadata, contentHash, signatures } = publish
  const what = formatPackageId(metadata.id)
  if (signatures.length === 0) {
    throw new MarketplaceError({
      reason: 'SIGNATURE_MISSING',
      field: 'signatures',
      message: `${what} is not signed`,
      help: 'sign the form described in proto/test-vectors/README.md with an Ed25519 key; `ggen-market publish` does so by itself',
    })
  }
  if (signatures.length > LIMITS.signaturesMax) {
    throw new MarketplaceError({
      reason: 'LIMIT_EXCEEDED',
      field: 'signatures',
      message: `${what} carries ${signatures.length} signatures`,
      help: `send at most ${LIMITS.signaturesMax}`,
    })
  }
  const bytes = publishForm(metadata, contentHash)
  const keys = keysById(publish.publicKeys)
  const seen = new Set<KeyId>()
  const claims: SignatureClaim[] = []
  const verifiedKeys = signatures.map((signature, at) => {
    const field = `signatures[${at}]`
    if (seen.has(signature.keyId)) throw invalid(field, what, `key ${signature.keyId} signs twice`)
    seen.add(signature.keyId)
    const publicKey = keys.get(signature.keyId)
    if (publicKey === undefined)
      throw invalid(field, what, `the public key of ${signature.keyId} was not sent along`)
    claims.push(claimOf(bytes, signature, publicKey, field, what))
    return { keyId: signature.keyId, publicKey }
  })
  return { claims, verdict: { verifiedKeys, signedFormSha256: signedFormSha256(bytes) } }
}

/**
 * Checks the one signature of a yank, unyank or deprecation. Its age is checked at apply, against log time.
 * @throws SIGNATURE_MISSING, SIGNATURE_INVALID
 */
export function verifyChange(
  change: Change,
  signature: Signature | undefined,
  publicKey: Uint8Array,
  verifier: SignatureVerifier,
): VerifiedKey {
  const what = `${change.action} of ${formatPackageId(change.id)}`
  return verifySigned(changeForm(change), what, signature, publicKey, verifier)
}

/**
 * Checks the one signature of a change of owners. Its age is checked at apply, against log time.
 * @throws SIGNATURE_MISSING, SIGNATURE_INVALID
 */
export function verifyOwnerChange(
  change: OwnerChange,
  signature: Signature | undefined,
  publicKey: Uint8Array,
  verifier: SignatureVerifier,
): VerifiedKey {
  const what = `${change.action} of ${formatOwnerScope(change.scope)}`
  return verifySigned(ownerChangeForm(change), what, signature, publicKey, verifier)
}

function verifySigned(
  form: Uint8Array,
  what: string,
  signature: Signature | undefined,
  publicKey: Uint8Array,
  verifier: SignatureVerifier,
): VerifiedKey {
  if (signature === undefined) {
    throw new MarketplaceError({
      reason: 'SIGNATURE_MISSING',
      field: 'signature',
      message: `${what} is not signed`,
      help: 'sign the change form described in proto/test-vectors/README.md with a key that owns the package',
    })
  }
  requirePublicKey(publicKey, 'public_key')
  if (keyIdOf(publicKey) !== signature.keyId)
    throw invalid('signature', what, `key id ${signature.keyId} is not that of the public key sent along`)
  const claim = claimOf(form, signature, publicKey, 'signature', what)
  if (!verifier.verify(publicKey, form, claim.signature)) throw claim.refusal()
  return { keyId: signature.keyId, publicKey }
}

function keysById(publicKeys: readonly Uint8Array[]): Map<KeyId, Uint8Array> {
  const keys = new Map<KeyId, Uint8Array>()
  if (publicKeys.length > LIMITS.signaturesMax) {
    throw new MarketplaceError({
      reason: 'LIMIT_EXCEEDED',
      field: 'public_keys',
      message: `${publicKeys.length} public keys were sent along`,
      help: `send at most ${LIMITS.signaturesMax}, one for each signature`,
    })
  }
  publicKeys.forEach((publicKey, at) => {
    requirePublicKey(publicKey, `public_keys[${at}]`)
    keys.set(keyIdOf(publicKey), publicKey)
  })
  return keys
}

function claimOf(
  bytes: Uint8Array,
  signature: Signature,
  publicKey: Uint8Array,
  field: string,
  what: string,
): SignatureClaim {
  if (signature.algorithm !== 'ed25519')
    throw invalid(`${field}.algorithm`, what, `algorithm ${JSON.stringify(signature.algorithm)} is unknown`)
  if (signature.value.length !== SIGNATURE_BYTES)
    throw invalid(
      `${field}.value`,
      what,
      `it has ${signature.value.length} bytes instead of ${SIGNATURE_BYTES}`,
    )
  return {
    publicKey,
    bytes,
    signature: signature.value,
    refusal: () => invalid(`${field}.value`, what, `it does not hold under key ${signature.keyId}`),
  }
}

function invalid(field: string, what: string, why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'SIGNATURE_INVALID',
    field,
    message: `signature of ${what} is refused: ${why}`,
    help: 'sign exactly the bytes that proto/test-vectors/README.md describes, over the metadata and content hash that are sent',
  })
}
