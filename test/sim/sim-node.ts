import { BlobRepair, type ReferencedBlob } from '../../src/blob/blob-repair.js'
import { FileBlobStore } from '../../src/blob/file-blob-store.js'
import { GarbageCollector } from '../../src/blob/garbage-collector.js'
import { QuorumBlobStore } from '../../src/blob/quorum-blob-store.js'
import { votersBut } from '../../src/blob/voter-halves.js'
import { defined } from '../../src/model/assert.js'
import { bytesToHex } from '../../src/model/codec.js'
import { CLUSTER_VERSION, type RequestId } from '../../src/model/command.js'
import type { Digest } from '../../src/model/content-hash.js'
import { type ErrorReason, MarketplaceError } from '../../src/model/error.js'
import type { NodeId } from '../../src/model/node-id.js'
import { FOLDER_ADMISSION_DEFAULTS } from '../../src/node/folder-admission.js'
import { MemberList } from '../../src/node/member-list.js'
import type { MembershipChanger } from '../../src/node/membership-changer.js'
import type { Node } from '../../src/node/node.js'
import { NODE_DEFAULTS, type NodeOptions } from '../../src/node/node-options.js'
import { type KnownCluster, openNode } from '../../src/node/open-node.js'
import { bootstrapConfiguration, type ClusterSeed } from '../../src/raft/bootstrap.js'
import type { Raft } from '../../src/raft/raft.js'
import { BlobFeed } from '../../src/registry/blob-feed.js'
import type { PeerTransport } from '../../src/rpc/peer-transport.js'
import { type Logger, silentLogger } from '../../src/runtime/logger.js'
import { type MetricsCollector, silentMetrics } from '../../src/runtime/metrics.js'
import { FolderIdentity } from '../../src/storage/folder-identity.js'
import { Wal } from '../../src/storage/wal/wal.js'
import { ProcessGate } from './process-gate.js'
import type { SeededRandom } from './seeded-random.js'
import type { SimClock, SimNodeClock } from './sim-clock.js'
import { SimDisk } from './sim-disk.js'
import { SimStateDisk, type StatesCopy } from './sim-key-value-store.js'
import { greetingOf, serveMembership } from './sim-members.js'
import type { SimNetwork } from './sim-network.js'

/** Small enough that compaction, segments and snapshots happen within a minute. */
export const SIM_NODE_OPTIONS: NodeOptions = {
  ...NODE_DEFAULTS,
  compactEntries: 40,
  tailEntries: 20,
  clockGossipMs: 500,
  hashGraceMs: 3_000,
  stateCheckMs: 3_000,
  admission: { ...FOLDER_ADMISSION_DEFAULTS, renewMs: 3_000 },
  proposals: { ...NODE_DEFAULTS.proposals, deadlineMs: 2_000 },
  // Several parts a snapshot, so that cuts come between and inside of them.
  snapshots: { ...NODE_DEFAULTS.snapshots, partBytes: 2_000, resumeMs: 2_000 },
}

/** So often that damage to a blob is found within a run. */
const VERIFY_INTERVAL_MS = 3_000
/** So often that leases end, and garbage goes, within a run. */
const GARBAGE_TIMES = { firstMs: 400, intervalMs: 1_200 }

export interface SimNodeOptions {
  readonly id: NodeId
  readonly seed: ClusterSeed
  /** Of a machine that is no founder: how it learns who the members are. */
  readonly join?: () => Promise<KnownCluster>
  readonly clock: SimClock
  readonly network: SimNetwork
  readonly random: SeededRandom
  readonly skewMs: number
  readonly driftPpm: number
  /** Whether a leader reads under a lease. */
  readonly readLease?: boolean
  /** How long blobs are promised, where they are let go of within a run; else nobody collects them. */
  readonly leaseMs?: number
  /** Told of every blob that was removed as garbage. */
  readonly onCollected?: (by: SimNode, digest: Digest) => void
  /** Longest simulated time of a write or sync. */
  readonly syncMsMax: number
  readonly tailEntries: number
  readonly trace: (line: string) => void
  /** The same, for what happens all the time. */
  readonly traceDetail: (line: string) => void
  /** Told of every line of its log. */
  readonly heard?: (message: string, fields: Readonly<Record<string, unknown>>) => void
}

