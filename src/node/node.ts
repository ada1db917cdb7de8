import { assert, assertNever, defined } from '../model/assert.js'
import type { Command } from '../model/command.js'
import type { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { ClusterId, HistoryId, NodeId } from '../model/node-id.js'
import { type Breach, isFatal } from '../raft/breach.js'
import type { Effect } from '../raft/effect.js'
import type { MembershipChange } from '../raft/membership-change.js'
import type { Message } from '../raft/message.js'
import type { ChangeResult } from '../raft/raft.js'
import type { Lane } from '../rpc/peer-transport.js'
import { encodeMessage } from '../rpc/raft-codec.js'
import type { Timer } from '../runtime/clock.js'
import type { AppliedEntry } from '../state/state-machine.js'
import type { StateView } from '../state/state-view.js'
import { Applier } from './applier.js'
import { BreachReport, faultOf } from './breach-report.js'
import { CheckpointKeeper } from './checkpoint-keeper.js'
import { handOver } from './hand-over.js'
import { Inbox } from './inbox.js'
import { LandingWatch } from './landing-watch.js'
import { LogCompactor } from './log-compactor.js'
import { MemberConnections } from './member-connections.js'
import { MemberGossip } from './member-gossip.js'
import { removed } from './member-list.js'
import { isDamage, nodeFault, stopping } from './node-fault.js'
import type { NodeParts } from './node-parts.js'
import type { NodeStatus } from './node-status.js'
import { ProposalQueue } from './proposal-queue.js'
import { ReadBarrier } from './read-barrier.js'
import type { Applied, ReplicatedState, ViewOptions } from './replicated-state.js'
import { SnapshotTransfer } from './snapshot-transfer.js'
import { StateCheck } from './state-check.js'
import { StateConfirmation } from './state-confirmation.js'
import { StateInstaller } from './state-installer.js'

/**
 * Runs the core: gathers inputs, drains effects, carries them out.
 *
 * Inputs of one turn of the event loop are handed to the core together and drained once, so that what arrives together is
 * persisted and sent together. The order that safety rests on, "persist, then send", is kept in one place, `#persist`.
 */
export class Node implements ReplicatedState {
  readonly #parts: NodeParts
  readonly #proposals: ProposalQueue
  readonly #reads: ReadBarrier
  readonly #applier: Applier
  readonly #landing: LandingWatch
  readonly #breaches: BreachReport
  readonly #gossip: MemberGossip
  readonly #confirmation: StateConfirmation
  readonly #transfer: SnapshotTransfer
  readonly #installer: StateInstaller
  readonly #connections: MemberConnections
  readonly #inbox: Inbox
  /** States frozen at checkpoints of the log. */
  readonly checkpoints: CheckpointKeeper
  readonly compactor: LogCompactor
  readonly stateCheck: StateCheck
  #tickTimer: Timer | undefined
  #scheduled = false
  #stopped = false
  #fault: MarketplaceError | undefined

  constructor(parts: NodeParts) {
    this.#parts = parts
    const { clock, options, raft, transport } = parts
    const schedule = () => this.#schedule()
    parts.members.version.follow(() => parts.holder.machine.clusterVersion)
    this.#proposals = new ProposalQueue(
      {
        self: parts.id,
        ticketsAbove: Math.max(0, Math.floor(clock.wallMs())) * 1_000,
        raft,
        clock,
        send: (to, message) => transport.send(to, 'forward', message),
        schedule,
        mayStamp: () => !this.#gossip.isClockAlone,
        awaitsClocks: () => this.#gossip.awaitsClocks,
        version: parts.members.version,
      },
      options.proposals,
    )
    this.#reads = new ReadBarrier({ raft, clock, schedule }, options.reads)
    this.#landing = new LandingWatch(clock)
    this.#breaches = new BreachReport(parts)
    this.#gossip = new MemberGossip(
      {
        self: parts.id,
        raft,
        clock,
        logger: parts.logger,
        metrics: parts.metrics,
        peers: () => parts.members.others.map((member) => member.id),
        send: (to, message) => transport.send(to, 'forward', message),
        machine: () => parts.holder.machine,
        schedule,
        onDecided: () => this.compactor.consider(),
        onDiverged: (fault, wrong) =>
          wrong ? this.distrustState(fault) : this.#fail('the states of the members differ', fault),
      },
      options,
    )
    this.checkpoints = new CheckpointKeeper(clock, () => parts.holder.snapshot())
    parts.holder.onSwap(() => this.checkpoints.giveUp())
    this.#applier = new Applier(
      {
        machine: () => parts.holder.machine,
        onApplied: (entries) => this.#onApplied(entries),
        onLanded: (index) => this.#onLanded(index),
        onCheckpoint: (index) => this.checkpoints.freeze(index),
        onFault: (error) => this.#stateFailed('the state machine stopped', error),
      },
      options.apply,
    )
    parts.holder.onDamage((error) => {
      if (isDamage(error)) this.#stateFailed('the state is damaged', error)
    })
    const uncut = (error: unknown) => this.#fail('the log could not be compacted', error)
    this.compactor = new LogCompactor(parts, uncut, () => this.#gossip.isUndecided)
    this.#installer = new StateInstaller({
      raft,
      log: parts.log,
      holder: parts.holder,
      applier: this.#applier,
      compactor: this.compactor,
      logger: parts.logger,
      halted: () => this.#fault ?? (this.#stopped ? stopping() : undefined),
      onInstalled: (index) => this.#landing.advance(index),
      onFault: (error) => this.#fail('a received state could not be put in force', error),
      schedule,
    })
    this.stateCheck = new StateCheck(parts, options.stateCheckMs, (error) => {
      if (isDamage(error)) this.#stateFailed('the state is damaged', error)
      else parts.logger.warn({ error: String(error) }, 'the files of the state could not be checked')
    })
    this.#connections = new MemberConnections(parts)
    this.#inbox = new Inbox(parts.id, raft, this.#proposals, this.#gossip, this.#breaches)
    this.#confirmation = new StateConfirmation(parts)
    this.#transfer = new SnapshotTransfer(
      {
        transport,
        folders: parts.folders,
        clock,
        logger: parts.logger,
        snapshot: () =>
          this.#fault?.reason === 'STATE_CORRUPT' ? Promise.reject(this.#fault) : parts.holder.snapshot(),
        confirm: (isWanted) => this.#confirmation.confirm(isWanted),
        onReceived: (from, term, mark) => this.#installer.received(from, term, mark),
      },
      options.snapshots,
    )
  }

  get nodeId(): NodeId {
    return this.#parts.id
  }

  get clusterId(): ClusterId {
    return this.#origin.clusterId
  }

  get historyId(): HistoryId {
    return this.#origin.historyId
  }

  get #origin(): { readonly clusterId: ClusterId; readonly historyId: HistoryId } {
    const { configuration, configurationIndex } = this.#parts.raft.status()
    return configurationIndex === 0 ? defined(this.#parts.origin, 'cluster that is joined') : configuration
  }

  /** Begins to take part. */
  start(): void {
    const { transport, holder } = this.#parts
    this.#landing.advance(holder.machine.appliedIndex)
    this.#followMembers()
    this.#confirmation.serve()
    this.#transfer.serve()
    transport.onMessage((from, lane, message) => this.#onMessage(from, lane, message))
    transport.onConnection((peer, connected) => this.#onConnection(peer, connected))
    this.#tickLater()
    this.#gossip.start()
    this.stateCheck.start()
    this.#schedule()
  }

  propose(command: Command, options: { readonly deadlineMs?: number | undefined } = {}): Promise<Applied> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault)
    return this.#proposals.submit(command, options.deadlineMs)
  }

  async view(options: ViewOptions = {}): Promise<StateView> {
    if (this.#fault?.reason === 'STATE_CORRUPT') throw this.#fault
    const { clock, holder } = this.#parts
    const deadline = clock.monotonicMs() + (options.deadlineMs ?? LIMITS.indexWaitMs)
    const left = () => Math.max(0, deadline - clock.monotonicMs())
    let wanted = options.minIndex ?? 0
    if (options.consistency !== 'stale') {
      if (this.#fault !== undefined) throw this.#fault
      wanted = Math.max(wanted, await this.#reads.index(left()))
    }
    if (wanted > this.#landing.landed) await this.#landing.reach(wanted, left())
    const view = await holder.view()
    assert(view.appliedIndex >= wanted, () => `a view of ${view.appliedIndex} where ${wanted} has landed`)
    return view
  }

  /** Asks the core for a change; it is done once the configuration in force is committed, not joint, and holds it. */
  changeMembership(changes: readonly MembershipChange[]): ChangeResult {
    const result = this.#parts.raft.changeMembership(changes)
    this.#schedule()
    return result
  }

  /** Begins to hand over, to the voter named or to the most caught-up one; see `status().raft.transferring`. */
  transferLeadership(to: NodeId | undefined): boolean {
    const { ok } = this.#parts.raft.transferLeadership(to)
    this.#schedule()
    return ok
  }

  voterHalves(): readonly (readonly NodeId[])[] {
    const { voters, outgoing } = this.#parts.raft.status().configuration
    return [voters, outgoing].filter((half) => half.length > 0).map((half) => half.map((member) => member.id))
  }

  /** Whether this machine's clock is far from the majority's. */
  get isClockAlone(): boolean {
    return this.#gossip.isClockAlone
  }

  logTimeMs(): number {
    return this.#parts.holder.machine.logTimeMs
  }

  onLanded(listener: (index: number) => void): () => void {
    return this.#landing.listen(listener)
  }

  /** State hash at an index, where it is still remembered. */
  hashAt(index: number): Uint8Array | undefined {
    return this.#parts.holder.machine.hashAt(index)
  }

  status(): NodeStatus {
    const raft = this.#parts.raft.status()
    return {
      id: this.#parts.id,
      // Whatever it was when it stopped: it leads nobody.
      role: this.#fault === undefined ? raft.role : 'follower',
      term: raft.term,
      leader: raft.leader,
      commitIndex: raft.commit,
      appliedIndex: this.#landing.landed,
      raft,
      fault: this.#fault,
      hasQuorum: this.#fault === undefined && !this.#stopped && raft.leader !== undefined,
    }
  }

  /** Its state is surely wrong: it serves nothing any more, and the next start fetches another. */
  distrustState(fault: MarketplaceError): void {
    this.#stateFailed('this state is not that of the majority', fault)
  }

  /** The others do not take this node for the one that they know: it takes no part any more. */
  halt(refusal: MarketplaceError): void {
    this.#fail('the cluster refuses this node', refusal)
  }

  /** Hands leadership over where it can, then ends every wait and lets the last group land. The parts are the caller's to close. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    if (this.#fault === undefined && this.#parts.members.others.length > 0) {
      const isOver = () => this.#fault !== undefined
      await handOver(this.#parts, () => this.#schedule(), isOver)
    }
    this.#stopped = true
    this.#tickTimer?.cancel()
    this.#gossip.stop()
    this.#connections.stop()
    this.#proposals.stop()
    this.#reads.stop()
    this.#installer.discard()
    await this.#transfer.stop()
    await this.#applier.pause()
    await this.compactor.hold()
    await this.stateCheck.stop()
    this.checkpoints.giveUp()
    this.#landing.stop(stopping())
  }

  // — inputs —

  #onMessage(from: NodeId, lane: Lane, bytes: Uint8Array): void {
    if (!this.#halted && this.#inbox.receive(from, lane, bytes)) this.#schedule()
  }

  #onConnection(peer: NodeId, connected: boolean): void {
    if (this.#halted) return
    this.#connections.onConnection(peer, connected)
    if (connected) {
      this.#proposals.onPeerFound(peer)
      this.#gossip.greet(peer)
    } else {
      this.#parts.raft.peerUnreachable(peer)
      this.#proposals.onPeerLost(peer)
    }
    this.#schedule()
  }

  /**
   * After a stall (a stopped process, a long collection) the timer fires before the sockets are read. So a tick waits for
   * one more turn of the event loop, and a stall counts as one tick: a node must not campaign over messages it already has.
   */
  #tickLater(): void {
    const { clock, options, raft } = this.#parts
    this.#tickTimer = clock.after(options.tickMs, () => {
      this.#tickTimer = clock.after(0, () => {
        if (this.#halted) return
        raft.tick()
        this.#run()
        this.#tickLater()
      })
    })
  }

  // — effects —

  get #halted(): boolean {
    return this.#stopped || this.#fault !== undefined
  }

  #schedule(): void {
    if (this.#scheduled || this.#halted) return
    this.#scheduled = true
    this.#parts.clock.after(0, () => {
      this.#scheduled = false
      this.#run()
    })
  }

  #run(): void {
    if (this.#halted) return
    this.#proposals.flush()
    this.#reads.flush()
    for (;;) {
      const effects = this.#parts.raft.drain()
      if (effects.length === 0) return
      for (const effect of effects) this.#carryOut(effect)
      if (this.#halted) return
    }
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'persist':
        return this.#persist(effect)
      case 'send':
        return this.#send(effect.messages)
      case 'apply':
        return this.#applier.enqueue(effect.entries)
      case 'read-ready':
        return this.#reads.onReady(effect.context, effect.index)
      case 'read-failed':
        return this.#reads.onFailed(effect.context)
      case 'role':
        return this.#onRole(effect)
      case 'members':
        return this.#followMembers()
      case 'truncated':
        // No verdict on who waits for such an entry: a copy elsewhere may still be committed. Waiters left with the leadership.
        this.#parts.logger.debug({ from: effect.fromIndex }, 'entries of an earlier leader were replaced')
        return
      case 'send-snapshot':
        return this.#sendSnapshot(effect.to, effect.term)
      case 'install-snapshot':
        void this.#installer.install(effect.mark)
        return
      case 'discard-snapshot':
        this.#installer.discard()
        return
      case 'breach':
        return this.#onBreach(effect.breach)
      default:
        assertNever(effect, 'effect')
    }
  }

  /** Persist, then send: what promises something of this disk leaves only when the disk has it. */
  #persist(effect: Extract<Effect, { type: 'persist' }>): void {
    this.#parts.log.append(effect.hardState, effect.entries).then(
      () => {
        if (this.#halted) return
        this.#send(effect.release)
        this.#parts.raft.persisted(effect.sequence)
        this.#schedule()
      },
      (error: unknown) => this.#fail('the log could not be written', error),
    )
  }

  #send(messages: readonly Message[]): void {
    for (const message of messages) this.#parts.transport.send(message.to, 'raft', encodeMessage(message))
  }

  #onRole(effect: Extract<Effect, { type: 'role' }>): void {
    this.#proposals.onRole(effect.role === 'leader', effect.leader)
    if (effect.role !== 'leader') this.#transfer.giveUp()
    this.#parts.logger.info({ role: effect.role, term: effect.term, leader: effect.leader }, 'role')
  }

  #followMembers(): void {
    const { id, members, raft } = this.#parts
    this.#connections.follow()
    if (members.leftOut)
      this.#fail('this node is no member any more', removed(id, id, raft.status().configurationIndex))
  }

  #onBreach(breach: Breach): void {
    this.#breaches.dropped(breach.from, breach.rule, breach.what)
    if (isFatal(breach)) this.#fail('the cluster contradicts itself', faultOf(this.#parts.id, breach))
  }

  #onApplied(entries: readonly AppliedEntry[]): void {
    for (const entry of entries) this.#proposals.onApplied(entry)
  }

  #onLanded(index: number): void {
    if (this.#stopped) return
    this.#landing.advance(index)
    if (this.#fault !== undefined) return
    this.#parts.raft.applied(index)
    this.compactor.consider()
    this.#schedule()
  }

  // — snapshots —

  #sendSnapshot(to: NodeId, term: number): void {
    const { raft } = this.#parts
    void this.#transfer.send(to, term, (ok, index) => {
      if (this.#halted || raft.status().term !== term) return
      raft.snapshotFinished(to, ok, index)
      this.#schedule()
    })
  }

  // — ending —

  /** A damaged state is served no more, and a restart must not take it up again: it fetches another. */
  #stateFailed(what: string, cause: unknown): void {
    if (this.#fault !== undefined || this.#stopped) return
    if (isDamage(cause)) {
      this.#parts.folders.condemnCurrent().catch((error: unknown) => {
        this.#parts.logger.error({ error: String(error) }, 'the damaged state could not be marked')
      })
    }
    this.#fail(what, cause)
  }

  #fail(what: string, cause: unknown): void {
    if (this.#fault !== undefined || this.#stopped) return
    this.#fault = nodeFault(what, cause)
    this.#parts.logger.error({ reason: this.#fault.reason, error: this.#fault.message }, what)
    this.#tickTimer?.cancel()
    this.#gossip.stop()
    this.#proposals.stop()
    this.#reads.stop()
    this.#installer.discard()
    void this.compactor.hold()
    this.#parts.onFault?.(this.#fault)
    if (this.#fault.reason === 'MEMBER_REMOVED') {
      const { tickMs, electionTicks } = this.#parts.options
      this.#connections.partWithAll(tickMs * electionTicks)
    }
  }
}
