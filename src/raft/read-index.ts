import { assert } from '../model/assert.js'
import type { NodeId } from '../model/node-id.js'

/** One wish to read: of this node (from undefined, id is the caller's context) or of a follower (id is its request's). */
export interface ReadWish {
  readonly from: NodeId | undefined
  readonly id: number
}

interface Round {
  readonly round: number
  /** Commit index when the round began. */
  readonly index: number
  readonly wishes: readonly ReadWish[]
}

/**
 * Linearizable reads on the leader (ReadIndex, thesis §6.4). Wishes are gathered into numbered rounds; a heartbeat carries
 * the newest round begun when it was sent, so that its answer, however late, confirms that round and those before it and
 * never one begun after (etcd 20418).
 */
export class ReadRounds {
  #waiting: ReadWish[] = []
  #rounds: Round[] = []
  #round = 0
  #count = 0

  /** Newest round begun. */
  get round(): number {
    return this.#round
  }

  get count(): number {
    return this.#count
  }

  add(wish: ReadWish): void {
    this.#waiting.push(wish)
    this.#count++
  }

  /**
   * Begins a round for all that wait; what comes later waits for this one to end, unless a heartbeat goes out anyway.
   * @returns whether a round began, so that heartbeats should leave now
   */
  begin(commit: number, heartbeatDue: boolean): boolean {
    if (this.#waiting.length === 0 || (this.#rounds.length > 0 && !heartbeatDue)) return false
    this.#round++
    this.#rounds.push({ round: this.#round, index: commit, wishes: this.#waiting })
    this.#waiting = []
    return true
  }

  /** A quorum answered heartbeats of this round or later ones. */
  confirm(round: number): { readonly wish: ReadWish; readonly index: number }[] {
    assert(round <= this.#round, () => `round ${round} confirmed, newest ${this.#round}`)
    const confirmed = this.#rounds.filter((each) => each.round <= round)
    this.#rounds = this.#rounds.slice(confirmed.length)
    const ready = confirmed.flatMap(({ index, wishes }) => wishes.map((wish) => ({ wish, index })))
    this.#count -= ready.length
    return ready
  }

  /** Gives up on all. */
  abandon(): ReadWish[] {
    const wishes = [...this.#rounds.flatMap((round) => round.wishes), ...this.#waiting]
    this.#rounds = []
    this.#waiting = []
    this.#count = 0
    return wishes
  }
}

/** Reads that a follower has forwarded and that the leader has not answered. */
export class ForwardedReads {
  #waiting = new Map<number, { readonly context: number; ticks: number }>()
  #next: number

  /** @param first where request ids begin: random, so that an answer to an earlier life of this node matches nothing */
  constructor(first: number) {
    this.#next = first
  }

  get count(): number {
    return this.#waiting.size
  }

  /** @returns the id of the request */
  add(context: number): number {
    const id = this.#next++
    this.#waiting.set(id, { context, ticks: 0 })
    return id
  }

  /** The context that the id stands for, once. */
  take(id: number): number | undefined {
    const context = this.#waiting.get(id)?.context
    this.#waiting.delete(id)
    return context
  }

  /** @returns contexts whose request or answer seems lost */
  tick(ticksMax: number): number[] {
    const lost: number[] = []
    for (const [id, wait] of this.#waiting) {
      if (++wait.ticks < ticksMax) continue
      this.#waiting.delete(id)
      lost.push(wait.context)
    }
    return lost
  }

  abandon(): number[] {
    const contexts = [...this.#waiting.values()].map((wait) => wait.context)
    this.#waiting.clear()
    return contexts
  }
}
