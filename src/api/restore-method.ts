import type { Digest } from '../model/content-hash.js'
import { toDigest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { ClusterId, HistoryId } from '../model/node-id.js'
import type { ClusterServiceHandlers } from '../rpc/gen/ggen/marketplace/v1/ClusterService.js'
import { type Received, required, toCount } from '../wire/message.js'
import { type ApiContext, failed, observe } from './call.js'
import type { CallLimit } from './call-limit.js'
import { checkChunk, readMessages } from './upload.js'

/** A backup as it comes: the state is read to its end first, then each blob to its own. */
export interface SentBackup {
  readonly header: {
    readonly clusterId: ClusterId
    readonly historyId: HistoryId
    readonly index: number
    readonly term: number
    readonly logTimeMs: number
    readonly nodeId: string
  }
  readonly state: AsyncIterable<Uint8Array>
  readonly blobs: AsyncIterable<{ readonly digest: Digest; readonly body: AsyncIterable<Uint8Array> }>
}

/** Makes this node what a backup says. */
export interface NodeRestorer {
  /** Resolves once nothing can undo it any more; the node ends and begins anew right after. @throws RESTORE_REFUSED, … */
  run(backup: SentBackup): Promise<{
    readonly clusterId: ClusterId
    readonly historyId: HistoryId
    readonly index: number
    readonly blobs: { readonly count: number; readonly bytes: number }
  }>
}

/** ClusterService.Restore. */
export function restoreMethod(
  nodeId: string,
  restorer: NodeRestorer,
  api: ApiContext,
  limit: CallLimit,
): ClusterServiceHandlers['Restore'] {
  return (call, callback) => {
    const startMs = api.clock.monotonicMs()
    const work = async () => {
      const parts = new Parts(readMessages<Received<'RestoreRequest'>>(call, api.clock, IDLE_MS))
      const { clusterId, historyId, index, blobs } = await restorer.run(await parts.backup())
      return { index, historyId, clusterId, nodeId, blobs: blobs.count, blobBytes: blobs.bytes }
    }
    limit.hold(work).then(
      (response) => {
        observe(api, 'Restore', startMs)
        callback(null, response)
      },
      (error: unknown) => callback(failed(api, 'Restore', startMs, error)),
    )
  }
}

/** A stream that brings nothing for so long is given up. */
const IDLE_MS = 60_000
const HEX_ID = /^[0-9a-f]{32}$/

/** The messages of one call, taken apart as they are asked for. */
class Parts {
  /** Read, and not taken yet. */
  #next: Received<'RestoreRequest'> | undefined

  constructor(private readonly messages: AsyncIterator<Received<'RestoreRequest'>>) {}

  /** @throws INVALID_ARGUMENT where the stream does not begin as one */
  async backup(): Promise<SentBackup> {
    const first = await this.#peek()
    if (first?.part !== 'header') throw outOfOrder('header', 'the stream does not begin with a header')
    this.#next = undefined
    return {
      header: toHeader(required(first.header, 'header')),
      state: this.#chunks(Number.MAX_SAFE_INTEGER, 'header'),
      blobs: this.#blobs(),
    }
  }

  async *#blobs(): AsyncGenerator<{ digest: Digest; body: AsyncIterable<Uint8Array> }> {
    for (let at = await this.#peek(); at !== undefined; at = await this.#peek()) {
      if (at.part !== 'blobSha256')
        throw outOfOrder('part', `${at.part ?? 'an empty message'} where a blob is to begin`)
      this.#next = undefined
      const digest = toDigest(required(at.blobSha256, 'blob_sha256'), 'blob_sha256')
      yield { digest, body: this.#chunks(LIMITS.blobBytesMax, `blob ${digest}`) }
    }
  }

  /** Up to what is no chunk. */
  async *#chunks(bytesMax: number, what: string): AsyncGenerator<Uint8Array> {
    let bytes = 0
    for (let at = await this.#peek(); at?.part === 'chunk'; at = await this.#peek()) {
      this.#next = undefined
      const chunk = checkChunk(required(at.chunk, 'chunk'))
      bytes += chunk.length
      if (bytes > bytesMax) throw tooLarge(what, bytesMax)
      yield chunk
    }
  }

  /** Undefined at the end. */
  async #peek(): Promise<Received<'RestoreRequest'> | undefined> {
    if (this.#next === undefined) {
      const next = await this.messages.next()
      this.#next = next.done === true ? undefined : next.value
    }
    return this.#next
  }
}

/** @throws INVALID_ARGUMENT */
function toHeader(header: Received<'BackupHeader'>): SentBackup['header'] {
  const { clusterId, historyId, nodeId } = header
  for (const [field, value] of Object.entries({ cluster_id: clusterId, history_id: historyId }))
    if (!HEX_ID.test(value))
      throw outOfOrder(`header.${field}`, `${JSON.stringify(value)} is no id of 32 hex digits`)
  return {
    clusterId: clusterId as ClusterId,
    historyId: historyId as HistoryId,
    index: toCount(header.index, 'header.index'),
    term: toCount(header.term, 'header.term'),
    logTimeMs: toCount(header.logTimeMs, 'header.log_time_ms'),
    nodeId,
  }
}

function outOfOrder(field: string, message: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field,
    message,
    help: 'send what Backup gave, header and chunks, then of each blob its sha256 and its chunks',
  })
}

function tooLarge(what: string, bytesMax: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'LIMIT_EXCEEDED',
    field: 'chunk',
    message: `${what} has more than ${bytesMax} bytes, the limit`,
    help: 'no package is as large as that: send what Download gave of it',
    details: { limit: String(bytesMax) },
  })
}
