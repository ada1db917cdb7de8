import { sha256Hash } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import {
  blobStats,
  type DownloadDemand,
  describeBlob,
  download,
  indexOf,
  listBlobs,
  requireBlob,
  upload,
  verifyIntegrity,
} from '../registry/content.js'
import type { CallOptions, RegistryContext } from '../registry/ports.js'
import { compactBlobs, copyBlob, copyBlobToStore, deleteBlob } from '../registry/upkeep.js'
import type { PackageStoreServiceHandlers } from '../rpc/gen/ggen/marketplace/v1/PackageStoreService.js'
import { type Received, required, type Sent, toCount } from '../wire/message.js'
import { toBuffer } from '../wire/metadata-message.js'
import {
  contentHashFromMessage,
  contentHashToMessage,
  packageQueryFromMessage,
} from '../wire/package-id-message.js'
import { readDemandFromMessage, requestIdFromMessage } from '../wire/request-options.js'
import { type ApiContext, failed, observe, serverStream, unary } from './call.js'
import type { StreamLimits } from './call-limit.js'
import { listDemand, pageToMessage } from './paging.js'
import { openUpload } from './upload.js'

/** ggen.marketplace.v1.PackageStoreService: reads messages, calls the use case, writes messages. */
export function packageStoreService(
  registry: RegistryContext,
  api: ApiContext,
  limits: StreamLimits,
): PackageStoreServiceHandlers {
  const { historyId } = registry.state
  return {
    Upload: (call, callback) => {
      const startMs = api.clock.monotonicMs()
      const work = async (): Promise<Sent<'UploadResponse'>> => {
        const { header, chunks } = await openUpload<Received<'UploadHeader'>>(call, api.clock)
        requestIdFromMessage(header.requestId)
        const contentHash = contentHashFromMessage(
          required(header.contentHash, 'content_hash'),
          'content_hash',
        )
        const held = await upload(registry, contentHash, toCount(header.sizeBytes, 'size_bytes'), chunks)
        return {
          index: held.index,
          historyId,
          contentHash: contentHashToMessage(contentHash),
          sizeBytes: held.sizeBytes,
          holders: [...held.holders],
          leaseEndMs: held.leaseEndMs,
        }
      }
      limits.uploads.hold(work).then(
        (response) => {
          observe(api, 'Upload', startMs)
          callback(null, response)
        },
        (error: unknown) => callback(failed(api, 'Upload', startMs, error)),
      )
    },
    Download: serverStream(
      api,
      'Download',
      (request: Received<'DownloadRequest'>, options, taken) => sendBlob(registry, request, options, taken),
      (message: Sent<'DownloadResponse'>) =>
        message.chunk instanceof Uint8Array ? message.chunk.length : 256,
      limits.downloads,
    ),
    Exists: unary(api, 'Exists', async (request: Received<'ExistsRequest'>, options) => {
      const hash = contentHashFromMessage(required(request.contentHash, 'content_hash'), 'content_hash')
      const { index, info } = await describeBlob(registry, hash, readDemandFromMessage(request), options)
      return { index, historyId, exists: info !== undefined }
    }),
    GetMetadata: unary(api, 'GetMetadata', async (request: Received<'GetMetadataRequest'>, options) => {
      const hash = contentHashFromMessage(required(request.contentHash, 'content_hash'), 'content_hash')
      const { index, info } = await describeBlob(registry, hash, readDemandFromMessage(request), options)
      const { sizeBytes } = requireBlob(info, hash)
      return { index, historyId, contentHash: contentHashToMessage(hash), sizeBytes }
    }),
    Delete: unary(api, 'Delete', async (request: Received<'DeleteRequest'>, options) => {
      requestIdFromMessage(request.requestId)
      const hash = contentHashFromMessage(required(request.contentHash, 'content_hash'), 'content_hash')
      return { index: await deleteBlob(registry, hash, options), historyId }
    }),
    CopyTo: unary(api, 'CopyTo', async (request: Received<'CopyToRequest'>) => {
      requestIdFromMessage(request.requestId)
      const hash = contentHashFromMessage(required(request.contentHash, 'content_hash'), 'content_hash')
      if (request.nodeId !== '' && request.store !== '') throw twoTargets()
      const { index, info } =
        request.store === ''
          ? await copyBlob(registry, hash, request.nodeId)
          : await copyBlobToStore(registry, hash, request.store)
      return { index, historyId, sizeBytes: info.sizeBytes }
    }),
    Compact: unary(api, 'Compact', async (request: Received<'CompactRequest'>) => {
      requestIdFromMessage(request.requestId)
      const { index, examined, removed, removedBytes, leased } = await compactBlobs(registry)
      const { nodeId } = registry.state
      return { index, historyId, nodeId, examined, removed, removedBytes, leased }
    }),
    List: unary(api, 'List', async (request: Received<'ListRequest'>, options) => {
      const page = await listBlobs(registry, listDemand(request), options)
      return {
        ...pageToMessage(page, historyId),
        blobs: page.entries.map(({ digest, sizeBytes }) => ({
          contentHash: contentHashToMessage(sha256Hash(digest)),
          sizeBytes,
        })),
      }
    }),
    Stats: unary(api, 'Stats', async (request: Received<'PackageStoreServiceStatsRequest'>, options) => {
      const stats = await blobStats(registry, readDemandFromMessage(request), options)
      const { index, blobs, bytes, usage } = stats
      return {
        index,
        historyId,
        nodeId: registry.state.nodeId,
        blobs,
        bytes,
        referencedBlobs: usage.blobs,
        references: usage.references,
        referencedBytes: usage.bytes,
        sharedBytes: usage.sharedBytes,
      }
    }),
    VerifyIntegrity: serverStream(
      api,
      'VerifyIntegrity',
      (request: Received<'VerifyIntegrityRequest'>, options) => sendProgress(registry, request, options),
      () => 256,
      limits.checks,
    ),
  }
}

