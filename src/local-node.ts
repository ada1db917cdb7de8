import { join } from 'node:path'
import { BlobRepair } from './blob/blob-repair.js'
import { CopyFolders } from './blob/copy-folders.js'
import { FileBlobStore } from './blob/file-blob-store.js'
import { GarbageCollector } from './blob/garbage-collector.js'
import { QuorumBlobStore } from './blob/quorum-blob-store.js'
import { votersBut } from './blob/voter-halves.js'
import { MarketplaceError } from './model/error.js'
import type { HistoryId, NodeId } from './model/node-id.js'
import type { Node } from './node/node.js'
import type { NodeOptions } from './node/node-options.js'
import { type OpenedNode, type OpenNodeParts, openNode } from './node/open-node.js'
import { BlobFeed, referencedBlobs } from './registry/blob-feed.js'
import { ChangeHub } from './registry/change-hub.js'
import { DownloadCounter } from './registry/download-counter.js'
import { LookAlikes } from './registry/look-alikes.js'
import { PopularSearches } from './registry/popular-searches.js'
import type { RegistryContext } from './registry/ports.js'
import { makeRequestId } from './registry/register.js'
import { SearchFeed } from './registry/search-feed.js'
import type { DependencySolver } from './resolver/solver.js'
import type { PeerTransport } from './rpc/peer-transport.js'
import { readBootId } from './runtime/boot-id.js'
import type { Closers } from './runtime/closers.js'
import type { FileSystem } from './runtime/file-system.js'
import type { Logger } from './runtime/logger.js'
import { makeFolder } from './runtime/make-folder.js'
import type { MetricsCollector } from './runtime/metrics.js'
import { nodeClock } from './runtime/node-clock.js'
import { ThreadFileSystem } from './runtime/node-file-system-thread.js'
import { nodeRandom } from './runtime/node-random.js'
import type { SearchIndex } from './search/search-index.js'
import { DataFolder, type DataFolderOptions } from './storage/data-folder.js'
import { LevelFolderLock } from './storage/level/level-folder-lock.js'
import { LevelStateFolders } from './storage/level/level-state-folders.js'
import { Wal } from './storage/wal/wal.js'
import { OpensslVerifier } from './trust/openssl-verifier.js'

/** A data folder that is this process's until the closers have run. */
export interface OpenFolder {
  readonly identity: DataFolder['identity']
  readonly files: FileSystem
}

export interface LocalNodeOptions extends Pick<OpenNodeParts, 'beginning' | 'members' | 'stopped'> {
  readonly nodeId: NodeId
  /** Absolute. */
  readonly dataFolder: string
  readonly walSegmentBytes: number
  /** Blob writes that touch the disk at once. */
  readonly diskWritesMax: number
  readonly node: NodeOptions
  readonly folder: OpenFolder
  /** Where packages are kept; default: in the data folder. */
  readonly blobFiles?: FileSystem | undefined
  readonly onNotAMember?: () => void
  readonly transport: PeerTransport
  openSearch(historyId: HistoryId): Promise<SearchIndex>
  readonly solver: DependencySolver
  /** Folders into which packages may be copied, by name; default: none. */
  readonly stores?: ReadonlyMap<string, FileSystem>
  readonly logger: Logger
  readonly metrics: MetricsCollector
}

/** What a node is made of below its surfaces, whether peers and clients reach it over a network or it is alone in a process. */
export interface LocalNode {
  readonly node: Node
  readonly log: OpenedNode['log']
  readonly holder: OpenedNode['holder']
  /** What the use cases work with. */
  readonly context: RegistryContext
  /** This node's own copies. */
  readonly blobFiles: FileBlobStore
  readonly repair: BlobRepair
  readonly blobFeed: BlobFeed
  /** Whoever serves watches stops it before all else. */
  readonly changes: ChangeHub
  /** Begins to take part. */
  start(): void
}

/** Locks a folder and makes sure whose it is. @throws FOLDER_LOCKED, FOLDER_FOREIGN, STORAGE_CORRUPT, STORAGE_FAILED */
export async function openDataFolder(
  path: string,
  files: FileSystem,
  owner: DataFolderOptions['owner'],
  closers: Closers,
  lock: DataFolderOptions['lock'] = new LevelFolderLock(join(path, 'lock')),
): Promise<OpenFolder> {
  const folder = await DataFolder.open({
    fileSystem: files,
    lock,
    owner,
    random: nodeRandom,
    processId: process.pid,
    displayPath: path,
  })
  closers.add('data folder', () => folder[Symbol.asyncDispose]())
  return { identity: folder.identity, files }
}

/** With the lock's folder in it: what is below then needs no recursion, and a folder that takes nothing is told at once. */
export async function makeDataFolder(path: string): Promise<void> {
  await makeFolder(join(path, 'lock')).catch((cause: Error) => {
    throw new MarketplaceError({
      reason: 'CONFIG_INVALID',
      field: 'data.folder',
      message: `the data folder ${path} cannot be made or written to: ${cause.message}`,
      help: 'name a folder on a disk that this user may write to, with --data or folder in [data]',
      cause,
    })
  })
}

/**
 * Opens log, state, packages and search of a node over a transport. Whoever calls adds surfaces, then starts it.
 * @throws IDENTITY_LOST, STORAGE_CORRUPT, NATIVE_MODULE_MISSING, …
 */
