import { createHash } from 'node:crypto'
import { type ClientReadableStream, Metadata } from '@grpc/grpc-js'
import type { StreamRequest as DownloadRequest } from '../interface/package-store.js'
import { assert } from '../model/assert.js'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { Received } from '../wire/message.js'
import { contentHashToMessage, packageIdToMessage } from '../wire/package-id-message.js'
import { readDemandToMessage } from '../wire/request-options.js'
import { fromCallError } from './call-error.js'
import type { Caller } from './caller.js'
import type { Endpoint } from './endpoint.js'
import { stalled } from './publish-call.js'
import { StallGuard } from './stall-guard.js'

export type { StreamRequest as DownloadRequest } from '../interface/package-store.js'

/** A node's stream of a blob from an offset on, with its header read. */
interface OpenDownload {
  readonly endpoint: Endpoint
  readonly call: ClientReadableStream<Received<'DownloadResponse'>>
  readonly messages: AsyncIterator<Received<'DownloadResponse'>>
  readonly guard: StallGuard
  readonly sizeBytes: number
}

/**
 * The bytes of a blob, hashed on the way. A node that fails in the middle is replaced by another, from the byte where it stopped.
 * @throws VERIFICATION_FAILED at the end, where the bytes do not hash to what was asked for
 */
export async function* downloadBlob(
  caller: Caller,
  request: DownloadRequest,
  onProgress: (receivedBytes: number, sizeBytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256')
  let offset = 0
  let fruitless = 0
  for (let whole = false; !whole; ) {
    const before = offset
    const open = await caller.attempts('read', (endpoint) => openDownload(caller, endpoint, request, offset))
    try {
      for (;;) {
        const next = await open.messages.next()
        if (next.done) break
        open.guard.moved(caller.times.stallMs)
        const chunk = next.value.chunk ?? Buffer.alloc(0)
        hash.update(chunk)
        offset += chunk.length
        onProgress(offset, open.sizeBytes)
        if (chunk.length > 0) yield chunk
      }
      if (offset < open.sizeBytes) throw cutShort(open.endpoint.address, offset, open.sizeBytes)
    } catch (error) {
      caller.pool.leave(open.endpoint)
      fruitless = offset > before ? 0 : fruitless + 1
      if (fruitless >= caller.pool.size) throw fromCallError(error, open.endpoint.address)
    } finally {
      // Where the stream broke after its last byte, the hash decides.
      whole = offset >= open.sizeBytes
      open.guard.stop()
      open.call.cancel()
    }
  }
  const actual = hash.digest('hex')
  if (actual !== request.sha256) throw wrongBytes(request.sha256, actual)
}

async function openDownload(
  caller: Caller,
  endpoint: Endpoint,
  request: DownloadRequest,
  offset: number,
): Promise<OpenDownload> {
  const call = endpoint.store.download(
    {
      contentHash: contentHashToMessage({ algorithm: 'sha256', digest: request.sha256 }),
      id: request.id === undefined ? null : packageIdToMessage(request.id),
      offset,
      length: 0,
      ...readDemandToMessage(caller.session.demand(request.demand)),
    },
    new Metadata(),
  )
  // A broken stream is reported by the iterator; without a listener it would end the process.
  call.on('error', () => {})
  const guard = new StallGuard(caller.clock, () => call.cancel())
  guard.moved(caller.times.stallMs)
  const messages = call[Symbol.asyncIterator]() as AsyncIterator<Received<'DownloadResponse'>>
  try {
    const first = await messages.next()
    const header = first.done ? undefined : first.value.header
    assert(header !== undefined && header !== null, 'a download begins with its header')
    return { endpoint, call, messages, guard, sizeBytes: header.sizeBytes }
  } catch (error) {
    guard.stop()
    call.cancel()
    throw guard.stalled ? stalled(endpoint.address, error) : fromCallError(error, endpoint.address)
  }
}

function cutShort(address: string, received: number, sizeBytes: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'UNREACHABLE',
    message: `${address} ended the download after ${received} of ${sizeBytes} bytes`,
    help: 'try another node',
  })
}

export function wrongBytes(expected: Digest, actual: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'VERIFICATION_FAILED',
    field: 'content',
    message: `what was downloaded has sha256 ${actual} instead of ${expected}`,
    help: 'try again; if it happens again, run cluster verification and tell the operator',
    details: { expected, actual },
  })
}
