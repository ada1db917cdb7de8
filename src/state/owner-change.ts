import { assert, assertNever } from '../model/assert.js'
import type { OwnerCommand, VerifiedKey } from '../model/command.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { KeyId } from '../model/metadata.js'
import { formatOwnerScope, type OwnerScope } from '../model/owner-scope.js'
import { packageKey, toNamespace, toPackageName } from '../model/package-id.js'
import type { ApplyContext } from './apply-context.js'
import { writeAudit } from './audit.js'
import { checkAge } from './change.js'
import { appendChanges } from './change-feed.js'
import { type CommandResult, type RefusedResult, refused } from './command-result.js'
import {
  checkKeyId,
  describeScope,
  keepKey,
  notOwner,
  type Ownership,
  readOwners,
  readOwnership,
  writeOwners,
} from './ownership.js'
import { readPackage } from './packages.js'
import type { StateReader } from './stored-value.js'

/**
 * Gives a package or a namespace other owners. Checks in this order: name syntax, signature age (SIGNATURE_STALE), that it
 * is there (PACKAGE_NOT_FOUND), ownership (NOT_OWNER), key ids (SIGNATURE_INVALID), then what the change itself asks
 * (LAST_OWNER, LIMIT_EXCEEDED). The owners of a package may change them, and so may those of its namespace: whoever loses
 * the last key of a package can be helped. What stands so already is a success that changes nothing.
 */
export function applyOwnerChange(context: ApplyContext, command: OwnerCommand): CommandResult {
  const { writer, counters, index, settings } = context
  const refusal = checkScope(command.scope) ?? checkAge(context, command)
  if (refusal !== undefined) return refusal
  const found = findOwners(writer, command.scope)
  if (found === undefined) return nothingThere(command.scope)
  const { scope, before } = found
  const blocked = checkSigner(writer, scope, before, command.verifiedKey) ?? checkNewKey(writer, command)
  if (blocked !== undefined) return blocked
  const after = ownersAfter(scope, before.keyIds, command)
  if ('type' in after) return after
  if (after.keyIds === before.keyIds) return { type: 'ownersChanged', changed: false, index }
  const at = { index, logTimeMs: counters.logTimeMs }
  keepKey(writer, command.verifiedKey, at)
  const { keyId, publicKey } = command.owner
  if (publicKey !== undefined) keepKey(writer, { keyId, publicKey }, at)
  const inherited = before.scope.name === undefined && scope.name !== undefined
  writeOwners(writer, scope, after.keyIds, inherited ? index : before.claimedIndex)
  writeAudit(writer, index, command)
  appendChanges(writer, counters, settings.changeFeedEntriesMax, {
    ...at,
    records: [{ kind: 'ownersChanged', scope }],
  })
  return { type: 'ownersChanged', changed: true, index }
}

function checkScope(scope: OwnerScope): RefusedResult | undefined {
  try {
    if (scope.namespace !== undefined) toNamespace(scope.namespace, 'ref.namespace')
    if (scope.name !== undefined) toPackageName(scope.name, 'ref.name')
    return undefined
  } catch (error) {
    if (!(error instanceof MarketplaceError)) throw error
    const { reason, message, help, field } = error
    return refused({ reason, message, help, ...(field === undefined ? {} : { field }) })
  }
}

/** The scope as it is spelled, and who owns it now; undefined where there is nothing to own. */
function findOwners(
  reader: StateReader,
  scope: OwnerScope,
): { readonly scope: OwnerScope; readonly before: Ownership } | undefined {
  if (scope.name === undefined) {
    const before = readOwners(reader, scope)
    return before && { scope, before }
  }
  const record = readPackage(reader, scope)
  if (record === undefined) return undefined
  const before = readOwnership(reader, record.ref)
  assert(before !== undefined, () => `${packageKey(record.ref)} was published, and nobody owns it`)
  return { scope: record.ref, before }
}

function nothingThere(scope: OwnerScope): RefusedResult {
  return refused({
    reason: 'PACKAGE_NOT_FOUND',
    field: 'ref',
    message:
      scope.name === undefined
        ? `nobody has published into namespace ${scope.namespace}`
        : `there is no package ${packageKey(scope)}`,
    help: 'check the name; the first publish makes its signers the owners',
  })
}

function checkSigner(
  reader: StateReader,
  scope: OwnerScope,
  before: Ownership,
  signer: VerifiedKey,
): RefusedResult | undefined {
  const refusal = checkKeyId(reader, signer, 'signature')
  if (refusal !== undefined) return refusal
  if (before.keyIds.includes(signer.keyId)) return undefined
  const { namespace } = scope
  const above = namespace === undefined ? undefined : readOwners(reader, { namespace })
  if (above?.keyIds.includes(signer.keyId)) return undefined
  return notOwner(before, [signer], 'sign with a key that owns it, or ask an owner')
}

function checkNewKey(reader: StateReader, { owner }: OwnerCommand): RefusedResult | undefined {
  const { keyId, publicKey } = owner
  return publicKey === undefined ? undefined : checkKeyId(reader, { keyId, publicKey }, 'owner_public_key')
}

/** The owners after the change, the same list where it changes nothing; or why not. */
function ownersAfter(
  scope: OwnerScope,
  before: readonly KeyId[],
  command: OwnerCommand,
): { readonly keyIds: readonly KeyId[] } | RefusedResult {
  const { keyId } = command.owner
  switch (command.type) {
    case 'addOwner':
      if (before.includes(keyId)) return { keyIds: before }
      if (before.length >= LIMITS.ownersMax) return tooMany(scope)
      return { keyIds: [...before, keyId] }
    case 'removeOwner':
      if (!before.includes(keyId)) return { keyIds: before }
      if (before.length === 1) return lastOwner(scope, keyId)
      return { keyIds: before.filter((each) => each !== keyId) }
    case 'transferOwnership':
      return before.length === 1 && before[0] === keyId ? { keyIds: before } : { keyIds: [keyId] }
    default:
      return assertNever(command.type, 'change of owners')
  }
}

function tooMany(scope: OwnerScope): RefusedResult {
  return refused({
    reason: 'LIMIT_EXCEEDED',
    field: 'ref',
    message: `${describeScope(scope)} has ${LIMITS.ownersMax} owners, the limit`,
    help: 'remove one first',
    details: { limit: String(LIMITS.ownersMax) },
  })
}

function lastOwner(scope: OwnerScope, keyId: KeyId): RefusedResult {
  return refused({
    reason: 'LAST_OWNER',
    field: 'owner_key_id',
    message: `key ${keyId} is the last owner of ${describeScope(scope)}`,
    help: `add another owner first, or hand it over: ggen-market owner transfer ${formatOwnerScope(scope)} PUBLIC_KEY`,
  })
}
