import { join } from 'node:path'
import { HealthService } from './api/health.js'
import { addReflection } from './api/reflection.js'
import { API_SERVER_OPTIONS, addServices } from './api/services.js'
import { reachableAddress } from './config/advertised-address.js'
import type { ServerConfig } from './config/server-config.js'
import { NodeRestorer } from './disaster/node-restorer.js'
import { settleRestored } from './disaster/restored-folder.js'
import { HttpServer, type Readiness } from './gateway/http-server.js'
import { beginningOf } from './join/beginning.js'
import { JoinNotice } from './join/join-notice.js'
import { makeDataFolder, type OpenFolder, openDataFolder, openLocalNode } from './local-node.js'
import { MarketplaceError } from './model/error.js'
import type { NodeId } from './model/node-id.js'
import { ClusterStatusReader } from './node/cluster-status.js'
import { ClusterVerifier } from './node/cluster-verifier.js'
import { FolderTestimonies } from './node/folder-testimony.js'
import { checkFresh, notFresh } from './node/fresh-cluster.js'
import { heal, mustRestart } from './node/healing.js'
import { checkIdentity } from './node/incarnation-registry.js'
import { readLeaseMs } from './node/lease-clock.js'
import { MemberList } from './node/member-list.js'
import { MembershipChanger } from './node/membership-changer.js'
import type { Node } from './node/node.js'
import { observeNode } from './node/node-gauges.js'
import { NODE_DEFAULTS, type NodeOptions } from './node/node-options.js'
import type { Beginning } from './node/open-node.js'
import { StateExport } from './node/state-export.js'
import { ToldRefusals } from './node/told-refusals.js'
import { NativeSolver } from './resolver/native-solver.js'
import { bindGrpcServer, createGrpcServer, stopGrpcServer } from './rpc/grpc-server.js'
import { GrpcTransport } from './rpc/grpc-transport.js'
import { Closers } from './runtime/closers.js'
import type { Logger } from './runtime/logger.js'
import { nodeClock } from './runtime/node-clock.js'
import { NodeFileSystem } from './runtime/node-file-system.js'
import { nodeRandom } from './runtime/node-random.js'
import { createPinoLogger } from './runtime/pino-logger.js'
import { PrometheusMetrics } from './runtime/prometheus-metrics.js'
import { openNativeIndex } from './search/native-index.js'
import { readFolderOwner } from './storage/folder-identity.js'

