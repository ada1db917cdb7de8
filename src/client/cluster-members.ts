import type { Received } from '../wire/message.js'

export interface ClusterMember {
  readonly id: string
  /** Where the other members reach it, host:port. */
  readonly peerAddress: string
  readonly voter: boolean
}

/** The members after a change of them. */
export interface MembersAnswer {
  /** False where all was so before. */
  readonly changed: boolean
  /** Of the log entry that brought them in force. */
  readonly index: number
  readonly historyId: string
  readonly members: readonly ClusterMember[]
}

export interface TransferAnswer {
  /** False where it led before. */
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
