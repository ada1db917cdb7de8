import { assert } from '../model/assert.js'
import { MarketplaceError } from '../model/error.js'
import type { ClusterId, HistoryId, NodeId } from '../model/node-id.js'
import { bootstrapState, type ClusterSeed, EMPTY_MARK } from '../raft/bootstrap.js'
import { decodeConfiguration, encodeConfiguration } from '../raft/configuration.js'
import type { SnapshotMark } from '../raft/entry.js'
import type { RecoveredState } from '../raft/log.js'
import { Raft } from '../raft/raft.js'
import { reconcile } from '../raft/recovery.js'
import type { PeerTransport } from '../rpc/peer-transport.js'
import { type Clock, pause } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'
import type { MetricsCollector } from '../runtime/metrics.js'
import type { Random } from '../runtime/random.js'
import type { LogStore, RecoveredLog } from '../storage/log-store.js'
import type { StateFolders } from '../storage/state-folders.js'
import { FolderAdmission } from './folder-admission.js'
import { type IdentityFolder, IncarnationRegistry } from './incarnation-registry.js'
import { awaitIntroduction } from './introduction.js'
import { LeaseClock, readLeaseMs } from './lease-clock.js'
import { checkHistory } from './log-history.js'
import { type KnownMember, type MemberList, removed } from './member-list.js'
import { Node } from './node.js'
import type { NodeOptions } from './node-options.js'
import { SnapshotTransfer } from './snapshot-transfer.js'
import { StateHolder } from './state-holder.js'

/** The log of a node that joins: what it holds comes from the leader. */
const EMPTY_LOG: RecoveredLog = {
  hardState: { term: 0, vote: undefined, commit: 0 },
  mark: EMPTY_MARK,
  entries: [],
}
/** Pause before the cluster to join is asked again who its members are. */
const ASK_AGAIN_MS = 3_000

/** How a node comes to its first members, as long as its own log names none. */
export type Beginning =
  /** Told to every first member alike: gives entry 1 and the cluster id. */
  | { readonly type: 'found'; readonly seed: ClusterSeed }
  /** A cluster that is there already; the log begins empty and comes from its leader. */
  | { readonly type: 'join'; ask(): Promise<KnownCluster> }

/** A cluster as one of its members tells of it. */
export interface KnownCluster {
  readonly clusterId: ClusterId
  readonly historyId: HistoryId
  readonly members: readonly KnownMember[]
}

export interface OpenNodeParts {
  readonly id: NodeId
  readonly beginning: Beginning
  /** Kept up to date; the transport's handshake shows its index and judges others by it. */
  readonly members: MemberList
  /** Opens the log; makes one that begins with `fresh` where there is none, and refuses that where `fresh` is absent. */
  openLog(fresh: RecoveredLog | undefined): Promise<LogStore>
  readonly folders: StateFolders
  readonly identity: IdentityFolder & { readonly historyId: HistoryId }
  /** Already listening; its handshake shows `identity` and judges others by it (`checkIdentity`). */
  readonly transport: PeerTransport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: MetricsCollector
  readonly options: NodeOptions
  readonly onFault?: (fault: MarketplaceError) => void
  /** Told, again and again, that the members do not count this node among them yet. */
  readonly onNotAMember?: () => void
  /** Ends the waiting of an opening that is not wanted any more. */
  readonly stopped: () => boolean
}

export interface OpenedNode {
  readonly node: Node
  /** Runs inside of the node; to be looked at only. */
  readonly raft: Raft
  readonly log: LogStore
  readonly holder: StateHolder
  /** Goes on showing this folder to members that were away; the caller stops it. */
  readonly admission: FolderAdmission
}

/**
 * Opens log and state, brings them in step, gets this folder admitted, and makes the node. It does not start it.
 * @throws IDENTITY_LOST, MEMBER_REMOVED, STORAGE_CORRUPT, STATE_CORRUPT where no member could give a good state, SHUTTING_DOWN
 */
export async function openNode(parts: OpenNodeParts): Promise<OpenedNode> {
  const { id, beginning, members, transport, clock, logger, options } = parts
  const fresh = beginning.type === 'found' ? bootstrapState(beginning.seed) : EMPTY_LOG
  const log = await parts.openLog(parts.identity.admitted ? undefined : fresh)
  checkHistory(log.recovered, parts.identity.historyId)
  const registry = new IncarnationRegistry(id, parts.identity, transport)
  registry.serve()
  const admission = new FolderAdmission(parts.identity, registry, clock, logger, options.admission)
  awaitIntroduction({ transport, members, admission })
  try {
    const origin = await firstMembers(parts, log)
    await admission.begin(members.others)
    transport.setPeers(members.others)
    if (origin !== undefined) askOn(parts, admission)
    admission.onNotAMember(() => parts.onNotAMember?.())
    await admission.admit(parts.stopped)
    const holder = await openState(parts, log)
    try {
      const recovered = await inStep(log, holder, parts.folders)
      const { node, raft } = makeNode(parts, log, holder, recovered, admission, origin)
      admission.onRefused((refusal) => node.halt(refusal))
      return { node, raft, log, holder, admission }
    } catch (error) {
      await holder.close()
      throw error
    }
  } catch (error) {
    admission.stop()
    await log[Symbol.asyncDispose]()
    throw error
  }
}

