import { MarketplaceError } from '../model/error.js'
import type { Clock, Timer } from '../runtime/clock.js'
import type { KeyValueSnapshot } from '../state/key-value-store.js'

/** A frozen state that nobody asks for is let go after so long. */
const KEPT_MS = 60_000

interface Frozen {
  readonly index: number
  readonly snapshot: Promise<KeyValueSnapshot>
  readonly timer: Timer
}

/** A state as it was at one checkpoint of the log, to be disposed of. */
export interface CheckpointState extends AsyncDisposable {
  readonly snapshot: KeyValueSnapshot
  /** Whether it stands in the way of something more important: whoever reads it stops. */
  readonly givenUp: boolean
}

/**
 * Freezes the state at each checkpoint as it is applied, before anything after it: so all members can compare what they hold
 * at the very same index, however busy they are. Keeps the newest only, and not for long.
 */
export class CheckpointKeeper {
  #frozen: Frozen | undefined
  #waiting = new Set<() => void>()
  /** Counts the times that everything was given up. */
  #givenUp = 0

  constructor(
    private readonly clock: Clock,
    private readonly snapshot: () => Promise<KeyValueSnapshot>,
  ) {}

  /** A checkpoint has landed, and nothing after it. */
  freeze(index: number): void {
    this.#letGo()
    const timer = this.clock.after(KEPT_MS, () => this.#letGo())
    const snapshot = this.snapshot()
    snapshot.catch(() => {})
    this.#frozen = { index, snapshot, timer }
    for (const wake of this.#waiting) wake()
  }

  /**
   * Hands the state frozen at that checkpoint over, waiting for it.
   * @throws INDEX_NOT_REACHED where it does not come, or came and is gone
   */
  async take(index: number, waitMs: number): Promise<CheckpointState> {
    const deadline = this.clock.monotonicMs() + waitMs
    while ((this.#frozen?.index ?? -1) < index) {
      const leftMs = deadline - this.clock.monotonicMs()
      if (leftMs <= 0) throw notThere(index)
      await this.#next(leftMs)
    }
    const frozen = this.#frozen
    if (frozen === undefined || frozen.index !== index) throw notThere(index)
    this.#frozen = undefined
    frozen.timer.cancel()
    return this.#handedOver(frozen.snapshot)
  }

  /** Freezes the state as it stands, at whatever index: where there is no checkpoint. */
  now(): Promise<CheckpointState> {
    return this.#handedOver(this.snapshot())
  }

  async #handedOver(frozen: Promise<KeyValueSnapshot>): Promise<CheckpointState> {
    const before = this.#givenUp
    const snapshot = await frozen
    const isGivenUp = () => this.#givenUp !== before
    return {
      snapshot,
      get givenUp() {
        return isGivenUp()
      },
      [Symbol.asyncDispose]: () => snapshot[Symbol.asyncDispose](),
    }
  }

  /** Another state waits to take this one's place, or the node stops. */
  giveUp(): void {
    this.#givenUp++
    this.#letGo()
  }

  #letGo(): void {
    const frozen = this.#frozen
    this.#frozen = undefined
    frozen?.timer.cancel()
    frozen?.snapshot.then(
      (snapshot) => snapshot[Symbol.asyncDispose](),
      () => {},
    )
  }

  /** Until something is frozen, or the time is over. */
  #next(leftMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        timer.cancel()
        this.#waiting.delete(wake)
        resolve()
      }
      const timer = this.clock.after(leftMs, wake)
      this.#waiting.add(wake)
    })
  }
}

function notThere(index: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'INDEX_NOT_REACHED',
    message: `this node has no state frozen at checkpoint ${index}: it is behind, was started since, or received a state instead`,
    help: 'verify again once it has caught up',
  })
}
