import type { Effect } from './effect.js'
import type { HardState } from './entry.js'
import type { RaftLog } from './log.js'
import type { Message } from './message.js'

/**
 * Collects what the core wants done until the node drains it. What was promised (votes, append acknowledgements, vote
 * requests) leaves only after everything that this node holds at that moment is durable.
 */
export class Outbox {
  #promises: Message[] = []
  #messages: Message[] = []
  #effects: Effect[] = []
  #written: HardState

  constructor(hardState: HardState) {
    this.#written = hardState
  }

  /** Leaves once all that the node holds now is durable. */
  promise(message: Message): void {
    this.#promises.push(message)
  }

  /** Leaves at once. */
  send(message: Message): void {
    this.#messages.push(message)
  }

  push(effect: Effect): void {
    this.#effects.push(effect)
  }

  /** Acknowledgements to a leader that is one no more are of no use. */
  forgetAcknowledgements(): void {
    this.#promises = this.#promises.filter((message) => message.type !== 'append-accepted')
  }

  /** In the order in which the node carries them out. */
  drain(hardState: HardState, log: RaftLog): Effect[] {
    const effects = this.#effects
    this.#effects = []
    this.#persist(effects, hardState, log)
    if (this.#messages.length > 0) effects.push({ type: 'send', messages: this.#messages })
    this.#messages = []
    return effects
  }

  #persist(effects: Effect[], hardState: HardState, log: RaftLog): void {
    const entries = log.unflushed()
    const changed = hardState.term !== this.#written.term || hardState.vote !== this.#written.vote
    const release = this.#promises
    this.#promises = []
    if (entries.length === 0 && !changed && log.durability.idle) {
      this.#messages = [...release, ...this.#messages]
      return
    }
    if (entries.length === 0 && !changed && release.length === 0) return
    // The commit index is a hint: worth its bytes in a write that happens anyway, not a write of its own.
    const worth = changed || (entries.length > 0 && hardState.commit !== this.#written.commit)
    if (worth) this.#written = hardState
    const sequence = log.durability.begin(hardState, log.lastIndex)
    effects.push({ type: 'persist', sequence, hardState: worth ? hardState : undefined, entries, release })
  }
}
