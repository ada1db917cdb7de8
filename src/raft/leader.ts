import { assert, defined } from '../model/assert.js'
import type { NodeId } from '../model/node-id.js'
import { type Configuration, encodeConfiguration } from './configuration.js'
import type { Entry, EntryType } from './entry.js'
import { entryBytes } from './log.js'
import type { RaftMember } from './member.js'
import {
  type ChangeRefusal,
  changedConfiguration,
  isRefusal,
  leftJoint,
  type MembershipChange,
} from './membership-change.js'
import type { AppendRejected } from './message.js'
import { Progress } from './progress.js'
import { quorumValue } from './quorum.js'
import { type ReadGrant, ReadRounds, type ReadWish } from './read-index.js'

/** Why a leader does not change the members now. */
export interface LeaderRefusal {
  readonly reason: ChangeRefusal['reason'] | 'not-ready' | 'change-under-way' | 'not-caught-up'
  readonly id: NodeId | undefined
}

/** What a member does and knows while it leads; made at the election, thrown away when it steps down. */
export class Leader {
  readonly #member: RaftMember
  readonly #peers = new Map<NodeId, Progress>()
  readonly #reads: ReadRounds
  #sinceHeartbeat = 0
  /** Ticks since the configuration in force was committed. */
  #settledTicks = 0
  #uncommittedBytes = 0
  #transfer: { readonly to: NodeId; ticks: number; asked: boolean } | undefined

  constructor(member: RaftMember) {
    this.#member = member
    this.#reads = new ReadRounds(member.options.lease)
    const { log } = member
    this.#followMembership()
    for (const entry of log.slice(log.commit + 1, Number.MAX_SAFE_INTEGER)) {
      this.#uncommittedBytes += entryBytes(entry)
    }
    // Commits what earlier terms left, and opens the door for reads (Raft §5.4.2, §8).
    this.append('empty', [new Uint8Array(0)], log.lastStampMs)
  }

