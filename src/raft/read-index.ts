import { assert } from '../model/assert.js'
import type { NodeId } from '../model/node-id.js'
import type { ReadLease } from './options.js'

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
  /** Leader's clock when it began; 0 without a lease. */
  readonly begunMs: number
}

/** A read that may be served at index. */
export interface ReadGrant {
  readonly wish: ReadWish
  readonly index: number
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
  #lease: ReadLease | undefined
  /** When the newest confirmed round began: followers who answered it listen to no candidate for a while from then on. */
  #confirmedMs = Number.NEGATIVE_INFINITY

  constructor(lease: ReadLease | undefined) {
    this.#lease = lease
  }

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
   * Begins a round for all that wait; what comes later waits for this one to end, unless a heartbeat goes out anyway. A lease
   * is renewed by rounds, so then every such heartbeat begins one.
   * @returns whether a round began, so that heartbeats should leave now
   */
  begin(commit: number, heartbeatDue: boolean): boolean {
    const wanted = this.#waiting.length > 0 && (heartbeatDue || this.#rounds.length === 0)
    const renews = this.#lease !== undefined && heartbeatDue
    if (!wanted && !renews) return false
    this.#round++
    const begunMs = this.#lease?.monotonicMs() ?? 0
    this.#rounds.push({ round: this.#round, index: commit, wishes: this.#waiting, begunMs })
    this.#waiting = []
    return true
  }

  /** A quorum answered heartbeats of this round or later ones. */
  confirm(round: number): ReadGrant[] {
    assert(round <= this.#round, () => `round ${round} confirmed, newest ${this.#round}`)
    const confirmed = this.#rounds.filter((each) => each.round <= round)
    this.#rounds = this.#rounds.slice(confirmed.length)
    this.#confirmedMs = confirmed.at(-1)?.begunMs ?? this.#confirmedMs
    const ready = confirmed.flatMap(({ index, wishes }) => wishes.map((wish) => ({ wish, index })))
    this.#count -= ready.length
    return ready
  }

  /** What waits and may be served at once, under the lease. */
  underLease(commit: number): ReadGrant[] {
    if (this.#lease === undefined || this.#waiting.length === 0) return []
    if (this.#lease.monotonicMs() - this.#confirmedMs >= this.#lease.leaseMs) return []
    const ready = this.#waiting.map((wish) => ({ wish, index: commit }))
    this.#waiting = []
    this.#count -= ready.length
    return ready
  }

  /** A successor was asked to stand, whom no lease holds back: there is none in this term any more. */
  endLease(): void {
    this.#lease = undefined
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
