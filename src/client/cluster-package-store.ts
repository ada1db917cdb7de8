import { createHash } from 'node:crypto'
import { Metadata } from '@grpc/grpc-js'
import type { ListOptions } from '../interface/answer.js'
import type {
  Content,
  IntegrityReport,
  PackageStore,
  StreamOptions,
  StreamRequest,
} from '../interface/package-store.js'
import { collect, contentOf, copyContent } from '../interface/whole-content.js'
import { bytesToHex } from '../model/codec.js'
import type { RequestId } from '../model/command.js'
import { type Digest, sha256Hash } from '../model/content-hash.js'
import { type Received, required, textOrAbsent } from '../wire/message.js'
import { contentHashFromMessage, contentHashToMessage } from '../wire/package-id-message.js'
import { readDemandToMessage, requestIdToMessage } from '../wire/request-options.js'
import { BlobCalls } from './blob-calls.js'
import { fromCallError } from './call-error.js'
import type { Caller } from './caller.js'
import { listToMessage } from './cluster-registry.js'
import { downloadBlob } from './download-call.js'
import { sendUpload, stalled } from './publish-call.js'
import { StallGuard } from './stall-guard.js'

/** What a node holds does not hang on the log. */
const ANY_STATE = { consistency: 'stale' } as const
const ANY_NODE = readDemandToMessage(ANY_STATE)

/** A cluster's PackageStoreService as a {@link PackageStore}: what it stores is on a majority of the nodes. */
export class ClusterPackageStore implements PackageStore {
  readonly #upkeep: BlobCalls

  constructor(private readonly caller: Caller) {
    this.#upkeep = new BlobCalls(async () => caller)
  }

  store(bytes: Uint8Array) {
    return this.uploadStream(contentOf(bytes, createHash('sha256').update(bytes).digest('hex') as Digest))
  }

  async uploadStream(content: Content) {
    const { sha256, sizeBytes } = content
    const requestId = bytesToHex(this.caller.random.bytes(16)) as RequestId
    const header = {
      contentHash: contentHashToMessage(sha256Hash(sha256)),
      sizeBytes,
      requestId: requestIdToMessage(requestId),
    }
    await this.caller.attempts('write', (endpoint) => sendUpload(endpoint, this.caller, header, content))
    return { sha256, sizeBytes }
  }

  get(sha256: Digest) {
    return collect(this.stream({ sha256 }))
  }

  stream(request: StreamRequest, { onProgress = () => {} }: StreamOptions = {}) {
    return downloadBlob(this.caller, request, onProgress)
  }

  async exists(sha256: Digest) {
    const request = { contentHash: contentHashToMessage(sha256Hash(sha256)), ...ANY_NODE }
    const answer = await this.caller.unary<Received<'ExistsResponse'>>('read', ({ store }, ...rest) =>
      store.exists(request, ...rest),
    )
    return answer.exists
  }

  async metadata(sha256: Digest) {
    const request = { contentHash: contentHashToMessage(sha256Hash(sha256)), ...ANY_NODE }
    const answer = await this.caller.unary<Received<'GetMetadataResponse'>>('read', ({ store }, ...rest) =>
      store.getMetadata(request, ...rest),
    )
    return { sha256, sizeBytes: answer.sizeBytes }
  }

  async delete(sha256: Digest) {
    await this.#upkeep.delete(sha256Hash(sha256))
  }

  copyTo(sha256: Digest, target: PackageStore) {
    return copyContent(this, sha256, target)
  }

  async list(options: Pick<ListOptions, 'pageSize' | 'pageToken'> = {}) {
    const request = listToMessage({ ...options, ...ANY_STATE })
    const answer = await this.caller.unary<Received<'ListResponse'>>('read', ({ store }, ...rest) =>
      store.list(request, ...rest),
    )
    return {
      entries: answer.blobs.map(({ contentHash, sizeBytes }) => ({
        sha256: contentHashFromMessage(required(contentHash, 'content_hash'), 'content_hash').digest,
        sizeBytes,
      })),
      nextPageToken: textOrAbsent(answer.nextPageToken),
    }
  }

  async stats() {
    const { blobs, bytes } = await this.caller.unary<Received<'PackageStoreServiceStatsResponse'>>(
      'read',
      ({ store }, ...rest) => store.stats(ANY_NODE, ...rest),
    )
    return { blobs, bytes }
  }

  async compact() {
    const { examined, removed, removedBytes } = await this.#upkeep.compact()
    return { examined, removed, removedBytes }
  }

  async *verifyIntegrity(sha256?: Digest): AsyncGenerator<IntegrityReport, void, undefined> {
    const contentHash = sha256 === undefined ? null : contentHashToMessage(sha256Hash(sha256))
    const { endpoint, call } = await this.caller.attempts('read', async (node) => ({
      endpoint: node,
      call: node.store.verifyIntegrity({ contentHash, ...ANY_NODE }, new Metadata()),
    }))
    // A broken stream is reported by the iterator; without a listener it would end the process.
    call.on('error', () => {})
    const guard = new StallGuard(this.caller.clock, () => call.cancel())
    try {
      guard.moved(this.caller.times.stallMs)
      for await (const report of call as AsyncIterable<Received<'VerifyIntegrityResponse'>>) {
        guard.moved(this.caller.times.stallMs)
        const damaged = report.damaged.map((hash) => contentHashFromMessage(hash, 'damaged').digest)
        yield { checked: report.checked, damaged, done: report.done }
      }
    } catch (error) {
      throw guard.stalled ? stalled(endpoint.address, error) : fromCallError(error, endpoint.address)
    } finally {
      guard.stop()
      call.cancel()
    }
  }
}
