import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { PeerCall, PeerReply, PeerTransport } from '../rpc/peer-transport.js'
import {
  decodeFetchRequest,
  decodeInfoRequest,
  decodeStoreRequest,
  encodeFetchReply,
  encodeInfoReply,
  encodeStoreReply,
  FETCH_PROCEDURE,
  INFO_PROCEDURE,
  STORE_PROCEDURE,
} from './blob-message.js'
import type { KeptBlobStore } from './kept-blob-store.js'

/** What this node does for its peers: takes their blobs, promises to keep them, sends its own. */
export class BlobService {
  readonly #arriving = new Map<Digest, number>()

  constructor(
    private readonly local: KeptBlobStore,
    /** Log time, from which promises run. */
    private readonly logTimeMs: () => number,
    /** How long promises last, in log time. */
    private readonly leaseMs: number,
    /** Called with a blob that turned out damaged while it was sent. */
    private readonly damaged: (digest: Digest) => void,
  ) {}

  serveOn(transport: PeerTransport): void {
    transport.serve(STORE_PROCEDURE, (_from, call) => this.#store(call))
    transport.serve(FETCH_PROCEDURE, (_from, call) => this.#fetch(call))
    transport.serve(INFO_PROCEDURE, (_from, call) => this.#info(call))
  }

  /** Whether a peer is sending this blob right now. */
  isArriving(digest: Digest): boolean {
    return this.#arriving.has(digest)
  }

  /** End of a promise made now. */
  leaseEndMs(): number {
    return this.logTimeMs() + this.leaseMs
  }

  async #store(call: PeerCall): Promise<PeerReply> {
    const expect = decodeStoreRequest(call.header)
    const leaseEndMs = this.leaseEndMs()
    this.#arrives(expect.digest, 1)
    try {
      const info = await this.local.write(call.body ?? empty(), expect, { keepUntilMs: leaseEndMs })
      return { header: encodeStoreReply({ ...info, leaseEndMs }) }
    } finally {
      this.#arrives(expect.digest, -1)
    }
  }

  async #fetch(call: PeerCall): Promise<PeerReply> {
    const { digest, ...range } = decodeFetchRequest(call.header)
    const { info, body } = await this.local.read(digest, range)
    return { header: encodeFetchReply(info), body: this.#watched(digest, body) }
  }

  async #info(call: PeerCall): Promise<PeerReply> {
    const { digest, keep } = decodeInfoRequest(call.header)
    const leaseEndMs = keep ? this.leaseEndMs() : 0
    const info = keep ? await this.local.keep(digest, leaseEndMs) : await this.local.info(digest)
    const found = info === undefined ? {} : { found: { sizeBytes: info.sizeBytes, leaseEndMs } }
    return { header: encodeInfoReply(found) }
  }

  async *#watched(digest: Digest, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* body
    } catch (error) {
      if (error instanceof MarketplaceError && error.reason === 'BLOB_CORRUPT') this.damaged(digest)
      throw error
    }
  }

  #arrives(digest: Digest | undefined, change: number): void {
    if (digest === undefined) return
    const count = (this.#arriving.get(digest) ?? 0) + change
    if (count > 0) this.#arriving.set(digest, count)
    else this.#arriving.delete(digest)
  }
}

async function* empty(): AsyncGenerator<Uint8Array> {}
