import type { MarketplaceError } from '../../src/model/error.js'
import { LIMITS } from '../../src/model/limit.js'

/** How a stream's two ends reach each other; each runs its callback only while the side that it runs on is alive. */
export interface SimWire {
  /** Carries something of this size to the reader's side, in order. */
  toReader(bytes: number, arrive: () => void): void
  /** Carries credit or a cancellation back to the writer's side. */
  toWriter(arrive: () => void): void
  writerAlive(): boolean
  readerAlive(): boolean
}

type Item = { readonly chunk: Uint8Array } | { readonly end: true } | { readonly error: Error }

/**
 * A body on its way from one node to another. The writer's source is pulled only while less than windowBytes are
 * unread, so a slow reader slows its writer down. Either side may go away in the middle.
 */
export class SimStream {
  readonly #queue: Item[] = []
  readonly #iterator: AsyncIterator<Uint8Array>
  #unreadBytes = 0
  #stopped = false
  #pulling = false
  #failure: Error | undefined
  #wakeWriter: (() => void) | undefined
  #wakeReader: (() => void) | undefined

  constructor(
    source: AsyncIterable<Uint8Array>,
    private readonly wire: SimWire,
    private readonly windowBytes: number,
    /** The reader is through, or wants no more. */
    private readonly onEnd: () => void,
    /** The source failed. */
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.#iterator = source[Symbol.asyncIterator]()
    void this.#pump()
  }

  /** Nothing moves because the writer's own source brings nothing. */
  get waitsForSource(): boolean {
    return this.#pulling
  }

  /** Nothing moves because the reader does not read. */
  get waitsForReader(): boolean {
    return this.#queue.length > 0
  }

  /** What the reader's side iterates, once. Leaving, even before the first piece, cancels the writer. */
  body(): AsyncGenerator<Uint8Array> {
    const pieces = this.#pieces()
    const leave = () => {
      if (this.wire.readerAlive()) this.wire.toWriter(() => this.stop())
      this.onEnd()
    }
    const body: AsyncGenerator<Uint8Array> = {
      next: () => pieces.next(),
      throw: (error) => pieces.throw(error),
      return: (value) => {
        leave()
        return pieces.return(value)
      },
      [Symbol.asyncIterator]: () => body,
      [Symbol.asyncDispose]: async () => {
        await body.return(undefined)
      },
    }
    return body
  }

  async *#pieces(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const item = await this.#next()
      if (!('chunk' in item)) {
        this.onEnd()
        if ('error' in item) throw item.error
        return
      }
      const bytes = item.chunk.length
      this.wire.toWriter(() => this.#credit(bytes))
      yield item.chunk
    }
  }

  /** The writer's side gives up; its source is told so. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#wakeWriter?.()
    if (this.wire.writerAlive()) Promise.resolve(this.#iterator.return?.()).catch(() => {})
  }

  /** The reader meets this error after nothing more: what it has not read yet is lost. */
  fail(error: MarketplaceError): void {
    this.#failure ??= error
    this.#wakeReader?.()
  }

  async #next(): Promise<Item> {
    for (;;) {
      if (!this.wire.readerAlive()) await new Promise<never>(() => {})
      if (this.#failure !== undefined) return { error: this.#failure }
      const item = this.#queue.shift()
      if (item !== undefined) return item
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve
      })
    }
  }

  #credit(bytes: number): void {
    this.#unreadBytes -= bytes
    this.#wakeWriter?.()
  }

  #arrive(item: Item): void {
    this.#queue.push(item)
    this.#wakeReader?.()
  }

  async #pump(): Promise<void> {
    try {
      while (!this.#stopped && this.wire.writerAlive()) {
        if (this.#unreadBytes >= this.windowBytes) {
          await new Promise<void>((resolve) => {
            this.#wakeWriter = resolve
          })
          continue
        }
        this.#pulling = true
        const next = await this.#iterator.next()
        this.#pulling = false
        if (this.#stopped || !this.wire.writerAlive()) return
        if (next.done === true) {
          this.#stopped = true
          this.wire.toReader(0, () => this.#arrive({ end: true }))
          return
        }
        for (let at = 0; at < next.value.length; at += LIMITS.chunkBytesMax) {
          const chunk = next.value.slice(at, at + LIMITS.chunkBytesMax)
          this.#unreadBytes += chunk.length
          this.wire.toReader(chunk.length, () => this.#arrive({ chunk }))
        }
      }
    } catch (error) {
      this.#pulling = false
      const wanted = !this.#stopped && this.wire.writerAlive()
      this.#stopped = true
      if (wanted) this.onFailure(error)
    }
  }

  /** What the reader meets after all that is on its way. */
  failAfterAll(error: Error): void {
    this.wire.toReader(0, () => this.#arrive({ error }))
  }
}
