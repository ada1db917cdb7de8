import { assert, defined } from '../model/assert.js'
import type { NodeId } from '../model/node-id.js'

/**
 * `probe`: one append at a time until the follower's log is found to match; `replicate`: pipelined, next runs ahead of
 * the answers; `snapshot`: the log no longer reaches, nothing is sent until the snapshot arrived or failed.
 */
export type ProgressState = 'probe' | 'replicate' | 'snapshot'

interface Inflight {
  readonly lastIndex: number
  readonly bytes: number
}

/** What the leader knows of one peer. Invariant: match < next. */
export class Progress {
  /** Highest index known durable and the same on this peer (Raft §5.3). */
  match = 0
  /** First index of the next append. */
  next: number
  state: ProgressState = 'probe'
  /** Ticks since it was heard. */
  silentTicks = 0
  /** Newest read round that it answered. */
  ackedRound = 0
  /** Highest commit index it was told. */
  toldCommit = 0
  /** A probe is under way: wait for its answer, or for the next interval's heartbeat answer. */
  paused = false
  /** The next heartbeat answer may ask again for what seems lost: one per interval. */
  mayNudge = false
  #inflight: Inflight[] = []
  #inflightBytes = 0

  constructor(
    readonly id: NodeId,
    lastIndex: number,
  ) {
    this.next = lastIndex + 1
  }

  get inflight(): number {
    return this.#inflight.length
  }

  hasRoom(messagesMax: number, bytesMax: number): boolean {
    return this.#inflight.length < messagesMax && this.#inflightBytes < bytesMax
  }

  sent(lastIndex: number, bytes: number): void {
    assert(lastIndex >= this.next, () => `sent to ${lastIndex}, next ${this.next}`)
    this.next = lastIndex + 1
    this.#inflight.push({ lastIndex, bytes })
    this.#inflightBytes += bytes
  }

  /** @returns whether this tells anything new */
  accepted(index: number): boolean {
    while (this.#inflight.length > 0 && defined(this.#inflight[0], 'inflight').lastIndex <= index) {
      this.#inflightBytes -= defined(this.#inflight.shift(), 'inflight').bytes
    }
    this.next = Math.max(this.next, index + 1)
    if (index <= this.match) return false
    this.match = index
    return true
  }

  becomeProbe(next = this.match + 1): void {
    this.state = 'probe'
    this.paused = false
    this.next = Math.max(next, this.match + 1)
    this.#forgetInflight()
  }

  becomeReplicate(): void {
    this.state = 'replicate'
    this.next = this.match + 1
    this.#forgetInflight()
  }

  becomeSnapshot(): void {
    this.state = 'snapshot'
    this.#forgetInflight()
  }

  #forgetInflight(): void {
    this.#inflight = []
    this.#inflightBytes = 0
  }
}