  get peers(): readonly Progress[] {
    return [...this.#peers.values()]
  }

  get peerCount(): number {
    return this.#peers.size
  }

  get transferring(): NodeId | undefined {
    return this.#transfer?.to
  }

  /** Heard within an election timeout. */
  isActive(peer: Progress): boolean {
    return peer.silentTicks < this.#member.options.electionTicks
  }

  /** Room for so many bytes of proposals. One proposal always fits where nothing waits. */
  hasRoom(bytes: number): boolean {
    return (
      this.#uncommittedBytes === 0 ||
      this.#uncommittedBytes + bytes <= this.#member.options.uncommittedBytesMax
    )
  }

  /** @returns index of the first */
  append(type: EntryType, payloads: readonly Uint8Array[], stampMs: number): number {
    const { log, term } = this.#member
    const firstIndex = log.lastIndex + 1
    const entries = payloads.map(
      (payload, at): Entry => ({ term, index: firstIndex + at, type, stampMs, payload }),
    )
    for (const entry of entries) this.#uncommittedBytes += entryBytes(entry)
    log.append(entries)
    return firstIndex
  }

  /**
   * Changes who is a member, from the moment the entry is appended (thesis §4.1). Only on top of a committed configuration,
   * and only once an entry of this leader's own term is committed: else two leaders could each begin a change that the other
   * does not know of, with majorities that do not meet.
   * @returns index of the entry
   */
  changeMembership(changes: readonly MembershipChange[]): number | LeaderRefusal {
    const { log } = this.#member
    const { current, changedAt } = log.membership
    if (!this.committedInTerm) return { reason: 'not-ready', id: undefined }
    if (changedAt > log.commit || current.outgoing.length > 0)
      return { reason: 'change-under-way', id: undefined }
    const behind = changes.find((change) => change.type === 'promote' && !this.#isCaughtUp(change.id))
    const next = changedConfiguration(current, changes)
    if (isRefusal(next)) return next
    if (behind?.type === 'promote') return { reason: 'not-caught-up', id: behind.id }
    return this.#appendConfiguration(next)
  }

  /** The configuration that left this member out is committed: it has nothing to lead any more. */
  get hasLeft(): boolean {
    const { id, log } = this.#member
    return log.membership.changedAt <= log.commit && !log.membership.isVoter(id)
  }

  /** Last words of a leader that has left: the most caught-up voter need not wait for an election timeout. */
  bidFarewell(): void {
    const { log } = this.#member
    const heir = this.#heirs(undefined)[0]
    if (heir !== undefined && heir.match === log.lastIndex)
      this.#member.send({ type: 'timeout-now', to: heir.id })
  }

  /** @returns false where the quorum is out of reach and the leader has to step down (thesis §6.2) */
  tick(): boolean {
    const { options } = this.#member
    if (++this.#sinceHeartbeat >= options.heartbeatTicks) {
      this.#sinceHeartbeat = 0
      for (const peer of this.#peers.values()) peer.mayNudge = true
      this.#beginRound(true)
      this.#heartbeat()
    }
    if (this.#transfer !== undefined && ++this.#transfer.ticks >= options.electionTicks)
      this.#transfer = undefined
    for (const peer of this.#peers.values()) peer.silentTicks++
    this.#forgetDeparted()
    return !options.checkQuorum || this.#quorumValue(1, (peer) => (this.isActive(peer) ? 1 : 0)) === 1
  }

  /** Sends what there is to send; called once per drain, which is what makes batches. */
  flush(): void {
    this.#confirmReads()
    if (this.committedInTerm) this.#grant(this.#reads.underLease(this.#member.log.commit))
    this.#beginRound(false)
    // Alone, the leader is its own quorum.
    if (this.#peers.size === 0) this.#confirmReads()
    for (const peer of this.#peers.values()) {
      this.#replicate(peer)
      this.#tellCommit(peer)
    }
  }

  /** More of the own log is durable: the leader counts itself only now (thesis §10.2.1). */
  persisted(): void {
    this.#advanceCommit()
  }

  /** Answers speak of entries that this leader holds: it never drops one while it leads. */
  neverSent(index: number): readonly ['beyond-log', string] | undefined {
    const { lastIndex } = this.#member.log
    return index <= lastIndex
      ? undefined
      : ['beyond-log', `an answer about entry ${index} while our log ends at ${lastIndex}`]
  }

  neverBegun(round: number): readonly ['beyond-log', string] | undefined {
    const newest = this.#reads.round
    return round <= newest
      ? undefined
      : ['beyond-log', `an answer to round ${round} while the newest is ${newest}`]
  }

  accepted(from: NodeId, index: number): void {
    const peer = this.#heard(from)
    if (peer === undefined) return
    const { log } = this.#member
    assert(index <= log.lastIndex, () => `${from} acknowledged ${index}, last is ${log.lastIndex}`)
    const news = peer.accepted(index)
    if (peer.state === 'probe' || (peer.state === 'snapshot' && index >= log.mark.index))
      peer.becomeReplicate()
    if (!news) return
    this.#advanceCommit()
    this.#pursueTransfer()
  }

  rejected(from: NodeId, message: AppendRejected): void {
    const peer = this.#heard(from)
    if (peer === undefined || peer.state === 'snapshot') return
    // A late answer: what it speaks of was settled since.
    if (message.prevIndex <= peer.match) return
    if (peer.state === 'probe' && message.prevIndex !== peer.next - 1) return
    peer.becomeProbe(Math.min(this.#retryFrom(message), message.prevIndex))
  }

  heartbeatAnswered(from: NodeId, round: number): void {
    const peer = this.#heard(from)
    if (peer === undefined) return
    peer.ackedRound = Math.max(peer.ackedRound, round)
    // Rounds of reads make many heartbeats; what seems lost is asked for again once per interval.
    if (!peer.mayNudge) return
    peer.mayNudge = false
    peer.paused = false
    const { firstIndex } = this.#member.log
    if (peer.state === 'replicate' && peer.match < peer.next - 1 && peer.next >= firstIndex) {
      // Unanswered appends may be lost: an empty one at the end is refused where they are, and acknowledged otherwise.
      this.#sendAppend(peer, [])
    }
  }

  /** @returns false where too many wait already */
  read(wish: ReadWish): boolean {
    if (this.#reads.count >= this.#member.options.readContextsMax) return false
    this.#reads.add(wish)
    return true
  }

  abandonReads(): ReadWish[] {
    return this.#reads.abandon()
  }

  unreachable(id: NodeId): void {
    const peer = this.#peers.get(id)
    if (peer?.state === 'replicate') peer.becomeProbe()
  }

  snapshotFinished(to: NodeId, ok: boolean, index: number): void {
    const peer = this.#peers.get(to)
    if (peer?.state !== 'snapshot') return
    peer.becomeProbe(ok ? index + 1 : peer.match + 1)
    // Either way the follower speaks first: with its acknowledgement, or by answering a heartbeat.
    peer.paused = true
  }

  /** Hands over to the voter named, or to the most caught-up one (thesis §3.10). */
  transferTo(to: NodeId | undefined): NodeId | undefined {
    const target = this.#heirs(to)[0]
    if (target === undefined) return undefined
    this.#transfer = { to: target.id, ticks: 0, asked: false }
    this.#pursueTransfer()
    return target.id
  }

  /** Who may lead next, the most caught-up first: voters that stay. */
  #heirs(named: NodeId | undefined): readonly Progress[] {
    const { voters } = this.#member.log.membership.current
    return this.peers
      .filter((peer) => voters.some((voter) => voter.id === peer.id))
      .filter((peer) => (named === undefined ? this.isActive(peer) : peer.id === named))
      .sort((a, b) => b.match - a.match)
  }

  /** True once an entry of this leader's own term is committed: before that its commit index may be stale (Raft §8). */
  get committedInTerm(): boolean {
    const { log, term } = this.#member
    return log.termAt(log.commit) === term
  }

  #pursueTransfer(): void {
    const transfer = this.#transfer
    if (transfer === undefined || transfer.asked) return
    const peer = defined(this.#peers.get(transfer.to), 'transfer target')
    if (peer.match < this.#member.log.lastIndex) return
    transfer.asked = true
    this.#reads.endLease()
    this.#member.send({ type: 'timeout-now', to: peer.id })
  }

  #heard(from: NodeId): Progress | undefined {
    const peer = this.#peers.get(from)
    if (peer !== undefined) peer.silentTicks = 0
    return peer
  }

  /** Where to probe next: past the follower's conflicting term if we have it too, before it if not (Raft §5.3). */
  #retryFrom(message: AppendRejected): number {
    const { log } = this.#member
    if (message.conflictTerm === 0) return message.conflictIndex
    const index = log.lastIndexUpToTerm(message.prevIndex, message.conflictTerm)
    return log.termAt(index) === message.conflictTerm ? index + 1 : message.conflictIndex
  }

  #replicate(peer: Progress): void {
    const { log, options } = this.#member
    if (peer.state === 'snapshot') return
    if (peer.next < log.firstIndex) {
      if (!this.isActive(peer) || peer.paused) return
      peer.becomeSnapshot()
      this.#member.outbox.push({ type: 'send-snapshot', to: peer.id, term: this.#member.term })
      return
    }
    if (peer.state === 'probe') {
      if (peer.paused) return
      peer.paused = true
      this.#sendAppend(peer, log.slice(peer.next, options.appendBytesMax))
      return
    }
    while (
      peer.next <= log.lastIndex &&
      peer.hasRoom(options.inflightMessagesMax, options.inflightBytesMax)
    ) {
      const entries = log.slice(peer.next, options.appendBytesMax)
      this.#sendAppend(peer, entries)
      peer.sent(
        defined(entries.at(-1), 'entry').index,
        entries.reduce((bytes, entry) => bytes + entryBytes(entry), 0),
      )
    }
  }

  #sendAppend(peer: Progress, entries: readonly Entry[]): void {
    const { log } = this.#member
    const prevIndex = peer.next - 1
    const prevTerm = defined(log.termAt(prevIndex), `term at ${prevIndex}`)
    this.#member.send({ type: 'append', to: peer.id, prevIndex, prevTerm, entries, commit: log.commit })
    if (peer.state === 'replicate') peer.toldCommit = Math.min(log.commit, prevIndex + entries.length)
  }

  #tellCommit(peer: Progress): void {
    const commit = Math.min(this.#member.log.commit, peer.match)
    if (peer.state !== 'replicate' || commit <= peer.toldCommit) return
    peer.toldCommit = commit
    this.#member.send({ type: 'commit', to: peer.id, commit })
  }

  #heartbeat(): void {
    for (const peer of this.#peers.values()) {
      const commit = Math.min(this.#member.log.commit, peer.match)
      this.#member.send({ type: 'heartbeat', to: peer.id, commit, round: this.#reads.round })
    }
  }

  #beginRound(heartbeatDue: boolean): void {
    if (!this.committedInTerm) return
    if (this.#reads.begin(this.#member.log.commit, heartbeatDue) && !heartbeatDue) this.#heartbeat()
  }

  #confirmReads(): void {
    const round = this.#quorumValue(this.#reads.round, (peer) => peer.ackedRound)
    this.#grant(this.#reads.confirm(round))
  }

  #grant(grants: readonly ReadGrant[]): void {
    const { outbox } = this.#member
    for (const { wish, index } of grants) {
      if (wish.from === undefined) outbox.push({ type: 'read-ready', context: wish.id, index })
      else this.#member.send({ type: 'read-answer', to: wish.from, id: wish.id, index })
    }
  }

  /** Counts replicas of entries of the own term only; older ones are committed with them (Raft §5.4.2, figure 8). */
  #advanceCommit(): void {
    const { log, term } = this.#member
    const index = this.#quorumValue(log.durability.durableIndex, (peer) => peer.match)
    if (index <= log.commit || log.termAt(index) !== term) return
    for (const entry of log.slice(log.commit + 1, Number.MAX_SAFE_INTEGER, index)) {
      this.#uncommittedBytes -= entryBytes(entry)
    }
    log.commitTo(index)
    this.#leaveJoint()
  }

  /** The joint configuration is committed by both halves: the new one alone follows by itself, whoever leads (thesis §4.3). */
  #leaveJoint(): void {
    const { log } = this.#member
    const { current, changedAt } = log.membership
    if (current.outgoing.length > 0 && changedAt <= log.commit) this.#appendConfiguration(leftJoint(current))
  }

  #appendConfiguration(configuration: Configuration): number {
    const index = this.append(
      'configuration',
      [encodeConfiguration(configuration)],
      this.#member.log.lastStampMs,
    )
    this.#followMembership()
    return index
  }

