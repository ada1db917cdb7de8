import { assert, assertNever } from '../model/assert.js'
import { bytesEqual, DecodeError } from '../model/codec.js'
import {
  CLUSTER_VERSION,
  type Command,
  clusterVersionOf,
  decodeCommand,
  encodeCommand,
  type RequestId,
} from '../model/command.js'
import type { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { Raft } from '../raft/raft.js'
import type { Clock, Timer } from '../runtime/clock.js'
import { isForGood, isRemembered, requestFingerprint } from '../state/request-table.js'
import type { AppliedEntry } from '../state/state-machine.js'
import { type ClusterVersion, membersOutdated, raiseTo } from './cluster-version.js'
import { encodeForward, type ForwardMessage, type Gossip, type RefusalReason } from './forward-codec.js'
import { isPassing, notProposed, outcomeUnknown, overloaded, refusal } from './proposal-refusal.js'
import type { Applied } from './replicated-state.js'
import { isAt, PlacesInLog, type Waiter } from './waiting-write.js'

export interface ProposalQueueOptions {
  /** Client writes waiting on this node at once; beyond it OVERLOADED. */
  readonly waitersMax: number
  readonly waitingBytesMax: number
  /** Default wait for a write's outcome. */
  readonly deadlineMs: number
  /** How long a write that was sent waits to learn what became of it once its leader is another. */
  readonly settleMs: number
  /** Pause before a leader that declined, since it hands over or stops, is asked again; another one is asked at once. */
  readonly declinedMs: number
}

export const PROPOSAL_QUEUE_DEFAULTS: ProposalQueueOptions = {
  waitersMax: 20_000,
  waitingBytesMax: 64 * 1024 * 1024,
  deadlineMs: 10_000,
  settleMs: 500,
  declinedMs: 20,
}

/** What the queue needs of its node. */
export interface ProposalPorts {
  readonly self: NodeId
  /** Tickets are above it, and above those of earlier processes of this node: answers to these may still come. */
  readonly ticketsAbove: number
  readonly raft: Pick<Raft, 'propose'>
  readonly clock: Clock
  /** Best effort, on the forward lane. */
  send(to: NodeId, message: Uint8Array): void
  /** Asks the node to call {@link ProposalQueue.flush} before it drains the core. */
  schedule(): void
  /** Whether this leader's clock may stamp entries. */
  mayStamp(): boolean
  /** Whether it is not known yet, so that what is to be stamped waits. */
  awaitsClocks(): boolean
  /** Which commands the log may hold. */
  readonly version: Pick<ClusterVersion, 'inForce' | 'agreed' | 'behind'>
}

interface ForeignProposal {
  readonly from: NodeId
  readonly ticket: number
  readonly payload: Uint8Array
}

/**
 * Client writes on their way into the log. Every one ends in *applied*, NOT_PROPOSED or OUTCOME_UNKNOWN.
 * Waiters are found by request id at apply, so that an outcome is learnt however the entry came into the log.
 */
export class ProposalQueue {
  readonly #waiters = new Map<RequestId, Waiter>()
  readonly #byTicket = new Map<number, Waiter>()
  readonly #unsent = new Set<Waiter>()
  #foreign: ForeignProposal[] = []
  #foreignBytes = 0
  #waitingBytes = 0
  #ticket: number
  #leader: NodeId | undefined
  #leading = false
  /** What this leader has raised the cluster version to: whatever it appends now comes after that. */
  #raisedTo = 0
  /** Peers to which the connection was lost. */
  readonly #away = new Set<NodeId>()
  /** Runs while the leader, having declined, is not asked again. */
  #declined: Timer | undefined
  readonly #places = new PlacesInLog()
  #stopped = false

  constructor(
    private readonly ports: ProposalPorts,
    private readonly options: ProposalQueueOptions,
  ) {
    this.#ticket = ports.ticketsAbove
  }

  get waiting(): number {
    return this.#waiters.size
  }

  submit(command: Command, deadlineMs = this.options.deadlineMs): Promise<Applied> {
    const already = this.#waiters.get(command.requestId)
    if (already !== undefined) {
      // A retry that meets its first try: let that one end, then let the state machine judge whether it is the same write.
      const again = () => this.submit(command, deadlineMs)
      return already.promise.then(again, again)
    }
    const payload = encodeCommand(command)
    if (this.#stopped) return Promise.reject(notProposed('this node is stopping'))
    if (
      this.#waiters.size >= this.options.waitersMax ||
      this.#waitingBytes + payload.length > this.options.waitingBytesMax
    ) {
      return Promise.reject(overloaded(this.#waiters.size))
    }
    const waiter = this.#wait(command, payload, deadlineMs)
    this.ports.schedule()
    return waiter.promise
  }

  /** Hands on whatever can be handed on. The node calls it before every drain of the core. */
  flush(): void {
    if (this.#leading) this.#appendBatch()
    else if (this.#leader !== undefined && !this.#away.has(this.#leader) && this.#declined === undefined)
      this.#forward(this.#leader)
    if (!this.#leading) this.#refuseForeign('not-leader')
  }

  /**
   * Role, term or leader changed. What the old leader took is in the new one's log as a rule, always where leadership was handed
   * over; and where it is not, another entry in its place tells. So there is a little time to learn it, before its outcome is unknown.
   */
  onRole(leading: boolean, leader: NodeId | undefined): void {
    const changed = leading !== this.#leading || leader !== this.#leader
    this.#leading = leading
    this.#leader = leader
    if (!changed) return
    this.#raisedTo = 0
    this.#declined?.cancel()
    this.#declined = undefined
    for (const waiter of this.#waiters.values()) {
      const { stage } = waiter
      if (stage.at === 'unsent' || waiter.unsettled) continue
      if (stage.at === 'appended' ? !leading : stage.to !== leader) this.#unsettle(waiter)
    }
    this.ports.schedule()
  }

  /** There is a connection to a peer. */
  onPeerFound(peer: NodeId): void {
    this.#away.delete(peer)
  }

  /**
   * The connection to a peer went away: what was forwarded over it may or may not have arrived. What comes from now on waits
   * for it to come back, or for another leader.
   */
  onPeerLost(peer: NodeId): void {
    this.#away.add(peer)
    for (const waiter of [...this.#waiters.values()]) {
      if (waiter.stage.at === 'forwarded' && waiter.stage.to === peer) {
        this.#fail(
          waiter,
          outcomeUnknown(waiter.requestId, `the connection to ${peer} broke while it was under way`),
        )
      }
    }
  }

  onApplied(entry: AppliedEntry): void {
    this.#answer(entry)
    for (const waiter of this.#places.at(entry.index))
      if (!isAt(waiter.stage, entry))
        this.#fail(waiter, notProposed('its place in the log went to an entry of the next leader'))
  }

  #answer(entry: AppliedEntry): void {
    const { command, result, index } = entry
    if (command === undefined || result === undefined) return
    const waiter = this.#waiters.get(command.requestId)
    // Another write under the same id: its answer is not ours, our own entry will be answered REQUEST_ID_REUSED.
    if (waiter === undefined || !sameRequest(waiter.command, command)) return
    if (!isForGood(result) && !isAt(waiter.stage, entry)) {
      // An earlier try, which may have named other copies: ours is judged anew.
      waiter.passing = entry
      return
    }
    this.#forget(waiter)
    waiter.resolve({ result, index })
  }

  onForward(from: NodeId, message: Exclude<ForwardMessage, Gossip>): void {
    switch (message.type) {
      case 'propose':
        this.#takeForeign({ from, ticket: message.ticket, payload: message.payload })
        break
      case 'accepted': {
        const waiter = this.#byTicket.get(message.ticket)
        if (waiter?.stage.at === 'forwarded' && waiter.stage.to === from) {
          this.#places.put(waiter, { at: 'accepted', to: from, term: message.term, index: message.index })
          if (waiter.passing !== undefined) this.#answer(waiter.passing)
        }
        break
      }
      case 'refused': {
        const waiter = this.#byTicket.get(message.ticket)
        if (waiter?.stage.at !== 'forwarded' || waiter.stage.to !== from) break
        if (isPassing(message.reason)) this.#decline(waiter)
        else this.#fail(waiter, refusal(message.reason, from, message.members))
        break
      }
      default:
        assertNever(message, 'forward message')
    }
  }

  /** Ends every wait: nothing will be applied here any more. */
  stop(): void {
    this.#stopped = true
    this.#declined?.cancel()
    for (const waiter of [...this.#waiters.values()]) {
      this.#fail(
        waiter,
        waiter.stage.at === 'unsent'
          ? notProposed('this node is stopping')
          : outcomeUnknown(waiter.requestId, 'this node is stopping'),
      )
    }
    this.#refuseForeign('stopping')
  }

  #wait(command: Command, payload: Uint8Array, deadlineMs: number): Waiter {
    const { requestId } = command
    let resolve!: Waiter['resolve']
    let reject!: Waiter['reject']
    const promise = new Promise<Applied>((yes, no) => {
      resolve = yes
      reject = no
    })
    const waiter: Waiter = {
      requestId,
      command,
      payload,
      ticket: ++this.#ticket,
      promise,
      resolve,
      reject,
      endMs: this.ports.clock.monotonicMs() + deadlineMs,
      timer: undefined,
      unsettled: false,
      stage: { at: 'unsent' },
      passing: undefined,
    }
    this.#expireAfter(waiter, deadlineMs)
    this.#waiters.set(requestId, waiter)
    this.#byTicket.set(waiter.ticket, waiter)
    this.#unsent.add(waiter)
    this.#waitingBytes += payload.length
    return waiter
  }

  #appendBatch(): void {
    const raise = this.#versionToRaise()
    const waiting = this.#unsent.size + this.#foreign.length
    if ((waiting === 0 && raise === undefined) || this.ports.awaitsClocks()) return
    this.#refuseNewer(raise ?? this.#version)
    const local = [...this.#unsent]
    const foreign = this.#foreign
    this.#foreign = []
    this.#foreignBytes = 0
    const stampMs = this.ports.clock.wallMs()
    const first = raise === undefined ? [] : [raiseTo(raise)]
    const payloads = [...first, ...local.map((w) => w.payload), ...foreign.map((f) => f.payload)]
    if (payloads.length === 0) return
    const outcome = this.ports.mayStamp()
      ? this.ports.raft.propose(payloads, stampMs)
      : ({ ok: false, reason: 'clock-skew' } as const)
    if (!outcome.ok) {
      // Ours wait for whoever leads next, or for this node to lead on.
      if (!isPassing(outcome.reason))
        for (const waiter of local) this.#fail(waiter, refusal(outcome.reason, this.ports.self))
      for (const proposal of foreign) this.#refuse(proposal, outcome.reason)
      return
    }
    this.#raisedTo = raise ?? this.#raisedTo
    const { term } = outcome
    const firstIndex = outcome.firstIndex + first.length
    local.forEach((waiter, i) => {
      this.#unsent.delete(waiter)
      this.#places.put(waiter, { at: 'appended', term, index: firstIndex + i })
    })
    foreign.forEach((proposal, i) => {
      const index = firstIndex + local.length + i
      this.ports.send(
        proposal.from,
        encodeForward({ type: 'accepted', ticket: proposal.ticket, term, index }),
      )
    })
  }

  /** Of what this leader appends next. */
  get #version(): number {
    return Math.max(this.ports.version.inForce, this.#raisedTo)
  }

  #versionToRaise(): number | undefined {
    if (this.#version >= CLUSTER_VERSION) return undefined
    const { agreed } = this.ports.version
    return agreed > this.#version ? agreed : undefined
  }

  /** What a member may be unable to apply must not be committed: it would stop there. */
  #refuseNewer(version: number): void {
    const isNewer = ({ payload }: { readonly payload: Uint8Array }) => clusterVersionOf(payload) > version
    const { self } = this.ports
    for (const waiter of [...this.#unsent].filter(isNewer))
      this.#fail(waiter, membersOutdated(self, this.#behind(waiter.payload)))
    for (const proposal of this.#foreign.filter(isNewer))
      this.#refuse(proposal, 'members-outdated', this.#behind(proposal.payload))
    this.#foreign = this.#foreign.filter((proposal) => !isNewer(proposal))
  }

  #behind(payload: Uint8Array): NodeId[] {
    return this.ports.version.behind(clusterVersionOf(payload))
  }

  #forward(leader: NodeId): void {
    assert(leader !== this.ports.self, 'a node does not forward to itself')
    for (const waiter of this.#unsent) {
      waiter.stage = { at: 'forwarded', to: leader }
      this.ports.send(
        leader,
        encodeForward({ type: 'propose', ticket: waiter.ticket, payload: waiter.payload }),
      )
    }
    this.#unsent.clear()
  }

  /** Surely not taken: it goes to the next leader, or to this one where its handing over comes to nothing. */
  #decline(waiter: Waiter): void {
    const to = waiter.stage.at === 'forwarded' ? waiter.stage.to : undefined
    waiter.stage = { at: 'unsent' }
    this.#unsent.add(waiter)
    this.#byTicket.delete(waiter.ticket)
    waiter.ticket = ++this.#ticket
    this.#byTicket.set(waiter.ticket, waiter)
    if (waiter.unsettled) {
      waiter.unsettled = false
      this.#expireAfter(waiter, waiter.endMs - this.ports.clock.monotonicMs())
    }
    if (to !== this.#leader) return this.ports.schedule()
    this.#declined ??= this.ports.clock.after(this.options.declinedMs, () => {
      this.#declined = undefined
      this.ports.schedule()
    })
  }

  #unsettle(waiter: Waiter): void {
    waiter.unsettled = true
    const leftMs = waiter.endMs - this.ports.clock.monotonicMs()
    this.#expireAfter(waiter, Math.min(leftMs, this.options.settleMs))
  }

  #expireAfter(waiter: Waiter, ms: number): void {
    waiter.timer?.cancel()
    waiter.timer = this.ports.clock.after(Math.max(0, ms), () => this.#expire(waiter))
  }

  #takeForeign(proposal: ForeignProposal): void {
    if (this.#stopped) return this.#refuse(proposal, 'stopping')
    if (!this.#leading) return this.#refuse(proposal, 'not-leader')
    // What no node could apply must never be committed: it would stop all of them for good.
    if (!understood(proposal.payload)) return this.#refuse(proposal, 'not-understood')
    if (this.#foreignBytes + proposal.payload.length > this.options.waitingBytesMax) {
      return this.#refuse(proposal, 'overloaded')
    }
    this.#foreign.push(proposal)
    this.#foreignBytes += proposal.payload.length
    this.ports.schedule()
  }

  #refuseForeign(reason: RefusalReason): void {
    for (const proposal of this.#foreign) this.#refuse(proposal, reason)
    this.#foreign = []
    this.#foreignBytes = 0
  }

  #refuse({ from, ticket }: ForeignProposal, reason: RefusalReason, members: readonly NodeId[] = []): void {
    this.ports.send(from, encodeForward({ type: 'refused', ticket, reason, members }))
  }

  #expire(waiter: Waiter): void {
    const { requestId, stage } = waiter
    if (stage.at === 'unsent') return this.#fail(waiter, notProposed('no leader took it in time'))
    const why = waiter.unsettled
      ? 'the leader changed while it was under way'
      : 'it was not applied here in time'
    this.#fail(waiter, outcomeUnknown(requestId, why))
  }

  #fail(waiter: Waiter, error: MarketplaceError): void {
    this.#forget(waiter)
    waiter.reject(error)
  }

  #forget(waiter: Waiter): void {
    waiter.timer?.cancel()
    this.#waiters.delete(waiter.requestId)
    this.#byTicket.delete(waiter.ticket)
    this.#unsent.delete(waiter)
    this.#places.remove(waiter)
    this.#waitingBytes -= waiter.payload.length
    assert(this.#waitingBytes >= 0, 'waiting bytes are never negative')
  }
}

function understood(payload: Uint8Array): boolean {
  try {
    decodeCommand(payload)
    return true
  } catch (error) {
    if (error instanceof DecodeError) return false
    throw error
  }
}

function sameRequest(a: Command, b: Command): boolean {
  return isRemembered(a) && isRemembered(b)
    ? bytesEqual(requestFingerprint(a), requestFingerprint(b))
    : a.type === b.type
}
