import { assert } from '../model/assert.js'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { NodeId } from '../model/node-id.js'
import type { PeerTransport } from '../rpc/peer-transport.js'
import type { Clock } from '../runtime/clock.js'
import { type Logger, silentLogger } from '../runtime/logger.js'
import { type MetricsCollector, silentMetrics } from '../runtime/metrics.js'
import type { Random } from '../runtime/random.js'
import { blobNotFound, boundsOf, type Expectation } from './blob-error.js'
import { BlobPeers, type PeerLimits } from './blob-peers.js'
import { BlobService } from './blob-service.js'
import type { BlobInfo, BlobRange, BlobStore } from './blob-store.js'
import type { TeeLimits } from './blob-tee.js'
import { ByteChannel } from './byte-channel.js'
import type { KeptBlobStore } from './kept-blob-store.js'
import { Patience, type Signal } from './patience.js'
import { PeerRead } from './peer-read.js'
import { QuorumWrite } from './quorum-write.js'
import { type HeldBlob, type Holding, Replication, type ReplicationLimits } from './replication.js'
import { isMajority, type VoterHalves, votersBut } from './voter-halves.js'

export type { HeldBlob, Holding } from './replication.js'

export interface RecipientLimits {
  /**
   * A blob of at least this size is streamed to no more peers than a majority needs: a third copy at the same time would
   * take its share of the same network and processors. The other voters fetch it once the state refers to it.
   */
  readonly fewestFromBytes: number
  /** Where there is no majority so long after the own disk has such a blob, it is sent to those others after all. */
  readonly stepInMs: number
}

export type QuorumLimits = PeerLimits & TeeLimits & ReplicationLimits & RecipientLimits

export const QUORUM_LIMITS: QuorumLimits = {
  silenceMs: 5_000,
  storeSilenceMs: 15_000,
  stallMs: 5_000,
  windowBytes: 2 * 1024 * 1024,
  stragglerBytesMax: 16 * 1024 * 1024,
  majorityMs: 10_000,
  slowestBytesPerMs: 8 * 1024,
  retryMinMs: 50,
  retryMaxMs: 1_000,
  fewestFromBytes: 8 * 1024 * 1024,
  stepInMs: 1_000,
}

export interface QuorumBlobStoreOptions {
  readonly self: NodeId
  readonly local: KeptBlobStore
  readonly transport: PeerTransport
  readonly clock: Clock
  readonly random: Random
  /** Voters of every half of the configuration in force, read anew for every blob. */
  readonly quorum: { voters(): VoterHalves }
  /** Log time as applied here: promises to keep a blob run from it. */
  logTimeMs(): number
  /** How long promises last, in log time. Default LIMITS.blobLeaseMs; all members agree. */
  readonly leaseMs?: number
  readonly logger?: Logger
  readonly metrics?: MetricsCollector
  readonly limits?: Partial<QuorumLimits>
}

/**
 * The cluster's blobs, seen from one node. What `write` has answered is on the disks of a majority of every half of the
 * configuration, this node among them, under a promise to keep it. What is read comes from the own disk, or from a peer
 * and is kept on the way. `list`, `stats`, `verify` and `delete` are about this node's own disk.
 */
export class QuorumBlobStore implements BlobStore, AsyncDisposable {
  readonly #limits: QuorumLimits
  readonly #patience: Patience
  readonly #peers: BlobPeers
  readonly #service: BlobService
  readonly #peerRead: PeerRead
  readonly #logger: Logger
  readonly #metrics: MetricsCollector
  readonly #missing: ((digest: Digest) => void)[] = []
  readonly #writes = new Set<QuorumWrite>()
  /** Peers whose last copy went wrong. */
  readonly #troubled = new Set<NodeId>()

