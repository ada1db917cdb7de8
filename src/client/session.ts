import type { MarketplaceError } from '../model/error.js'
import type { ReadDemand } from '../model/read-demand.js'

/** What a client has written itself: later reads through any node reflect it. */
export class Session {
  #historyId: string | undefined
  #index = 0

  /** A write was answered: reads see it from now on. */
  wrote(historyId: string, index: number): void {
    if (this.#historyId !== historyId) {
      this.#historyId = historyId
      this.#index = 0
    }
    this.#index = Math.max(this.#index, index)
  }

  /** The demand to send: the caller's own, or at least what this session wrote. */
  demand(asked: ReadDemand = {}): ReadDemand {
    if (asked.minIndex !== undefined || this.#historyId === undefined) return asked
    return { ...asked, minIndex: this.#index, historyId: this.#historyId }
  }

  /** The registry was restored meanwhile: what was written before means nothing to it. */
  met(error: MarketplaceError): void {
    if (error.reason !== 'HISTORY_MISMATCH') return
    this.#historyId = undefined
    this.#index = 0
  }

  get index(): number {
    return this.#index
  }

  get historyId(): string | undefined {
    return this.#historyId
  }
}
