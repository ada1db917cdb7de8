import { changeOwners, listOwners, type SignedOwnerChange } from '../registry/owners.js'
import type { CallOptions, RegistryContext } from '../registry/ports.js'
import type { RegistryServiceHandlers } from '../rpc/gen/ggen/marketplace/v1/RegistryService.js'
import { type Received, required, type Sent, toCount } from '../wire/message.js'
import { publicKeyToMessage, signatureFromMessage } from '../wire/metadata-message.js'
import { keyIdFromMessage, ownerScopeFromMessage, ownerScopeToMessage } from '../wire/owner-message.js'
import { readDemandFromMessage, requestIdFromMessage } from '../wire/request-options.js'
import { type ApiContext, unary } from './call.js'

/** The methods of RegistryService about owners. */
export function ownerMethods(
  registry: RegistryContext,
  api: ApiContext,
): Pick<RegistryServiceHandlers, 'AddOwner' | 'RemoveOwner' | 'TransferOwnership' | 'ListOwners'> {
  const { historyId } = registry.state
  return {
    AddOwner: unary(api, 'AddOwner', async (request: Received<'AddOwnerRequest'>, options) =>
      change(registry, 'addOwner', request, { publicKey: request.ownerPublicKey }, options),
    ),
    RemoveOwner: unary(api, 'RemoveOwner', async (request: Received<'RemoveOwnerRequest'>, options) => {
      const keyId = keyIdFromMessage(request.ownerKeyId, 'owner_key_id')
      return change(registry, 'removeOwner', request, { keyId }, options)
    }),
    TransferOwnership: unary(
      api,
      'TransferOwnership',
      async (request: Received<'TransferOwnershipRequest'>, options) =>
        change(registry, 'transferOwnership', request, { publicKey: request.ownerPublicKey }, options),
    ),
    ListOwners: unary(api, 'ListOwners', async (request: Received<'ListOwnersRequest'>, options) => {
      const scope = ownerScopeFromMessage(required(request.scope, 'scope'), 'scope')
      const found = await listOwners(registry, scope, readDemandFromMessage(request), options)
      return {
        index: found.index,
        historyId,
        owners: found.owners.map(publicKeyToMessage),
        scope: ownerScopeToMessage(found.scope),
      }
    }),
  }
}

/** The fields that the three changes share. */
type ChangeFields = Pick<
  Received<'AddOwnerRequest'>,
  'scope' | 'signedAtMs' | 'signature' | 'publicKey' | 'requestId'
>

async function change(
  registry: RegistryContext,
  action: SignedOwnerChange['action'],
  request: ChangeFields,
  owner: SignedOwnerChange['owner'],
  options: CallOptions,
): Promise<Sent<'AddOwnerResponse'>> {
  const { signature, publicKey } = request
  const { index, changed } = await changeOwners(
    registry,
    {
      action,
      scope: ownerScopeFromMessage(required(request.scope, 'scope'), 'scope'),
      owner,
      signedAtMs: toCount(request.signedAtMs, 'signed_at_ms'),
      signature: signature === null ? undefined : signatureFromMessage(signature, 'signature'),
      publicKey,
      requestId: requestIdFromMessage(request.requestId),
    },
    options,
  )
  return { index, historyId: registry.state.historyId, changed }
}
