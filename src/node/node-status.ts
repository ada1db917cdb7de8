import type { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { Role } from '../raft/effect.js'
import type { RaftStatus } from '../raft/raft.js'

/** What a node says of itself, from memory: for Status, health, metrics and logs. */
export interface NodeStatus {
  readonly id: NodeId
  readonly role: Role
  readonly term: number
  readonly leader: NodeId | undefined
  readonly commitIndex: number
  /** Highest index whose group has landed in the store. */
  readonly appliedIndex: number
  readonly raft: RaftStatus
  /** What stopped this node from taking part, where something did. */
  readonly fault: MarketplaceError | undefined
  /** Whether a leader that hears a majority is known: what health and readiness ask. */
  readonly hasQuorum: boolean
}
