import { join } from 'node:path'
import { BlobPackageStore } from './blob/blob-package-store.js'
import { CopyFolders } from './blob/copy-folders.js'
import { FileBlobStore } from './blob/file-blob-store.js'
import { GarbageCollector } from './blob/garbage-collector.js'
import { MemoryBlobStore } from './blob/memory-blob-store.js'
import { QuorumBlobStore } from './blob/quorum-blob-store.js'
import type { PackageStore } from './interface/package-store.js'
import type { Registry } from './interface/registry.js'
import type { Replication } from './interface/replication.js'
import type { SearchEngine } from './interface/search-engine.js'
import { makeDataFolder, openDataFolder, openLocalNode } from './local-node.js'
import { bytesToHex } from './model/codec.js'
import { MarketplaceError } from './model/error.js'
import type { ClusterId, HistoryId, NodeId } from './model/node-id.js'
import { MemberList } from './node/member-list.js'
import { NODE_DEFAULTS, type NodeOptions } from './node/node-options.js'
import { SoleState } from './node/sole-state.js'
import { bootstrapConfiguration } from './raft/bootstrap.js'
import { ChangeHub } from './registry/change-hub.js'
import { DownloadCounter } from './registry/download-counter.js'
import { LocalPackageStore } from './registry/local-package-store.js'
import { LocalRegistry } from './registry/local-registry.js'
import { LocalReplication } from './registry/local-replication.js'
import { LocalSearch } from './registry/local-search.js'
import { LookAlikes } from './registry/look-alikes.js'
import { PopularSearches } from './registry/popular-searches.js'
import type { RegistryContext } from './registry/ports.js'
import { makeRequestId } from './registry/register.js'
import { SearchFeed } from './registry/search-feed.js'
import { NativeSolver } from './resolver/native-solver.js'
import { PlainSolver } from './resolver/plain-solver.js'
import type { DependencySolver } from './resolver/solver.js'
import { noPeers } from './rpc/no-peers.js'
import { pause } from './runtime/clock.js'
import { Closers } from './runtime/closers.js'
import { type Logger, silentLogger } from './runtime/logger.js'
import { type MetricsCollector, silentMetrics } from './runtime/metrics.js'
import { isNativeModuleHere } from './runtime/native-module.js'
import { nodeClock } from './runtime/node-clock.js'
import { NodeFileSystem } from './runtime/node-file-system.js'
import { nodeRandom } from './runtime/node-random.js'
import { MemorySearchIndex } from './search/memory-index.js'
import { openNativeIndex } from './search/native-index.js'
import type { SearchIndex } from './search/search-index.js'
import { folderLocked } from './storage/data-folder.js'
import { LevelFolderLock } from './storage/level/level-folder-lock.js'
import { MemoryKeyValueStore } from './storage/memory/memory-key-value-store.js'
import { claimPackagesFolder } from './storage/packages-folder.js'
import { registrySecret } from './storage/registry-secret.js'
import { OpensslVerifier } from './trust/openssl-verifier.js'

/** A registry in this process. Closing it lands what is under way. */
export interface EmbeddedRegistry extends AsyncDisposable {
  readonly registry: Registry
  readonly store: PackageStore
  readonly search: SearchEngine
  readonly replication: Replication
}

export interface LocalRegistryOptions {
  /** Absolute; made where it is missing. */
  readonly folder: string
  /** Absolute; where packages are kept. Default: in the folder. */
  readonly packagesFolder?: string | undefined
  /** `memory`: an index in memory, filled at every opening. Default: tantivy, or memory where its module is not there. */
  readonly search?: 'tantivy' | 'memory' | undefined
  /** How long to wait for another process that has the folder open. Default 10,000. */
  readonly lockWaitMs?: number | undefined
  /** Is told, once, whom it waits for; not where that is over at once. */
  readonly onLockWait?: ((holder: LockHolder) => void) | undefined
  readonly logger?: Logger | undefined
  readonly metrics?: MetricsCollector | undefined
}

/** Who has a folder that is waited for. */
export interface LockHolder {
  readonly folder: string
  /** As it wrote it; undefined in the moment before it has. */
  readonly processId: string | undefined
}

