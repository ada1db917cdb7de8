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
