import type { Received } from '../wire/message.js'

/** One member of the configuration in force. */
export interface ClusterMember {
  readonly id: string
  /** Where the other members reach it, host:port. */
  readonly peerAddress: string
  readonly voter: boolean
}

/** The members after a change of them. */
export interface MembersAnswer {
  /** False where all was so before; also where an earlier attempt of this call had done it. */
  readonly changed: boolean
  /** Of the log entry that brought them in force. */
  readonly index: number
  /** Of the registry that `index` belongs to. */
  readonly historyId: string
  readonly members: readonly ClusterMember[]
}

/** Who leads after a transfer. */
export interface TransferAnswer {
  /** False where it led before; also where an earlier attempt of this call had done it. */
  readonly changed: boolean
  readonly leader: string
  readonly term: number
}

export function membersAnswerFromMessage(
  message: Received<'AddPeerResponse' | 'PromotePeerResponse' | 'RemovePeerResponse'>,
): MembersAnswer {
  const { changed, index, historyId, members } = message
  return {
    changed,
    index,
    historyId,
    members: members.map(({ id, peerAddress, voter }) => ({ id, peerAddress, voter })),
  }
}

/** How far one member is behind what is committed. */
export type MemberLag =
  | { readonly id: string; readonly voter: boolean; readonly reachable: false }
  | {
      readonly id: string
      readonly voter: boolean
      readonly reachable: true
      /** Committed entries that it has not applied yet. */
      readonly entriesBehind: number
      /** Referenced blobs that it does not hold yet; all of them only where `blobsCounted`. */
      readonly blobsMissing: number
      readonly blobsCounted: boolean
    }

export interface ReplicationLag {
  readonly index: number
  readonly historyId: string
  /** Highest index that a reachable member knows to be committed. */
  readonly commitIndex: number
  /** Absent while there is none. */
  readonly leader?: string | undefined
  readonly members: readonly MemberLag[]
}

export function replicationLagFromMessage(message: Received<'ReplicationLagResponse'>): ReplicationLag {
  const { index, historyId, commitIndex, leader, members } = message
  return {
    index,
    historyId,
    commitIndex,
    leader: leader === '' ? undefined : leader,
    members: members.map(({ id, voter, reachable, ...lag }) =>
      reachable ? { id, voter, reachable, ...lag } : { id, voter, reachable: false },
    ),
  }
}

/** What a node has on its disk after {@link MarketplaceClient.snapshot}. */
export interface SnapshotAnswer {
  readonly nodeId: string
  readonly historyId: string
  /** The state holds everything up to this entry, durably. */
  readonly index: number
  /** First entry that the log still has, or will have next. */
  readonly firstIndex: number
  /** 0: the log was no longer than the tail that is kept for slow members. */
  readonly entriesDropped: number
}
