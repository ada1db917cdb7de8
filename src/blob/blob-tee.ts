import type { Clock } from '../runtime/clock.js'
import { ByteChannel } from './byte-channel.js'

export interface TeeLimits {
  /** Bytes that a reader on whom the pace depends may be behind the source. */
  readonly windowBytes: number
  /** A reader that is so far behind is dropped. */
  readonly stragglerBytesMax: number
  /** A reader that holds up the source for so long without taking anything is dropped. */
  readonly stallMs: number
}

/** One of the readers that copies of the stream go to. */
export class TeeReader {
  readonly channel: ByteChannel
  lastTakenMs: number

  constructor(clock: Clock, changed: () => void) {
    this.lastTakenMs = clock.monotonicMs()
    this.channel = new ByteChannel(() => {
      this.lastTakenMs = clock.monotonicMs()
      changed()
    })
  }
}

/**
 * Copies one stream to several readers. The source is paced by those readers that the caller names; the others may fall
 * behind up to a bound and are dropped beyond it, so that one slow or dead reader neither stops the rest nor fills memory.
 * Chunks are shared, not copied: memory is bounded by the reader that is farthest behind.
 */
export class BlobTee {
  #wake: (() => void) | undefined
  #source: AsyncIterator<Uint8Array> | undefined

  constructor(
    private readonly clock: Clock,
    private readonly limits: TeeLimits,
    /** Called with the reader that was dropped, and why. */
    private readonly dropped: (reader: TeeReader, why: string) => void,
  ) {}

  reader(): TeeReader {
    return new TeeReader(this.clock, () => this.#wake?.())
  }

  /**
   * Copies until the source ends or fails, or `main` goes away; readers meet the same end.
   * @param others all other readers
   * @param mayGoOn whether the source may be pulled, given those of the others that keep up
   */
  async run(
    source: AsyncIterable<Uint8Array>,
    main: TeeReader,
    others: readonly TeeReader[],
    mayGoOn: (keepUp: (reader: TeeReader) => boolean) => boolean,
  ): Promise<void> {
    const readers = [main, ...others]
    const iterator = source[Symbol.asyncIterator]()
    this.#source = iterator
    try {
      while (!main.channel.over) {
        const next = await iterator.next()
        if (next.done === true) {
          for (const reader of readers) reader.channel.end()
          return
        }
        for (const reader of readers) reader.channel.push(next.value)
        this.#dropStragglers(others)
        await this.#room(main, others, mayGoOn)
      }
      iterator.return?.()?.catch(() => {})
    } catch (error) {
      for (const reader of readers) reader.channel.fail(error)
    }
  }

  /** Ends the stream for everybody with this error. */
  stop(readers: readonly TeeReader[], error: unknown): void {
    for (const reader of readers) reader.channel.fail(error)
    this.#source?.return?.()?.catch(() => {})
    this.#wake?.()
  }

  #dropStragglers(others: readonly TeeReader[]): void {
    for (const reader of others)
      if (!reader.channel.over && reader.channel.queuedBytes > this.limits.stragglerBytesMax)
        this.#drop(reader, `fell ${reader.channel.queuedBytes} bytes behind`)
  }

  #drop(reader: TeeReader, why: string): void {
    this.dropped(reader, why)
    reader.channel.fail(new Error(why))
  }

  async #room(
    main: TeeReader,
    others: readonly TeeReader[],
    mayGoOn: (keepUp: (reader: TeeReader) => boolean) => boolean,
  ): Promise<void> {
    const behind = (reader: TeeReader) => reader.channel.queuedBytes >= this.limits.windowBytes
    const keepUp = (reader: TeeReader) => !behind(reader)
    while (!main.channel.over && (behind(main) || !mayGoOn(keepUp))) {
      await this.#change()
      const nowMs = this.clock.monotonicMs()
      for (const reader of others)
        if (!reader.channel.over && behind(reader) && nowMs - reader.lastTakenMs >= this.limits.stallMs)
          this.#drop(reader, `took nothing for ${this.limits.stallMs} ms`)
    }
  }

  /** Waits until a reader took something or went away, or might be stalled. */
  async #change(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.clock.after(this.limits.stallMs, resolve)
      this.#wake = () => {
        timer.cancel()
        resolve()
      }
    })
    this.#wake = undefined
  }
}
