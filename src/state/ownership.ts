import { assert } from '../model/assert.js'
import { bytesEqual, type Decoder } from '../model/codec.js'
import type { VerifiedKey } from '../model/command.js'
import type { KeyId } from '../model/metadata.js'
import type { OwnerScope } from '../model/owner-scope.js'
import { type PackageRef, packageKey } from '../model/package-id.js'
import { type RefusedResult, refused } from './command-result.js'
import { keys } from './key-layout.js'
import { readKey, writeKey } from './signing-keys.js'
import { bodyEncoder, readBody, type StateReader, type StateWriter } from './stored-value.js'

/**
 * The one place that decides whose a name is. The first publish into a namespace claims the namespace for every key that
 * signed it; names without a namespace are claimed one by one. A package inside a namespace goes by the namespace's owners
 * until it is given owners of its own (owner-change.ts); then it goes by these alone.
 */
export interface Ownership {
  /** In the order in which they came; never empty. */
  readonly keyIds: readonly KeyId[]
  /** Log index of the claim, or of the first owners of its own. */
  readonly claimedIndex: number
  /** Where the owners were read: the package itself, or its namespace. */
  readonly scope: OwnerScope
}

/** Who may publish and change a package: its own owners, else those of its namespace. */
export function readOwnership(reader: StateReader, ref: PackageRef): Ownership | undefined {
  if (ref.namespace === undefined) return readOwners(reader, ref)
  return readOwners(reader, ref) ?? readOwners(reader, { namespace: ref.namespace })
}

/** The owners that stand under this very scope. */
export function readOwners(reader: StateReader, scope: OwnerScope): Ownership | undefined {
  return readBody(reader, scopeKey(scope), (input) => ({ ...decodeOwners(input), scope }))
}

export function writeOwners(
  writer: StateWriter,
  scope: OwnerScope,
  keyIds: readonly KeyId[],
  claimedIndex: number,
): void {
  assert(keyIds.length > 0, 'somebody owns it')
  const out = bodyEncoder()
  out.list(keyIds, (keyId) => out.hex(keyId, 8)).uint(claimedIndex)
  writer.put(scopeKey(scope), out.view())
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
    const refusal = checkKeyId(reader, signer, 'signatures')
    if (refusal !== undefined) return refusal
  }
  const ownership = readOwnership(reader, ref)
  if (ownership === undefined) return undefined
  if (signers.some((signer) => ownership.keyIds.includes(signer.keyId))) return undefined
  return notOwner(ownership, signers, 'sign with an owner key, or publish under another name')
}

/** A key id is a short hash: the first key that comes under it keeps it. */
export function checkKeyId(reader: StateReader, key: VerifiedKey, field: string): RefusedResult | undefined {
  const known = readKey(reader, key.keyId)
  if (known === undefined || bytesEqual(known.publicKey, key.publicKey)) return undefined
  return refused({
    reason: 'SIGNATURE_INVALID',
    field,
    message: `key id ${key.keyId} already stands for another public key`,
    help: 'make a new key and sign again',
  })
}

export function notOwner(ownership: Ownership, signers: readonly VerifiedKey[], help: string): RefusedResult {
  const owners = ownership.keyIds.join(', ')
  const signed = signers.map((signer) => signer.keyId).join(', ')
  return refused({
    reason: 'NOT_OWNER',
    field: 'signatures',
    message: `${describeScope(ownership.scope)} belongs to key ${owners}; this was signed by ${signed}`,
    help,
    details: { owners, signers: signed },
  })
}

/** Stores a key not seen before. */
export function keepKey(
  writer: StateWriter,
  key: VerifiedKey,
  at: { readonly index: number; readonly logTimeMs: number },
): void {
  if (readKey(writer, key.keyId) !== undefined) return
  writeKey(writer, {
    keyId: key.keyId,
    publicKey: key.publicKey,
    firstIndex: at.index,
    firstSeenAtMs: at.logTimeMs,
  })
}

/** Stores keys not seen before, and claims the scope where nobody owns it. After every check has passed. */
export function claim(
  writer: StateWriter,
  ref: PackageRef,
  signers: readonly VerifiedKey[],
  at: { readonly index: number; readonly logTimeMs: number },
): void {
  for (const signer of signers) keepKey(writer, signer, at)
  if (readOwnership(writer, ref) !== undefined) return
  const keyIds = [...new Set(signers.map((signer) => signer.keyId))]
  writeOwners(writer, ref.namespace === undefined ? ref : { namespace: ref.namespace }, keyIds, at.index)
}

function decodeOwners(input: Decoder): Omit<Ownership, 'scope'> {
  return { keyIds: input.list(() => input.hex(8) as KeyId), claimedIndex: input.uint() }
}

function scopeKey(scope: OwnerScope): Uint8Array {
  if (scope.name === undefined) return keys.namespaceOwner(scope.namespace)
  return scope.namespace === undefined ? keys.nameOwner(scope.name) : keys.packageOwner(scope)
}

export function describeScope(scope: OwnerScope): string {
  if (scope.name === undefined) return `namespace ${scope.namespace}`
  return scope.namespace === undefined ? `name ${scope.name}` : `package ${packageKey(scope)}`
}
