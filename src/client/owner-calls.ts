import { bytesToHex } from '../model/codec.js'
import type { RequestId } from '../model/command.js'
import type { KeyId } from '../model/metadata.js'
import type { ClusterId } from '../model/node-id.js'
import type { OwnerScope } from '../model/owner-scope.js'
import type { ReadDemand } from '../model/read-demand.js'
import { type OwnerChange, ownerChangeForm } from '../trust/signed-form.js'
import type { Signer } from '../trust/signer.js'
import { type Received, required } from '../wire/message.js'
import { signatureToMessage, toBuffer } from '../wire/metadata-message.js'
import { keyIdFromMessage, ownerScopeFromMessage, ownerScopeToMessage } from '../wire/owner-message.js'
import { readDemandToMessage, requestIdToMessage } from '../wire/request-options.js'
import type { Caller } from './caller.js'
import type { Reflected } from './exchange.js'

/** A key that owns a package or a namespace. */
export interface Owner {
  readonly keyId: KeyId
  /** 32 raw bytes. */
  readonly publicKey: Uint8Array
}

export interface OwnersAnswer extends Reflected {
  /** In the order in which they came. */
  readonly owners: readonly Owner[]
  /** Where they were named: the package itself, or its namespace. */
  readonly scope: OwnerScope
}

export interface OwnersReceipt extends Reflected {
  /** False where it was so already. */
  readonly changed: boolean
}

/** Signs a change of owners and has it made, once however often it is sent. */
export async function changeOwners(
  caller: Caller,
  clusterId: ClusterId,
  what: Pick<OwnerChange, 'action' | 'scope' | 'owner'>,
  signer: Signer,
): Promise<OwnersReceipt> {
  const requestId = bytesToHex(caller.random.bytes(16)) as RequestId
  const signedAtMs = caller.clock.wallMs()
  const { action, owner } = what
  const form = ownerChangeForm({ ...what, clusterId, requestId, signedAtMs })
  const shared = {
    scope: ownerScopeToMessage(what.scope),
    signedAtMs,
    signature: signatureToMessage(signer.sign(form)),
    publicKey: toBuffer(signer.publicKey),
    requestId: requestIdToMessage(requestId),
  }
  const answer = await caller.unary<Received<'AddOwnerResponse'>>('write', ({ registry }, ...rest) => {
    if ('keyId' in owner) return registry.removeOwner({ ...shared, ownerKeyId: owner.keyId }, ...rest)
    const request = { ...shared, ownerPublicKey: toBuffer(owner.publicKey) }
    return action === 'addOwner'
      ? registry.addOwner(request, ...rest)
      : registry.transferOwnership(request, ...rest)
  })
  caller.session.wrote(answer.historyId, answer.index)
  return { changed: answer.changed, index: answer.index, historyId: answer.historyId }
}

export async function listOwners(
  caller: Caller,
  scope: OwnerScope,
  demand: ReadDemand,
): Promise<OwnersAnswer> {
  const answer = await caller.unary<Received<'ListOwnersResponse'>>('read', ({ registry }, ...rest) =>
    registry.listOwners(
      { scope: ownerScopeToMessage(scope), ...readDemandToMessage(caller.session.demand(demand)) },
      ...rest,
    ),
  )
  return {
    owners: answer.owners.map(({ keyId, publicKey }) => ({
      keyId: keyIdFromMessage(keyId, 'owners.key_id'),
      publicKey,
    })),
    scope: ownerScopeFromMessage(required(answer.scope, 'scope'), 'scope'),
    index: answer.index,
    historyId: answer.historyId,
  }
}
