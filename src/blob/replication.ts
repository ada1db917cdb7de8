import { assert, defined } from '../model/assert.js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { Clock } from '../runtime/clock.js'
import type { StoreReply } from './blob-message.js'
import type { BlobPeers } from './blob-peers.js'
import type { BlobInfo } from './blob-store.js'
import type { KeptBlobStore } from './kept-blob-store.js'
import type { Patience, Signal } from './patience.js'
import { isMajority, type VoterHalves } from './voter-halves.js'

/** Who promised to keep something, and for how long. */
export interface Holding {
  /** Voters that have it on their disks. */
  readonly holders: readonly NodeId[]
  /** When the first of their promises ends, in log time. */
  readonly leaseEndMs: number
}

/** A blob, and who promised to keep it. */
export interface HeldBlob extends BlobInfo, Holding {}

export interface ReplicationLimits {
  /** How long, after the own disk has the blob, a majority may take; large blobs get `slowestBytesPerMs` beside. */
  readonly majorityMs: number
  readonly slowestBytesPerMs: number
  /** First pause before a peer that failed is tried again; doubles. */
  readonly retryMinMs: number
  readonly retryMaxMs: number
}

/** Gathers the promises for one blob until they are a majority of every half. */
export class Replication {
  readonly #leaseEnds = new Map<NodeId, number>()
  readonly #failures = new Map<NodeId, string>()
  readonly #change: Signal
  #over = false

  constructor(
    private readonly halves: VoterHalves,
    private readonly peers: BlobPeers,
    private readonly local: KeptBlobStore,
    private readonly patience: Patience,
    private readonly clock: Clock,
    private readonly limits: ReplicationLimits,
  ) {
    this.#change = patience.signal()
  }

  /** This node has promised until leaseEndMs. */
  holds(node: NodeId, leaseEndMs: number): void {
    this.#leaseEnds.set(node, leaseEndMs)
    this.#failures.delete(node)
    this.#change.wake()
  }

  failed(node: NodeId, error: unknown): void {
    this.#failures.set(
      node,
      error instanceof MarketplaceError
        ? error.reason
        : error instanceof Error
          ? error.message
          : String(error),
    )
  }

  hasFailed(node: NodeId): boolean {
    return this.#failures.has(node)
  }

  /** Takes a peer's answer for what it says. */
  answered(peer: NodeId, info: BlobInfo, reply: StoreReply): void {
    if (isAbout(info, reply)) this.holds(peer, reply.leaseEndMs)
    else this.failed(peer, `stored ${reply.digest} instead`)
  }

  /** Sends blobs from the own disk until the peer holds them all, or nobody waits any more. */
  async push(peer: NodeId, blobs: readonly BlobInfo[]): Promise<void> {
    for (let pauseMs = 0; !this.#over && !this.patience.closed; ) {
      try {
        let leaseEndMs = Number.POSITIVE_INFINITY
        for (const info of blobs) {
          const reply = await this.#pushOnce(peer, info)
          if (!isAbout(info, reply)) throw new Error(`stored ${reply.digest} instead`)
          leaseEndMs = Math.min(leaseEndMs, reply.leaseEndMs)
        }
        this.holds(peer, leaseEndMs)
        return
      } catch (error) {
        this.failed(peer, error)
      }
      pauseMs = Math.min(this.limits.retryMaxMs, Math.max(this.limits.retryMinMs, pauseMs * 2))
      if (!this.#over) await this.patience.sleep(pauseMs)
    }
  }

  /** @throws NO_QUORUM where it takes too long, SHUTTING_DOWN */
  async majority(info: BlobInfo): Promise<HeldBlob> {
    const { majorityMs, slowestBytesPerMs } = this.limits
    const endMs = this.clock.monotonicMs() + majorityMs + info.sizeBytes / slowestBytesPerMs
    try {
      while (!isMajority(this.halves, (voter) => this.#leaseEnds.has(voter))) {
        const leftMs = endMs - this.clock.monotonicMs()
        if (leftMs <= 0) throw this.#noQuorum(info)
        await this.#change.wait(leftMs)
        this.patience.check()
      }
    } finally {
      this.#over = true
    }
    const holders = this.#votersThatHold()
    assert(holders.length > 0, 'a majority has members')
    const leaseEndMs = Math.min(...holders.map((holder) => defined(this.#leaseEnds.get(holder), 'lease')))
    return { ...info, holders, leaseEndMs }
  }

  async #pushOnce(peer: NodeId, info: BlobInfo): Promise<StoreReply> {
    // An earlier try may have got through, and only its answer been lost.
    const { found } = await this.peers.info(peer, info.digest, true)
    if (found !== undefined) return { digest: info.digest, ...found }
    const { body } = await this.local.read(info.digest)
    return this.peers.store(peer, info, body)
  }

  #votersThatHold(): readonly NodeId[] {
    const voters = new Set(this.halves.flat())
    return [...this.#leaseEnds.keys()].filter((node) => voters.has(node)).sort()
  }

  #noQuorum(info: BlobInfo): MarketplaceError {
    const voters = new Set(this.halves.flat())
    const holders = this.#votersThatHold()
    const failures = [...this.#failures].map(([node, why]) => `${node}: ${why}`).sort()
    return new MarketplaceError({
      reason: 'NO_QUORUM',
      message: `blob ${info.digest} is on ${holders.length} of ${voters.size} voters (${holders.join(', ')}), which is no majority`,
      help: 'try again once more nodes are reachable; sending the same blob again is safe',
      details: { holders: holders.join(','), failures: failures.join('; ') },
    })
  }
}

function isAbout(info: BlobInfo, reply: StoreReply): boolean {
  return reply.digest === info.digest && reply.sizeBytes === info.sizeBytes
}
