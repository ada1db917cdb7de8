import { MarketplaceError } from '../model/error.js'
import type { Clock } from '../runtime/clock.js'

/** So many at once, so many waiting for their turn in the order in which they came; one more is refused. */
export class Turns {
  #running = 0
  readonly #waiting: Waiting[] = []

  constructor(
    private readonly clock: Clock,
    private readonly limits: { readonly runningMax: number; readonly waitingMax: number },
  ) {}

  /**
   * Runs work when it is its turn.
   * @throws OVERLOADED, DEADLINE, CANCELLED
   */
  async take<T>(waitMs: number, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    await this.#turn(waitMs, signal)
    try {
      return await work()
    } finally {
      this.#next()
    }
  }

  async #turn(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#running < this.limits.runningMax) {
      this.#running++
      return
    }
    if (this.#waiting.length >= this.limits.waitingMax) throw overloaded(this.#waiting.length)
    await new Promise<void>((resolve, reject) => {
      const leave = (error: MarketplaceError) => {
        const at = this.#waiting.indexOf(waiting)
        if (at >= 0) this.#waiting.splice(at, 1)
        settled()
        reject(error)
      }
      const onAbort = () => leave(givenUp())
      const timer = this.clock.after(waitMs, () => leave(tooLate(waitMs)))
      const settled = () => {
        timer.cancel()
        signal?.removeEventListener('abort', onAbort)
      }
      const waiting: Waiting = {
        go: () => {
          settled()
          resolve()
        },
      }
      signal?.addEventListener('abort', onAbort)
      this.#waiting.push(waiting)
    })
  }

  /** Whoever waits longest takes over the place; it stays counted. */
  #next(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running--
    else next.go()
  }
}

interface Waiting {
  readonly go: () => void
}

function overloaded(waiting: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'OVERLOADED',
    message: `this node has ${waiting} resolutions waiting for their turn, the limit`,
    help: 'try again after a short wait, or ask another node',
  })
}

function tooLate(waitMs: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'DEADLINE',
    message: `the resolution was not begun within ${Math.round(waitMs)} ms: others were before it`,
    help: 'ask another node, or allow more time',
  })
}

/** What a call ends with whose caller went away. */
export function givenUp(): MarketplaceError {
  return new MarketplaceError({
    reason: 'CANCELLED',
    message: 'the caller gave the resolution up',
    help: 'call again if the answer is still wanted',
  })
}