/** One process life of a node. */
interface Life {
  readonly number: number
  readonly clock: SimNodeClock
  /** Resolves when the process is gone. */
  readonly over: Promise<void>
  readonly end: () => void
  node: Node | undefined
  raft: Raft | undefined
  membership: MembershipChanger | undefined
  blobs: QuorumBlobStore | undefined
  repair: BlobRepair | undefined
  feed: BlobFeed | undefined
}

/** A copy of everything on a machine, made while it was off. */
export interface MachineCopy {
  readonly disk: ReturnType<SimDisk['copy']>
  readonly states: StatesCopy
  /** Those that the folder had then. */
  readonly startMarks: readonly string[]
}

/** How long a node stands still whose state was found wrong. */
const RESTART_MS = { from: 300, below: 1_500 }
/**
 * Of three members one has a wrong state, and one needs a snapshot: the cluster cannot tell whose. Somebody who can switches off
 * the wrong one, for as long as it takes the others to go on without its word.
 */
const UNDECIDED_MS = { from: 15_000, below: 15_000 }

/** Of the lives that begin on a machine whose copies are kept, how many begin with one. */
const COPY_PERMILLE = 400

/** One machine: a disk and a state that outlive its processes, and at most one process at a time. All parts are the real ones. */
export class SimNode {
  readonly id: NodeId
  readonly disk: SimDisk
  readonly states: SimStateDisk
  #life: Life | undefined
  #lives = 0
  /** Whether it has ever taken part: from then on its folder holds promises. */
  admitted = false
  /** The reason with which it must refuse to start for ever, after damage that takes its promises. */
  lost: ErrorReason | undefined
  /** That refusal. */
  refused: MarketplaceError | undefined
  /** The newest cluster version that the build of its next process knows. */
  clusterVersionMax = CLUSTER_VERSION
  /** Where its next process listens. */
  address: string
  /** Whether it has been asked to leave: it may be told that it is no member. */
  leaving = false
  /** It was switched off for good. */
  retired = false
  /** Whether somebody copies it now and then while it is off. */
  keepsCopies = false
  /** The newest one. */
  copy: MachineCopy | undefined
  readonly #copying: SeededRandom
  readonly #gate: ProcessGate
  /** Errors of an opening that no injected fault explains. */
  readonly unexpected: string[] = []