/**
 * Fills the list of members: from the log; where that names none, as the cluster tells.
 * @returns what the cluster told, where it had to be asked
 * @throws MEMBER_REMOVED where the log says that this node is none any more; CLUSTER_MISMATCH, SHUTTING_DOWN
 */
async function firstMembers(parts: OpenNodeParts, log: LogStore): Promise<KnownCluster | undefined> {
  const { members, id } = parts
  const { entries, mark, hardState } = log.recovered
  const held = [
    ...(mark.index > 0 ? [{ index: mark.index, bytes: mark.configuration }] : []),
    ...entries
      .filter((entry) => entry.type === 'configuration')
      .map(({ index, payload }) => ({ index, bytes: payload })),
  ]
  for (const { index, bytes } of held)
    members.follow(decodeConfiguration(bytes), index, index <= Math.max(hardState.commit, mark.index))
  if (members.leftOut) throw removed(id, id, members.configurationIndex)
  if (held.length > 0) return undefined
  assert(parts.beginning.type === 'join', 'the log of a founding member begins with who the members are')
  const cluster = await askUntilTold(parts, parts.beginning)
  members.introduce(cluster.members)
  return cluster
}

/** No member may be up yet; nothing else can be done before one is. */
async function askUntilTold(
  { logger, clock, stopped }: OpenNodeParts,
  { ask }: Extract<Beginning, { type: 'join' }>,
): Promise<KnownCluster> {
  for (;;) {
    try {
      return toldOf(await ask())
    } catch (error) {
      if (!(error instanceof MarketplaceError) || !mayPass(error)) throw error
      logger.warn({ error: error.message }, 'the cluster to join cannot be asked yet')
    }
    if (stopped()) throw stoppedJoining()
    await pause(clock, ASK_AGAIN_MS)
  }
}

/**
 * Without members there is nobody to show this folder to, and nobody who would ever be let in.
 * @throws UNREACHABLE
 */
function toldOf(cluster: KnownCluster): KnownCluster {
  if (cluster.members.length > 0) return cluster
  throw new MarketplaceError({
    reason: 'UNREACHABLE',
    message: 'the node that answered waits to be let in itself, and knows no members yet',
    help: 'this is tried again by itself; with --join name nodes that are members',
  })
}

/** Whom to show this folder to may change while it waits to be added. */
function askOn(parts: OpenNodeParts, admission: FolderAdmission): void {
  const { beginning, members, transport, clock, logger, identity, stopped } = parts
  clock.after(ASK_AGAIN_MS, () => {
    if (beginning.type !== 'join' || identity.admitted || stopped() || admission.over) return
    beginning
      .ask()
      .then((cluster) => {
        members.introduce(toldOf(cluster).members)
        if (identity.admitted || admission.over) return
        admission.follow(members.others)
        transport.setPeers(members.others)
      })
      .catch((error: unknown) =>
        logger.debug({ error: String(error) }, 'the cluster to join cannot be asked'),
      )
      .finally(() => askOn(parts, admission))
  })
}

function makeNode(
  parts: OpenNodeParts,
  log: LogStore,
  holder: StateHolder,
  recovered: RecoveredState,
  admission: FolderAdmission,
  origin: KnownCluster | undefined,
): Pick<OpenedNode, 'node' | 'raft'> {
  const { id, members, transport, folders, clock, logger } = parts
  const { options } = parts
  const isTroubled = () => node.isClockAlone
  const raft = new Raft(
    {
      id,
      electionTicks: options.electionTicks,
      heartbeatTicks: options.heartbeatTicks,
      priority: options.priority,
      lease: options.readLease ? new LeaseClock(clock, readLeaseMs(options), isTroubled) : undefined,
      random: (limit) => parts.random.below(limit),
    },
    recovered,
  )
  const node: Node = new Node({
    id,
    raft,
    log,
    holder,
    folders,
    transport,
    clock,
    logger,
    metrics: parts.metrics,
    options,
    members,
    onMembers: () => admission.follow(members.others),
    ...(origin !== undefined && { origin }),
    ...(parts.onFault === undefined ? {} : { onFault: parts.onFault }),
  })
  return { node, raft }
}

