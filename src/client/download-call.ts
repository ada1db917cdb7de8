import { createHash } from 'node:crypto'
import { type ClientReadableStream, Metadata } from '@grpc/grpc-js'
import type { StreamRequest as DownloadRequest } from '../interface/package-store.js'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { Received } from '../wire/message.js'
import { contentHashToMessage, packageIdToMessage } from '../wire/package-id-message.js'
import { readDemandToMessage } from '../wire/request-options.js'
import { fromCallError } from './call-error.js'
import type { Caller } from './caller.js'
import type { Endpoint } from './endpoint.js'
import { stalled } from './publish-call.js'
import { backoffBoundMs } from './retry.js'
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

/** Streams of one download that may break after they gave something. */
const BREAKS_MAX = 100
/** Streams in a row that break before they give anything; at least as many as there are nodes. */
const FRUITLESS_MIN = 3

/**
 * The bytes of a blob, hashed on the way where they are asked for from the beginning. A node that fails in the middle is replaced by
 * another, from the byte where it stopped.
 * @throws VERIFICATION_FAILED where more comes than was said, or, at the end, where the bytes do not hash to what was asked for
 */
export async function* downloadBlob(
  caller: Caller,
  request: DownloadRequest,
  onProgress: (receivedBytes: number, sizeBytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { offset: first = 0 } = request
  const hash = createHash('sha256')
  let at = first
  let sizeBytes: number | undefined
  let breaks = 0
  let fruitless = 0
  while (sizeBytes === undefined || at < sizeBytes) {
    const before = at
    const open = await caller.attempts('read', (endpoint) => openDownload(caller, endpoint, request, at))
    try {
      sizeBytes ??= open.sizeBytes
      if (open.sizeBytes !== sizeBytes) throw otherSize(open.endpoint.address, open.sizeBytes, sizeBytes)
      for await (const chunk of chunksOf(open, caller.times.stallMs)) {
        if (at + chunk.length > sizeBytes) throw tooMuch(open.endpoint.address, sizeBytes)
        hash.update(chunk)
        at += chunk.length
        onProgress(at, sizeBytes)
        yield chunk
      }
      if (at < sizeBytes) throw cutShort(open.endpoint.address, at, sizeBytes)
    } catch (error) {
      const trouble = fromCallError(error, open.endpoint.address)
      if (trouble.reason === 'VERIFICATION_FAILED') throw trouble
      // Where the stream broke after its last byte, the hash decides.
      if (at === sizeBytes) break
      caller.pool.leave(open.endpoint)
      fruitless = at > before ? 0 : fruitless + 1
      if (++breaks >= BREAKS_MAX || fruitless >= Math.max(FRUITLESS_MIN, caller.pool.size))
        throw givenUp(trouble, breaks, at, sizeBytes)
    } finally {
      open.guard.stop()
      open.call.cancel()
    }
    if (fruitless > 0) await pause(caller, fruitless)
  }
  const actual = hash.digest('hex')
  if (first === 0 && actual !== request.sha256) throw wrongBytes(request.sha256, actual)
}

/** What a stream gives after its header. Messages without bytes are no life sign. */
async function* chunksOf(
  { endpoint, messages, guard }: OpenDownload,
  stallMs: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const next = await messages.next().catch((error: unknown) => {
      throw guard.stalled ? stalled(endpoint.address, error) : error
    })
    if (next.done) return
    const { chunk } = next.value
    if (chunk === undefined || chunk === null || chunk.length === 0) continue
    guard.moved(stallMs)
    yield chunk
  }
}

function pause({ clock, random }: Caller, fruitless: number): Promise<void> {
  return new Promise((resolve) => clock.after(random.below(backoffBoundMs(fruitless)) + 1, () => resolve()))
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
    if (first.done) throw cutShort(endpoint.address, offset, undefined)
    const { header } = first.value
    if (header === undefined || header === null) throw noHeader(endpoint.address)
    if (header.sizeBytes > LIMITS.blobBytesMax) throw tooLarge(endpoint.address, header.sizeBytes)
    return { endpoint, call, messages, guard, sizeBytes: header.sizeBytes }
  } catch (error) {
    guard.stop()
    call.cancel()
    throw guard.stalled ? stalled(endpoint.address, error) : fromCallError(error, endpoint.address)
  }
}

function cutShort(address: string, received: number, sizeBytes: number | undefined): MarketplaceError {
  return new MarketplaceError({
    reason: 'UNREACHABLE',
    message:
      sizeBytes === undefined
        ? `${address} ended the download before it began`
        : `${address} ended the download after ${received} of ${sizeBytes} bytes`,
    help: 'try another node',
  })
}

function givenUp(
  trouble: MarketplaceError,
  breaks: number,
  received: number,
  sizeBytes: number | undefined,
): MarketplaceError {
  const far = sizeBytes === undefined ? 'before it began' : `at ${received} of ${sizeBytes} bytes`
  return new MarketplaceError({
    reason: trouble.reason,
    message: `the download broke ${breaks === 1 ? 'once' : `${breaks} times`} and was given up ${far}: ${trouble.message}`,
    help: trouble.help || 'try again later',
    details: trouble.details,
    cause: trouble,
  })
}

function otherSize(address: string, sizeBytes: number, before: number): MarketplaceError {
  return untrue(`${address} says that it has ${sizeBytes} bytes, another node said ${before}`)
}

function tooMuch(address: string, sizeBytes: number): MarketplaceError {
  return untrue(`${address} sends more than the ${sizeBytes} bytes that it announced`)
}

function tooLarge(address: string, sizeBytes: number): MarketplaceError {
  return untrue(`${address} announces ${sizeBytes} bytes; no package has more than ${LIMITS.blobBytesMax}`)
}

function noHeader(address: string): MarketplaceError {
  return untrue(`${address} sends a download without its header`)
}

/** What no node of ours says. */
function untrue(message: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'VERIFICATION_FAILED',
    field: 'content',
    message,
    help: 'try again from another node, and tell the operator of the registry',
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
