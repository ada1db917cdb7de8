import type { Clock, Timer } from '../runtime/clock.js'

/** Calls back once nothing moved for idleMs. */
export class StallGuard {
  readonly #clock: Clock
  readonly #onStall: () => void
  #timer: Timer | undefined
  #stalled = false

  constructor(clock: Clock, onStall: () => void) {
    this.#clock = clock
    this.#onStall = onStall
  }

  /** Something moved; the next must within idleMs. */
  moved(idleMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#clock.after(idleMs, () => {
      this.#stalled = true
      this.#onStall()
    })
  }

  get stalled(): boolean {
    return this.#stalled
  }

  stop(): void {
    this.#timer?.cancel()
  }
}
