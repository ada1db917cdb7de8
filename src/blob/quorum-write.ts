import type { NodeId } from '../model/node-id.js'
import type { Clock } from '../runtime/clock.js'
import type { Expectation } from './blob-error.js'
import type { BlobPeers } from './blob-peers.js'
import type { BlobInfo } from './blob-store.js'
import { BlobTee, type TeeLimits, type TeeReader } from './blob-tee.js'
import type { KeptBlobStore } from './kept-blob-store.js'
import { type Patience, shuttingDown } from './patience.js'
import { type HeldBlob, Replication, type ReplicationLimits } from './replication.js'
import { isMajority, type VoterHalves, votersBut } from './voter-halves.js'

export interface QuorumWriteParts {
  readonly self: NodeId
  readonly local: KeptBlobStore
  readonly halves: VoterHalves
  readonly peers: BlobPeers
  readonly patience: Patience
  readonly clock: Clock
  readonly limits: TeeLimits & ReplicationLimits & { readonly silenceMs: number; readonly stepInMs: number }
  /** The peers to stream to; the other voters step in where these do not make a majority in time. */
  readonly recipients: readonly NodeId[]
  /** End of this node's own promise. */
  readonly leaseEndMs: number
  /** Told of a peer that was too slow. */
  dropped(peer: NodeId, why: string): void
  /** Told how it went with each recipient. */
  ended(peer: NodeId, well: boolean): void
}

/** One blob on its way to the own disk and to its recipients at once. */
export class QuorumWrite {
  readonly #tee: BlobTee
  readonly #main: TeeReader
  readonly #peerOf: ReadonlyMap<TeeReader, NodeId>
  readonly #replication: Replication

  constructor(private readonly parts: QuorumWriteParts) {
    const { local, halves, peers, patience, clock, limits, recipients } = parts
    this.#replication = new Replication(halves, peers, local, patience, clock, limits)
    this.#tee = new BlobTee(clock, limits, (reader, why) => {
      const peer = this.#peerOf.get(reader)
      if (peer !== undefined) parts.dropped(peer, why)
    })
    this.#main = this.#tee.reader()
    this.#peerOf = new Map(recipients.map((peer) => [this.#tee.reader(), peer]))
  }

  /** Resolves once a majority of every half, this node among them, has promised to keep it. Once. */
  async run(source: AsyncIterable<Uint8Array>, expect: Expectation): Promise<HeldBlob> {
    const { self, local, leaseEndMs, patience, halves, recipients } = this.parts
    const storing = local.write(this.#main.channel, expect, { keepUntilMs: leaseEndMs })
    storing.catch(() => this.#main.channel.leave())
    const sending = [...this.#peerOf].map(([reader, peer]) => this.#send(peer, reader, expect, storing))
    const readers = [...this.#peerOf.keys()]
    await this.#tee.run(source, this.#main, readers, (keepUp) => this.#mayGoOn(keepUp))
    const info = await storing.catch((error) => {
      for (const reader of readers) reader.channel.fail(error)
      throw error
    })
    this.#replication.holds(self, leaseEndMs)
    for (const seeThrough of sending) patience.beside(() => seeThrough(info))
    for (const peer of votersBut(halves, self))
      if (!recipients.includes(peer)) patience.beside(() => this.#stepIn(peer, info))
    return await this.#replication.majority(info)
  }

  /** Ends the stream for everybody, since this node shuts down. */
  stop(): void {
    this.#tee.stop([this.#main, ...this.#peerOf.keys()], shuttingDown())
  }

  /** Begins to send a peer its copy. The function returned sees it through, once the own disk has the blob. */
  #send(
    peer: NodeId,
    reader: TeeReader,
    expect: Expectation,
    storing: Promise<BlobInfo>,
  ): (info: BlobInfo) => Promise<void> {
    const { peers, patience, limits } = this.parts
    const sending = peers.store(peer, expect, reader.channel).then(
      async (reply) => {
        this.#replication.answered(peer, await storing, reply)
        this.parts.ended(peer, !this.#replication.hasFailed(peer))
      },
      (error) => {
        this.#replication.failed(peer, error)
        this.parts.ended(peer, false)
      },
    )
    sending.catch(() => {})
    void sending.finally(() => reader.channel.leave()).catch(() => {})
    return async (info) => {
      const patienceMs = limits.silenceMs + info.sizeBytes / limits.slowestBytesPerMs
      await patience.within(patienceMs, peer, sending).catch((error) => this.#replication.failed(peer, error))
      if (this.#replication.hasFailed(peer)) await this.#replication.push(peer, [info])
    }
  }

  /** Sends it to a voter that was not streamed to, unless there is a majority by then. */
  async #stepIn(peer: NodeId, info: BlobInfo): Promise<void> {
    await this.parts.patience.sleep(this.parts.limits.stepInMs)
    await this.#replication.push(peer, [info])
  }

  /** The source waits for as many peers as make a majority, while there are so many. */
  #mayGoOn(keepUp: (reader: TeeReader) => boolean): boolean {
    const { halves, self } = this.parts
    const alive = new Set([self])
    const quick = new Set([self])
    for (const [reader, peer] of this.#peerOf) {
      if (reader.channel.over) continue
      alive.add(peer)
      if (keepUp(reader)) quick.add(peer)
    }
    return isMajority(halves, (voter) => quick.has(voter)) || !isMajority(halves, (voter) => alive.has(voter))
  }
}
