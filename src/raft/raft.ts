import { assert, assertNever } from '../model/assert.js'
import type { NodeId } from '../model/node-id.js'
import { type Breach, breachOf, breachOfSnapshot, isFatal, TERM_LEAP_MAX } from './breach.js'
import type { Effect } from './effect.js'
import {
  answerPreVote,
  answerVote,
  Ballot,
  drawTimeoutTicks,
  requestVotes,
  suspicionTicks,
} from './election.js'
import type { Entry, SnapshotMark } from './entry.js'
import { acceptAppend, judgeSnapshot } from './follower.js'
import { Leader } from './leader.js'
import { type RecoveredState, sameMark } from './log.js'
import { RaftMember } from './member.js'
import type { MembershipChange } from './membership-change.js'
import { isFromLeader, isQuestionAboutLater, type Message } from './message.js'
import { News } from './news.js'
import { completeRaftOptions, type RaftOptions } from './options.js'
import type { ChangeResult, ProposeResult } from './proposal-result.js'
import { ForwardedReads, type ReadWish } from './read-index.js'
import { type RaftStatus, statusOf } from './status.js'

export type { ChangeResult, ProposeResult } from './proposal-result.js'
export type { PeerStatus, RaftStatus } from './status.js'

/**
 * One member's consensus, as a deterministic object: inputs change private state, {@link drain} hands over what is to be
 * done. No clock, no randomness but the injected one, no I/O. What the caller owes is written at {@link Effect}.
 */
export class Raft {
  readonly #member: RaftMember
  readonly #forwarded: ForwardedReads
  #leader: Leader | undefined
  #ballot: Ballot | undefined
  /** Ticks since a leader was heard, a vote given, or an election begun. */
  #elapsed = 0
  #timeoutTicks = 0
  /** Ticks since a leader was heard, of whatever term. */
  #sinceLeader: number
  /** The connection to the leader was lost, and it was not heard since. */
  #suspects = false
  #installing: SnapshotMark | undefined
  /** A fatal breach was met: every input is ignored from then on. */
  #broken = false
  readonly #news: News

  constructor(options: RaftOptions, recovered: RecoveredState) {
    const complete = completeRaftOptions(options)
    this.#member = new RaftMember(complete, recovered)
    this.#forwarded = new ForwardedReads(complete.random(2 ** 31) * 2 ** 21)
    // Under leases a start counts as having heard one: this node may have, just before it stopped.
    this.#sinceLeader = complete.lease === undefined ? complete.electionTicks : 0
    this.#news = new News(this.#member)
    this.#restartTimer()
  }

