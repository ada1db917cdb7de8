import { LIMITS } from '../model/limit.js'
import type { CallFrame__Output } from './gen/ggen/raft/v1/CallFrame.js'
import { fromFailure } from './peer-failure.js'

/** What a body needs of its call. */
export interface BodySource {
  /** The next frame; rejects with a MarketplaceError where the other side is silent, gone or broken. */
  next(): Promise<CallFrame__Output>
  /** Makes the error for a body that was cut. */
  broken(what: string): Error
  /** The body is over. `early`: its reader wants no more of it. */
  over(early: boolean): void
}

/** The body of a call: chunks until a trailer that agrees with them. Read once. */
export class CallBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  #bytes = 0
  #ended = false

  constructor(private readonly source: BodySource) {}

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#ended) return { done: true, value: undefined }
    try {
      const chunk = await this.#read()
      if (chunk !== undefined) return { done: false, value: chunk }
      this.#end(false)
      return { done: true, value: undefined }
    } catch (error) {
      this.#end(true)
      throw error
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#end(true)
    return { done: true, value: undefined }
  }

  /** Undefined at the end. */
  async #read(): Promise<Uint8Array | undefined> {
    const frame = await this.source.next()
    if (frame.chunk) {
      this.#bytes += frame.chunk.length
      return frame.chunk
    }
    if (frame.failure) throw fromFailure(frame.failure)
    if (!frame.trailer || frame.trailer.bodyBytes !== this.#bytes) {
      throw this.source.broken(`the body ended after ${this.#bytes} bytes without a trailer that agrees`)
    }
    return undefined
  }

  #end(early: boolean): void {
    if (this.#ended) return
    this.#ended = true
    this.source.over(early)
  }
}

/** A chunk in pieces that fit a frame; empty ones vanish. */
export function* pieces(chunk: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < chunk.length; at += LIMITS.chunkBytesMax) {
    yield chunk.subarray(at, at + LIMITS.chunkBytesMax)
  }
}