function twoTargets(): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'store',
    message: 'node_id and store both name where to copy to',
    help: 'name one of them, and call again for the other',
  })
}

async function* sendBlob(
  registry: RegistryContext,
  request: Received<'DownloadRequest'>,
  options: CallOptions,
  taken: () => Promise<void>,
): AsyncGenerator<Sent<'DownloadResponse'>, void, undefined> {
  const demand: DownloadDemand = {
    ...readDemandFromMessage(request),
    contentHash:
      request.contentHash === null ? undefined : contentHashFromMessage(request.contentHash, 'content_hash'),
    id: request.id === null ? undefined : packageQueryFromMessage(request.id, 'id'),
    offset: toCount(request.offset, 'offset'),
    length: toCount(request.length, 'length'),
  }
  const opened = await download(registry, demand, options)
  yield {
    header: {
      index: opened.index,
      historyId: registry.state.historyId,
      contentHash: contentHashToMessage(sha256Hash(opened.info.digest)),
      sizeBytes: opened.info.sizeBytes,
      yanked: opened.yanked,
      yankReason: opened.yankReason ?? '',
    },
  }
  for await (const chunk of opened.body) yield { chunk: toBuffer(chunk) }
  await taken()
  opened.sent()
}

async function* sendProgress(
  registry: RegistryContext,
  request: Received<'VerifyIntegrityRequest'>,
  options: CallOptions,
): AsyncGenerator<Sent<'VerifyIntegrityResponse'>, void, undefined> {
  const { contentHash } = request
  const hash = contentHash === null ? undefined : contentHashFromMessage(contentHash, 'content_hash')
  const index = await indexOf(registry, readDemandFromMessage(request), options)
  const { historyId } = registry.state
  for await (const progress of verifyIntegrity(registry, hash)) {
    yield {
      index,
      historyId,
      checked: progress.checked,
      damaged: progress.damaged.map(contentHashToMessage),
      done: progress.done,
    }
  }
}
