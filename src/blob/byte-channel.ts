/** A bounded queue between one writer and one reader of bytes. The writer asks for room; nothing here waits on its behalf. */
export class ByteChannel implements AsyncIterable<Uint8Array> {
  readonly #queue: Uint8Array[] = []
  #queuedBytes = 0
  #ended = false
  #left = false
  #error: unknown
  #wake: (() => void) | undefined

  /** @param changed called whenever the reader took something or went away. */
  constructor(private readonly changed: () => void) {}

  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /** The reader is gone, or the channel has failed: nothing more will be taken. */
  get over(): boolean {
    return this.#left || this.#error !== undefined
  }

  /** Takes a chunk, which must not change any more. Dropped where the channel is over. */
  push(chunk: Uint8Array): void {
    if (this.over || chunk.length === 0) return
    this.#queue.push(chunk)
    this.#queuedBytes += chunk.length
    this.#wake?.()
  }

  /** No more will come: the reader ends once it has taken everything. */
  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  /** The reader meets this error next; what it has not taken is dropped. */
  fail(error: unknown): void {
    if (this.over || (this.#ended && this.#queue.length === 0)) return
    this.#error = error
    this.#clear()
    this.#wake?.()
  }

  /** Says, on the reader's behalf, that nobody will read. */
  leave(): void {
    if (this.#left) return
    this.#left = true
    this.#clear()
    this.changed()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        if (this.#error !== undefined) throw this.#error
        const chunk = this.#queue.shift()
        if (chunk !== undefined) {
          this.#queuedBytes -= chunk.length
          this.changed()
          yield chunk
        } else if (this.#ended) return
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve
          })
      }
    } finally {
      this.leave()
    }
  }

  #clear(): void {
    this.#queue.length = 0
    this.#queuedBytes = 0
  }
}
