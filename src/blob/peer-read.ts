import { createHash } from 'node:crypto'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { Random } from '../runtime/random.js'
import { blobCorrupt, blobNotFound } from './blob-error.js'
import { type BlobPeers, saysNotHeld } from './blob-peers.js'
import type { BlobInfo } from './blob-store.js'

/** Reads blobs that other nodes hold, going on at the next node where one fails. */
export class PeerRead {
  constructor(
    private readonly peers: BlobPeers,
    private readonly candidates: () => readonly NodeId[],
    private readonly random: Random,
  ) {}

  /**
   * Asks all peers at once; the first that holds the blob decides.
   * @returns undefined where every peer says that it does not hold it
   * @throws UNREACHABLE where none holds it and some did not answer
   */
  async locate(digest: Digest): Promise<(BlobInfo & { readonly holder: NodeId }) | undefined> {
    const silent: NodeId[] = []
    const found = await firstDefined(
      this.candidates().map(async (peer) => {
        try {
          const { found } = await this.peers.info(peer, digest, false)
          return found === undefined ? undefined : { digest, sizeBytes: found.sizeBytes, holder: peer }
        } catch (error) {
          if (!saysNotHeld(error)) silent.push(peer)
          return undefined
        }
      }),
    )
    if (found === undefined && silent.length > 0) throw unreachable(digest, silent)
    return found
  }

  /**
   * The bytes from start to end, from one peer or several in turn, beginning with `first`. A whole blob is hashed, and its
   * last piece held back until the hash is right.
   * @throws BLOB_NOT_FOUND, BLOB_CORRUPT, UNREACHABLE
   */
  async *stream(info: BlobInfo, start: number, end: number, first?: NodeId): AsyncGenerator<Uint8Array> {
    const { digest, sizeBytes } = info
    const hash = start === 0 && end === sizeBytes ? createHash('sha256') : undefined
    const silent: NodeId[] = []
    let offset = start
    if (offset === end) return
    for (const peer of this.#order(first)) {
      try {
        const sent = await this.peers.fetch(peer, digest, { offset, lengthBytes: end - offset })
        for await (const piece of sent.body) {
          if (piece.length > end - offset) throw new Error(`${peer} sent too much of ${digest}`)
          hash?.update(piece)
          offset += piece.length
          if (offset === end) {
            const found = hash?.digest('hex') ?? digest
            if (found !== digest) throw blobCorrupt(digest, `hashes to ${found} as ${peer} sent it`)
          }
          yield piece
          if (offset === end) return
        }
      } catch (error) {
        // The bytes before are with the reader already and may be wrong: only a new read can be right.
        if (offset === end) throw error
        if (!saysNotHeld(error)) silent.push(peer)
      }
    }
    if (silent.length > 0) throw unreachable(digest, silent)
    throw blobNotFound(digest)
  }

  /** All candidates, `first` first, the others in an order of chance so that no node has all the work. */
  #order(first: NodeId | undefined): readonly NodeId[] {
    const others = this.candidates().filter((peer) => peer !== first)
    const order: NodeId[] = first === undefined ? [] : [first]
    while (others.length > 0) order.push(...others.splice(this.random.below(others.length), 1))
    return order
  }
}

function unreachable(digest: Digest, silent: readonly NodeId[]): MarketplaceError {
  return new MarketplaceError({
    reason: 'UNREACHABLE',
    message: `blob ${digest} is not here, and could not be read from ${silent.join(', ')}`,
    help: 'try again, or another node',
  })
}

/** The first value that is there, or undefined once all have turned out not to be. The promises must not reject. */
function firstDefined<T>(promises: readonly Promise<T | undefined>[]): Promise<T | undefined> {
  return new Promise((resolve) => {
    let open = promises.length
    if (open === 0) resolve(undefined)
    for (const promise of promises)
      void promise.then((value) => {
        open--
        if (value !== undefined || open === 0) resolve(value)
      })
  })
}
