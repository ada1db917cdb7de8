import { MarketplaceError } from '../model/error.js'
import { type Clock, pause } from '../runtime/clock.js'
import type { CallOptions } from './ports.js'

/** How long the event loop is held at once. */
const SLICE_MS_MAX = 4
/** Steps between two looks at the clock. */
const STEPS = 64

/**
 * Work of one call that hangs on what the caller sent and on how much there is: done in slices, so that others are served meanwhile, and
 * given up after a while.
 */
export class LongWork {
  #steps = 0
  #sliceEndMs: number
  readonly #endMs: number
  readonly #signal: AbortSignal | undefined

  /**
   * @param what it is, for the error
   * @param allMs how long it may take, where the call allows no less
   */
  constructor(
    private readonly clock: Clock,
    private readonly what: string,
    private readonly allMs: number,
    { deadlineMs = allMs, signal }: CallOptions,
  ) {
    const nowMs = clock.monotonicMs()
    this.#sliceEndMs = nowMs + SLICE_MS_MAX
    this.#endMs = nowMs + Math.min(allMs, deadlineMs)
    this.#signal = signal
  }

  /**
   * To be called after each step; to be awaited where it gives something.
   * @throws DEADLINE, CANCELLED
   */
  step(): Promise<void> | undefined {
    if (++this.#steps < STEPS) return undefined
    this.#steps = 0
    return this.clock.monotonicMs() < this.#sliceEndMs ? undefined : this.#breathe()
  }

  async #breathe(): Promise<void> {
    await pause(this.clock, 0)
    if (this.#signal?.aborted) throw cancelled()
    const nowMs = this.clock.monotonicMs()
    if (nowMs >= this.#endMs) throw tooLong(this.what, this.allMs)
    this.#sliceEndMs = nowMs + SLICE_MS_MAX
  }
}

function tooLong(what: string, allMs: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'DEADLINE',
    message: `${what} took longer than it may (${allMs / 1_000} s, or what the call allows)`,
    help: 'ask for less at once, or write simpler requirements',
  })
}

function cancelled(): MarketplaceError {
  return new MarketplaceError({ reason: 'CANCELLED', message: 'the caller went away', help: '' })
}
