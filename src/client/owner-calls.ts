import type { OwnersAnswer, OwnersReceipt } from '../interface/registry.js'
import { bytesToHex } from '../model/codec.js'
import type { RequestId } from '../model/command.js'
import type { OwnerScope } from '../model/owner-scope.js'
import type { ReadDemand } from '../model/read-demand.js'
import type { SignedOwnerChange } from '../model/signed-write.js'
import { type Received, required } from '../wire/message.js'
import { signatureToMessage, toBuffer } from '../wire/metadata-message.js'
import { keyIdFromMessage, ownerScopeFromMessage, ownerScopeToMessage } from '../wire/owner-message.js'
import { readDemandToMessage, requestIdToMessage } from '../wire/request-options.js'
import type { Caller } from './caller.js'

/** Has a signed change of owners made, once however often it is sent. */
export async function changeOwners(caller: Caller, change: SignedOwnerChange): Promise<OwnersReceipt> {
  const { action, owner, scope, signedAtMs, signature, publicKey } = change
  const requestId = change.requestId ?? (bytesToHex(caller.random.bytes(16)) as RequestId)
  const shared = {
    scope: ownerScopeToMessage(scope),
    signedAtMs,
    signature: signature === undefined ? null : signatureToMessage(signature),
    publicKey: toBuffer(publicKey),
    requestId: requestIdToMessage(requestId),
  }
  const answer = await caller.unary<Received<'AddOwnerResponse'>>('write', ({ registry }, ...rest) => {
    if ('keyId' in owner) return registry.removeOwner({ ...shared, ownerKeyId: owner.keyId }, ...rest)
    const request = { ...shared, ownerPublicKey: toBuffer(owner.publicKey) }
    return action === 'addOwner'
      ? registry.addOwner(request, ...rest)
      : registry.transferOwnership(request, ...rest)
  })
  return { changed: answer.changed, index: answer.index, historyId: answer.historyId }
}

export async function listOwners(
  caller: Caller,
  scope: OwnerScope,
  demand: ReadDemand,
): Promise<OwnersAnswer> {
  const answer = await caller.unary<Received<'ListOwnersResponse'>>('read', ({ registry }, ...rest) =>
    registry.listOwners({ scope: ownerScopeToMessage(scope), ...readDemandToMessage(demand) }, ...rest),
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