const NODE_ID = 'local' as NodeId
/** Nobody else can be leader: no election needs patience. */
const NODE_OPTIONS: NodeOptions = { ...NODE_DEFAULTS, tickMs: 20, electionTicks: 2, heartbeatTicks: 1 }
/** A small registry needs no large spare segments. */
const SEGMENT_BYTES = 4 * 1024 * 1024
const DISK_WRITES_MAX = 2
/** How long another process is waited for, and how often it is looked. */
const LOCK_WAIT_MS = 10_000
const LOCK_LOOK_MS = 50
/** Within this, nobody wonders what is waited for. */
const LOCK_TELL_MS = 700

/**
 * Opens the registry in a folder: a whole node (log, state, packages, search) as a cluster of one, with no port and no peer. What it
 * acknowledged is on the disk; a crash at any moment loses nothing of it.
 * @throws FOLDER_LOCKED (names the process) after the wait; CONFIG_INVALID, STORAGE_CORRUPT, STORAGE_FAILED, NATIVE_MODULE_MISSING
 */
export async function openLocalRegistry(options: LocalRegistryOptions): Promise<EmbeddedRegistry> {
  const { logger = silentLogger } = options
  const closers = new Closers()
  try {
    const context = await assemble(options, logger, closers)
    return embedded(context, () => closers.close(logger))
  } catch (error) {
    await closers.close(logger)
    throw error
  }
}

async function assemble(
  options: LocalRegistryOptions,
  logger: Logger,
  closers: Closers,
): Promise<RegistryContext> {
  const { folder: path, packagesFolder = path, metrics = silentMetrics } = options
  await makeDataFolder(path)
  const files = new NodeFileSystem(path)
  const held = await acquire(path, files, options)
  closers.add('lock', async () => held[Symbol.asyncDispose]())
  // A folder without a secret is some node's: opening it as this registry's says whose.
  const clusterToken = (await registrySecret(files, nodeRandom)) ?? ''
  const seed = { clusterToken, members: [{ id: NODE_ID, address: 'local:0' }] }
  const owner = { ...bootstrapConfiguration(seed), nodeId: NODE_ID }
  const folder = await openDataFolder(path, files, owner, closers, { tryAcquire: async () => held })
  let blobFiles: NodeFileSystem | undefined
  if (packagesFolder !== path) {
    await makeDataFolder(packagesFolder)
    blobFiles = new NodeFileSystem(packagesFolder)
    const heldPackages = await acquire(packagesFolder, blobFiles, options)
    closers.add('lock of packages', async () => heldPackages[Symbol.asyncDispose]())
    await claimPackagesFolder(blobFiles, packagesFolder, owner.clusterId)
  }
  const local = await openLocalNode(
    {
      nodeId: NODE_ID,
      dataFolder: path,
      walSegmentBytes: SEGMENT_BYTES,
      diskWritesMax: DISK_WRITES_MAX,
      node: NODE_OPTIONS,
      folder,
      blobFiles,
      beginning: { type: 'found', seed },
      members: new MemberList(NODE_ID),
      stopped: () => false,
      transport: noPeers,
      openSearch: (history) => openSearch(options, history),
      solver: solver(),
      logger,
      metrics,
    },
    closers,
  )
  local.start()
  closers.add('watches', () => local.changes.stop())
  return local.context
}

/** A folder's lock, once nobody else has it. @throws FOLDER_LOCKED where somebody has it for longer than the wait */
async function acquire(
  path: string,
  files: NodeFileSystem,
  { lockWaitMs = LOCK_WAIT_MS, onLockWait }: Pick<LocalRegistryOptions, 'lockWaitMs' | 'onLockWait'> = {},
): Promise<AsyncDisposable> {
  const lock = new LevelFolderLock(join(path, 'lock'))
  const startMs = nodeClock.monotonicMs()
  for (let told = false; ; ) {
    const held = await lock.tryAcquire()
    if (held !== undefined) return held
    const waitedMs = nodeClock.monotonicMs() - startMs
    if (waitedMs >= lockWaitMs) throw inUse(await folderLocked(path, files))
    if (!told && waitedMs >= LOCK_TELL_MS) {
      told = true
      const { details } = await folderLocked(path, files)
      onLockWait?.({ folder: path, processId: details.processId })
    }
    await pause(nodeClock, LOCK_LOOK_MS)
  }
}

function inUse({ details, cause }: MarketplaceError): MarketplaceError {
  const { path = '', processId } = details
  const holder = processId === undefined ? 'another process' : `process ${processId}`
  return new MarketplaceError({
    reason: 'FOLDER_LOCKED',
    message: `the registry in ${path} is in use by ${holder}`,
    help: `wait until ${holder} is done, or stop it; what several programs use at once is a cluster: ggen-market serve`,
    details,
    cause,
  })
}

