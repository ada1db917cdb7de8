import type { ClusterId } from '../model/node-id.js'
import { type Received, required, textOrAbsent } from '../wire/message.js'

export type NodeRole = 'leader' | 'follower' | 'candidate' | 'learner' | 'unknown'

/** One node; of an unreachable one only id, addresses, whether it votes, and who answers in its place are known. */
export type NodeState =
  | {
      readonly id: string
      /** Where it serves clients, where that is known. */
      readonly address?: string | undefined
      readonly peerAddress: string
      readonly voter: boolean
      readonly leaving: boolean
      readonly reachable: false
      /** What whoever answers at its peer address says, such as that it is another node; absent where nobody does. */
      readonly trouble?: string | undefined
      readonly role?: undefined
      readonly term?: undefined
      readonly commitIndex?: undefined
      readonly appliedIndex?: undefined
      readonly stateHash?: undefined
      readonly blobsMissing?: undefined
      readonly blobsCounted?: undefined
      readonly fault?: undefined
      readonly clusterVersionMax?: undefined
      readonly build?: undefined
    }
  | {
      readonly id: string
      readonly address?: string | undefined
      readonly peerAddress: string
      readonly voter: boolean
      /** It votes in the configuration that is being left only, and is no member once the change is done. */
      readonly leaving: boolean
      readonly reachable: true
      readonly trouble?: undefined
      readonly role: NodeRole
      readonly term: number
      readonly commitIndex: number
      readonly appliedIndex: number
      /** At one index for all reachable nodes; absent where they share none. */
      readonly stateHash?: { readonly index: number; readonly hash: string } | undefined
      /** Referenced blobs that it has yet to fetch. */
      readonly blobsMissing: number
      /** Whether that counts them all: not so while a started node still looks for them. */
      readonly blobsCounted: boolean
      /** What stopped it from taking part, where something did. */
      readonly fault?: string | undefined
      /** The newest cluster version that its release knows; absent where it does not say so. */
      readonly clusterVersionMax?: number | undefined
      /** What it runs, as whoever started it calls it. */
      readonly build?: string | undefined
    }

export interface ClusterStatus {
  readonly index: number
  readonly historyId: string
  readonly clusterId: ClusterId
  /** The node that answered. */
  readonly answeredBy: string
  /** Absent while there is none. */
  readonly leader?: string | undefined
  readonly nodes: readonly NodeState[]
  readonly configuration: ConfigurationState
  /**
   * Which kinds of writes are taken: it rises by itself once every member runs a release that knows a newer one. Absent where the node
   * that answered does not say so.
   */
  readonly clusterVersion?: number | undefined
}

/** Where a change of the members stands, as the answering node knows it. */
export interface ConfigurationState {
  /** Of the log entry that brought it in force. */
  readonly index: number
  /** The majorities of the old and of the new voters both decide: the middle of a change. */
  readonly joint: boolean
  /** A change that is not committed may still be undone. */
  readonly committed: boolean
}

const ROLES: Readonly<Record<string, NodeRole>> = {
  NODE_ROLE_LEADER: 'leader',
  NODE_ROLE_FOLLOWER: 'follower',
  NODE_ROLE_CANDIDATE: 'candidate',
  NODE_ROLE_LEARNER: 'learner',
}

export function clusterStatusFromMessage(message: Received<'StatusResponse'>): ClusterStatus {
  return {
    index: message.index,
    historyId: message.historyId,
    clusterId: message.clusterId as ClusterId,
    answeredBy: message.nodeId,
    leader: textOrAbsent(message.leader),
    nodes: message.nodes.map(nodeFromMessage),
    configuration: required(message.configuration, 'configuration'),
    clusterVersion: message.clusterVersion || undefined,
  }
}

function nodeFromMessage(message: Received<'NodeStatus'>): NodeState {
  const { id, peerAddress, voter, leaving, stateHash } = message
  const known = { id, address: textOrAbsent(message.address), peerAddress, voter, leaving }
  if (!message.reachable) return { ...known, reachable: false, trouble: textOrAbsent(message.trouble) }
  return {
    ...known,
    reachable: true,
    role: ROLES[message.role] ?? 'unknown',
    term: message.term,
    commitIndex: message.commitIndex,
    appliedIndex: message.appliedIndex,
    stateHash: stateHash ? { index: stateHash.index, hash: stateHash.hash } : undefined,
    blobsMissing: message.blobsMissing,
    blobsCounted: message.blobsCounted,
    fault: textOrAbsent(message.fault),
    clusterVersionMax: message.clusterVersionMax || undefined,
    build: textOrAbsent(message.build),
  }
}
