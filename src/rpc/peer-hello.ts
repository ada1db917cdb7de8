import { MarketplaceError } from '../model/error.js'
import type { ClusterId, HistoryId, Incarnation, NodeId } from '../model/node-id.js'
import { type ShownIdentity, START_MARKS_MAX, type StartMark } from '../model/start-mark.js'
import type { Hello, Hello__Output } from './gen/ggen/raft/v1/Hello.js'
import type { Lane } from './peer-transport.js'

/** Version of the frames that members exchange. */
export const PEER_PROTOCOL = 1

/** Incarnations and start marks. */
const HEX_ID = /^[0-9a-f]{32}$/

/** Who speaks at the other end of a connection. */
export interface PeerHello extends ShownIdentity {
  readonly protocol: number
  readonly clusterId: ClusterId
  readonly historyId: HistoryId
  readonly nodeId: NodeId
  /** Log index of the configuration that it has in force; 0 where it knows none. */
  readonly configurationIndex: number
  /** For how long it holds back its vote as a read lease asks (`ReadLease` of the core); 0, or absent, where it does not. */
  readonly readLeaseMs?: number | undefined
  /** The newest cluster version that its build knows; 0, or absent, where it does not say so. */
  readonly clusterVersionMax?: number | undefined
}

/** Decides whether a member is listened to; throws the reason where not: UNREACHABLE where that cannot be said yet. */
export type Admit = (hello: PeerHello) => void

const LANE_NAME = { raft: 'LANE_RAFT', forward: 'LANE_FORWARD' } as const

export function toHello(self: Omit<PeerHello, 'protocol'>, to: NodeId, lane?: Lane): Hello {
  const { clusterId, historyId, nodeId, incarnation, startMarks, configurationIndex, readLeaseMs } = self
  const { clusterVersionMax } = self
  return {
    protocol: PEER_PROTOCOL,
    clusterId,
    historyId,
    nodeId,
    incarnation,
    startMarks: [...startMarks],
    configurationIndex,
    readLeaseMs: readLeaseMs ?? 0,
    clusterVersionMax: clusterVersionMax ?? 0,
    toNodeId: to,
    lane: lane === undefined ? 'LANE_UNSPECIFIED' : LANE_NAME[lane],
  }
}

/** Undefined for a lane that this build does not know. */
export function laneOf(hello: Hello__Output): Lane | undefined {
  switch (hello.lane) {
    case 'LANE_RAFT':
      return 'raft'
    case 'LANE_FORWARD':
      return 'forward'
    default:
      return undefined
  }
}

/**
 * Checks what does not depend on the replicated state: protocol, cluster, and that both mean each other.
 * @param expected the node that was dialled; undefined for a caller, who may be anyone
 * @throws VERSION_UNSUPPORTED, CLUSTER_MISMATCH, HISTORY_MISMATCH, INVALID_ARGUMENT
 */
export function acceptHello(
  hello: Hello__Output,
  self: Omit<PeerHello, 'protocol'>,
  expected: NodeId | undefined,
): PeerHello {
  if (hello.protocol !== PEER_PROTOCOL) {
    throw new MarketplaceError({
      reason: 'VERSION_UNSUPPORTED',
      message: `${hello.nodeId} speaks peer protocol ${hello.protocol}, ${self.nodeId} speaks ${PEER_PROTOCOL}`,
      help: 'run the same release on all members',
    })
  }
  if (hello.clusterId !== self.clusterId) {
    throw new MarketplaceError({
      reason: 'CLUSTER_MISMATCH',
      message: `${hello.nodeId} belongs to cluster ${hello.clusterId}, ${self.nodeId} to ${self.clusterId}`,
      help: 'compare the cluster token and the member list of both nodes, and the addresses in it',
      details: { theirs: hello.clusterId, ours: self.clusterId },
    })
  }
  if (hello.toNodeId !== self.nodeId || (expected !== undefined && hello.nodeId !== expected)) {
    const wanted = expected === undefined ? hello.toNodeId : expected
    const found = expected === undefined ? self.nodeId : hello.nodeId
    throw new MarketplaceError({
      reason: 'CLUSTER_MISMATCH',
      message: `the address of ${wanted} leads to ${found}`,
      help: 'correct the peer addresses in the member list',
      details: { wanted, found },
    })
  }
  if (hello.nodeId === self.nodeId) {
    throw new MarketplaceError({
      reason: 'CLUSTER_MISMATCH',
      message: `somebody else calls itself ${self.nodeId}, as this node does`,
      help: 'give each member an id of its own, and start each data folder once',
    })
  }
  if (hello.historyId !== self.historyId) throw otherHistory(hello, self)
  if (hello.readLeaseMs !== (self.readLeaseMs ?? 0)) throw otherReads(hello, self)
  const ids = [hello.incarnation, ...hello.startMarks]
  if (ids.length > START_MARKS_MAX + 1 || !ids.every((id) => HEX_ID.test(id))) {
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      message: `${hello.nodeId} shows no data folder: incarnation and start marks have 32 hex digits each`,
      help: 'run the same release on all members',
    })
  }
  return {
    protocol: hello.protocol,
    clusterId: self.clusterId,
    historyId: self.historyId,
    nodeId: hello.nodeId as NodeId,
    incarnation: hello.incarnation as Incarnation,
    startMarks: hello.startMarks as StartMark[],
    configurationIndex: hello.configurationIndex,
    readLeaseMs: hello.readLeaseMs,
    clusterVersionMax: hello.clusterVersionMax,
  }
}

function otherReads(hello: Hello__Output, self: Omit<PeerHello, 'protocol'>): MarketplaceError {
  const reads = (leaseMs: number | undefined) =>
    leaseMs ? `under a lease of ${leaseMs} ms` : 'by read index'
  return new MarketplaceError({
    reason: 'CLUSTER_MISMATCH',
    message: `${hello.nodeId} reads ${reads(hello.readLeaseMs)}, ${self.nodeId} ${reads(self.readLeaseMs)}: a lease holds only where all members keep it`,
    help: 'stop all members, give them the same raft.reads, raft.tickMs and raft.electionTicks, and start them again',
    details: { node: hello.nodeId },
  })
}

function otherHistory(hello: Hello__Output, self: Omit<PeerHello, 'protocol'>): MarketplaceError {
  return new MarketplaceError({
    reason: 'HISTORY_MISMATCH',
    message:
      `${hello.nodeId} belongs to history ${hello.historyId} of this cluster and ${self.nodeId} to history ${self.historyId}: ` +
      'one of them was recovered alone, or restored from a backup, without the other',
    help:
      'decide which of the two goes on. The other one must not come back with its data folder: stop it, keep the folder aside, ' +
      'and let it join with an empty one. (Members that are restored from one backup are all given the same --history.)',
    details: { node: hello.nodeId, theirs: hello.historyId, ours: self.historyId },
  })
}
