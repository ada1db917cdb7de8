import { DecodeError, type Decoder, Encoder } from '../model/codec.js'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { decodeMemberMessage } from '../model/member-message.js'

/** Names under which nodes serve each other's blobs. */
export const STORE_PROCEDURE = 'blob.store'
export const FETCH_PROCEDURE = 'blob.fetch'
export const INFO_PROCEDURE = 'blob.info'
export const COLLECT_PROCEDURE = 'blob.collect'

/** First byte of every header. */
const BLOB_MESSAGE_VERSION = 1

/** Header of `blob.store`; the body is the blob. */
export interface StoreRequest {
  /** Unknown while a client still sends a blob that it has not declared. */
  readonly digest?: Digest
  readonly sizeBytes?: number
}

/** The blob is on the answering node's disk, and so is its promise to keep it. */
export interface StoreReply {
  readonly digest: Digest
  readonly sizeBytes: number
  /** Log time. */
  readonly leaseEndMs: number
}

/** Header of `blob.fetch`; the reply's body is the range. */
export interface FetchRequest {
  readonly digest: Digest
  readonly offset: number
  readonly lengthBytes?: number
}

export interface FetchReply {
  /** Of the whole blob. */
  readonly sizeBytes: number
}

export interface InfoRequest {
  readonly digest: Digest
  /** Asks for a promise to keep the blob, too. */
  readonly keep: boolean
}

export interface InfoReply {
  readonly found?: { readonly sizeBytes: number; readonly leaseEndMs: number }
}

export function encodeStoreRequest(request: StoreRequest): Uint8Array {
  const out = start()
  out.optional(request.digest, (digest) => out.hex(digest, 32))
  return out.optional(request.sizeBytes, (size) => out.uint(size)).finish()
}

export function decodeStoreRequest(bytes: Uint8Array): StoreRequest {
  return decode(bytes, (input) => {
    const digest = input.optional(() => input.hex(32) as Digest)
    const sizeBytes = input.optional(() => input.uint())
    return { ...(digest === undefined ? {} : { digest }), ...(sizeBytes === undefined ? {} : { sizeBytes }) }
  })
}

export function encodeStoreReply(reply: StoreReply): Uint8Array {
  return start().hex(reply.digest, 32).uint(reply.sizeBytes).uint(reply.leaseEndMs).finish()
}

export function decodeStoreReply(bytes: Uint8Array): StoreReply {
  return decode(bytes, (input) => ({
    digest: input.hex(32) as Digest,
    sizeBytes: input.uint(),
    leaseEndMs: input.uint(),
  }))
}

export function encodeFetchRequest(request: FetchRequest): Uint8Array {
  const out = start().hex(request.digest, 32).uint(request.offset)
  return out.optional(request.lengthBytes, (length) => out.uint(length)).finish()
}

export function decodeFetchRequest(bytes: Uint8Array): FetchRequest {
  return decode(bytes, (input) => {
    const digest = input.hex(32) as Digest
    const offset = input.uint()
    const lengthBytes = input.optional(() => input.uint())
    return lengthBytes === undefined ? { digest, offset } : { digest, offset, lengthBytes }
  })
}

export function encodeFetchReply(reply: FetchReply): Uint8Array {
  return start().uint(reply.sizeBytes).finish()
}

export function decodeFetchReply(bytes: Uint8Array): FetchReply {
  return decode(bytes, (input) => ({ sizeBytes: input.uint() }))
}

export function encodeInfoRequest(request: InfoRequest): Uint8Array {
  return start().hex(request.digest, 32).bool(request.keep).finish()
}

export function decodeInfoRequest(bytes: Uint8Array): InfoRequest {
  return decode(bytes, (input) => ({ digest: input.hex(32) as Digest, keep: input.bool() }))
}

export function encodeInfoReply(reply: InfoReply): Uint8Array {
  const out = start()
  return out.optional(reply.found, (found) => out.uint(found.sizeBytes).uint(found.leaseEndMs)).finish()
}

export function decodeInfoReply(bytes: Uint8Array): InfoReply {
  return decode(bytes, (input) => {
    const found = input.optional(() => ({ sizeBytes: input.uint(), leaseEndMs: input.uint() }))
    return found === undefined ? {} : { found }
  })
}

/** What became of a blob that was to be removed; `leased` until a log time. */
export type Collected =
  | { readonly state: 'gone' }
  | { readonly state: 'referenced' }
  | { readonly state: 'leased'; readonly untilMs: number }

const COLLECTED = ['gone', 'referenced', 'leased'] as const

export function encodeCollectRequest(digest: Digest): Uint8Array {
  return start().hex(digest, 32).finish()
}

export function decodeCollectRequest(bytes: Uint8Array): Digest {
  return decode(bytes, (input) => input.hex(32) as Digest)
}

export function encodeCollectReply(reply: Collected): Uint8Array {
  const out = start().byte(COLLECTED.indexOf(reply.state))
  return (reply.state === 'leased' ? out.uint(reply.untilMs) : out).finish()
}

export function decodeCollectReply(bytes: Uint8Array): Collected {
  return decode(bytes, (input) => {
    const state = COLLECTED[input.byte()]
    if (state === undefined) throw new DecodeError('what became of a blob')
    return state === 'leased' ? { state, untilMs: input.uint() } : { state }
  })
}

function start(): Encoder {
  return new Encoder(64).byte(BLOB_MESSAGE_VERSION)
}

function decode<T>(bytes: Uint8Array, read: (input: Decoder) => T): T {
  return decodeMemberMessage('a message about blobs', bytes, (input) => {
    const version = input.byte()
    if (version === BLOB_MESSAGE_VERSION) return read(input)
    throw new MarketplaceError({
      reason: 'VERSION_UNSUPPORTED',
      message: `blob message version ${version}; this build knows ${BLOB_MESSAGE_VERSION}`,
      help: 'run the same version on all nodes, or upgrade them one by one in order',
    })
  })
}
