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
import type { Patience } from './patience.js'

export interface PeerLimits {
  /** A peer that has not begun to answer after so long counts as unreachable for this request. */
  readonly answerMs: number
  /** A body that brings nothing for so long counts as cut. */
  readonly stallMs: number
  /** A whole transfer, body and all. */
  readonly transferMs: number
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
    private readonly patience: Patience,
    private readonly limits: PeerLimits,
  ) {}

  /** Sends a blob; resolves once the peer has it, and its promise to keep it, on its disk. */
  async store(peer: NodeId, request: StoreRequest, body: AsyncIterable<Uint8Array>): Promise<StoreReply> {
    const reply = await this.transport.call(
      peer,
      STORE_PROCEDURE,
      { header: encodeStoreRequest(request), body },
      { deadlineMs: this.limits.transferMs },
    )
    return decodeStoreReply(reply.header)
  }

  /** Whether a peer holds a blob; with `keep` it promises to go on doing so. */
  async info(peer: NodeId, digest: Digest, keep: boolean): Promise<InfoReply> {
    const { answerMs } = this.limits
    const call = this.transport.call(
      peer,
      INFO_PROCEDURE,
      { header: encodeInfoRequest({ digest, keep }) },
      { deadlineMs: answerMs },
    )
    return decodeInfoReply((await this.patience.within(answerMs, peer, call)).header)
  }

  /** Begins to read from a peer. @throws BLOB_NOT_FOUND where it has none, UNREACHABLE, DEADLINE */
  async fetch(peer: NodeId, digest: Digest, range: BlobRange): Promise<PeerBody> {
    const call = this.transport.call(
      peer,
      FETCH_PROCEDURE,
      { header: encodeFetchRequest({ digest, ...range }) },
      { deadlineMs: this.limits.transferMs },
    )
    const reply = await this.patience.within(this.limits.answerMs, peer, call, ({ body }) => abandon(body))
    const { sizeBytes } = decodeFetchReply(reply.header)
    return { peer, sizeBytes, body: this.#unstalled(peer, reply.body ?? nothing()) }
  }

  /** The body, or DEADLINE where it brings nothing for too long. */
  async *#unstalled(peer: NodeId, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const iterator = body[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await this.patience.within(this.limits.stallMs, peer, iterator.next())
        if (next.done === true) return
        yield next.value
      }
    } finally {
      // Not awaited: a stalled body does not end by being told to.
      iterator.return?.()?.catch(() => {})
    }
  }
}

/** Whether a peer said for certain that it does not hold the blob. */
export function saysNotHeld(error: unknown): boolean {
  return (
    error instanceof MarketplaceError &&
    (error.reason === 'BLOB_NOT_FOUND' || error.reason === 'BLOB_CORRUPT')
  )
}

/** Cancels a body that nobody will read. A generator that never started would not notice `return` alone. */
function abandon(body: AsyncIterable<Uint8Array> | undefined): void {
  const iterator = body?.[Symbol.asyncIterator]()
  iterator?.next().catch(() => {})
  iterator?.return?.().catch(() => {})
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
