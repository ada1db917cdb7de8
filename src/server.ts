import { join } from 'node:path'
import { HealthService } from './api/health.js'
import { addReflection } from './api/reflection.js'
import { API_SERVER_OPTIONS, addServices } from './api/services.js'
import { BlobRepair } from './blob/blob-repair.js'
import { FileBlobStore } from './blob/file-blob-store.js'
import { QuorumBlobStore } from './blob/quorum-blob-store.js'
import { reachableAddress } from './config/advertised-address.js'
import type { ServerConfig } from './config/server-config.js'
import { HttpServer, type Readiness } from './gateway/http-server.js'
import { beginningOf } from './join/beginning.js'
import { JoinNotice } from './join/join-notice.js'
import { MarketplaceError } from './model/error.js'
import type { NodeId } from './model/node-id.js'
import { ClusterStatusReader } from './node/cluster-status.js'
import { ClusterVerifier } from './node/cluster-verifier.js'
import { heal } from './node/healing.js'
import { checkIdentity } from './node/incarnation-registry.js'
import { readLeaseMs } from './node/lease-clock.js'
import { MemberList } from './node/member-list.js'
import { MembershipChanger } from './node/membership-changer.js'
import type { Node } from './node/node.js'
import { observeNode } from './node/node-gauges.js'
import { NODE_DEFAULTS, type NodeOptions } from './node/node-options.js'
import { type Beginning, type OpenedNode, type OpenNodeParts, openNode } from './node/open-node.js'
import { StateExport } from './node/state-export.js'
import { BlobFeed, referencedBlobs } from './registry/blob-feed.js'
import { ChangeHub } from './registry/change-hub.js'
import { DownloadCounter } from './registry/download-counter.js'
import { SearchFeed } from './registry/search-feed.js'
import { bindGrpcServer, createGrpcServer, stopGrpcServer } from './rpc/grpc-server.js'
import { GrpcTransport } from './rpc/grpc-transport.js'
import { readBootId } from './runtime/boot-id.js'
import { Closers } from './runtime/closers.js'
import type { Logger } from './runtime/logger.js'
import { makeFolder } from './runtime/make-folder.js'
import { nodeClock } from './runtime/node-clock.js'
import { NodeFileSystem } from './runtime/node-file-system.js'
import { ThreadFileSystem } from './runtime/node-file-system-thread.js'
import { nodeRandom } from './runtime/node-random.js'
import { createPinoLogger } from './runtime/pino-logger.js'
import { PrometheusMetrics } from './runtime/prometheus-metrics.js'
import { openNativeIndex } from './search/native-index.js'
import { DataFolder } from './storage/data-folder.js'
import { readFolderOwner } from './storage/folder-identity.js'
import { LevelFolderLock } from './storage/level/level-folder-lock.js'
import { LevelStateFolders } from './storage/level/level-state-folders.js'
import { Wal } from './storage/wal/wal.js'
import { OpensslVerifier } from './trust/openssl-verifier.js'

const SERVICES = ['RegistryService', 'PackageStoreService', 'SearchService', 'ClusterService'].map(
  (name) => `ggen.marketplace.v1.${name}`,
)
/** How often health is set from the node's own view of its quorum. */
const HEALTH_MS = 250
/** A linearizable read that takes longer does not count as ready. */
const READY_READ_MS = 1_500

export interface RunningServer {
  /** Addresses that are listened on. */
  readonly client: string
  readonly peer: string
  readonly http: string
  /** Hands leadership over, ends calls, lands what is under way, closes everything. */
  stop(): Promise<void>
}

export interface ServerParts {
  readonly logger?: Logger
  /** Names what runs, for operators who compare nodes. */
  readonly build?: string
  /** Told once what an operator has to do before this node can take part. */
  readonly onWaiting?: (what: string) => void
  /** Told that this node wants to be stopped and started again, to fetch its state anew. Without it nobody can heal it from afar. */
  readonly onHeal?: () => void
  /** Ends the waiting of a start that is not wanted any more. */
  readonly signal?: AbortSignal
}

