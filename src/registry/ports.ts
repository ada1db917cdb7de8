import type { BlobInfo, BlobRange, BlobStore } from '../blob/blob-store.js'
import type { CopyFolders } from '../blob/copy-folders.js'
import type { GarbageCollector } from '../blob/garbage-collector.js'
import type { Digest } from '../model/content-hash.js'
import type { NodeId } from '../model/node-id.js'
import type { PackageId } from '../model/package-id.js'
import type { ReplicatedState } from '../node/replicated-state.js'
import type { DependencySolver } from '../resolver/solver.js'
import type { Clock } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'
import type { Random } from '../runtime/random.js'
import type { SearchIndex } from '../search/search-index.js'
import type { SignatureVerifier } from '../trust/public-key.js'
import type { ChangeHub } from './change-hub.js'
import type { LookAlikes } from './look-alikes.js'
import type { PopularSearches } from './popular-searches.js'
import type { SearchFeed } from './search-feed.js'

/** A blob as the cluster holds it. */
export interface ReplicatedBlob extends BlobInfo {
  /** Members that have it on disk, a majority of every half of the configuration. */
  readonly holders: readonly NodeId[]
  /** Earliest log time at which one of them may drop it. */
  readonly leaseEndMs: number
}

/** Blobs of the whole cluster, through this node. `list`, `stats`, `verify` are of this node's own store. */
export interface ReplicatedBlobs extends BlobStore {
  /** @throws NO_QUORUM beside what BlobStore.write throws */
  write(
    source: AsyncIterable<Uint8Array>,
    expect?: { readonly digest?: Digest; readonly sizeBytes?: number },
  ): Promise<ReplicatedBlob>
  /**
   * Makes sure that a majority holds a blob that was uploaded before, and goes on holding it for a full lease.
   * @throws BLOB_MISSING where nobody has it; NO_QUORUM
   */
  ensure(digest: Digest): Promise<ReplicatedBlob>
  /**
   * One majority that holds all of these: each may have reached another.
   * @throws BLOB_MISSING where one is gone again; NO_QUORUM
   */
  together(blobs: readonly ReplicatedBlob[]): Promise<Pick<ReplicatedBlob, 'holders' | 'leaseEndMs'>>
  read(
    digest: Digest,
    range?: BlobRange,
  ): Promise<{ readonly info: BlobInfo; readonly body: AsyncIterable<Uint8Array> }>
  /** Sees to it that one member holds a blob. @throws BLOB_NOT_FOUND, UNREACHABLE */
  copyTo(digest: Digest, member: NodeId): Promise<BlobInfo>
}

/** Where downloads are counted. */
export interface DownloadTally {
  count(id: PackageId): void
}

/** What the use cases work with; made once, in the composition root. */
export interface RegistryContext {
  readonly state: ReplicatedState
  readonly blobs: ReplicatedBlobs
  readonly verifier: SignatureVerifier
  readonly search: SearchIndex
  readonly searchFeed: Pick<SearchFeed, 'rebuild'>
  /** What is searched for on this node. */
  readonly searches: PopularSearches
  readonly solver: DependencySolver
  readonly garbage: Pick<GarbageCollector, 'collectEverywhere' | 'run'>
  /** Folders of this node's settings. */
  readonly stores: Pick<CopyFolders, 'copy'>
  readonly downloads: DownloadTally
  /** What lands, for whoever watches. */
  readonly changes: ChangeHub
  readonly lookAlikes: LookAlikes
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** How long the caller is ready to wait; absent: each step's own default. */
export interface CallOptions {
  readonly deadlineMs?: number | undefined
  /** Fires when the caller went away; only of calls that say so. */
  readonly signal?: AbortSignal | undefined
}