  /** One step of time. After a stall the caller handles queued messages first, and then ticks at most once. */
  tick(): void {
    if (this.#broken) return
    const { options } = this.#member
    for (const context of this.#forwarded.tick(options.electionTicks)) this.#failRead(context)
    this.#sinceLeader++
    if (this.#leader !== undefined) {
      if (!this.#leader.tick()) this.#becomeFollower(this.#member.term, undefined)
      return
    }
    if (++this.#elapsed >= this.#timeoutTicks) this.campaign()
  }

  /**
   * One message of a member of this cluster, in any order, any number of times. What it says may be wrong in any way: see
   * {@link ./breach.js!Breach}.
   */
  step(message: Message): void {
    const member = this.#member
    assert(message.to === member.id, () => `message to ${message.to} at ${member.id}`)
    if (this.#broken) return
    const breach = breachOf(message, member, this.#leader, this.#installing !== undefined)
    if (breach !== undefined) {
      this.#meet(breach)
      if (breach.rule === 'term-leap' && !isQuestionAboutLater(message)) {
        this.#becomeFollower(member.term + TERM_LEAP_MAX, undefined)
      }
      return
    }
    if (this.#refusesElection(message)) return
    if (message.term > member.term && !isQuestionAboutLater(message)) {
      this.#becomeFollower(message.term, isFromLeader(message) ? message.from : undefined)
    }
    if (message.term < member.term) {
      this.#answerOlderTerm(message)
      return
    }
    if (isFromLeader(message)) this.#hearLeader(message.from)
    this.#dispatch(message)
  }

  /** Appends commands to the log, all or none. They are applied, or replaced; the caller keeps (term, index) to see which. */
  propose(payloads: readonly Uint8Array[], stampMs: number): ProposeResult {
    const { term, leader } = this.#member
    if (this.#leader === undefined || this.#broken) return { ok: false, reason: 'not-leader', leader }
    if (this.#leader.transferring !== undefined) {
      return { ok: false, reason: 'transferring', leader: this.#leader.transferring }
    }
    const bytes = payloads.reduce((sum, payload) => sum + payload.length + 32, 0)
    if (!this.#leader.hasRoom(bytes)) return { ok: false, reason: 'overloaded', leader }
    return { ok: true, term, firstIndex: this.#leader.append('command', payloads, stampMs) }
  }

  /** Changes who is a member. Done once the configuration in force is committed and not joint: see {@link status}. */
  changeMembership(changes: readonly MembershipChange[]): ChangeResult {
    const { term, leader } = this.#member
    if (this.#leader === undefined || this.#broken)
      return { ok: false, reason: 'not-leader', id: undefined, leader }
    if (this.#leader.transferring !== undefined) {
      return { ok: false, reason: 'transferring', id: this.#leader.transferring, leader }
    }
    const result = this.#leader.changeMembership(changes)
    return typeof result === 'number' ? { ok: true, term, index: result } : { ok: false, ...result, leader }
  }

  /** Answered by one `read-ready` or `read-failed` effect that carries the context. */
  readIndex(context: number): void {
    const { leader, options } = this.#member
    if (this.#broken) {
      this.#failRead(context)
      return
    }
    if (this.#leader !== undefined) {
      if (!this.#leader.read({ from: undefined, id: context })) this.#failRead(context)
      return
    }
    if (leader === undefined || this.#forwarded.count >= options.readContextsMax) {
      this.#failRead(context)
      return
    }
    this.#member.send({ type: 'read-request', to: leader, id: this.#forwarded.add(context) })
  }

  /** All persists up to sequence are durable. */
  persisted(sequence: number): void {
    const { log } = this.#member
    log.durability.confirm(sequence)
    if (this.#member.role === 'candidate') this.#countOwnVote()
    this.#leader?.persisted()
  }

  /** The state machine has taken everything up to index. */
  applied(index: number): void {
    // Entries that were under way when an installed snapshot overtook them are settled already.
    if (index > this.#member.log.applied) this.#member.log.appliedTo(index)
  }

  /** Forgets the log up to index, whose effects are durable in the state and in a mark of the log store. */
  compact(index: number): void {
    this.#member.log.compact(index)
  }

  /** Where a compaction may cut so that a tail within both limits stays for slow followers. */
  beforeTail(entriesMax: number, bytesMax: number): number {
    return this.#member.log.beforeTail(entriesMax, bytesMax)
  }

  /** What heads a snapshot of the state at index, and a compaction to it; index is between the log's mark and its end. */
  markAt(index: number): SnapshotMark {
    return this.#member.log.markAt(index)
  }

  /** A snapshot arrived whole and checked, sent by the leader of that term: leads to `install-snapshot` or `discard-snapshot`. */
  snapshotReceived(from: NodeId, term: number, mark: SnapshotMark): void {
    const member = this.#member
    const breach = breachOfSnapshot(from, term, mark, member)
    if (breach !== undefined) this.#meet(breach)
    if (breach !== undefined || this.#broken) {
      member.outbox.push({ type: 'discard-snapshot', mark })
      return
    }
    if (term > member.term) this.#becomeFollower(term, from)
    // A later term in the mark: who sent it was deposed before it looked at its state.
    const stale = term < member.term || mark.term > term
    if (stale || this.#leader !== undefined || this.#installing !== undefined) {
      member.outbox.push({ type: 'discard-snapshot', mark })
      return
    }
    this.#hearLeader(from)
    if (judgeSnapshot(member, mark)) {
      this.#installing = mark
      member.outbox.push({ type: 'install-snapshot', mark, from })
      return
    }
    member.promise({ type: 'append-accepted', to: from, index: member.log.commit })
  }

  /** The state was swapped and the log store reset to the mark. */
  installed(mark: SnapshotMark): void {
    const member = this.#member
    const { log } = member
    assert(
      this.#installing !== undefined && sameMark(this.#installing, mark),
      () => `installed ${mark.index}, under way ${this.#installing?.index}`,
    )
    this.#installing = undefined
    if (log.lastIndex > mark.index) member.outbox.push({ type: 'truncated', fromIndex: mark.index + 1 })
    log.reset(mark)
    if (member.leader !== undefined) {
      member.promise({ type: 'append-accepted', to: member.leader, index: mark.index })
    }
  }

  /** Ends a `send-snapshot`: index is that of the snapshot sent. */
  snapshotFinished(to: NodeId, ok: boolean, index: number): void {
    this.#leader?.snapshotFinished(to, ok, index)
  }

  /** The connection was lost: what was sent last is probably lost too, and a leader that is so lost is perhaps dead. */
  peerUnreachable(id: NodeId): void {
    this.#leader?.unreachable(id)
    const suspectTicks = this.#member.leader === id ? suspicionTicks(this.#member) : undefined
    if (suspectTicks === undefined || this.#broken) return
    this.#suspects = true
    this.#sinceLeader = this.#member.options.electionTicks
    this.#timeoutTicks = Math.min(this.#timeoutTicks, this.#elapsed + suspectTicks)
  }

  /** Begins to hand over; proposals are refused until it happened or an election timeout has passed. */
  transferLeadership(to?: NodeId): { readonly ok: boolean; readonly to: NodeId | undefined } {
    const target = this.#leader?.transferTo(to)
    return { ok: target !== undefined, to: target }
  }

  /** Begins an election now, as a timeout would. */
  campaign(): void {
    if (this.#leader !== undefined || this.#broken) return
    this.#restartTimer()
    if (!this.#mayLead()) return
    if (this.#member.options.preVote) this.#becomePreCandidate()
    else this.#becomeCandidate(false)
  }

  /** Everything wanted since the last drain, in the order in which to carry it out. */
  drain(): Effect[] {
    const { log, outbox, options } = this.#member
    this.#leader?.flush()
    if (this.#leader?.hasLeft) {
      this.#leader.bidFarewell()
      this.#becomeFollower(this.#member.term, undefined)
    }
    const effects: Effect[] = []
    this.#news.tellRole(this.#member, effects)
    effects.push(...outbox.drain(this.#member.hardState, log))
    for (;;) {
      const entries = this.#installing === undefined ? log.deliver(options.applyBytesMax) : []
      if (entries.length === 0) break
      effects.push({ type: 'apply', entries })
    }
    // Last, since whoever finds itself left out takes no part after it.
    this.#news.tellMembers(this.#member, this.#leader, effects)
    return effects
  }

  status(): RaftStatus {
    return statusOf(this.#member, this.#leader, this.#installing !== undefined)
  }

  /** Retained entries from index on, up to bytesMax; at least one where there is one. */
  entriesFrom(index: number, bytesMax: number): readonly Entry[] {
    return this.#member.log.slice(index, bytesMax)
  }

  /** Undefined outside of the retained log. */
  termAt(index: number): number | undefined {
    return this.#member.log.termAt(index)
  }

  #dispatch(message: Message): void {
    const member = this.#member
    switch (message.type) {
      case 'pre-vote-request':
        return answerPreVote(member, message)
      case 'pre-vote-answer':
        return this.#countPreVote(message.from, message.term, message.granted)
      case 'vote-request':
        if (answerVote(member, message)) this.#elapsed = 0
        return
      case 'vote-answer':
        if (member.role === 'candidate') this.#countVote(message.from, message.granted)
        return
      case 'append':
        // While a snapshot takes the log's place, nothing may be added to what is about to go.
        if (this.#installing === undefined) acceptAppend(member, message)
        return
      case 'append-accepted':
        return this.#leader?.accepted(message.from, message.index)
      case 'append-rejected':
        return this.#leader?.rejected(message.from, message)
      case 'heartbeat':
        this.#learnCommit(message.commit)
        return member.send({ type: 'heartbeat-answer', to: message.from, round: message.round })
      case 'heartbeat-answer':
        return this.#leader?.heartbeatAnswered(message.from, message.round)
      case 'commit':
        return this.#learnCommit(message.commit)
      case 'newer-term':
        return
      case 'timeout-now':
        if (this.#mayLead() && this.#leader === undefined) this.#becomeCandidate(true)
        return
      case 'read-request':
        if (this.#leader?.read({ from: message.from, id: message.id }) !== true) {
          member.send({ type: 'read-answer', to: message.from, id: message.id, index: undefined })
        }
        return
      case 'read-answer':
        return this.#readAnswered(message.id, message.index)
      default:
        assertNever(message, 'message')
    }
  }

  /** Leader stickiness (thesis §4.2.3): who hears a leader does not listen to others who would be one. */
  #refusesElection(message: Message): boolean {
    const { term, leader, options } = this.#member
    if (message.type !== 'pre-vote-request' && message.type !== 'vote-request') return false
    if (message.term < term || (message.type === 'vote-request' && message.transfer)) return false
    if (!options.checkQuorum || this.#leader !== undefined) return options.checkQuorum
    // A lease outlives the follower's knowledge of who holds it.
    return this.#sinceLeader < options.electionTicks && (leader !== undefined || options.lease !== undefined)
  }

  #answerOlderTerm(message: Message): void {
    switch (message.type) {
      case 'pre-vote-request':
        return this.#member.send({ type: 'pre-vote-answer', to: message.from, granted: false })
      case 'vote-request':
      case 'append':
      case 'heartbeat':
      case 'read-request':
        return this.#member.send({ type: 'newer-term', to: message.from })
    }
  }

  #meet(breach: Breach): void {
    if (isFatal(breach)) {
      this.#broken = true
      this.#becomeFollower(this.#member.term, undefined)
    }
    this.#member.outbox.push({ type: 'breach', breach })
  }

  /** That it is the only one in its term was judged before ({@link breachOf}). */
  #hearLeader(from: NodeId): void {
    const member = this.#member
    assert(
      member.leader === undefined || member.leader === from,
      () => `${from} and ${member.leader} both lead term ${member.term}`,
    )
    if (member.role !== 'follower' || member.leader === undefined) this.#becomeFollower(member.term, from)
    if (this.#suspects) this.#restartTimer()
    this.#elapsed = 0
    this.#sinceLeader = 0
  }

  /** A leader's commit index for us is never above what we acknowledged to it ({@link breachOf}). */
  #learnCommit(commit: number): void {
    const { log } = this.#member
    if (this.#installing === undefined) log.commitTo(Math.max(log.commit, commit))
  }

  #becomeFollower(term: number, leader: NodeId | undefined): void {
    const member = this.#member
    assert(term >= member.term, () => `term ${term} after ${member.term}`)
    this.#stepOut()
    if (term > member.term) {
      member.term = term
      member.vote = undefined
      member.outbox.forgetAcknowledgements()
    }
    // A follower that only learns of a term goes on waiting: it may be the one whose log can win.
    if (member.role !== 'follower') this.#restartTimer()
    member.role = 'follower'
    member.leader = leader
  }

  #becomePreCandidate(): void {
    const member = this.#member
    this.#stepOut()
    member.role = 'pre-candidate'
    member.leader = undefined
    this.#ballot = new Ballot()
    requestVotes(member, 'pre-vote', false)
    this.#countPreVote(member.id, member.term + 1, true)
  }

  #becomeCandidate(transfer: boolean): void {
    const member = this.#member
    this.#stepOut()
    member.term++
    member.vote = member.id
    member.role = 'candidate'
    member.leader = undefined
    member.outbox.forgetAcknowledgements()
    this.#restartTimer()
    this.#ballot = new Ballot()
    requestVotes(member, 'vote', transfer)
  }

  #becomeLeader(): void {
    const member = this.#member
    this.#stepOut()
    member.role = 'leader'
    member.leader = member.id
    this.#leader = new Leader(member)
  }

  /** Leaves a role: what only it knew is gone, and who waited for it hears so. */
  #stepOut(): void {
    for (const wish of this.#leader?.abandonReads() ?? []) this.#refuseRead(wish)
    for (const context of this.#forwarded.abandon()) this.#failRead(context)
    this.#leader = undefined
    this.#ballot = undefined
  }

  #countPreVote(from: NodeId, term: number, granted: boolean): void {
    const member = this.#member
    if (member.role !== 'pre-candidate' || (granted && term !== member.term + 1)) return
    this.#ballot?.record(from, granted)
    const result = this.#ballot?.result(member)
    if (result === 'won') this.#becomeCandidate(false)
    if (result === 'lost') this.#becomeFollower(member.term, undefined)
  }

  /** Our own vote counts like any other: once it would survive a crash. */
  #countOwnVote(): void {
    const { hardState } = this.#member.log.durability
    if (hardState.term === this.#member.term && hardState.vote === this.#member.id) {
      this.#countVote(this.#member.id, true)
    }
  }

  #countVote(from: NodeId, granted: boolean): void {
    this.#ballot?.record(from, granted)
    const result = this.#ballot?.result(this.#member)
    if (result === 'won') this.#becomeLeader()
    if (result === 'lost') this.#becomeFollower(this.#member.term, undefined)
  }

  #mayLead(): boolean {
    const { id, term, log } = this.#member
    return this.#installing === undefined && term < TERM_MAX && log.membership.mayStand(id, log.commit)
  }

  #restartTimer(): void {
    this.#elapsed = 0
    this.#suspects = false
    this.#timeoutTicks = drawTimeoutTicks(this.#member)
  }

  #readAnswered(id: number, index: number | undefined): void {
    const context = this.#forwarded.take(id)
    if (context === undefined) return
    if (index === undefined) this.#failRead(context)
    else this.#member.outbox.push({ type: 'read-ready', context, index })
  }

  #refuseRead(wish: ReadWish): void {
    if (wish.from === undefined) this.#failRead(wish.id)
    else this.#member.send({ type: 'read-answer', to: wish.from, id: wish.id, index: undefined })
  }

  #failRead(context: number): void {
    this.#member.outbox.push({ type: 'read-failed', context, leader: this.#member.leader })
  }
}

/** The last term there is; nobody stands for election after it. */
const TERM_MAX = Number.MAX_SAFE_INTEGER
