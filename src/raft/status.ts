import type { NodeId } from '../model/node-id.js'
import type { Configuration } from './configuration.js'
import type { Role } from './effect.js'
import type { Leader } from './leader.js'
import type { RaftMember } from './member.js'
import type { ProgressState } from './progress.js'

export interface PeerStatus {
  readonly id: NodeId
  readonly match: number
  readonly next: number
  readonly state: ProgressState
  /** Append messages without an answer. */
  readonly inflight: number
  /** Heard within an election timeout. */
  readonly recentActive: boolean
}

export interface RaftStatus {
  readonly id: NodeId
  readonly role: Role
  readonly term: number
  readonly leader: NodeId | undefined
  readonly vote: NodeId | undefined
  readonly commit: number
  readonly applied: number
  readonly durableIndex: number
  readonly firstIndex: number
  readonly lastIndex: number
  /** Memory that the retained entries take, about. */
  readonly logBytes: number
  readonly configuration: Configuration
  /** Index of the entry that brought it; it is settled once that is committed and nobody is outgoing. */
  readonly configurationIndex: number
  /** Where leadership is being handed to. */
  readonly transferring: NodeId | undefined
  readonly installing: boolean
  /** Empty where this member does not lead. */
  readonly peers: readonly PeerStatus[]
}

export function statusOf(member: RaftMember, leader: Leader | undefined, installing: boolean): RaftStatus {
  const { id, role, term, vote, log } = member
  return {
    id,
    role,
    term,
    leader: member.leader,
    vote,
    commit: log.commit,
    applied: log.applied,
    durableIndex: log.durability.durableIndex,
    firstIndex: log.firstIndex,
    lastIndex: log.lastIndex,
    logBytes: log.bytes,
    configuration: log.membership.current,
    configurationIndex: log.membership.changedAt,
    transferring: leader?.transferring,
    installing,
    peers: (leader?.peers ?? []).map((peer) => ({
      id: peer.id,
      match: peer.match,
      next: peer.next,
      state: peer.state,
      inflight: peer.inflight,
      recentActive: leader?.isActive(peer) === true,
    })),
  }
}
