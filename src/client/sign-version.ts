import { assert } from '../model/assert.js'
import type { RequestId } from '../model/command.js'
import type { ContentHash } from '../model/content-hash.js'
import type { SignedVersion } from '../model/signed-write.js'
import { publishForm } from '../trust/signed-form.js'
import type { NewVersion } from './exchange.js'

const NO_BYTES = new Uint8Array(0)

/** A version with what its signers say of it. */
export function signVersion(
  { metadata, readme = NO_BYTES, signers }: NewVersion,
  contentHash: ContentHash | undefined,
  requestId: RequestId,
): SignedVersion {
  assert(signers.length > 0, 'a version needs a signer')
  const form = publishForm(metadata, contentHash)
  return {
    metadata,
    contentHash,
    signatures: signers.map((signer) => signer.sign(form)),
    publicKeys: signers.map((signer) => signer.publicKey),
    readme,
    requestId,
  }
}
