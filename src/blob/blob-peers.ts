import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { PeerTransport } from '../rpc/peer-transport.js'
import {
  decodeFetchReply,
  decodeInfoReply,
  decodeStoreReply,
  encodeFetchRequest,
  encodeInfoRequest,
  encodeStoreRequest,
  FETCH_PROCEDURE,
  INFO_PROCEDURE,
  type InfoReply,
  STORE_PROCEDURE,
  type StoreReply,
  type StoreRequest,
} from './blob-message.js'
import type { BlobRange } from './blob-store.js'

export interface PeerLimits {
  /** A peer that is silent for so long, before its answer or in the middle of a body, counts as unreachable for this request. */
  readonly silenceMs: number
  /** The same while it stores a blob: its disk may be slow. */
  readonly storeSilenceMs: number
}

/** Part of a blob that a peer is sending. */
export interface PeerBody {
  readonly peer: NodeId
  /** Of the whole blob. */
  readonly sizeBytes: number
  readonly body: AsyncIterable<Uint8Array>
}

/** The calls that nodes make to each other about blobs. */
export class BlobPeers {
  constructor(
    private readonly transport: PeerTransport,
    private readonly limits: PeerLimits,
  ) {}

  /** Sends a blob; resolves once the peer has it, and its promise to keep it, on its disk. */
  async store(peer: NodeId, request: StoreRequest, body: AsyncIterable<Uint8Array>): Promise<StoreReply> {
    const call = { header: encodeStoreRequest(request), body }
    const deadlineMs = this.limits.storeSilenceMs
    const reply = await this.transport.call(peer, STORE_PROCEDURE, call, { deadlineMs })
    return decodeStoreReply(reply.header)
  }

  /** Whether a peer holds a blob; with `keep` it promises to go on doing so. */
  async info(peer: NodeId, digest: Digest, keep: boolean): Promise<InfoReply> {
    const call = { header: encodeInfoRequest({ digest, keep }) }
    const deadlineMs = this.limits.silenceMs
    const reply = await this.transport.call(peer, INFO_PROCEDURE, call, { deadlineMs })
    return decodeInfoReply(reply.header)
  }

  /** Begins to read from a peer. @throws BLOB_NOT_FOUND where it has none, UNREACHABLE, DEADLINE */
  async fetch(peer: NodeId, digest: Digest, range: BlobRange): Promise<PeerBody> {
    const call = { header: encodeFetchRequest({ digest, ...range }) }
    const deadlineMs = this.limits.silenceMs
    const reply = await this.transport.call(peer, FETCH_PROCEDURE, call, { deadlineMs })
    return { peer, sizeBytes: decodeFetchReply(reply.header).sizeBytes, body: reply.body ?? nothing() }
  }
}

/** Whether a peer said for certain that it does not hold the blob. */
export function saysNotHeld(error: unknown): boolean {
  return (
    error instanceof MarketplaceError &&
    (error.reason === 'BLOB_NOT_FOUND' || error.reason === 'BLOB_CORRUPT')
  )
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
