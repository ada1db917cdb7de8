import { MarketplaceError } from '../model/error.js'
import type { Clock, Timer } from '../runtime/clock.js'

/** For one waiter at a time. */
export interface Signal {
  wake(): void
  /** Resolves when woken, after maxMs, or when the owner closes. A wake before the wait is lost. */
  wait(maxMs: number): Promise<void>
}

/** Waits that end when their owner closes. */
export class Patience {
  readonly #sleepers = new Set<() => void>()
  readonly #tasks = new Set<Promise<void>>()
  #closed = false

  constructor(private readonly clock: Clock) {}

  get closed(): boolean {
    return this.#closed
  }

  /** @throws SHUTTING_DOWN once closed. */
  check(): void {
    if (this.#closed) throw shuttingDown()
  }

  /** Resolves after delayMs, or at once when the owner closes. */
  sleep(delayMs: number): Promise<void> {
    if (this.#closed) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        timer.cancel()
        this.#sleepers.delete(wake)
        resolve()
      }
      const timer: Timer = this.clock.after(delayMs, wake)
      this.#sleepers.add(wake)
    })
  }

  /** Something to wait for that others bring about. */
  signal(): Signal {
    let wakeWaiter: (() => void) | undefined
    return {
      wake: () => wakeWaiter?.(),
      wait: (maxMs) =>
        new Promise((resolve) => {
          const wake = () => {
            timer.cancel()
            this.#sleepers.delete(wake)
            wakeWaiter = undefined
            resolve()
          }
          const timer = this.clock.after(maxMs, wake)
          this.#sleepers.add(wake)
          wakeWaiter = wake
          if (this.#closed) wake()
        }),
    }
  }

  /** The promise, or DEADLINE after delayMs, or SHUTTING_DOWN when the owner closes. */
  within<T>(delayMs: number, what: string, promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.clock.after(delayMs, () => reject(tooSlow(what, delayMs)))
      this.orClosed(promise)
        .finally(() => timer.cancel())
        .then(resolve, reject)
    })
  }

  /** The promise, or SHUTTING_DOWN when the owner closes. */
  orClosed<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const close = () => reject(shuttingDown())
      const settle = () => this.#sleepers.delete(close)
      this.#sleepers.add(close)
      promise.finally(settle).then(resolve, reject)
      if (this.#closed) close()
    })
  }

  /** Runs beside its caller; `close` waits for it. It must not throw. */
  beside(task: () => Promise<void>): void {
    const running = task()
    this.#tasks.add(running)
    void running.then(
      () => this.#tasks.delete(running),
      (error) => {
        this.#tasks.delete(running)
        throw error
      },
    )
  }

  /** Ends all waits, then waits for what runs beside. */
  async close(): Promise<void> {
    this.#closed = true
    for (const wake of [...this.#sleepers]) wake()
    while (this.#tasks.size > 0) await Promise.all(this.#tasks)
  }
}

export function shuttingDown(): MarketplaceError {
  return new MarketplaceError({
    reason: 'SHUTTING_DOWN',
    message: 'this node is shutting down',
    help: 'try again on another node',
  })
}

function tooSlow(what: string, delayMs: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'DEADLINE',
    message: `${what} did not answer within ${delayMs} ms`,
    help: 'try again, or another node',
  })
}
