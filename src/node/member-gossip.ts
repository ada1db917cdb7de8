import { assertNever } from '../model/assert.js'
import { bytesToHex } from '../model/codec.js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { Raft } from '../raft/raft.js'
import type { Clock, Timer } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'
import type { MetricsCollector } from '../runtime/metrics.js'
import { ClockWatch } from './clock-watch.js'
import { encodeForward, type Gossip } from './forward-codec.js'
import { howToHeal } from './node-fault.js'
import { type HashVerdict, type OwnHashes, StateHashWatch } from './state-hash-watch.js'

export interface MemberGossipOptions {
  readonly clockSkewMaxMs: number
  readonly clockGossipMs: number
  readonly hashGraceMs: number
}

export interface MemberGossipPorts {
  readonly self: NodeId
  readonly raft: Pick<Raft, 'status' | 'transferLeadership'>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: MetricsCollector
  /** Everybody but this node. */
  peers(): readonly NodeId[]
  send(to: NodeId, message: Uint8Array): void
  machine(): OwnHashes
  schedule(): void
  /** Called every round in which nothing is undecided. */
  onDecided(): void
  /** The state is not that of the others. `wrong`: surely this one; else nobody can tell whose. */
  onDiverged(fault: MarketplaceError, wrong: boolean): void
}

/** How often a node speaks while it has not heard enough clocks. */
const AWAITING_MS = 250

/** What members tell each other now and then, to find out who has gone astray: their clocks, and the hashes of their states. */
export class MemberGossip {
  readonly #clocks: ClockWatch
  readonly #hashes: StateHashWatch
  #timer: Timer | undefined
  /** Who was told this clock since it told its own over the connection that there is. */
  readonly #answered = new Set<NodeId>()
  #begunMs = 0
  #told: HashVerdict['type'] = 'agree'

  constructor(
    private readonly ports: MemberGossipPorts,
    private readonly options: MemberGossipOptions,
  ) {
    this.#clocks = new ClockWatch(options.clockSkewMaxMs, options.clockGossipMs * 4)
    this.#hashes = new StateHashWatch(options.hashGraceMs)
  }

  /** Whether this clock is far from the majority's, so that it may not stamp. */
  get isClockAlone(): boolean {
    const { clock } = this.ports
    return this.#clocks.isAlone(this.ports.peers(), clock.wallMs(), clock.monotonicMs())
  }

  /**
   * Whether nothing may be stamped yet: this process has just begun, and too few have told their clocks to know whether its own
   * is right. Who does not speak at all is waited for no longer than a clock is remembered.
   */
  get awaitsClocks(): boolean {
    const { clock } = this.ports
    const nowMs = clock.monotonicMs()
    if (nowMs - this.#begunMs >= this.options.clockGossipMs * 4) return false
    const peers = this.ports.peers()
    return !this.#clocks.hasHeardAll(peers) && !this.#clocks.isBacked(peers, clock.wallMs(), nowMs)
  }

  /**
   * Whether the states of the members differ and no majority has told who is right; or may, since this process has not run for
   * long enough to have heard. It lasts for hashGraceMs at most: then this node stops.
   */
  get isUndecided(): boolean {
    const { clock } = this.ports
    if (this.ports.peers().length === 0) return false
    const isEarly = clock.monotonicMs() - this.#begunMs < this.options.clockGossipMs * 2
    return isEarly || this.#told === 'suspect'
  }

  start(): void {
    this.#begunMs = this.ports.clock.monotonicMs()
    this.#round()
  }

  /** There is a connection to a peer: it may be waiting for clocks; or be about to begin, and not listen yet. */
  greet(peer: NodeId): void {
    this.#answered.delete(peer)
    this.ports.send(peer, encodeForward(this.#ownClock()))
  }

  stop(): void {
    this.#timer?.cancel()
  }

  heard(from: NodeId, message: Gossip): void {
    const { clock } = this.ports
    switch (message.type) {
      case 'clock':
        this.#clocks.heard(from, message.wallMs, clock.monotonicMs())
        if (this.#answered.has(from)) return
        this.#answered.add(from)
        this.ports.send(from, encodeForward(this.#ownClock()))
        return
      case 'state-hash':
        this.#hashes.heard(from, message)
        return
      default:
        assertNever(message, 'gossip')
    }
  }

  #round(): void {
    const { ports, options } = this
    const pauseMs = this.awaitsClocks ? Math.min(AWAITING_MS, options.clockGossipMs) : options.clockGossipMs
    this.#timer = ports.clock.after(pauseMs, () => this.#round())
    this.#tell(this.#ownClock())
    const report = this.#hashes.report(ports.machine())
    if (report !== undefined) this.#tell({ type: 'state-hash', ...report })
    if (ports.raft.status().role === 'leader' && this.isClockAlone) {
      ports.logger.error({}, 'this clock is far from the majority of clocks: handing leadership over')
      ports.raft.transferLeadership()
      ports.schedule()
    }
    this.#compareHashes()
    if (!this.isUndecided) this.ports.onDecided()
  }

  #ownClock(): Gossip {
    return { type: 'clock', wallMs: Math.max(0, Math.floor(this.ports.clock.wallMs())) }
  }

  #tell(message: Gossip): void {
    const bytes = encodeForward(message)
    for (const peer of this.ports.peers()) this.ports.send(peer, bytes)
  }

  #compareHashes(): void {
    const { self, raft, clock, logger, metrics } = this.ports
    const own = this.ports.machine()
    const voters = raft.status().configuration.voters.map(({ id }) => id)
    const verdict = this.#hashes.verdict(self, voters, own, clock.monotonicMs())
    const differing = verdict.type === 'agree' ? 0 : verdict.peers.length
    metrics.gauge('state_hash_differing', 'Voters whose state has another hash than this one.', differing)
    if (verdict.type === 'agree') {
      if (this.#told !== 'agree') logger.info({}, 'all states have equal hashes again')
    } else if (verdict.type === 'minority' || verdict.type === 'no-majority') {
      this.ports.onDiverged(diverged(self, verdict, own), verdict.type === 'minority')
    } else if (this.#told !== verdict.type) {
      const { peers, index } = verdict
      logger.error({ peers, index }, 'the state of other members has another hash than this one')
    }
    this.#told = verdict.type
  }
}

function diverged(
  self: NodeId,
  verdict: Exclude<HashVerdict, { type: 'agree' }>,
  own: OwnHashes,
): MarketplaceError {
  const { type, peers, index } = verdict
  const hash = bytesToHex(own.hashAt(index) ?? new Uint8Array(0))
  return new MarketplaceError({
    reason: 'STATE_CORRUPT',
    message: `the state of ${self} has the hash ${hash} at index ${index}, that of ${peers.join(', ')} another`,
    help:
      type === 'minority'
        ? `${howToHeal(self)}. Then look at its memory, its disk and its release`
        : 'no majority agrees on a state, so none of these members may serve: compare their releases and disks, and switch off those whose state you do not trust; the others go on without them, and bring them in step when they are back',
    details: { node: self, index: String(index), hash, others: peers.join(',') },
  })
}
