import { type ClientWritableStream, Metadata } from '@grpc/grpc-js'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { Received, Sent } from '../wire/message.js'
import { toBuffer } from '../wire/metadata-message.js'
import { fromCallError } from './call-error.js'
import type { Caller } from './caller.js'
import type { Endpoint } from './endpoint.js'
import { StallGuard } from './stall-guard.js'

/** The bytes of a package, readable any number of times. */
export interface Content {
  readonly sha256: Digest
  readonly sizeBytes: number
  read(): AsyncIterable<Uint8Array>
}

/** The node unpacks and hashes what it received before it answers: slower than this is a stall. */
const INSPECTED_BYTES_PER_MS = 10 * 1024

/** Sends a header and the content to one node. The answer may come before the last byte: a refusal, or that all is there. */
export async function sendPublish(
  endpoint: Endpoint,
  caller: Caller,
  header: Sent<'PublishHeader'>,
  content: Content,
  onProgress: (sentBytes: number) => void,
): Promise<Received<'PublishResponse'>> {
  const { stallMs } = caller.times
  let settled = false
  let call: ClientWritableStream<Sent<'PublishRequest'>> | undefined
  const guard = new StallGuard(caller.clock, () => call?.cancel())
  const answer = endpoint.unary<Received<'PublishResponse'>>((callback) => {
    call = endpoint.registry.publish(new Metadata(), callback)
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
  const write = async (message: Sent<'PublishRequest'>) => {
    guard.moved(stallMs)
    if (call !== undefined && !call.write(message)) await Promise.race([drained(call), done])
  }
  try {
    await write({ header })
    let sent = 0
    for await (const chunk of chunked(content.read())) {
      if (settled) break
      await write({ chunk: toBuffer(chunk) })
      sent += chunk.length
      onProgress(sent)
    }
    if (!settled) call?.end()
    guard.moved(stallMs + content.sizeBytes / INSPECTED_BYTES_PER_MS)
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

function drained(call: ClientWritableStream<Sent<'PublishRequest'>>): Promise<void> {
  return new Promise((resolve) => call.once('drain', resolve))
}

/** Pieces of at most LIMITS.chunkBytesMin, the size that moves best. */
async function* chunked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
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