async function openSearch(
  { folder, search }: LocalRegistryOptions,
  historyId: HistoryId,
): Promise<SearchIndex> {
  if (search === 'memory') return new MemorySearchIndex(nodeClock, historyId)
  try {
    return await openNativeIndex(join(folder, 'search'), historyId)
  } catch (error) {
    const isMissing = error instanceof MarketplaceError && error.reason === 'NATIVE_MODULE_MISSING'
    if (search === 'tantivy' || !isMissing) throw error
    return new MemorySearchIndex(nodeClock, historyId)
  }
}

/** Without the native module, what fits at its highest versions is resolved all the same. */
function solver(): DependencySolver {
  return isNativeModuleHere() ? new NativeSolver() : new PlainSolver()
}

/** Opens a registry that lives in memory and ends with this process: every rule is the real one, nothing is durable. */
export async function openMemoryRegistry(): Promise<EmbeddedRegistry> {
  const state = await SoleState.open({
    nodeId: NODE_ID,
    clusterId: bytesToHex(nodeRandom.bytes(16)) as ClusterId,
    historyId: bytesToHex(nodeRandom.bytes(16)) as HistoryId,
    store: new MemoryKeyValueStore(),
    clock: nodeClock,
  })
  const { context, close } = memoryContext(state, new MemoryBlobStore())
  return embedded(context, close)
}

/**
 * A package store without a registry: in a folder, or in memory where none is named.
 * @throws FOLDER_LOCKED, CONFIG_INVALID, STORAGE_FAILED
 */
export async function openPackageStore(folder: string | undefined): Promise<PackageStore & AsyncDisposable> {
  if (folder === undefined) return disposable(new BlobPackageStore(new MemoryBlobStore()), async () => {})
  await makeDataFolder(folder)
  const files = new NodeFileSystem(folder)
  const held = await acquire(folder, files)
  const blobs = await FileBlobStore.open({ files })
  return disposable(new BlobPackageStore(blobs), async () => {
    await blobs[Symbol.asyncDispose]()
    await held[Symbol.asyncDispose]()
  })
}

function disposable<T extends object>(what: T, close: () => Promise<void>): T & AsyncDisposable {
  return Object.assign(what, { [Symbol.asyncDispose]: close })
}

/** The use cases over a state in memory. */
export function memoryContext<State extends SoleState>(state: State, local: MemoryBlobStore) {
  const clock = nodeClock
  const random = nodeRandom
  const logger = silentLogger
  const blobs = new QuorumBlobStore({
    self: state.nodeId,
    local,
    transport: noPeers,
    clock,
    random,
    quorum: { voters: () => state.voterHalves() },
    logTimeMs: () => state.logTimeMs(),
  })
  const search = new MemorySearchIndex(clock, state.historyId)
  const feed = new SearchFeed({ state, index: search, clock, logger })
  feed.start()
  const downloads = new DownloadCounter({ state, clock, random, logger })
  const changes = new ChangeHub({ state, clock })
  const lookAlikes = new LookAlikes({ state, clock, logger })
  const garbage = new GarbageCollector({
    self: state.nodeId,
    local,
    referrer: () => state.view({ consistency: 'stale' }),
    tick: () => state.propose({ type: 'tick', requestId: makeRequestId(random) }).then(() => {}),
    wanted: () => {},
    peers: () => [],
    transport: noPeers,
    clock,
    random,
  })
  const verifier = new OpensslVerifier()
  return {
    context: {
      state,
      blobs,
      verifier,
      search,
      searchFeed: feed,
      searches: new PopularSearches(clock),
      solver: solver(),
      garbage,
      stores: new CopyFolders(new Map(), random),
      downloads,
      changes,
      lookAlikes,
      clock,
      random,
      logger,
    },
    close: async () => {
      changes.stop()
      await garbage[Symbol.asyncDispose]()
      await downloads[Symbol.asyncDispose]()
      await feed[Symbol.asyncDispose]()
      await search[Symbol.asyncDispose]()
      await blobs[Symbol.asyncDispose]()
    },
  }
}

function embedded(context: RegistryContext, close: () => Promise<void>): EmbeddedRegistry {
  return {
    registry: new LocalRegistry(context),
    store: new LocalPackageStore(context),
    search: new LocalSearch(context),
    replication: new LocalReplication(context),
    [Symbol.asyncDispose]: close,
  }
}