  /** Every member has its progress. Those who left keep theirs for a while. */
  #followMembership(): void {
    const { id: self, log } = this.#member
    this.#settledTicks = 0
    for (const { id } of log.membership.members()) {
      if (id !== self && !this.#peers.has(id)) this.#peers.set(id, new Progress(id, log.lastIndex))
    }
  }

  /** Who has left is replicated to until it knows, out of courtesy, and for an election timeout at most. */
  #forgetDeparted(): void {
    const { log, options } = this.#member
    const { changedAt } = log.membership
    if (changedAt > log.commit || this.#settledTicks > options.electionTicks) return
    this.#settledTicks++
    const members = log.membership.members()
    for (const peer of this.peers) {
      if (members.some((member) => member.id === peer.id)) continue
      if (peer.toldCommit >= changedAt || this.#settledTicks > options.electionTicks)
        this.#peers.delete(peer.id)
    }
  }

  #isCaughtUp(id: NodeId): boolean {
    const { log, options } = this.#member
    const peer = this.#peers.get(id)
    if (peer === undefined || !this.isActive(peer) || peer.state !== 'replicate') return false
    return log.lastIndex - peer.match <= options.promotionLagEntriesMax
  }

  #quorumValue(own: number, of: (peer: Progress) => number): number {
    const { id, log } = this.#member
    return quorumValue(log.membership.current, (voter) => {
      if (voter === id) return own
      const peer = this.#peers.get(voter)
      return peer === undefined ? 0 : of(peer)
    })
  }
}
