import { MarketplaceError } from '../model/error.js'
import type { Clock } from '../runtime/clock.js'

interface Waiting {
  readonly index: number
  readonly resolve: () => void
  readonly reject: (error: MarketplaceError) => void
  cancel(): void
}

/** Wakes whoever waits for an applied index to land, and tells listeners of every landing. */
export class LandingWatch {
  #landed = 0
  readonly #waiting = new Set<Waiting>()
  readonly #listeners = new Set<(index: number) => void>()

  constructor(private readonly clock: Clock) {}

  get landed(): number {
    return this.#landed
  }

  /** Waits until index has landed. @throws INDEX_NOT_REACHED */
  reach(index: number, deadlineMs: number): Promise<void> {
    if (index <= this.#landed) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = this.clock.after(deadlineMs, () => {
        this.#waiting.delete(waiting)
        reject(this.#notReached(index, deadlineMs))
      })
      const waiting: Waiting = { index, resolve, reject, cancel: () => timer.cancel() }
      this.#waiting.add(waiting)
    })
  }

  /** A group landed, or a received state took over. */
  advance(index: number): void {
    this.#landed = index
    for (const waiting of this.#waiting) {
      if (waiting.index > index) continue
      this.#waiting.delete(waiting)
      waiting.cancel()
      waiting.resolve()
    }
    for (const listener of this.#listeners) listener(index)
  }

  listen(listener: (index: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  stop(error: MarketplaceError): void {
    for (const waiting of this.#waiting) {
      waiting.cancel()
      waiting.reject(error)
    }
    this.#waiting.clear()
    this.#listeners.clear()
  }

  #notReached(index: number, deadlineMs: number): MarketplaceError {
    return new MarketplaceError({
      reason: 'INDEX_NOT_REACHED',
      field: 'min_index',
      message: `this node has applied index ${this.#landed} and did not reach ${index} within ${Math.round(deadlineMs)} ms`,
      help: 'try again, ask another node, or ask for a lower min_index',
      details: { applied: String(this.#landed), wanted: String(index) },
    })
  }
}
