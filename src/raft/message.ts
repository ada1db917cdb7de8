import type { NodeId } from '../model/node-id.js'
import type { Entry } from './entry.js'

interface Envelope<Type extends string> {
  readonly type: Type
  readonly from: NodeId
  readonly to: NodeId
  /** The sender's term; in a pre-vote request and a granted answer to it, the term that the asker would enter. */
  readonly term: number
}

/** "Would you vote for me?" Changes neither term nor vote of anybody (thesis §9.6). */
export interface PreVoteRequest extends Envelope<'pre-vote-request'> {
  readonly lastIndex: number
  readonly lastTerm: number
}

export interface PreVoteAnswer extends Envelope<'pre-vote-answer'> {
  readonly granted: boolean
}

/** RequestVote (Raft §5.2). */
export interface VoteRequest extends Envelope<'vote-request'> {
  readonly lastIndex: number
  readonly lastTerm: number
  /** The leader itself asked for this election (thesis §3.10): its own lease does not stand against it. */
  readonly transfer: boolean
}

export interface VoteAnswer extends Envelope<'vote-answer'> {
  readonly granted: boolean
}

/** AppendEntries (Raft §5.3). */
export interface Append extends Envelope<'append'> {
  readonly prevIndex: number
  readonly prevTerm: number
  readonly entries: readonly Entry[]
  readonly commit: number
}

/** What is durable on the follower up to index is what the leader has (Raft §5.3). */
export interface AppendAccepted extends Envelope<'append-accepted'> {
  readonly index: number
}

/** The follower has no entry (prevIndex, prevTerm). */
export interface AppendRejected extends Envelope<'append-rejected'> {
  readonly prevIndex: number
  /** Term of the follower's own entry at prevIndex; 0 where its log is shorter. */
  readonly conflictTerm: number
  /** First index of that term in the follower's log; its last index + 1 where its log is shorter. */
  readonly conflictIndex: number
}

export interface Heartbeat extends Envelope<'heartbeat'> {
  /** Never above what this follower is known to hold. */
  readonly commit: number
  /** The newest read round begun when this was sent: its answer confirms all rounds up to it, and no later one. */
  readonly round: number
}

export interface HeartbeatAnswer extends Envelope<'heartbeat-answer'> {
  readonly round: number
}

/** The commit index moved and no entries are at hand to carry it. Not answered. */
export interface Commit extends Envelope<'commit'> {
  /** Never above what this follower is known to hold. */
  readonly commit: number
}

/** Answer to a request of an older term: tells ours, so that the asker does not go on in vain (etcd 8501). */
export interface NewerTerm extends Envelope<'newer-term'> {}

/** The leader hands over: campaign now (thesis §3.10). */
export interface TimeoutNow extends Envelope<'timeout-now'> {}

/** A follower asks for an index at which a read is linearizable (thesis §6.4). */
export interface ReadRequest extends Envelope<'read-request'> {
  /** Chosen by the follower, not used again after a restart. */
  readonly id: number
}

export interface ReadAnswer extends Envelope<'read-answer'> {
  readonly id: number
  /** Absent where the leader refused: too many reads wait, or it is the leader no more. */
  readonly index: number | undefined
}

/** Everything that members say to each other about consensus. Snapshots travel on their own path. */
export type Message =
  | PreVoteRequest
  | PreVoteAnswer
  | VoteRequest
  | VoteAnswer
  | Append
  | AppendAccepted
  | AppendRejected
  | Heartbeat
  | HeartbeatAnswer
  | Commit
  | NewerTerm
  | TimeoutNow
  | ReadRequest
  | ReadAnswer

/** Speaks of a term that the asker has not entered (thesis §9.6). */
export function isQuestionAboutLater(message: Message): boolean {
  return message.type === 'pre-vote-request' || (message.type === 'pre-vote-answer' && message.granted)
}

/** Only the leader of the message's term says it. */
export function isFromLeader(message: Message): boolean {
  return message.type === 'append' || message.type === 'heartbeat' || message.type === 'commit'
}