  constructor(private readonly options: QuorumBlobStoreOptions) {
    this.#limits = { ...QUORUM_LIMITS, ...options.limits }
    this.#patience = new Patience(options.clock)
    this.#peers = new BlobPeers(options.transport, this.#limits)
    this.#peerRead = new PeerRead(
      this.#peers,
      () => votersBut(options.quorum.voters(), options.self),
      options.random,
    )
    this.#service = new BlobService(
      options.local,
      () => options.logTimeMs(),
      options.leaseMs ?? LIMITS.blobLeaseMs,
      (digest) => this.#isMissing(digest),
    )
    this.#service.serveOn(options.transport)
    this.#logger = options.logger ?? silentLogger
    this.#metrics = options.metrics ?? silentMetrics
  }

  /**
   * Streams to the own disk and to the other voters at once; of a large blob, to as many of them as make a majority.
   * @throws as {@link BlobStore.write}; NO_QUORUM where no majority holds it in time (the own copy stays: sending the same
   * blob again is cheap and safe); SHUTTING_DOWN
   */
  async write(source: AsyncIterable<Uint8Array>, expect: Expectation = {}): Promise<HeldBlob> {
    this.#patience.check()
    const { self, local, clock } = this.options
    const beganMs = clock.monotonicMs()
    const halves = this.#voters()
    const write = new QuorumWrite({
      self,
      local,
      halves,
      recipients: this.#recipients(halves, expect),
      peers: this.#peers,
      patience: this.#patience,
      clock,
      limits: this.#limits,
      leaseEndMs: this.#service.leaseEndMs(),
      dropped: (peer, why) => this.#dropped(peer, why),
      ended: (peer, well) => (well ? this.#troubled.delete(peer) : this.#troubled.add(peer)),
    })
    this.#writes.add(write)
    try {
      const held = await write.run(source, expect)
      this.#observe(held, clock.monotonicMs() - beganMs)
      return held
    } finally {
      this.#writes.delete(write)
    }
  }

  /**
   * Sees to it that a blob which was uploaded before is held by a majority, sending it to those that lack it.
   * @throws BLOB_MISSING where nobody has it, UNREACHABLE where it is not here and some peers cannot be asked, NO_QUORUM
   */
  async ensure(digest: Digest): Promise<HeldBlob> {
    this.#patience.check()
    const { self, local } = this.options
    const halves = this.#voters()
    try {
      await this.fetch(digest)
    } catch (error) {
      if (!(error instanceof MarketplaceError) || error.reason !== 'BLOB_NOT_FOUND') throw error
      throw blobMissing(digest)
    }
    const leaseEndMs = this.#service.leaseEndMs()
    const info = await local.keep(digest, leaseEndMs)
    if (info === undefined) throw blobMissing(digest)
    const replication = this.#replication(halves)
    replication.holds(self, leaseEndMs)
    for (const peer of votersBut(halves, self)) this.#patience.beside(() => replication.push(peer, [info]))
    return await replication.majority(info)
  }

  /** @throws NO_QUORUM on a node that has joined and whose log does not say yet who votes */
  #voters(): VoterHalves {
    const halves = this.options.quorum.voters()
    if (halves.length > 0) return halves
    throw new MarketplaceError({
      reason: 'NO_QUORUM',
      message: `${this.options.self} has not heard from the cluster that it joins yet, and knows nobody who could keep this blob`,
      help: 'send it to another node, or again when this one has caught up',
    })
  }

  /**
   * One majority that holds all of these blobs: each may have reached another. At once where it is known already, else those
   * who lack some are sent them.
   * @throws BLOB_MISSING where a blob is not here any more, NO_QUORUM
   */
  async together(blobs: readonly HeldBlob[]): Promise<Holding> {
    this.#patience.check()
    const { self, local } = this.options
    const halves = this.#voters()
    const [first, ...others] = blobs
    assert(first !== undefined, 'together needs a blob')
    const holders = first.holders.filter((holder) => others.every((blob) => blob.holders.includes(holder)))
    if (isMajority(halves, (voter) => holders.includes(voter)))
      return { holders, leaseEndMs: Math.min(...blobs.map((blob) => blob.leaseEndMs)) }
    const leaseEndMs = this.#service.leaseEndMs()
    for (const { digest } of blobs)
      if ((await local.keep(digest, leaseEndMs)) === undefined) throw blobMissing(digest)
    const replication = this.#replication(halves)
    replication.holds(self, leaseEndMs)
    for (const peer of votersBut(halves, self)) this.#patience.beside(() => replication.push(peer, blobs))
    const sizeBytes = blobs.reduce((sum, blob) => sum + blob.sizeBytes, 0)
    return await replication.majority({ digest: first.digest, sizeBytes })
  }

  /** Where it is: here, or with a peer. @throws UNREACHABLE where it is not here and some peers cannot be asked */
  async info(digest: Digest): Promise<BlobInfo | undefined> {
    const local = await this.options.local.info(digest)
    if (local !== undefined) return local
    const found = await this.#peerRead.locate(digest)
    return found === undefined ? undefined : { digest, sizeBytes: found.sizeBytes }
  }

  /**
   * From the own disk; else from a peer, keeping it on the way.
   * @throws BLOB_NOT_FOUND where nobody has it, BLOB_CORRUPT, UNREACHABLE
   */
  async read(
    digest: Digest,
    range?: BlobRange,
  ): Promise<{ readonly info: BlobInfo; readonly body: AsyncIterable<Uint8Array> }> {
    this.#patience.check()
    const local = await this.options.local.info(digest)
    if (local !== undefined) {
      const { start, end } = boundsOf(range, local.sizeBytes)
      return { info: local, body: this.#localBody(local, start, end) }
    }
    const found = await this.#peerRead.locate(digest)
    if (found === undefined) throw blobNotFound(digest)
    const info: BlobInfo = { digest, sizeBytes: found.sizeBytes }
    const { start, end } = boundsOf(range, info.sizeBytes)
    return { info, body: this.#peerBody(info, start, end, found.holder) }
  }

  /**
   * Brings a blob to the own disk from a peer; false where it was there. What was set aside there because it could not be
   * read is tried last: it may be the only copy, as where no node could read its own for a while.
   * @throws BLOB_NOT_FOUND where nobody has it, UNREACHABLE, BLOB_CORRUPT, STORAGE_FAILED
   */
  async fetch(digest: Digest): Promise<boolean> {
    this.#patience.check()
    const { local } = this.options
    if ((await local.info(digest)) !== undefined) return false
    try {
      const found = await this.#peerRead.locate(digest)
      if (found === undefined) throw blobNotFound(digest)
      const { holder, ...info } = found
      await local.write(this.#peerRead.stream(info, 0, info.sizeBytes, holder), info)
      return true
    } catch (error) {
      if (await local.takeBack(digest)) return false
      throw error
    }
  }

  /**
   * Sees to it that one member holds a blob, under a promise to keep it, sending it there where it does not.
   * @throws BLOB_NOT_FOUND where nobody has it, UNREACHABLE, STORAGE_FAILED
   */
  async copyTo(digest: Digest, member: NodeId): Promise<BlobInfo> {
    await this.fetch(digest)
    const { self, local } = this.options
    const info = await local.keep(digest, this.#service.leaseEndMs())
    if (info === undefined) throw blobNotFound(digest)
    if (member === self) return info
    const { found } = await this.#peers.info(member, digest, true)
    if (found === undefined) await this.#peers.store(member, info, (await local.read(digest)).body)
    return info
  }

  list(after?: Digest): AsyncIterable<BlobInfo> {
    return this.options.local.list(after)
  }

  /** This node's own copy. */
  async verify(digest: Digest): Promise<boolean> {
    const good = await this.options.local.verify(digest)
    if (!good) this.#isMissing(digest)
    return good
  }

  stats(): Promise<{ readonly blobs: number; readonly bytes: number }> {
    return this.options.local.stats()
  }

  /** This node's own copy: every node decides for itself, by the state that it has applied. */
  delete(digest: Digest): Promise<void> {
    return this.options.local.delete(digest)
  }

  /** Called with a blob whose own copy was asked for and is missing or damaged. */
  onMissing(handler: (digest: Digest) => void): void {
    this.#missing.push(handler)
  }

  /** Whether a peer is sending this blob right now. */
  isArriving(digest: Digest): boolean {
    return this.#service.isArriving(digest)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const write of this.#writes) write.stop()
    await this.#patience.close()
  }

  /** Whom to stream to. Where a few are enough, chance spreads the work, and those that gave trouble come last. */
  #recipients(halves: VoterHalves, { sizeBytes = 0 }: Expectation): readonly NodeId[] {
    const { self, random } = this.options
    const peers = votersBut(halves, self)
    if (sizeBytes < this.#limits.fewestFromBytes) return peers
    const left = [...peers]
    const shuffled = peers.flatMap(() => left.splice(random.below(left.length), 1))
    const sound = shuffled.filter((peer) => !this.#troubled.has(peer))
    const chosen: NodeId[] = []
    for (const peer of [...sound, ...shuffled.filter((peer) => this.#troubled.has(peer))]) {
      if (isMajority(halves, (voter) => voter === self || chosen.includes(voter))) break
      chosen.push(peer)
    }
    return chosen
  }

  #replication(halves: VoterHalves): Replication {
    return new Replication(
      halves,
      this.#peers,
      this.options.local,
      this.#patience,
      this.options.clock,
      this.#limits,
    )
  }

  async *#localBody(info: BlobInfo, start: number, end: number): AsyncGenerator<Uint8Array> {
    const { local } = this.options
    let given = 0
    try {
      const { body } = await local.read(info.digest, { offset: start, lengthBytes: end - start })
      for await (const piece of body) {
        given += piece.length
        yield piece
      }
    } catch (error) {
      const reason = error instanceof MarketplaceError ? error.reason : undefined
      if (reason !== 'BLOB_CORRUPT' && reason !== 'BLOB_NOT_FOUND') throw error
      this.#isMissing(info.digest)
      // What was given already may be wrong: only a new read can be right.
      if (given > 0) throw error
      yield* this.#peerBody(info, start, end)
    }
  }

  /** Streams from peers; a whole blob goes to the own disk, too, as fast as its reader takes it. */
  async *#peerBody(info: BlobInfo, start: number, end: number, holder?: NodeId): AsyncGenerator<Uint8Array> {
    this.#metrics.counter('blob_remote_reads_total', 'Reads of blobs that this node did not hold.')
    const stream = this.#peerRead.stream(info, start, end, holder)
    if (start > 0 || end < info.sizeBytes) {
      this.#isMissing(info.digest)
      yield* stream
      return
    }
    const taken = this.#patience.signal()
    const keeper = new ByteChannel(() => taken.wake())
    this.#patience.beside(() => this.#keep(info, keeper))
    let given = 0
    try {
      for await (const piece of stream) {
        keeper.push(piece)
        given += piece.length
        // Now, since a reader that knows the size may leave with the last piece.
        if (given === info.sizeBytes) keeper.end()
        yield piece
        await this.#roomIn(keeper, taken)
      }
      if (info.sizeBytes === 0) keeper.end()
    } finally {
      if (given < info.sizeBytes) keeper.fail(new Error('the read ended early'))
    }
  }

  /** The reader waits for the own disk, but not for one that stands still. */
  async #roomIn(keeper: ByteChannel, taken: Signal): Promise<void> {
    while (!keeper.over && keeper.queuedBytes >= this.#limits.windowBytes) {
      const before = keeper.queuedBytes
      await taken.wait(this.#limits.stallMs)
      if (keeper.queuedBytes === before) keeper.fail(new Error('the own disk stands still'))
    }
  }

  async #keep(info: BlobInfo, keeper: ByteChannel): Promise<void> {
    try {
      await this.options.local.write(keeper, info)
    } catch (error) {
      keeper.leave()
      this.#logger.debug(
        { digest: info.digest, error: String(error) },
        'a blob read from a peer was not kept',
      )
      this.#isMissing(info.digest)
    }
  }

  #dropped(peer: NodeId, why: string): void {
    this.#logger.warn({ peer, why }, 'a peer is too slow for a blob; it will fetch it later')
    this.#metrics.counter('blob_stragglers_total', 'Peers dropped from the writing of a blob for being slow.')
  }

  #isMissing(digest: Digest): void {
    for (const handler of this.#missing) handler(digest)
  }

  #observe(held: HeldBlob, durationMs: number): void {
    this.#metrics.histogram(
      'blob_write_seconds',
      'From the first byte of a blob until a majority holds it.',
      durationMs / 1000,
    )
    this.#metrics.counter(
      'blob_written_bytes_total',
      'Bytes of blobs written through this node.',
      held.sizeBytes,
    )
  }
}

function blobMissing(digest: Digest): MarketplaceError {
  return new MarketplaceError({
    reason: 'BLOB_MISSING',
    message: `no node holds blob ${digest}`,
    help: 'upload it first',
    field: 'contentHash',
  })
}
