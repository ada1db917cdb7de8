import type { Sink } from './sink.js'

/** How often a log or a pipe is told of another wait. */
const NOTE_PAUSE_MS = 5_000
const COLUMNS_DEFAULT = 80

/**
 * What a command waits for, on standard error: one line that is written over on a terminal; elsewhere a line for each
 * change, a few seconds apart.
 */
export class WaitingLine {
  #shown = ''
  #notedMs = Number.NEGATIVE_INFINITY

  constructor(
    private readonly sink: Sink,
    private readonly interactive: boolean,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  show(text: string): void {
    if (text === this.#shown) return
    if (this.interactive) {
      // One that wraps could not be written over. Some terminals say that they have no columns.
      const width = (this.sink.columns || COLUMNS_DEFAULT) - 1
      this.sink.write(`\r\x1b[2K${text.slice(0, width)}`)
    } else {
      const nowMs = this.nowMs()
      if (nowMs - this.#notedMs < NOTE_PAUSE_MS) return
      this.#notedMs = nowMs
      this.sink.write(`${text}\n`)
    }
    this.#shown = text
  }

  /** Leaves the terminal as if nothing had been said. */
  end(): void {
    if (this.interactive && this.#shown !== '') this.sink.write('\r\x1b[2K')
    this.#shown = ''
  }
}
