import { bytesEqual, type Decoder } from '../model/codec.js'
import type { VerifiedKey } from '../model/command.js'
import type { KeyId } from '../model/metadata.js'
import { type PackageRef, packageKey } from '../model/package-id.js'
import { type RefusedResult, refused } from './command-result.js'
import { keys } from './key-layout.js'
import { readKey, writeKey } from './signing-keys.js'
import { bodyEncoder, readBody, type StateReader, type StateWriter } from './stored-value.js'

/**
 * The one place that decides whose a name is. The first publish into a namespace claims the namespace for every key that
 * signed it; names without a namespace are claimed one by one. Chains, owners and tokens will replace this rule here.
 */
export interface Ownership {
  /** In the order in which they came. */
  readonly keyIds: readonly KeyId[]
  readonly claimedIndex: number
}

export function readOwnership(reader: StateReader, ref: PackageRef): Ownership | undefined {
  return readBody(reader, scopeKey(ref), decodeOwnership)
}

/** Whether one of the keys may change what stands under this name; where nobody owns it yet, any signer may. */
export function checkOwnership(
  reader: StateReader,
  ref: PackageRef,
  signers: readonly VerifiedKey[],
): RefusedResult | undefined {
  if (signers.length === 0) {
    return refused({
      reason: 'SIGNATURE_MISSING',
      field: 'signatures',
      message: `${packageKey(ref)}: no verified signature`,
      help: 'sign with an Ed25519 key; `ggen-market keys generate` makes one',
    })
  }
  for (const signer of signers) {
    const known = readKey(reader, signer.keyId)
    if (known !== undefined && !bytesEqual(known.publicKey, signer.publicKey)) {
      return refused({
        reason: 'SIGNATURE_INVALID',
        field: 'signatures',
        message: `key id ${signer.keyId} already stands for another public key`,
        help: 'make a new key and sign again',
      })
    }
  }
  const ownership = readOwnership(reader, ref)
  if (ownership === undefined) return undefined
  if (signers.some((signer) => ownership.keyIds.includes(signer.keyId))) return undefined
  const owners = ownership.keyIds.join(', ')
  const signed = signers.map((signer) => signer.keyId).join(', ')
  return refused({
    reason: 'NOT_OWNER',
    field: 'signatures',
    message: `${describeScope(ref)} belongs to key ${owners}; this was signed by ${signed}`,
    help: 'sign with an owner key, or publish under another name',
    details: { owners, signers: signed },
  })
}

/** Stores keys not seen before, and claims the scope where nobody owns it. After every check has passed. */
export function claim(
  writer: StateWriter,
  ref: PackageRef,
  signers: readonly VerifiedKey[],
  at: { readonly index: number; readonly logTimeMs: number },
): void {
  for (const signer of signers) {
    if (readKey(writer, signer.keyId) !== undefined) continue
    writeKey(writer, {
      keyId: signer.keyId,
      publicKey: signer.publicKey,
      firstIndex: at.index,
      firstSeenAtMs: at.logTimeMs,
    })
  }
  if (readOwnership(writer, ref) !== undefined) return
  const keyIds = [...new Set(signers.map((signer) => signer.keyId))]
  const out = bodyEncoder()
  out.list(keyIds, (keyId) => out.hex(keyId, 8)).uint(at.index)
  writer.put(scopeKey(ref), out.view())
}

function decodeOwnership(input: Decoder): Ownership {
  return { keyIds: input.list(() => input.hex(8) as KeyId), claimedIndex: input.uint() }
}

function scopeKey(ref: PackageRef): Uint8Array {
  return ref.namespace === undefined ? keys.nameOwner(ref.name) : keys.namespaceOwner(ref.namespace)
}

function describeScope(ref: PackageRef): string {
  return ref.namespace === undefined ? `name ${ref.name}` : `namespace ${ref.namespace}`
}
