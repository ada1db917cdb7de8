import type { StateStream } from '../client/backup-call.js'
import type { MarketplaceClient } from '../client/marketplace-client.js'
import { MarketplaceError } from '../model/error.js'
import { blobsInSnapshot } from '../state/snapshot-blobs.js'
import type { ReferencedBlob } from '../state/state-view.js'
import { BackupFolder } from './backup-folder.js'
import type { BackupManifest } from './backup-manifest.js'

/** Blobs fetched at once: a node's disk and ours can be busy together, and no more. */
const FETCHES_MAX = 4
/** How often a state that broke off is asked for, each time of another node. */
const STATE_TRIES_MAX = 3

export interface BackupOptions {
  /** Needs no quorum; may lack the newest. Default false. */
  readonly stale?: boolean
  readonly onProgress?: (progress: BackupProgress) => void
}

export interface BackupProgress {
  readonly phase: 'state' | 'blobs'
  /** Of the state so far, or of the blobs looked at so far. */
  readonly bytes: number
  readonly blobs: number
}

export interface BackupSummary extends BackupManifest {
  /** Blobs that the folder did not hold yet, or no longer whole. */
  readonly fetched: { readonly count: number; readonly bytes: number }
}

/**
 * Takes a consistent copy of a running cluster: the state at one index, and every blob that it refers to. What the folder holds
 * whole from an earlier backup, or from one that was cut off, is not fetched again; every byte of the result was hashed.
 * @throws CLUSTER_MISMATCH where the folder holds another cluster's; FILE_INVALID; what the cluster answers
 */
export async function takeBackup(
  client: Pick<MarketplaceClient, 'stateStream' | 'download'>,
  path: string,
  options: BackupOptions = {},
): Promise<BackupSummary> {
  const folder = await BackupFolder.openOrMake(path)
  const { header, state } = await fetchState(client, folder, options)
  const blobs = { count: 0, bytes: 0 }
  const fetched = { count: 0, bytes: 0 }
  const take = async (blob: ReferencedBlob) => {
    let kept = await folder.blobFile(blob.digest)
    if (kept?.sha256 !== blob.digest) {
      const body = client.download({ sha256: blob.digest, ...(options.stale && { demand: STALE }) })
      kept = await folder.writeBlob(blob.digest, body)
      fetched.count++
      fetched.bytes += kept.sizeBytes
    }
    blobs.count++
    blobs.bytes += kept.sizeBytes
    options.onProgress?.({ phase: 'blobs', bytes: blobs.bytes, blobs: blobs.count })
  }
  await forEach(blobsInSnapshot(folder.readState(state.file)), take)
  const { clusterId, historyId, index, term, logTimeMs } = header
  const manifest: BackupManifest = { clusterId, historyId, index, term, logTimeMs, state, blobs }
  await folder.complete(manifest)
  return { ...manifest, fetched }
}

const STALE = { consistency: 'stale' } as const

async function fetchState(
  client: Pick<MarketplaceClient, 'stateStream'>,
  folder: BackupFolder,
  options: BackupOptions,
): Promise<{ readonly header: StateStream; readonly state: BackupManifest['state'] }> {
  for (let attempt = 1; ; attempt++) {
    await using stream = await client.stateStream(options.stale === true ? STALE : {})
    const known = folder.manifest
    if (known !== undefined && known.clusterId !== stream.clusterId)
      throw ofAnotherCluster(folder.path, known, stream)
    try {
      const body = counted(stream.body, (bytes) => options.onProgress?.({ phase: 'state', bytes, blobs: 0 }))
      const state = await folder.writeState(stream.historyId, stream.index, body, (written) =>
        checkState(written, stream),
      )
      return { header: stream, state }
    } catch (error) {
      if (attempt === STATE_TRIES_MAX || !isBreak(error)) throw error
    }
  }
}

/** What came is what the node said, to its end. @throws VERIFICATION_FAILED, STATE_CORRUPT, VERSION_UNSUPPORTED */
export async function checkState(
  written: AsyncIterable<Uint8Array>,
  stream: Pick<StateStream, 'clusterId' | 'historyId' | 'index' | 'term' | 'nodeId'>,
): Promise<void> {
  const blobs = blobsInSnapshot(written)
  for (;;) {
    const next = await blobs.next()
    if (next.done !== true) continue
    const { clusterId, historyId, index, term } = next.value
    if (
      clusterId === stream.clusterId &&
      historyId === stream.historyId &&
      index === stream.index &&
      term === stream.term
    )
      return
    throw new MarketplaceError({
      reason: 'VERIFICATION_FAILED',
      message: `${stream.nodeId} announced the state of index ${stream.index} and sent that of ${index}`,
      help: 'take the backup from another node, with --endpoint',
    })
  }
}

/** Runs over all, {@link FETCHES_MAX} at once; the first failure ends it once the others under way have ended. */
async function forEach<T>(all: AsyncGenerator<T, unknown>, run: (one: T) => Promise<void>): Promise<void> {
  let failed = false
  const worker = async () => {
    for (;;) {
      const next = await all.next()
      if (next.done === true || failed) return
      try {
        await run(next.value)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: FETCHES_MAX }, worker))
  await all.return(undefined)
  for (const one of ended) if (one.status === 'rejected') throw one.reason
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  progress: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const piece of source) {
    bytes += piece.length
    progress(bytes)
    yield piece
  }
}

function isBreak(error: unknown): boolean {
  return (
    error instanceof MarketplaceError && ['UNREACHABLE', 'DEADLINE', 'SHUTTING_DOWN'].includes(error.reason)
  )
}

function ofAnotherCluster(path: string, known: BackupManifest, stream: StateStream): MarketplaceError {
  return new MarketplaceError({
    reason: 'CLUSTER_MISMATCH',
    field: path,
    message: `${path} holds a backup of cluster ${known.clusterId}, and this is cluster ${stream.clusterId}`,
    help: 'give each cluster a backup folder of its own',
    details: { theirs: stream.clusterId, ours: known.clusterId },
  })
}
