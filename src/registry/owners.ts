import { assert } from '../model/assert.js'
import type { OwnerCommand, VerifiedKey } from '../model/command.js'
import { MarketplaceError } from '../model/error.js'
import type { OwnerScope } from '../model/owner-scope.js'
import type { ReadDemand } from '../model/read-demand.js'
import type { SignedOwnerChange } from '../model/signed-write.js'
import { refusalError } from '../state/command-result.js'
import { stateCorrupt } from '../state/stored-value.js'
import { verifyOwnerChange } from '../trust/admission.js'
import { keyIdOf, requirePublicKey } from '../trust/public-key.js'
import { checkTime, requireRequestId } from './change.js'
import { requirePackage } from './lookup.js'
import type { CallOptions, RegistryContext } from './ports.js'
import { openView } from './read-view.js'

export type { SignedOwnerChange } from '../model/signed-write.js'

export interface OwnersChanged {
  readonly index: number
  /** False where it stood so already. */
  readonly changed: boolean
}

/**
 * Changes who owns a package or a namespace. Idempotent.
 * @throws INVALID_ARGUMENT, LIMIT_EXCEEDED, SIGNATURE_MISSING, SIGNATURE_INVALID, SIGNATURE_STALE, NOT_OWNER, LAST_OWNER,
 *   PACKAGE_NOT_FOUND, NOT_PROPOSED, OUTCOME_UNKNOWN
 */
export async function changeOwners(
  context: Pick<RegistryContext, 'state' | 'verifier'>,
  request: SignedOwnerChange,
  options: CallOptions = {},
): Promise<OwnersChanged> {
  const { action, scope, owner, signedAtMs, signature } = request
  const requestId = requireRequestId(request.requestId)
  checkTime(signedAtMs)
  if ('publicKey' in owner) requirePublicKey(owner.publicKey, 'owner_public_key')
  const { clusterId } = context.state
  const verifiedKey = verifyOwnerChange(
    { action, scope, owner, clusterId, requestId, signedAtMs },
    signature,
    request.publicKey,
    context.verifier,
  )
  assert(signature !== undefined, 'a change that was verified is signed')
  const command: OwnerCommand = {
    type: action,
    requestId,
    scope,
    owner:
      'keyId' in owner
        ? { keyId: owner.keyId }
        : { keyId: keyIdOf(owner.publicKey), publicKey: owner.publicKey },
    signedAtMs,
    verifiedKey,
    signature: signature.value,
  }
  const { result } = await context.state.propose(command, { deadlineMs: options.deadlineMs })
  if (result.type === 'refused') throw refusalError(result)
  assert(result.type === 'ownersChanged', () => `${action} ended in ${result.type}`)
  return { index: result.index, changed: result.changed }
}

export interface Owners {
  readonly index: number
  /** In the order in which they came. */
  readonly owners: readonly VerifiedKey[]
  /** Where they were named: the package itself, or its namespace. */
  readonly scope: OwnerScope
}

/** Who may publish and change a package, or publish into a namespace. @throws PACKAGE_NOT_FOUND */
export async function listOwners(
  context: RegistryContext,
  scope: OwnerScope,
  demand: ReadDemand,
  options: CallOptions = {},
): Promise<Owners> {
  await using view = await openView(context, demand, options)
  const ownership =
    scope.name === undefined
      ? view.namespaceOwners(scope.namespace)
      : view.ownership(requirePackage(view, scope).ref)
  if (ownership === undefined) throw nobody(scope)
  const owners = ownership.keyIds.map((keyId) => {
    const key = view.key(keyId)
    if (key === undefined) throw stateCorrupt(`the key ${keyId} of an owner is not there`)
    return { keyId, publicKey: key.publicKey }
  })
  return { index: view.appliedIndex, owners, scope: ownership.scope }
}

function nobody(scope: OwnerScope): MarketplaceError {
  return new MarketplaceError({
    reason: 'PACKAGE_NOT_FOUND',
    field: 'scope',
    message: `nobody has published into namespace ${scope.namespace}`,
    help: 'check the name; the first publish makes its signers the owners',
  })
}
