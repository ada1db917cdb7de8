import type { Clock, Timer } from '../runtime/clock.js'
import type { StateFolders } from '../storage/state-folders.js'

/** Looks through the files of the state for damage, now and then: a pair that has vanished is not found by reading. */
export class StateCheck {
  #timer: Timer | undefined
  #stopped = false
  #running: Promise<void> | undefined

  constructor(
    private readonly parts: { readonly folders: StateFolders; readonly clock: Clock },
    private readonly intervalMs: number,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  start(): void {
    if (this.#stopped) return
    this.#timer = this.parts.clock.after(this.intervalMs, () => {
      this.#running = this.#check()
    })
  }

  /** Resolves when no check is under way; none follows. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#running
  }

  /** Looks at all files that are there now, those too that came since the last time. @throws what it finds, which is told first */
  async now(): Promise<void> {
    // The first look finds out which files are complete by the second.
    for (let look = 0; look < 2; look++) {
      try {
        await this.parts.folders.checkCurrent()
      } catch (error) {
        if (!this.#stopped) this.onFailure(error)
        throw error
      }
    }
  }

  async #check(): Promise<void> {
    try {
      await this.parts.folders.checkCurrent()
    } catch (error) {
      if (!this.#stopped) this.onFailure(error)
    }
    this.start()
  }
}
