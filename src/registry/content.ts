import type { BlobInfo } from '../blob/blob-store.js'
import { type ContentHash, type Digest, sha256Hash } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { formatPackageId } from '../model/package-id.js'
import type { PackageQuery, ReadDemand } from '../model/read-demand.js'
import type { BlobUsage } from '../state/state-view.js'
import type { ListDemand, Page } from './listing.js'
import { findVersion } from './lookup.js'
import { decodePageToken, encodePageToken, pageSize } from './page-token.js'
import type { CallOptions, RegistryContext, ReplicatedBlob } from './ports.js'
import { checkBlobSize, exactly } from './publish.js'
import { openView } from './read-view.js'

export interface DownloadDemand extends ReadDemand {
  /** May be absent where id is there. */
  readonly contentHash?: ContentHash | undefined
  /** The version that the download is for and is counted for. */
  readonly id?: PackageQuery | undefined
  readonly offset: number
  /** 0: to the end. */
  readonly length: number
}

export interface Download {
  readonly index: number
  readonly info: BlobInfo
  readonly yanked: boolean
  readonly yankReason?: string | undefined
  readonly body: AsyncIterable<Uint8Array>
  /**
   * To be called once, when the last byte was sent: counts the download where it was for a version and reached the blob's end. A
   * stream that breaks behind that, before all of it has arrived, is asked for anew and counted again: no node knows that it is
   * the same download.
   */
  readonly sent: () => void
}

/**
 * Opens a blob, from this node or a peer that holds it.
 * @throws INVALID_ARGUMENT, PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, NO_CONTENT, HASH_MISMATCH, BLOB_NOT_FOUND, BLOB_CORRUPT
 */
export async function download(
  context: RegistryContext,
  demand: DownloadDemand,
  options: CallOptions = {},
): Promise<Download> {
  const target = await locate(context, demand, options)
  const info = await context.blobs.info(target.digest)
  if (info === undefined) throw blobNotFound(target.digest)
  const end = demand.length === 0 ? info.sizeBytes : demand.offset + demand.length
  if (demand.offset > info.sizeBytes || end > info.sizeBytes) throw outside(demand, info)
  const whole = demand.offset === 0 && end === info.sizeBytes
  const { body } = await context.blobs.read(
    target.digest,
    whole ? undefined : { offset: demand.offset, lengthBytes: end - demand.offset },
  )
  const { id } = target
  return {
    index: target.index,
    info,
    yanked: target.yanked,
    yankReason: target.yankReason,
    body,
    sent: () => {
      // Whoever has every byte already and asks for what follows is sent nothing, and was counted before.
      const sentLast = end === info.sizeBytes && demand.offset < end
      if (id !== undefined && sentLast) context.downloads.count(id)
    },
  }
}

async function locate(context: RegistryContext, demand: DownloadDemand, options: CallOptions) {
  await using view = await openView(context, demand, options)
  const index = view.appliedIndex
  if (demand.id === undefined) {
    if (demand.contentHash === undefined) throw nothingNamed()
    return { index, digest: demand.contentHash.digest, yanked: false }
  }
  const version = findVersion(view, demand.id)
  const { id } = version.metadata
  const digest = version.content?.sha256
  if (digest === undefined) throw noContent(formatPackageId(id))
  const asked = demand.contentHash?.digest
  if (asked !== undefined && asked !== digest) {
    throw new MarketplaceError({
      reason: 'HASH_MISMATCH',
      field: 'content_hash',
      message: `${formatPackageId(id)} has sha256 ${digest}, asked was ${asked}`,
      help: 'ask for the hash that the version has, or leave one of the two out',
      details: { found: digest, expected: asked },
    })
  }
  return { index, digest, id, yanked: version.yanked, yankReason: version.yankReason }
}

export interface Uploaded extends ReplicatedBlob {
  /** What this node had applied by then. */
  readonly index: number
}

/**
 * Takes a blob to a majority, for a register that follows; unreferenced, it falls to its lease.
 * @throws LIMIT_EXCEEDED, INVALID_ARGUMENT, HASH_MISMATCH, SIZE_MISMATCH, UPLOAD_INCOMPLETE, NO_QUORUM
 */
export async function upload(
  context: RegistryContext,
  contentHash: ContentHash,
  sizeBytes: number,
  source: AsyncIterable<Uint8Array>,
): Promise<Uploaded> {
  checkBlobSize(sizeBytes)
  const { digest } = contentHash
  const held = await context.blobs.write(exactly(source, sizeBytes, digest), { digest, sizeBytes })
  return { ...held, index: context.state.status().appliedIndex }
}

/** A blob as the cluster knows it: its size, and whether this node has it; undefined where nobody reachable has. */
export async function describeBlob(
  context: RegistryContext,
  contentHash: ContentHash,
  demand: ReadDemand,
  options: CallOptions = {},
): Promise<{ readonly index: number; readonly info: BlobInfo | undefined }> {
  const index = await indexOf(context, demand, options)
  return { index, info: await context.blobs.info(contentHash.digest) }
}

