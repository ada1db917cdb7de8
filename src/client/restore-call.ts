import { Metadata } from '@grpc/grpc-js'
import type { Digest } from '../model/content-hash.js'
import type { Received, Sent } from '../wire/message.js'
import { toBuffer } from '../wire/metadata-message.js'
import type { StateStream } from './backup-call.js'
import type { Caller } from './caller.js'
import { chunked, sendStream } from './publish-call.js'
import { NothingSent } from './retry.js'

/** The node reads all of it again, writes it, and syncs it before it answers: slower than this is a stall. */
const RESTORED_BYTES_PER_MS = 1024

/** What a cluster is restored from: its state as `stateStream` gives it, and every blob that it refers to. */
export interface BackupToRestore {
  readonly state: Pick<
    StateStream,
    'clusterId' | 'historyId' | 'index' | 'term' | 'logTimeMs' | 'nodeId' | 'body'
  >
  readonly blobs: AsyncIterable<{ readonly digest: Digest; readonly body: AsyncIterable<Uint8Array> }>
}

/** What the node is now. */
export interface RestoreAnswer {
  readonly nodeId: string
  readonly clusterId: string
  /** Drawn anew. */
  readonly historyId: string
  /** Where it begins: one above the backup's. */
  readonly index: number
  readonly blobs: { readonly count: number; readonly bytes: number }
}

/** Sends a backup to the node that the client talks to; once, since what is sent can be read once. @throws UNREACHABLE, … */
export async function sendBackup(caller: Caller, backup: BackupToRestore): Promise<RestoreAnswer> {
  const endpoint = caller.pool.current
  await endpoint.connected(caller.times.connectMs).catch((error: unknown) => {
    throw error instanceof NothingSent ? error.reason : error
  })
  let sentBytes = 0
  async function* messages(): AsyncGenerator<Sent<'RestoreRequest'>> {
    const { body, ...header } = backup.state
    yield { header }
    for await (const chunk of chunked(body)) {
      sentBytes += chunk.length
      yield { chunk: toBuffer(chunk) }
    }
    for await (const blob of backup.blobs) {
      yield { blobSha256: blob.digest }
      for await (const chunk of chunked(blob.body)) {
        sentBytes += chunk.length
        yield { chunk: toBuffer(chunk) }
      }
    }
  }
  const { nodeId, clusterId, historyId, index, blobs, blobBytes } = await sendStream<
    Sent<'RestoreRequest'>,
    Received<'RestoreResponse'>
  >(
    endpoint,
    caller,
    (callback) => endpoint.cluster.restore(new Metadata(), callback),
    messages(),
    () => sentBytes / RESTORED_BYTES_PER_MS,
  )
  return { nodeId, clusterId, historyId, index, blobs: { count: blobs, bytes: blobBytes } }
}