export async function openLocalNode(options: LocalNodeOptions, closers: Closers): Promise<LocalNode> {
  const { logger } = options
  const opened = await openConsensus(options, closers)
  const { node } = opened
  const { local, blobs, repair, blobFeed } = await openBlobs(options, opened, closers)

  const search = await options.openSearch(node.historyId)
  closers.add('search', async () => {
    await search[Symbol.asyncDispose]()
  })
  const searchFeed = new SearchFeed({ state: node, index: search, clock: nodeClock, logger })
  closers.add('search feed', () => searchFeed[Symbol.asyncDispose]())
  const downloads = new DownloadCounter({ state: node, clock: nodeClock, random: nodeRandom, logger })
  const changes = new ChangeHub({ state: node, clock: nodeClock })
  const lookAlikes = new LookAlikes({ state: node, clock: nodeClock, logger })
  const { nodeId, transport, metrics } = options
  const garbage = new GarbageCollector({
    self: nodeId,
    local,
    referrer: () => node.view({ consistency: 'stale' }),
    tick: () => node.propose({ type: 'tick', requestId: makeRequestId(nodeRandom) }).then(() => {}),
    wanted: (digest) => repair.wanted([digest]),
    peers: () => votersBut(node.voterHalves(), nodeId),
    transport,
    clock: nodeClock,
    random: nodeRandom,
    logger,
    metrics,
  })
  closers.add('garbage', () => garbage[Symbol.asyncDispose]())
  return {
    ...opened,
    changes,
    context: {
      state: node,
      blobs,
      verifier: new OpensslVerifier(),
      search,
      searchFeed,
      searches: new PopularSearches(nodeClock),
      solver: options.solver,
      garbage,
      stores: new CopyFolders(options.stores ?? new Map(), nodeRandom),
      downloads,
      changes,
      lookAlikes,
      clock: nodeClock,
      random: nodeRandom,
      logger,
    },
    blobFiles: local,
    repair,
    blobFeed,
    start() {
      node.start()
      closers.add('node', () => node.stop())
      closers.add('downloads', () => downloads[Symbol.asyncDispose]())
      repair.start()
      blobFeed.start()
      closers.add('blob feed', () => blobFeed.stop())
      searchFeed.start()
      garbage.start()
    },
  }
}

async function openConsensus(options: LocalNodeOptions, closers: Closers): Promise<OpenedNode> {
  const { dataFolder, folder, logger } = options
  const logFiles = new ThreadFileSystem(dataFolder)
  closers.add('file thread', () => logFiles[Symbol.asyncDispose]())
  const bootId = await readBootId()
  const opened = await openNode({
    id: options.nodeId,
    beginning: options.beginning,
    members: options.members,
    openLog: (fresh) =>
      Wal.open({
        fileSystem: logFiles,
        clock: nodeClock,
        random: nodeRandom,
        bootId,
        segmentBytes: options.walSegmentBytes,
        bootstrap: fresh,
      }),
    folders: new LevelStateFolders({ root: dataFolder, fileSystem: folder.files }),
    identity: folder.identity,
    transport: options.transport,
    clock: nodeClock,
    random: nodeRandom,
    logger,
    metrics: options.metrics,
    options: options.node,
    onFault: (fault) => logger.error({ error: fault }, 'this node takes no part any more'),
    onNotAMember: () => options.onNotAMember?.(),
    stopped: options.stopped,
  })
  closers.add('admission', () => opened.admission.stop())
  closers.add('log', async () => {
    await opened.log[Symbol.asyncDispose]()
  })
  closers.add('state', () => opened.holder.close())
  return opened
}

async function openBlobs(
  { nodeId, folder, blobFiles, diskWritesMax, transport, logger, metrics }: LocalNodeOptions,
  { node, holder }: OpenedNode,
  closers: Closers,
): Promise<{ local: FileBlobStore; blobs: QuorumBlobStore; repair: BlobRepair; blobFeed: BlobFeed }> {
  const local = await FileBlobStore.open({
    files: blobFiles ?? folder.files,
    logger,
    metrics,
    diskOperationsMax: diskWritesMax,
  })
  closers.add('blob files', () => local[Symbol.asyncDispose]())
  const blobs = new QuorumBlobStore({
    self: nodeId,
    local,
    transport,
    clock: nodeClock,
    random: nodeRandom,
    quorum: { voters: () => node.voterHalves() },
    // An idle log's time stands still: a lease counted from it could be over before the entry that needs it is stamped.
    logTimeMs: () => Math.max(node.logTimeMs(), Math.floor(nodeClock.wallMs())),
    logger,
    metrics,
  })
  closers.add('blobs', () => blobs[Symbol.asyncDispose]())
  const repair = new BlobRepair({
    store: blobs,
    local,
    referenced: (after) => referencedBlobs(node, after),
    clock: nodeClock,
    random: nodeRandom,
    logger,
    metrics,
  })
  closers.add('blob repair', () => repair[Symbol.asyncDispose]())
  transport.onConnection((_peer, connected) => connected && repair.peersChanged())
  const blobFeed = new BlobFeed({
    state: node,
    clock: nodeClock,
    logger,
    fromIndex: holder.machine.appliedIndex,
    wanted: (digests, index) => repair.wanted(digests, index),
    missed: () => repair.scrubSoon(),
  })
  return { local, blobs, repair, blobFeed }
}