  constructor(private readonly options: SimNodeOptions) {
    this.id = options.id
    this.address = `${options.id}:7500`
    const { random, syncMsMax } = options
    this.#gate = new ProcessGate(options.clock)
    const clock = options.clock.forNode({ pass: (callback) => this.#gate.pass('outside', callback) })
    this.disk = new SimDisk({ clock, random: random.fork('disk'), syncMsMax })
    this.#copying = random.fork('copies')
    this.states = new SimStateDisk({ clock, random: random.fork('states'), writeMsMax: syncMsMax + 2 })
  }

  get node(): Node | undefined {
    return this.#life?.node
  }

  get raft(): Raft | undefined {
    return this.#life?.raft
  }

  get membership(): MembershipChanger | undefined {
    return this.#life?.membership
  }

  get blobs(): QuorumBlobStore | undefined {
    return this.#life?.blobs
  }

  get feed(): BlobFeed | undefined {
    return this.#life?.feed
  }

  get repair(): BlobRepair | undefined {
    return this.#life?.repair
  }

  get clock(): SimNodeClock | undefined {
    return this.#life?.clock
  }

  /** Processes that were started on this machine. */
  get lives(): number {
    return this.#lives
  }

  get isUp(): boolean {
    return this.#life !== undefined
  }

  /** Starts a process on this machine. */
  boot(): void {
    if (this.#life !== undefined || this.refused !== undefined || this.retired) return
    if (this.keepsCopies && this.admitted && this.#copying.chance(COPY_PERMILLE)) this.#makeCopy()
    const { clock, skewMs, driftPpm, trace } = this.options
    let end!: () => void
    const over = new Promise<void>((resolve) => {
      end = resolve
    })
    const life: Life = {
      over,
      end,
      number: ++this.#lives,
      clock: clock.forNode({ skewMs, driftPpm, pass: (callback) => this.#gate.pass('timer', callback) }),
      node: undefined,
      raft: undefined,
      membership: undefined,
      blobs: undefined,
      repair: undefined,
      feed: undefined,
    }
    this.#life = life
    trace(`${this.id} boots, life ${life.number}`)
    this.#open(life).catch((error: unknown) => {
      if (this.#life !== life) return
      trace(`${this.id} did not open: ${error instanceof MarketplaceError ? error.message : String(error)}`)
      if (error instanceof MarketplaceError && this.#mustSay(error.reason)) this.refused = error
      else if (!isDiskFault(error)) this.unexpected.push(`${this.id} did not open: ${describe(error)}`)
      this.crash('kill')
    })
  }

  /**
   * `power`: unsynced writes are lost in any subset, also those of a process that ended before; `kill`: the process ends and
   * the page cache stays.
   */
  crash(how: 'power' | 'kill'): void {
    const life = this.#life
    if (life === undefined && how === 'kill') return
    this.options.trace(`${this.id} crashes (${how})`)
    this.#life = undefined
    life?.end()
    life?.clock.stop()
    this.#gate.open()
    this.options.network.crash(this.id)
    if (how === 'power') {
      this.disk.crash()
      this.states.crash()
    } else {
      this.disk.kill()
      this.states.kill()
    }
  }

  /** SIGSTOP: the process stands still, and its clocks go on. */
  suspend(): void {
    if (this.#life !== undefined) this.#gate.shut()
  }

  /** SIGCONT: it goes on, with all that has come meanwhile. */
  resume(): void {
    if (!this.#gate.isShut) return
    this.options.trace(`${this.id} goes on`)
    this.#gate.open()
  }

  get isSuspended(): boolean {
    return this.#gate.isShut
  }

  /** When the process takes a request that reaches it now. Where it dies before that, somebody else finds its place empty. */
  reached(): Promise<void> {
    return new Promise((resolve) => this.#gate.pass('outside', resolve))
  }

  /** Whether this refusal is what has to come of what was done to the machine, or to the list of members. */
  #mustSay(reason: ErrorReason): boolean {
    return reason === this.lost || (this.leaving && reason === 'MEMBER_REMOVED')
  }

  /** Whether a loss of power now would leave this node knowing that the other has been started since the copy. */
  knowsLaterStart(id: NodeId, { startMarks }: MachineCopy): boolean {
    const peers = textOf(this.disk.durable('peers'))
    const known = [...peers.matchAll(new RegExp(`^(?:peer|heard) ${id} \\S+ (\\S+)$`, 'gm'))]
    return known.some(([, mark]) => mark !== undefined && !startMarks.includes(mark))
  }

  /** Somebody puts an older copy back; between two lives. */
  putBack({ disk, states }: MachineCopy): void {
    this.disk.putBack(disk)
    this.states.putBack(states)
  }

  #makeCopy(): void {
    const startMarks = textOf(this.disk.peek('identity'))
      .split('\n')
      .flatMap((line) => /^mark (\S+)$/.exec(line)?.[1] ?? [])
    this.options.trace(`${this.id} is copied, at mark ${startMarks.at(-1)}`)
    this.copy = { disk: this.disk.copy(), states: this.states.copy(), startMarks }
  }

  /** Ends the process as SIGTERM does, then takes it off. */
  async shutdown(): Promise<void> {
    const life = this.#life
    // A process that stands still is told when it goes on.
    await this.reached()
    if (life?.node === undefined || this.#life !== life) return
    this.options.trace(`${this.id} stops`)
    const { node } = life
    // A crash in the middle ends the stopping too.
    await Promise.race([node.stop(), life.over])
    if (this.#life === life) this.crash('kill')
  }

  async #open(life: Life): Promise<void> {
    const { id, seed, join, network, random, trace, traceDetail, tailEntries } = this.options
    const alive = () => this.#life === life
    const fileSystem = this.disk.fileSystem()
    const nodeRandom = random.fork(`life ${life.number}`)
    const logger = this.#logger()
    const { clusterId, historyId } = bootstrapConfiguration(seed)
    const origin = { clusterId, historyId, nodeId: id }
    const identity = await FolderIdentity.open(fileSystem, origin, nodeRandom)
    const members = new MemberList(id, this.clusterVersionMax)
    const transport = network.endpoint(id, {
      clock: life.clock,
      address: this.address,
      greeting: greetingOf(id, identity, members, (refusal) =>
        this.#gate.pass('outside', () => life.node?.halt(refusal)),
      ),
      pass: (callback) => this.#gate.pass('outside', callback),
    })
    const local = await FileBlobStore.open({ files: fileSystem, sliceBytes: 4096, syncEveryBytes: 64 * 1024 })
    const { node, raft, holder } = await openNode({
      id,
      beginning: join === undefined ? { type: 'found', seed } : { type: 'join', ask: join },
      members,
      openLog: (fresh) =>
        Wal.open({
          fileSystem,
          clock: life.clock,
          random: nodeRandom,
          bootId: this.disk.bootId,
          segmentBytes: 64 * 1024,
          bootstrap: fresh,
        }),
      folders: this.states.folders(),
      identity,
      transport,
      clock: life.clock,
      random: nodeRandom,
      logger,
      metrics: this.#metrics(),
      options: { ...SIM_NODE_OPTIONS, tailEntries, readLease: this.options.readLease === true },
      onFault: (fault) => this.#faulted(life, fault),
      stopped: () => !alive(),
    })
    if (!alive()) return
    if (this.lost !== undefined && !this.leaving)
      this.unexpected.push(`${id} came up, and should have said ${this.lost}`)
    this.admitted = true
    life.node = node
    life.raft = raft
    const { leaseMs } = this.options
    life.blobs = new QuorumBlobStore({
      ...(leaseMs !== undefined && { leaseMs }),
      // Small, as the blobs here are: some go to all voters at once and some only to a majority.
      limits: { fewestFromBytes: 1_500 },
      self: id,
      local,
      transport,
      clock: life.clock,
      random: nodeRandom,
      quorum: { voters: () => node.voterHalves() },
      logTimeMs: () => Math.max(node.logTimeMs(), Math.floor(life.clock.wallMs())),
    })
    life.repair = new BlobRepair({
      store: life.blobs,
      local,
      referenced: (after) => referencedBlobs(node, after),
      clock: life.clock,
      random: nodeRandom,
      limits: { verifyIntervalMs: VERIFY_INTERVAL_MS },
    })
    const feed = new BlobFeed({
      state: node,
      clock: life.clock,
      logger,
      fromIndex: holder.machine.appliedIndex,
      wanted: (digests, index) => {
        if (digests.length > 0)
          traceDetail(`${id} wants ${digests.map((digest) => digest.slice(0, 8)).join(' ')}`)
        life.repair?.wanted(digests, index)
      },
      missed: () => life.repair?.scrubSoon(),
    })
    life.membership = serveMembership(node, identity, members, transport, life.clock, {
      repair: life.repair,
      feed,
    })
    if (leaseMs !== undefined) this.#collectGarbage(life, node, local, transport, leaseMs)
    node.start()
    life.repair.start()
    life.feed = feed
    feed.start()
    trace(`${id} is up, applied ${holder.machine.appliedIndex}`)
  }

  #collectGarbage(
    life: Life,
    node: Node,
    local: FileBlobStore,
    transport: PeerTransport,
    leaseMs: number,
  ): void {
    const { id, random, trace, onCollected } = this.options
    const collect = local.collect.bind(local)
    local.collect = async (digest, logTimeMs) => {
      const gone = await collect(digest, logTimeMs)
      if (!gone || this.#life !== life) return gone
      trace(`${id} removed ${digest.slice(0, 8)} as garbage`)
      onCollected?.(this, digest)
      return gone
    }
    const lifeRandom = random.fork(`garbage ${life.number}`)
    new GarbageCollector({
      self: id,
      local,
      referrer: () => node.view({ consistency: 'stale' }),
      tick: async () => {
        await node.propose({ type: 'tick', requestId: bytesToHex(lifeRandom.bytes(16)) as RequestId })
      },
      wanted: (digest) => life.repair?.wanted([digest]),
      peers: () => votersBut(node.voterHalves(), id),
      transport,
      clock: life.clock,
      random: lifeRandom,
      leaseMs,
      limits: GARBAGE_TIMES,
    }).start()
  }

  /** A state that was found wrong does not mend itself: somebody starts the node again. */
  #faulted(life: Life, fault: MarketplaceError): void {
    const { id, clock, random, trace } = this.options
    trace(`${id} fault: ${fault.reason} ${fault.message}`)
    if (fault.reason === 'MEMBER_REMOVED' && !this.leaving)
      this.unexpected.push(`${id} was told that it is no member: ${fault.message}`)
    if (fault.reason === 'IDENTITY_LOST' && this.#mustSay(fault.reason)) {
      this.refused = fault
      clock.schedule(0, () => {
        if (this.#life === life) this.crash('kill')
      })
    }
    if (fault.reason !== 'STATE_CORRUPT') return
    const restart = random.fork(`restart ${life.number}`)
    const wait = (ms: number, then: () => void) =>
      clock.schedule(ms, () => {
        if (this.#life === life) then()
      })
    wait(RESTART_MS.from + restart.below(RESTART_MS.below), () => {
      this.crash('kill')
      if (!isUndecided(fault) || !this.states.isAltered) return this.boot()
      clock.schedule(UNDECIDED_MS.from + restart.below(UNDECIDED_MS.below), () => {
        if (this.#life === undefined) this.boot()
      })
    })
  }

  /** Members are correct here, whatever their disks and the network do: none may be taken for a liar. */
  #metrics(): MetricsCollector {
    return {
      ...silentMetrics,
      counter: (name, _help, _value, labels) => {
        if (name === 'raft_breaches_total')
          this.unexpected.push(`${this.id} met ${labels?.rule} of ${labels?.peer}`)
      },
    }
  }

  #logger(): Logger {
    const { trace, heard } = this.options
    const line = (fields: Record<string, unknown>, message: string) => {
      heard?.(message, fields)
      trace(`${this.id} ${message}${inWords(fields)}`)
    }
    const logger: Logger = { ...silentLogger, info: line, warn: line, error: line, child: () => logger }
    return logger
  }
}

function inWords(fields: Record<string, unknown>): string {
  const words = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`],
  )
  return words.length === 0 ? '' : `: ${words.join(', ')}`
}

/** All digests that the applied state refers to, from after `after` on. */
async function* referencedBlobs(node: Node, after: Digest | undefined): AsyncIterable<ReferencedBlob> {
  for (let last = after; ; ) {
    await using view = await node.view({ consistency: 'stale' })
    const page = await view.listReferencedBlobs(last, 100)
    yield* page
    if (page.length < 100) return
    last = defined(page.at(-1), 'last digest of a full page').digest
  }
}

function textOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes)
}

function isDiskFault(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at.name === 'FileError') return true
    if (at instanceof MarketplaceError && at.reason === 'STORAGE_FAILED') return true
  }
  return false
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Whether a node stopped because nobody can tell whose state is right. */
function isUndecided(fault: MarketplaceError): boolean {
  return fault.help.startsWith('no majority')
}
