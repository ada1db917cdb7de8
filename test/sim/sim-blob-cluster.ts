import { BlobRepair, type ReferencedBlob, type RepairLimits } from '../../src/blob/blob-repair.js'
import { FileBlobStore } from '../../src/blob/file-blob-store.js'
import { GarbageCollector, type GarbageLimits } from '../../src/blob/garbage-collector.js'
import { QuorumBlobStore, type QuorumLimits } from '../../src/blob/quorum-blob-store.js'
import { type VoterHalves, votersBut } from '../../src/blob/voter-halves.js'
import { defined } from '../../src/model/assert.js'
import type { Digest } from '../../src/model/content-hash.js'
import { type NodeId, toNodeId } from '../../src/model/node-id.js'
import type { PeerTransport } from '../../src/rpc/peer-transport.js'
import { runFor, runUntil } from './run-until.js'
import { SeededRandom } from './seeded-random.js'
import { SimClock, type SimNodeClock } from './sim-clock.js'
import { SimDisk } from './sim-disk.js'
import { SimNetwork } from './sim-network.js'

/** One life of a node that only keeps blobs. */
export interface BlobNode {
  readonly id: NodeId
  readonly clock: SimNodeClock
  readonly transport: PeerTransport
  readonly local: FileBlobStore
  readonly store: QuorumBlobStore
  readonly repair: BlobRepair
  readonly garbage: GarbageCollector
}

/** Nodes that keep blobs on simulated disks, over a simulated network: the blob stores without the rest of a node. */
export class SimBlobCluster {
  readonly clock = new SimClock()
  readonly random: SeededRandom
  readonly network: SimNetwork
  readonly ids: readonly NodeId[]
  readonly disks = new Map<NodeId, SimDisk>()
  readonly nodes = new Map<NodeId, BlobNode>()
  /** Of the configuration in force, as every node sees it. */
  halves: VoterHalves
  /** What the state refers to, as every node sees it. */
  readonly referenced = new Set<Digest>()
  /** Sizes that the state knows. */
  readonly sizes = new Map<Digest, number>()
  logTimeMs = 1_000_000
  /** Entries proposed to move log time on. */
  ticks = 0

  constructor(
    size: number,
    seed = 1,
    private readonly limits: {
      readonly quorum?: Partial<QuorumLimits>
      readonly repair?: Partial<RepairLimits>
      readonly garbage?: Partial<GarbageLimits>
    } = {},
  ) {
    this.random = new SeededRandom(seed)
    this.network = new SimNetwork({ clock: this.clock, random: this.random.fork('network') })
    this.ids = Array.from({ length: size }, (_, i) => toNodeId(`node-${i + 1}`))
    this.halves = [this.ids]
    for (const id of this.ids)
      this.disks.set(id, new SimDisk({ clock: this.clock.forNode(), random: this.random.fork(`disk ${id}`) }))
  }

  static async start(...options: ConstructorParameters<typeof SimBlobCluster>): Promise<SimBlobCluster> {
    const cluster = new SimBlobCluster(...options)
    for (const id of cluster.ids) await cluster.boot(id)
    await cluster.run(50)
    return cluster
  }

  id(number: number): NodeId {
    return defined(this.ids[number - 1], `node ${number}`)
  }

  node(number: number): BlobNode {
    return defined(this.nodes.get(this.id(number)), `node ${number}`)
  }

  disk(number: number): SimDisk {
    return defined(this.disks.get(this.id(number)), `disk ${number}`)
  }

  settle<T>(promise: Promise<T>): Promise<T> {
    return runUntil(this.clock, promise)
  }

  run(durationMs: number): Promise<void> {
    return runFor(this.clock, durationMs)
  }

  async boot(id: NodeId): Promise<void> {
    const clock = this.clock.forNode()
    const files = defined(this.disks.get(id), id).fileSystem()
    const local = await this.settle(
      FileBlobStore.open({ files, sliceBytes: 16 * 1024, readBytes: 16 * 1024 }),
    )
    const transport = this.network.endpoint(id, { clock })
    transport.setPeers(this.ids.map((peer) => ({ id: peer, address: peer })))
    const { random } = this
    const store = new QuorumBlobStore({
      self: id,
      local,
      transport,
      clock,
      random: random.fork(`store ${id}`),
      quorum: { voters: () => this.halves },
      logTimeMs: () => this.logTimeMs,
      limits: { windowBytes: 64 * 1024, stragglerBytesMax: 256 * 1024, ...this.limits.quorum },
    })
    const repair = new BlobRepair({
      store,
      local,
      referenced: (after) => this.#referencedAfter(after),
      clock,
      random: random.fork(`repair ${id}`),
      limits: { verifyIntervalMs: 0, ...this.limits.repair },
    })
    transport.onConnection((_peer, connected) => {
      if (connected) repair.peersChanged()
    })
    const garbage = new GarbageCollector({
      self: id,
      local,
      // Frozen, as a view of a state is.
      referrer: async () => {
        const referenced = new Set(this.referenced)
        return {
          logTimeMs: this.logTimeMs,
          isReferenced: (digest) => referenced.has(digest),
          async [Symbol.asyncDispose]() {},
        }
      },
      tick: async () => {
        this.ticks++
        this.logTimeMs = Math.max(this.logTimeMs, Math.floor(clock.wallMs()))
      },
      wanted: (digest) => repair.wanted([digest]),
      peers: () => votersBut(this.halves, id),
      transport,
      clock,
      random: random.fork(`garbage ${id}`),
      ...(this.limits.garbage === undefined ? {} : { limits: this.limits.garbage }),
    })
    this.nodes.set(id, { id, clock, transport, local, store, repair, garbage })
  }

  /** The machine loses power. */
  crash(id: NodeId): void {
    this.nodes.get(id)?.clock.stop()
    this.nodes.delete(id)
    this.network.crash(id)
    this.disks.get(id)?.crash()
  }

  /** Ends a node as a shutdown does. */
  async close(number: number): Promise<void> {
    const { id, garbage, repair, store, transport, local } = this.node(number)
    for (const part of [garbage, repair, store, transport, local])
      await this.settle(Promise.resolve(part[Symbol.asyncDispose]()))
    this.nodes.delete(id)
  }

  async *#referencedAfter(after: Digest | undefined): AsyncGenerator<ReferencedBlob> {
    for (const digest of [...this.referenced].sort())
      if (after === undefined || digest > after) yield { digest, sizeBytes: this.sizes.get(digest) }
  }
}