export { loadServerConfig, type ServerConfig } from './config/server-config.js'

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
  /** Told what an operator has to do before this node can take part, each thing once. */
  readonly onWaiting?: (what: string) => void
  /** Told that this node wants to be stopped and started again. Without it nobody can heal it from afar, or restore into it. */
  readonly onReopen?: () => void
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
  const told = new ToldRefusals(config.nodeId, logger, parts.onWaiting)
  const http = await HttpServer.listen({
    listen: config.listen.http,
    logger,
    metrics,
    ready: () => readiness(config, clusterId, parts.build, node, told),
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
      clusterVersionMax: members.version.own,
    },
    listen: config.listen.peer,
    admit: (hello) => {
      members.check(hello.nodeId, hello.configurationIndex)
      checkIdentity(config.nodeId, folder.identity, hello.nodeId, hello)
      members.version.heard(hello.nodeId, hello.clusterVersionMax ?? 0)
    },
    review: (hello) => members.check(hello.nodeId, hello.configurationIndex),
    onRefused: (refusal) => {
      if (refusal.reason === 'MEMBER_REMOVED' && refusal.details.node === config.nodeId) node?.halt(refusal)
    },
    // Whoever takes part hears of its members' refusals where it asks them.
    onTold: (from, refusal) => node === undefined && told.take(from, refusal),
    clock: nodeClock,
    random: nodeRandom,
    logger,
    metrics,
  })
  closers.add('peers', () => transport[Symbol.asyncDispose]())

  const waiting = new JoinNotice(config, transport.address, logger, parts.onWaiting)
  const local = await openLocalNode(
    {
      nodeId: config.nodeId,
      dataFolder: config.dataFolder,
      walSegmentBytes: config.wal.segmentBytes,
      diskWritesMax: config.blobs.diskWritesMax,
      node: nodeOptions(config),
      folder,
      beginning,
      members,
      onNotAMember: () => waiting.tell(),
      stopped: () => parts.signal?.aborted === true,
      transport,
      openSearch: (historyId) =>
        openNativeIndex(join(config.dataFolder, 'search'), historyId, {
          commitAfterMs: config.search.commitMs,
        }),
      solver: new NativeSolver(),
      stores: new Map(config.stores.map(({ name, folder: path }) => [name, new NodeFileSystem(path)])),
      logger,
      metrics,
    },
    closers,
  )
  node = local.node
  const { context, repair, blobFeed } = local
  missing = () => repair.missing()

  const cluster = new ClusterStatusReader(node, transport, {
    blobsMissing: missing,
    blobsMissingAt: (index) => (blobFeed.toldIndex < index ? undefined : repair.missingAt(index)),
    remembers: () =>
      members.others.filter(({ id }) => folder.identity.knownPeer(id) !== undefined).map(({ id }) => id),
    clientAddressOf: (id) => clientAddressOf(config, local.node, id),
    build: { versionMax: members.version.own, name: parts.build },
    versionInForce: () => members.version.inForce,
  })
  cluster.serve()
  const folders = new FolderTestimonies(config.nodeId, folder.identity, transport)
  folders.serve()
  const membership = new MembershipChanger({
    folders,
    node,
    transport,
    clock: nodeClock,
    logger,
    report: (id, index) => cluster.report(id, index),
    meet: (member, deadlineMs) => transport.meet(member, deadlineMs),
    isRemembered: (id) => folder.identity.knownPeer(id) !== undefined,
  })
  membership.serve()

  const running = local.node
  local.start()

  const server = createGrpcServer({ receiveBytesMax: API_SERVER_OPTIONS['grpc.max_receive_message_length'] })
  const verifier = new ClusterVerifier({
    node,
    transport,
    log: local.log,
    blobs: {
      list: () => context.blobs.list(),
      holds: async (digest) => (await local.blobFiles.info(digest)) !== undefined,
      isComing: (digest) => repair.isComing(digest),
      verify: (digest) => context.blobs.verify(digest),
    },
    search: {
      appliedIndex: () => context.search.stats().appliedIndex,
      waitFor: (index, waitMs) => context.search.waitFor(index, waitMs),
    },
    clock: nodeClock,
    random: nodeRandom,
  })
  verifier.serve()
  closers.add('verification', () => verifier.stop())
  const restorer = restorerOf(config, local.node, parts.onReopen)
  closers.add('restore', () => restorer.stop())
  const exported = new StateExport(node, () => local.holder.snapshot())
  addServices(
    server,
    context,
    {
      status: cluster,
      membership,
      export: exported,
      verifier,
      heal: () => heal(running, parts.onReopen),
      compactor: node.compactor,
      restorer,
    },
    { clock: nodeClock, logger, metrics },
  )
  const health = new HealthService(SERVICES)
  health.addTo(server)
  addReflection(server, [...SERVICES, 'grpc.health.v1.Health'])
  const client = await bindGrpcServer(server, config.listen.client, 'client API', 'listen.client')
  closers.add('client API', () => stopGrpcServer(server, client, config.stop.graceMs))
  // Whoever watches goes elsewhere at once, and holds up nothing.
  closers.add('watches', () => local.changes.stop())
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

async function openFolder(
  config: ServerConfig,
  closers: Closers,
): Promise<{ folder: OpenFolder; beginning: Beginning }> {
  await makeDataFolder(config.dataFolder)
  await settleRestored(config.dataFolder)
  const files = new NodeFileSystem(config.dataFolder)
  const { beginning, clusterId, historyId } = await beginningOf(config, await readFolderOwner(files))
  const owner = { clusterId, historyId, nodeId: config.nodeId }
  return { folder: await openDataFolder(config.dataFolder, files, owner, closers), beginning }
}

function restorerOf(
  { nodeId, dataFolder, clusterToken, members }: ServerConfig,
  node: Node,
  reopen: (() => void) | undefined,
): NodeRestorer {
  const [self, ...others] = members
  if (self === undefined) return new NodeRestorer(notFresh(nodeId, 'joined a cluster that was there'))
  if (others.length > 0) return new NodeRestorer(notFresh(nodeId, `is one of ${members.length} founders`))
  if (reopen === undefined) return new NodeRestorer(mustRestart(nodeId))
  return new NodeRestorer({
    nodeId,
    dataFolder,
    seed: { clusterToken, members: [{ id: self.id, address: self.peerAddress }] },
    checkFresh: (consistency) => checkFresh(node, consistency),
    end: () => node.stop(),
    reopen,
  })
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
  told: ToldRefusals,
): Promise<Readiness> {
  const facts = { nodeId: config.nodeId, clusterId, pid: process.pid, build }
  if (node === undefined) return { ready: false, reasons: ['opening', ...told.reasons], facts }
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
