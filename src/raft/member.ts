import type { NodeId } from '../model/node-id.js'
import type { Role } from './effect.js'
import type { HardState } from './entry.js'
import { RaftLog, type RecoveredState } from './log.js'
import type { Message } from './message.js'
import type { CompleteRaftOptions } from './options.js'
import { Outbox } from './outbox.js'

/** A message without what its sender fills in. */
export type Unsigned = Message extends infer Each
  ? Each extends Message
    ? Omit<Each, 'from' | 'term'> & { readonly term?: number }
    : never
  : never

/** What a member is in every role: its log, its term and vote, and what it wants done. */
export class RaftMember {
  readonly log: RaftLog
  readonly outbox: Outbox
  term: number
  vote: NodeId | undefined
  /** Of a life before this one: what it promised in that term is known from the disk alone. */
  readonly termAtStart: number
  role: Role = 'follower'
  leader: NodeId | undefined = undefined

  constructor(
    readonly options: CompleteRaftOptions,
    recovered: RecoveredState,
  ) {
    this.log = new RaftLog(recovered)
    this.outbox = new Outbox(recovered.hardState)
    // A state fetched at a start may end in a later term than this node has heard of; that such a term was led is news like any.
    const { term, vote } = recovered.hardState
    this.term = Math.max(term, this.log.lastTerm)
    this.termAtStart = this.term
    this.vote = this.term === term ? (vote as NodeId | undefined) : undefined
  }

  get id(): NodeId {
    return this.options.id
  }

  get hardState(): HardState {
    return { term: this.term, vote: this.vote, commit: this.log.commit }
  }

  /** Leaves at once: promises nothing about this node's disk. */
  send(message: Unsigned): void {
    this.outbox.send(this.#signed(message))
  }

  /** Leaves once all that this node holds now is durable. */
  promise(message: Unsigned): void {
    this.outbox.promise(this.#signed(message))
  }

  #signed(message: Unsigned): Message {
    return { ...message, from: this.id, term: message.term ?? this.term } as Message
  }
}
