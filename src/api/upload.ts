import type { Readable } from 'node:stream'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { Clock } from '../runtime/clock.js'
import { decoded } from './request-decoding.js'

/** A client's stream of messages. */
export interface ReadableCall extends Readable {
  readonly cancelled: boolean
}

/** A message of an upload: a header, or bytes. */
export interface UploadPart<Header> {
  readonly header?: Header | null | undefined
  readonly chunk?: Uint8Array | null | undefined
}

/** A stream that brings nothing for so long is given up. */
const IDLE_MS = 60_000

/**
 * Takes an upload apart: its header, and the bytes after it, read no faster than they are asked for.
 * @throws INVALID_ARGUMENT where it does not begin with a header; UPLOAD_INCOMPLETE where it is cut or falls silent
 */
export async function openUpload<Header>(
  call: ReadableCall,
  clock: Clock,
): Promise<{ readonly header: Header; readonly chunks: AsyncIterable<Uint8Array> }> {
  const parts = readMessages<UploadPart<Header>>(call, clock, IDLE_MS)
  const first = await parts.next()
  const header = first.done === true ? undefined : first.value.header
  if (header === undefined || header === null) {
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      field: 'header',
      message: first.done === true ? 'the stream is empty' : 'the stream begins without a header',
      help: 'send one message with the header, then the content in chunks',
    })
  }
  return { header, chunks: chunksOf(parts) }
}

async function* chunksOf<Header>(
  parts: AsyncIterator<UploadPart<Header>>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; ; at++) {
    const next = await parts.next()
    if (next.done === true) return
    const { chunk } = next.value
    if (chunk === undefined || chunk === null) throw noChunk(at)
    yield checkChunk(chunk)
  }
}

/**
 * Messages of a stream, one at a time; ends when the client has ended it. `idleMs`: longest silence; any where absent.
 * @throws UPLOAD_INCOMPLETE; INVALID_ARGUMENT where a message does not decode
 */
export async function* readMessages<Message>(
  call: ReadableCall,
  clock: Clock,
  idleMs?: number,
): AsyncGenerator<Message, void, undefined> {
  // Ending the iteration must not end the call: its answer is still to be sent.
  const messages = call.iterator({ destroyOnReturn: false }) as AsyncIterator<Message>
  for (;;) {
    let silent = false
    const timer =
      idleMs === undefined
        ? undefined
        : clock.after(idleMs, () => {
            silent = true
            // Ends the read below.
            call.destroy()
          })
    try {
      const next = await messages.next()
      if (next.done === true) return
      timer?.cancel()
      yield decoded(next.value)
    } catch (cause) {
      if (cause instanceof MarketplaceError) throw cause
      throw cut(silent ? `nothing came for ${(idleMs ?? 0) / 1_000} s` : 'the stream was cut', cause)
    } finally {
      timer?.cancel()
    }
  }
}

function cut(why: string, cause: unknown): MarketplaceError {
  return new MarketplaceError({
    reason: 'UPLOAD_INCOMPLETE',
    message: `what was sent did not come to its end: ${why}`,
    help: 'nothing of it took effect; send it again from the start, with the same request id where it has one',
    cause,
  })
}

function noChunk(at: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'chunk',
    message: `message ${at + 1} after the header holds no chunk`,
    help: 'send one header, and after it chunks only',
  })
}

/** @throws LIMIT_EXCEEDED */
export function checkChunk(chunk: Uint8Array): Uint8Array {
  if (chunk.length > LIMITS.chunkBytesMax) throw chunkTooLarge(chunk.length)
  return chunk
}

function chunkTooLarge(bytes: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'LIMIT_EXCEEDED',
    field: 'chunk',
    message: `a chunk has ${bytes} bytes, the limit is ${LIMITS.chunkBytesMax}`,
    help: `send chunks of ${LIMITS.chunkBytesMin} to ${LIMITS.chunkBytesMax} bytes`,
    details: { limit: String(LIMITS.chunkBytesMax) },
  })
}