/**
 * The state of the folder; where it is damaged or behind the log's beginning, replayed from a whole log or else fetched
 * from a member, before this node takes any part.
 */
async function openState(parts: OpenNodeParts, log: LogStore): Promise<StateHolder> {
  const mark = log.recovered.mark
  let trouble: string
  try {
    const holder = await StateHolder.open(parts.folders)
    if (holder.machine.appliedIndex >= mark.index) return holder
    trouble = `it has applied ${holder.machine.appliedIndex} and the log begins after ${mark.index}`
    await holder.close()
  } catch (error) {
    if (!(error instanceof MarketplaceError) || error.reason !== 'STATE_CORRUPT') throw error
    trouble = error.message
  }
  parts.logger.warn({ trouble }, 'the state of this node is not usable')
  if (mark.index === 0) {
    parts.logger.info({}, 'replaying the state from the whole log')
    const store = await parts.folders.createNext()
    await store[Symbol.asyncDispose]()
  } else {
    await fetchState(parts, mark)
  }
  await parts.folders.activateNext()
  return StateHolder.open(parts.folders)
}

async function fetchState(parts: OpenNodeParts, mark: SnapshotMark): Promise<void> {
  const others = parts.members.others.map((member) => member.id)
  const { transport, folders, logger, clock, options } = parts
  const transfer = new SnapshotTransfer(
    {
      transport,
      folders,
      clock,
      logger,
      snapshot: () => Promise.reject(noState()),
      confirm: () => Promise.reject(noState()),
      onReceived: () => Promise.reject(noState()),
    },
    options.snapshots,
  )
  for (let round = 0; !parts.stopped(); round++) {
    for (const peer of others) {
      try {
        const fetched = await transfer.pull(peer, mark.index)
        logger.info({ from: peer, index: fetched.index }, 'fetched the state from a member')
        return
      } catch (error) {
        if (round % 20 === 0)
          logger.warn({ from: peer, error: String(error) }, 'no state from this member yet')
      }
    }
    await pause(clock, 500)
  }
  throw noState()
}

/**
 * Log and state brought in step after a crash at any moment.
 * @throws STORAGE_CORRUPT where the log has lost its end
 */
async function inStep(log: LogStore, holder: StateHolder, folders: StateFolders): Promise<RecoveredState> {
  const { appliedIndex, appliedTerm, configuration } = holder.machine
  const state: SnapshotMark = {
    index: appliedIndex,
    term: appliedTerm,
    configuration: configuration === undefined ? new Uint8Array(0) : encodeConfiguration(configuration),
  }
  const installing = await folders.installing()
  const reconciled = reconcile(log.recovered, state, installing)
  assert(reconciled.type !== 'state-lost', 'a state behind the log was replaced before')
  if (reconciled.type === 'log-lost') throw logLost(log, appliedIndex)
  if (reconciled.type === 'reset-log') await log.reset(state)
  if (installing) await folders.installed()
  return reconciled.recovered
}

function logLost(log: LogStore, appliedIndex: number): MarketplaceError {
  const { file, offset } = log.recoveredEnd
  const lastIndex = log.recovered.entries.at(-1)?.index ?? log.recovered.mark.index
  return new MarketplaceError({
    reason: 'STORAGE_CORRUPT',
    message:
      `log file ${file} ends at offset ${offset} with entry ${lastIndex}, which does not lead to what the state holds up to ` +
      `entry ${appliedIndex}: its end was cut off or overwritten`,
    help:
      'this node can no longer vouch for what it promised. Put back the log file as it was, if that is possible; otherwise stop ' +
      'the node, keep the data folder aside, and add the node again as a new member with an empty folder (a new node id); a ' +
      'majority of the others is not affected',
    details: {
      file,
      offset: String(offset),
      lastIndex: String(lastIndex),
      appliedIndex: String(appliedIndex),
    },
  })
}

/** Troubles of asking that time may cure. */
function mayPass(error: MarketplaceError): boolean {
  return error.code === 'UNAVAILABLE' || error.code === 'DEADLINE_EXCEEDED' || error.code === 'ABORTED'
}

function stoppedJoining(): MarketplaceError {
  return new MarketplaceError({
    reason: 'SHUTTING_DOWN',
    message: 'this node was stopped while it waited for a member of the cluster to join',
    help: 'start it again while a member is up',
  })
}

function noState(): MarketplaceError {
  return new MarketplaceError({
    reason: 'STATE_CORRUPT',
    message: 'this node has no usable state and no member has given it one',
    help: 'start the other members, or bring back this node’s data folder from a backup',
  })
}
