import { sha256Hash } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { KeyId, PackageVersion } from '../model/metadata.js'
import { formatPackageId } from '../model/package-id.js'
import { verifyPublish } from '../trust/admission.js'
import type { SignatureVerifier } from '../trust/public-key.js'

/**
 * Checks that a version says what its signers signed: every signature, over metadata and content hash. The registry is not believed.
 * @param pinned key ids that were accepted for this package before; one of them must have signed
 * @returns the ids of the keys that signed
 * @throws VERIFICATION_FAILED
 */
export function verifyVersion(
  version: PackageVersion,
  publicKeys: readonly Uint8Array[],
  verifier: SignatureVerifier,
  pinned?: readonly KeyId[],
): readonly KeyId[] {
  const { metadata, signatures, content } = version
  const id = formatPackageId(metadata.id)
  let keyIds: readonly KeyId[]
  try {
    const contentHash = content && sha256Hash(content.sha256)
    const verdict = verifyPublish({ metadata, contentHash, signatures, publicKeys }, verifier)
    keyIds = verdict.verifiedKeys.map((key) => key.keyId)
  } catch (cause) {
    if (!(cause instanceof MarketplaceError)) throw cause
    throw new MarketplaceError({
      reason: 'VERIFICATION_FAILED',
      field: cause.field,
      message: `${id} is not what its author signed: ${cause.message}`,
      help: 'do not use it; tell the author and the operator of the registry',
      cause,
    })
  }
  if (pinned !== undefined && !keyIds.some((keyId) => pinned.includes(keyId))) {
    throw new MarketplaceError({
      reason: 'VERIFICATION_FAILED',
      field: 'signatures',
      message: `${id} is signed by ${keyIds.join(', ')}, but this project has known the package under ${pinned.join(', ')}`,
      help: 'ask the author whether the key was changed; then remove the package from ggen-market.lock and add it again',
      details: { signed: keyIds.join(' '), pinned: pinned.join(' ') },
    })
  }
  return keyIds
}