/** @throws BLOB_NOT_FOUND */
export function requireBlob(info: BlobInfo | undefined, contentHash: ContentHash): BlobInfo {
  if (info !== undefined) return info
  throw blobNotFound(contentHash.digest)
}

/** Blobs that this node holds, by digest. */
export async function listBlobs(
  context: RegistryContext,
  demand: ListDemand,
  options: CallOptions = {},
): Promise<Page<BlobInfo>> {
  // Another node holds other blobs, but a place among digests means the same there.
  const query = { method: 'ListBlobs', arguments: [] }
  const size = pageSize(demand.page)
  const { historyId } = context.state
  const after = decodePageToken(demand.page.token, query, historyId, (input) => input.hex(32) as Digest)
  const index = await indexOf(context, demand, options)
  const entries: BlobInfo[] = []
  let more = false
  for await (const info of context.blobs.list(after)) {
    if (entries.length === size) {
      more = true
      break
    }
    entries.push(info)
  }
  const last = entries.at(-1)
  return {
    index,
    entries,
    nextPageToken:
      more && last !== undefined ? encodePageToken(query, historyId, (out) => out.hex(last.digest, 32)) : '',
  }
}

export async function blobStats(
  context: RegistryContext,
  demand: ReadDemand,
  options: CallOptions = {},
): Promise<{
  readonly index: number
  readonly blobs: number
  readonly bytes: number
  /** What the whole registry refers to. */
  readonly usage: BlobUsage
}> {
  await using view = await openView(context, demand, options)
  const usage = await view.blobUsage()
  return { index: view.appliedIndex, ...(await context.blobs.stats()), usage }
}

/** How far a check of this node's blobs has come. */
export interface IntegrityProgress {
  readonly checked: number
  /** Found damaged since the progress before. */
  readonly damaged: readonly ContentHash[]
  readonly done: boolean
}

/** Blobs checked between two reports. */
const REPORT_BLOBS = 100

/**
 * Reads blobs of this node and hashes them anew; damaged ones are set aside, for repair to fetch again.
 * @throws BLOB_NOT_FOUND where one was named that this node does not hold
 */
export async function* verifyIntegrity(
  context: RegistryContext,
  contentHash: ContentHash | undefined,
): AsyncGenerator<IntegrityProgress, void, undefined> {
  let checked = 0
  let damaged: ContentHash[] = []
  for await (const info of blobsToVerify(context, contentHash)) {
    checked++
    if (!(await context.blobs.verify(info.digest))) {
      damaged.push(sha256Hash(info.digest))
      context.logger.error({ digest: info.digest }, 'a blob does not hash to its address; it is set aside')
    }
    if (checked % REPORT_BLOBS !== 0) continue
    yield { checked, damaged, done: false }
    damaged = []
  }
  yield { checked, damaged, done: true }
}

async function* blobsToVerify(
  context: RegistryContext,
  contentHash: ContentHash | undefined,
): AsyncIterable<BlobInfo> {
  if (contentHash === undefined) {
    yield* context.blobs.list()
    return
  }
  for await (const info of context.blobs.list(predecessor(contentHash.digest))) {
    if (info.digest !== contentHash.digest) break
    yield info
    return
  }
  throw blobNotFound(contentHash.digest)
}

/** The digest just below, so that a listing after it begins with the one wanted; undefined below the first. */
function predecessor(digest: Digest): Digest | undefined {
  const value = BigInt(`0x${digest}`)
  return value === 0n ? undefined : ((value - 1n).toString(16).padStart(64, '0') as Digest)
}

/** Opens what the read asks for, only to learn that it is met and which index that is. */
export async function indexOf(
  context: Pick<RegistryContext, 'state'>,
  demand: ReadDemand,
  options: CallOptions,
): Promise<number> {
  await using view = await openView(context, demand, options)
  return view.appliedIndex
}

function nothingNamed(): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'content_hash',
    message: 'neither content_hash nor id is given',
    help: 'name the content by its hash, the version by its id, or both',
  })
}

function noContent(what: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'NO_CONTENT',
    field: 'id',
    message: `${what} is a metadata-only version`,
    help: 'it has nothing to download and never will; choose another version',
  })
}

function blobNotFound(digest: Digest): MarketplaceError {
  return new MarketplaceError({
    reason: 'BLOB_NOT_FOUND',
    field: 'content_hash',
    message: `no node that could be asked holds a blob with sha256 ${digest}`,
    help: 'check the hash; where a version names it, try again once all nodes are up',
  })
}

function outside(demand: DownloadDemand, info: BlobInfo): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: demand.offset > info.sizeBytes ? 'offset' : 'length',
    message: `bytes ${demand.offset} to ${demand.length === 0 ? 'the end' : demand.offset + demand.length} lie outside of the ${info.sizeBytes} of ${info.digest}`,
    help: 'ask for a part inside; length 0 means to the end',
    details: { sizeBytes: String(info.sizeBytes) },
  })
}
