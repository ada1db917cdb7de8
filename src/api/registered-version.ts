import type { HistoryId } from '../model/node-id.js'
import type { Registered, SignedVersion } from '../registry/register.js'
import { type Received, required, type Sent } from '../wire/message.js'
import { metadataFromMessage, signatureFromMessage } from '../wire/metadata-message.js'
import {
  contentHashFromMessage,
  contentHashToMessage,
  packageIdToMessage,
  packageRefToMessage,
} from '../wire/package-id-message.js'
import { requestIdFromMessage } from '../wire/request-options.js'

/** What Register and the header of Publish share. */
export function versionFromMessage(
  message: Received<'RegisterRequest'> | Received<'PublishHeader'>,
): SignedVersion {
  return {
    metadata: metadataFromMessage(required(message.metadata, 'metadata')),
    contentHash:
      message.contentHash === null ? undefined : contentHashFromMessage(message.contentHash, 'content_hash'),
    signatures: message.signatures.map((each, at) => signatureFromMessage(each, `signatures[${at}]`)),
    publicKeys: message.publicKeys,
    readme: message.readme,
    requestId: requestIdFromMessage(message.requestId),
  }
}

export function registeredToMessage(registered: Registered, historyId: HistoryId): Sent<'RegisterResponse'> {
  return {
    index: registered.index,
    historyId,
    id: packageIdToMessage(registered.id),
    contentHash: registered.contentHash === undefined ? null : contentHashToMessage(registered.contentHash),
    created: registered.created,
    resembles: registered.resembles.map(packageRefToMessage),
  }
}