/**
 * One whole node: the only place that knows every implementation.
 * @throws FOLDER_LOCKED, FOLDER_FOREIGN, IDENTITY_LOST, PORT_IN_USE, NATIVE_MODULE_MISSING, STORAGE_CORRUPT, …
 */
export async function runServer(config: ServerConfig, parts: ServerParts = {}): Promise<RunningServer> {
  const logger = parts.logger ?? createPinoLogger({ level: config.logLevel, fields: { node: config.nodeId } })
  const closers = new Closers()
  try {
    return await assemble(config, parts, logger, closers)
  } catch (error) {
    await closers.close(logger)
    throw error
  }
}

async function assemble(
  config: ServerConfig,
  parts: ServerParts,
  logger: Logger,
  closers: Closers,
): Promise<RunningServer> {
  const metrics = new PrometheusMetrics()
  let node: Node | undefined
  let missing = () => 0

  const { folder, beginning } = await openFolder(config, closers)
  const { clusterId } = folder.identity
  const members = new MemberList(config.nodeId)
  const http = await HttpServer.listen({
    listen: config.listen.http,
    logger,
    metrics,
    ready: () => readiness(config, clusterId, parts.build, node),
    collect: () => node !== undefined && observeNode(metrics, node, missing()),
  })
  closers.add('http', () => http[Symbol.asyncDispose]())

  const transport = await GrpcTransport.listen({
    self: {
      nodeId: config.nodeId,
      clusterId,
      historyId: folder.identity.historyId,
      incarnation: folder.identity.incarnation,
      get startMarks() {
        return folder.identity.startMarks
      },
      get configurationIndex() {
        return members.configurationIndex
      },
      readLeaseMs: config.raft.readLease ? readLeaseMs(config.raft) : 0,
    },
    listen: config.listen.peer,
    admit: (hello) => {
      members.check(hello.nodeId, hello.configurationIndex)
      checkIdentity(config.nodeId, folder.identity, hello.nodeId, hello)
    },
    review: (hello) => members.check(hello.nodeId, hello.configurationIndex),
    onRefused: (refusal) => {
      if (refusal.reason === 'MEMBER_REMOVED' && refusal.details.node === config.nodeId) node?.halt(refusal)
    },
    clock: nodeClock,
    random: nodeRandom,
    logger,
    metrics,
  })
  closers.add('peers', () => transport[Symbol.asyncDispose]())

  const waiting = new JoinNotice(config, transport.address, logger, parts.onWaiting)
  const opened = await openConsensus(
    config,
    parts,
    { beginning, members, onNotAMember: () => waiting.tell() },
    folder,
    transport,
    logger,
    metrics,
    closers,
  )
  node = opened.node
  const { local, blobs, repair, blobFeed } = await openBlobs(
    config,
    folder,
    opened,
    transport,
    logger,
    metrics,
    closers,
  )
  missing = () => repair.missing()

  const search = await openNativeIndex(join(config.dataFolder, 'search'), node.historyId, {
    commitAfterMs: config.search.commitMs,
  })
  closers.add('search', async () => {
    await search[Symbol.asyncDispose]()
  })
  const searchFeed = new SearchFeed({ state: node, index: search, clock: nodeClock, logger })
  closers.add('search feed', () => searchFeed[Symbol.asyncDispose]())

  const downloads = new DownloadCounter({ state: node, clock: nodeClock, random: nodeRandom, logger })
  const cluster = new ClusterStatusReader(node, transport, {
    blobsMissing: missing,
    blobsMissingAt: (index) => (blobFeed.toldIndex < index ? undefined : repair.missingAt(index)),
    remembers: () =>
      members.others.filter(({ id }) => folder.identity.knownPeer(id) !== undefined).map(({ id }) => id),
    clientAddressOf: (id) => clientAddressOf(config, opened.node, id),
  })
  cluster.serve()
  const membership = new MembershipChanger({
    node,
    transport,
    clock: nodeClock,
    logger,
    report: (id, index) => cluster.report(id, index),
    meet: (member, deadlineMs) => transport.meet(member, deadlineMs),
    isRemembered: (id) => folder.identity.knownPeer(id) !== undefined,
  })
  membership.serve()

  node.start()
  const running = node
  closers.add('node', () => running.stop())
  closers.add('downloads', () => downloads[Symbol.asyncDispose]())
  repair.start()
  blobFeed.start()
  closers.add('blob feed', () => blobFeed.stop())
  searchFeed.start()

  const server = createGrpcServer({ receiveBytesMax: API_SERVER_OPTIONS['grpc.max_receive_message_length'] })
  const changes = new ChangeHub({ state: node, clock: nodeClock })
  const context = {
    state: node,
    blobs,
    verifier: new OpensslVerifier(),
    search,
    downloads,
    changes,
    clock: nodeClock,
    random: nodeRandom,
    logger,
  }
  const verifier = new ClusterVerifier({
    node,
    transport,
    log: opened.log,
    blobs: {
      list: () => blobs.list(),
      holds: async (digest) => (await local.info(digest)) !== undefined,
      verify: (digest) => blobs.verify(digest),
    },
    search: {
      appliedIndex: () => search.stats().appliedIndex,
      waitFor: (index, waitMs) => search.waitFor(index, waitMs),
    },
    clock: nodeClock,
    random: nodeRandom,
  })
  verifier.serve()
  closers.add('verification', () => verifier.stop())
  const exported = new StateExport(node, () => opened.holder.snapshot())
  addServices(
    server,
    context,
    {
      status: cluster,
      membership,
      export: exported,
      verifier,
      heal: () => heal(running, parts.onHeal),
      compactor: node.compactor,
    },
    { clock: nodeClock, logger, metrics },
  )
  const health = new HealthService(SERVICES)
  health.addTo(server)
  addReflection(server, [...SERVICES, 'grpc.health.v1.Health'])
  const client = await bindGrpcServer(server, config.listen.client, 'client API', 'listen.client')
  closers.add('client API', () => stopGrpcServer(server, client, config.stop.graceMs))
  // Whoever watches goes elsewhere at once, and holds up nothing.
  closers.add('watches', () => changes.stop())
  const healthTimer = setInterval(() => health.set(running.status().hasQuorum), HEALTH_MS)
  closers.add('health', () => {
    clearInterval(healthTimer)
    health.close()
  })

  logger.info({ client, peer: transport.address, http: http.address, build: parts.build }, 'serving')
  return { client, peer: transport.address, http: http.address, stop: () => closers.close(logger) }
}

