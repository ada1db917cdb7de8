import { type ClientWritableStream, Metadata } from '@grpc/grpc-js'
import type { Content } from '../interface/package-store.js'
import { bytesOf } from '../interface/whole-content.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { Received, Sent } from '../wire/message.js'
import { toBuffer } from '../wire/metadata-message.js'
import { fromCallError } from './call-error.js'
import type { Caller } from './caller.js'
import type { Endpoint } from './endpoint.js'
import { StallGuard } from './stall-guard.js'

export type { Content } from '../interface/package-store.js'

/** The node unpacks and hashes what it received before it answers: slower than this is a stall. */
const INSPECTED_BYTES_PER_MS = 10 * 1024

/** Publishes at one node. */
export function sendPublish(
  endpoint: Endpoint,
  caller: Caller,
  header: Sent<'PublishHeader'>,
  content: Content,
  onProgress: (sentBytes: number) => void,
): Promise<Received<'PublishResponse'>> {
  const open: OpenCall<Sent<'PublishHeader'>, Received<'PublishResponse'>> = (callback) =>
    endpoint.registry.publish(new Metadata(), callback)
  return sendContent(endpoint, caller, open, header, content, onProgress)
}

/** Uploads to one node. */
export function sendUpload(
  endpoint: Endpoint,
  caller: Caller,
  header: Sent<'UploadHeader'>,
  content: Content,
): Promise<Received<'UploadResponse'>> {
  const open: OpenCall<Sent<'UploadHeader'>, Received<'UploadResponse'>> = (callback) =>
    endpoint.store.upload(new Metadata(), callback)
  return sendContent(endpoint, caller, open, header, content, () => {})
}

type OpenCall<Header, Response> = OpenStream<{ header?: Header; chunk?: Buffer }, Response>
export type OpenStream<Message, Response> = (
  callback: (error: Error | null, value?: Response) => void,
) => ClientWritableStream<Message>

/** Sends a header and the content to one node. */
function sendContent<Header, Response>(
  endpoint: Endpoint,
  caller: Caller,
  open: OpenCall<Header, Response>,
  header: Header,
  content: Content,
  onProgress: (sentBytes: number) => void,
): Promise<Response> {
  async function* messages() {
    yield { header }
    let sent = 0
    for await (const chunk of chunked(bytesOf(content))) {
      yield { chunk: toBuffer(chunk) }
      sent += chunk.length
      onProgress(sent)
    }
  }
  return sendStream(endpoint, caller, open, messages(), () => content.sizeBytes / INSPECTED_BYTES_PER_MS)
}

/**
 * Sends messages to one node, no faster than it takes them. The answer may come before the last one: a refusal, or that all is there.
 * @param workMs how much longer than a stall the answer may take once all is sent
 */
export async function sendStream<Message, Response>(
  endpoint: Endpoint,
  caller: Caller,
  open: OpenStream<Message, Response>,
  messages: AsyncIterable<Message>,
  workMs: () => number,
): Promise<Response> {
  const { stallMs } = caller.times
  let settled = false
  let call: ReturnType<typeof open> | undefined
  const guard = new StallGuard(caller.clock, () => call?.cancel())
  const answer = endpoint.unary<Response>((callback) => {
    call = open(callback)
    return call
  })
  const done = answer
    .then(
      () => {},
      () => {},
    )
    .then(() => {
      settled = true
    })
  try {
    for await (const message of messages) {
      if (settled) break
      guard.moved(stallMs)
      if (call !== undefined && !call.write(message)) await Promise.race([drained(call), done])
    }
    if (!settled) call?.end()
    guard.moved(stallMs + workMs())
    return await answer
  } catch (error) {
    call?.cancel()
    await done
    if (guard.stalled) throw stalled(endpoint.address, error)
    throw fromCallError(error, endpoint.address)
  } finally {
    guard.stop()
  }
}

function drained(call: { once(event: 'drain', listener: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => call.once('drain', () => resolve()))
}

/** Pieces of at most LIMITS.chunkBytesMin, the size that moves best. */
export async function* chunked(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const bytes of source)
    for (let at = 0; at < bytes.length; at += LIMITS.chunkBytesMin)
      yield bytes.subarray(at, at + LIMITS.chunkBytesMin)
}

export function stalled(address: string, cause: unknown): MarketplaceError {
  return new MarketplaceError({
    reason: 'DEADLINE',
    message: `the stream with ${address} stopped moving`,
    help: 'try another node',
    cause,
  })
}
