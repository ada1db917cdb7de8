import { type Clock, pause } from '../runtime/clock.js'

/** Lets bytes pass at an even rate, so that a large transfer leaves room for everything else. */
export class Bandwidth {
  /** When what was let pass so far has had its time. */
  #freeMs = Number.NEGATIVE_INFINITY

  constructor(
    private readonly clock: Clock,
    /** 0: without a limit. */
    private readonly bytesPerSecondMax: number,
  ) {}

  /** Resolves when so many bytes may pass. Whoever shares this waits in turn. */
  async take(bytes: number): Promise<void> {
    if (this.bytesPerSecondMax === 0) return
    const nowMs = this.clock.monotonicMs()
    const beginsMs = Math.max(this.#freeMs, nowMs)
    this.#freeMs = beginsMs + (bytes * 1_000) / this.bytesPerSecondMax
    if (beginsMs > nowMs) await pause(this.clock, beginsMs - nowMs)
  }

  /** The same bytes at that rate. */
  async *pace(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      await this.take(chunk.length)
      yield chunk
    }
  }
}