/** Where clients reach a member, as far as this node was told; of others their own report says it. */
function clientAddressOf({ advertise, listen, members, nodeId }: ServerConfig, node: Node, id: NodeId) {
  const founder = members.find((each) => each.id === id)?.clientAddress
  if (id !== nodeId) return founder
  if (advertise.client !== undefined || founder !== undefined) return advertise.client ?? founder
  const { voters, learners } = node.status().raft.configuration
  const self = [...voters, ...learners].find((member) => member.id === id)
  return reachableAddress(listen.client, [self?.address]) ?? listen.client
}

interface OpenFolder {
  readonly identity: DataFolder['identity']
  readonly files: NodeFileSystem
}

async function openFolder(
  config: ServerConfig,
  closers: Closers,
): Promise<{ folder: OpenFolder; beginning: Beginning }> {
  await makeDataFolder(config.dataFolder)
  const files = new NodeFileSystem(config.dataFolder)
  const { beginning, clusterId, historyId } = await beginningOf(config, await readFolderOwner(files))
  const folder = await DataFolder.open({
    fileSystem: files,
    lock: new LevelFolderLock(join(config.dataFolder, 'lock')),
    owner: { clusterId, historyId, nodeId: config.nodeId },
    random: nodeRandom,
    processId: process.pid,
    displayPath: config.dataFolder,
  })
  closers.add('data folder', () => folder[Symbol.asyncDispose]())
  return { folder: { identity: folder.identity, files }, beginning }
}

/** With the lock's folder in it: what is below then needs no recursion, and a folder that takes nothing is told at once. */
async function makeDataFolder(path: string): Promise<void> {
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

async function openConsensus(
  config: ServerConfig,
  parts: ServerParts,
  membership: Pick<OpenNodeParts, 'beginning' | 'members' | 'onNotAMember'>,
  folder: OpenFolder,
  transport: GrpcTransport,
  logger: Logger,
  metrics: PrometheusMetrics,
  closers: Closers,
): Promise<OpenedNode> {
  const logFiles = new ThreadFileSystem(config.dataFolder)
  closers.add('file thread', () => logFiles[Symbol.asyncDispose]())
  const bootId = await readBootId()
  const opened = await openNode({
    id: config.nodeId,
    ...membership,
    openLog: (fresh) =>
      Wal.open({
        fileSystem: logFiles,
        clock: nodeClock,
        random: nodeRandom,
        bootId,
        segmentBytes: config.wal.segmentBytes,
        bootstrap: fresh,
      }),
    folders: new LevelStateFolders({ root: config.dataFolder, fileSystem: folder.files }),
    identity: folder.identity,
    transport,
    clock: nodeClock,
    random: nodeRandom,
    logger,
    metrics,
    options: nodeOptions(config),
    onFault: (fault) => logger.error({ error: fault }, 'this node takes no part any more'),
    stopped: () => parts.signal?.aborted === true,
  })
  closers.add('admission', () => opened.admission.stop())
  closers.add('log', async () => {
    await opened.log[Symbol.asyncDispose]()
  })
  closers.add('state', () => opened.holder.close())
  return opened
}

async function openBlobs(
  config: ServerConfig,
  folder: OpenFolder,
  { node, holder }: OpenedNode,
  transport: GrpcTransport,
  logger: Logger,
  metrics: PrometheusMetrics,
  closers: Closers,
): Promise<{ local: FileBlobStore; blobs: QuorumBlobStore; repair: BlobRepair; blobFeed: BlobFeed }> {
  const local = await FileBlobStore.open({
    files: folder.files,
    logger,
    metrics,
    diskOperationsMax: config.blobs.diskWritesMax,
  })
  closers.add('blob files', () => local[Symbol.asyncDispose]())
  const blobs = new QuorumBlobStore({
    self: config.nodeId,
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

function nodeOptions(config: ServerConfig): NodeOptions {
  return {
    ...NODE_DEFAULTS,
    tickMs: config.raft.tickMs,
    electionTicks: config.raft.electionTicks,
    heartbeatTicks: config.raft.heartbeatTicks,
    readLease: config.raft.readLease,
    priority: config.raft.priority,
    compactEntries: config.compaction.entries,
    compactBytes: config.compaction.bytes,
    tailEntries: config.compaction.tailEntries,
    snapshots: { ...NODE_DEFAULTS.snapshots, ...config.snapshots },
  }
}

/** Ready means: a linearizable read works here, now. */
async function readiness(
  config: ServerConfig,
  clusterId: string,
  build: string | undefined,
  node: Node | undefined,
): Promise<Readiness> {
  const facts = { nodeId: config.nodeId, clusterId, pid: process.pid, build }
  if (node === undefined) return { ready: false, reasons: ['opening'], facts }
  const { role, term, leader, commitIndex, appliedIndex, fault } = node.status()
  const more = { ...facts, role, term, leader, commitIndex, appliedIndex, fault: fault?.reason }
  try {
    await using view = await node.view({ deadlineMs: READY_READ_MS })
    return { ready: true, reasons: [], facts: { ...more, appliedIndex: view.appliedIndex } }
  } catch (error) {
    if (!(error instanceof MarketplaceError)) throw error
    return { ready: false, reasons: [fault?.message ?? error.message], facts: more }
  }
}
