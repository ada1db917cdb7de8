import { assertNever } from '../model/assert.js'
import { Decoder, Encoder } from '../model/codec.js'
import { type ErrorReason, MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { Configuration, Member } from '../raft/configuration.js'
import { changedConfiguration, isRefusal, type MembershipChange } from '../raft/membership-change.js'
import type { ChangeResult, RaftStatus } from '../raft/raft.js'
import type { PeerTransport } from '../rpc/peer-transport.js'
import { type Clock, pause, type Timer } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'
import type { MemberAnswer, MemberReport } from './cluster-status.js'
import type { FolderTestimonies } from './folder-testimony.js'
import { checkAddress } from './member-address.js'
import { membersOf } from './member-list.js'
import {
  changesFor,
  decodeOutcome,
  decodeRequest,
  describeRequest,
  encodeOutcome,
  encodeRequest,
  type MembershipOutcome,
  type MembershipRequest,
  unknown,
} from './membership-request.js'
import type { Node } from './node.js'

const CHANGE = 'membership.change'
const TRANSFER = 'membership.transfer'
/** Default wait of a request, the looks at how far it is, and how much earlier than its asker a forwarded one gives up. */
const DEADLINE_MS = 10_000
const LOOK_MS = 20
const OBSTACLE_LOOK_MS = 200
const FORWARD_MARGIN_MS = 200
/** How long the own log is watched for the effect of a request whose answer was lost. */
const SEEN_HERE_MS = 2_000

export interface MembershipPorts {
  readonly node: Pick<Node, 'nodeId' | 'status' | 'changeMembership' | 'transferLeadership'>
  readonly transport: PeerTransport
  readonly clock: Clock
  readonly logger: Logger
  /** How a member is, and what it misses of the blobs referred to at an index. */
  report(id: NodeId, index: number): Promise<MemberAnswer>
  /**
   * Whether a node is found at an address, whatever it says there.
   * @throws CLUSTER_MISMATCH where another one answers; UNREACHABLE, DEADLINE
   */
  meet(member: Member, deadlineMs: number): Promise<void>
  /** Whether a node of this name has ever been met. */
  isRemembered(id: NodeId): boolean
  /** Before the voters change. See FolderTestimonies. */
  readonly folders: Pick<FolderTestimonies, 'handOn'>
}

/** Who leads, after a transfer. */
export interface TransferOutcome {
  readonly changed: boolean
  readonly leader: NodeId
  readonly term: number
}

/**
 * Carries out an operator's wishes about the members: on the leader, or through it, once (what was forwarded is not forwarded
 * again). Waits for what stands in the way, then for the effect. All of them may be asked for again: what is so already is
 * a success that changes nothing.
 */
export class MembershipChanger {
  constructor(private readonly ports: MembershipPorts) {}

  /** Answers what other members pass on. */
  serve(): void {
    const { transport, clock } = this.ports
    transport.serve(CHANGE, async (_from, call) => {
      const { request, deadlineMs } = decodeRequest(call.header)
      return { header: encodeOutcome(await this.#change(request, clock.monotonicMs() + deadlineMs)) }
    })
    transport.serve(TRANSFER, async (_from, call) => {
      const input = new Decoder(call.header)
      const deadlineMs = input.uint()
      const to = input.optional(() => input.text() as NodeId)
      const { changed, leader, term } = await this.#handOver(to, clock.monotonicMs() + deadlineMs)
      return { header: new Encoder().bool(changed).text(leader).uint(term).finish() }
    })
  }

  /**
   * @throws MEMBER_UNKNOWN, MEMBER_EXISTS, MEMBERSHIP_REFUSED: never so. NOT_CAUGHT_UP, NOT_PROPOSED, NO_LEADER: not
   *   in that time, and nothing was changed. OUTCOME_UNKNOWN: look, or ask again.
   */
  async change(request: MembershipRequest, deadlineMs = DEADLINE_MS): Promise<MembershipOutcome> {
    const endMs = this.#endMs(deadlineMs)
    const leader = await this.#leader(endMs)
    if (leader === this.ports.node.nodeId) return this.#change(request, endMs)
    const before = this.ports.node.status().raft
    const header = encodeRequest(request, this.#forwardMs(endMs))
    try {
      return decodeOutcome(await this.#forward(leader, CHANGE, header, endMs, describeRequest(request)))
    } catch (error) {
      // A leader that was removed answers no more once we know it: then we know of the effect ourselves, or soon will.
      const unknown = error instanceof MarketplaceError && error.reason === 'OUTCOME_UNKNOWN'
      if (!unknown || isDone(request, before)) throw error
      return this.#seenHere(request, error, Math.min(endMs, this.ports.clock.monotonicMs() + SEEN_HERE_MS))
    }
  }

  async #seenHere(
    request: MembershipRequest,
    lost: MarketplaceError,
    endMs: number,
  ): Promise<MembershipOutcome> {
    for (;;) {
      const status = this.ports.node.status().raft
      if (isSettled(status) && isDone(request, status)) return outcome(status, true)
      if (this.ports.clock.monotonicMs() >= endMs) throw lost
      await this.#pause(LOOK_MS, endMs)
    }
  }

  /** @throws MEMBER_UNKNOWN, MEMBERSHIP_REFUSED, NOT_PROPOSED, NO_LEADER, OUTCOME_UNKNOWN */
  async transfer(to: NodeId | undefined, deadlineMs = DEADLINE_MS): Promise<TransferOutcome> {
    const endMs = this.#endMs(deadlineMs)
    const leader = await this.#leader(endMs)
    if (leader === this.ports.node.nodeId) return this.#handOver(to, endMs)
    const header = new Encoder().uint(this.#forwardMs(endMs))
    header.optional(to, (id) => header.text(id))
    const what = 'handing over leadership'
    const input = new Decoder(await this.#forward(leader, TRANSFER, header.finish(), endMs, what))
    return { changed: input.bool(), leader: input.text() as NodeId, term: input.uint() }
  }

  // — on the leader —

  async #change(request: MembershipRequest, endMs: number): Promise<MembershipOutcome> {
    // To the log's end: what a leader just elected knows to be committed may be less than what was acknowledged.
    let atIndex = this.#leading().lastIndex
    let begun = false
    let told: ErrorReason | undefined
    let met = false
    let obstacle = notCaughtUp([], 'those that were asked what they hold gave no answer in time')
    for (;;) {
      const status = this.#leading()
      const { configuration } = status
      if (!isSettled(status)) obstacle = busy('another change of the members is under way')
      else {
        const changes = changesFor(request, configuration)
        if (changes.length === 0) return outcome(status, false)
        this.#refuseUsedName(request, configuration)
        if (request.type === 'add' && !met) {
          await this.#until(endMs, checkAddress(this.ports, request), undefined)
          met = true
          continue
        }
        const missing = await this.#until(endMs, this.#missing(configuration, changes, atIndex), obstacle)
        // What was found out holds for one term.
        if (missing === undefined && this.#leading().term !== status.term) continue
        if (missing === undefined) {
          const result = this.ports.node.changeMembership(changes)
          if (result.ok) {
            const done = await this.#settled(request, result, endMs)
            if (done !== undefined) return done
            begun = true
            atIndex = this.#leading().lastIndex
            continue
          }
          obstacle = obstacleOf(result, this.ports.node.status().raft)
        } else obstacle = missing
      }
      if (this.ports.clock.monotonicMs() >= endMs)
        throw begun ? outcomeUnknown(describeRequest(request), obstacle.message) : obstacle
      if (told !== obstacle.reason)
        this.ports.logger.info(
          { change: describeRequest(request), why: obstacle.message },
          'a change of members waits',
        )
      told = obstacle.reason
      await this.#pause(OBSTACLE_LOOK_MS, endMs)
    }
  }

  /**
   * Until what was asked for is in force, committed and not joint; this node may be no leader, or no member, by then.
   * @returns undefined where that was the first of two steps
   */
  async #settled(
    request: MembershipRequest,
    { term, index }: { readonly term: number; readonly index: number },
    endMs: number,
  ): Promise<MembershipOutcome | undefined> {
    for (;;) {
      const status = this.ports.node.status().raft
      if (isSettled(status) && isDone(request, status)) return outcome(status, true)
      if (status.role !== 'leader' || status.term !== term)
        throw outcomeUnknown(describeRequest(request), `${status.id} stopped leading while it was under way`)
      if (isSettled(status) && status.configurationIndex >= index) return undefined
      if (this.ports.clock.monotonicMs() >= endMs)
        throw outcomeUnknown(describeRequest(request), 'it was not committed in time')
      await this.#pause(LOOK_MS, endMs)
    }
  }

  /** Packages that a new voter lacks, or that too few of those who stay hold; and what is to be known of the members' folders. */
  async #missing(
    before: Configuration,
    changes: readonly MembershipChange[],
    atIndex: number,
  ): Promise<MarketplaceError | undefined> {
    const next = changedConfiguration(before, changes)
    if (isRefusal(next)) return undefined
    const promoted = changes.flatMap((change) => (change.type === 'promote' ? [change.id] : []))
    const votersGo = before.voters.some(({ id }) => !next.voters.some((voter) => voter.id === id))
    const asked = votersGo ? next.voters.map((voter) => voter.id) : promoted
    const lacks = new Map<NodeId, string>()
    await Promise.all(
      asked.map(async (id) => {
        const answer = await this.ports.report(id, atIndex)
        const { report } = answer
        const lack = lackOf(answer) ?? (promoted.includes(id) ? this.#unmetBy(id, report, next) : undefined)
        if (lack !== undefined) lacks.set(id, lack)
      }),
    )
    const behind = promoted.find((id) => lacks.has(id))
    if (behind !== undefined) return notCaughtUp([behind], `${behind} ${lacks.get(behind)}`)
    if (votersGo && (next.voters.length - lacks.size) * 2 <= next.voters.length) {
      const text = [...lacks].map(([id, lack]) => `${id} ${lack}`).join('; ')
      return notCaughtUp([...lacks.keys()], `of those that stay, too few hold every package: ${text}`)
    }
    if (!votersGo && promoted.length === 0) return undefined
    const idsOf = (members: readonly Member[]) => members.map(({ id }) => id)
    const untold = await this.ports.folders.handOn(idsOf(before.voters), idsOf(next.voters), promoted)
    return untold === undefined ? undefined : notCaughtUp([], untold)
  }

  /**
   * A voter must know again the folders of the others: when one comes back empty, its refusal counts. They show themselves to
   * a newcomer by themselves; those who are away now cannot, and are not waited for.
   */
  #unmetBy(id: NodeId, report: MemberReport | undefined, next: Configuration): string | undefined {
    const { nodeId } = this.ports.node
    const { peers } = this.ports.node.status().raft
    const isThere = (other: NodeId) =>
      other === nodeId || peers.some((peer) => peer.id === other && peer.recentActive)
    const unmet = next.voters.filter(
      (other) => other.id !== id && isThere(other.id) && !report?.remembers.includes(other.id),
    )
    return unmet.length === 0 ? undefined : `has yet to meet ${unmet.map((other) => other.id).join(', ')}`
  }

  #refuseUsedName(request: MembershipRequest, { voters, learners }: Configuration): void {
    if (request.type !== 'add') return
    const { id } = request.member
    if ([...voters, ...learners].some((member) => member.id === id) || !this.ports.isRemembered(id)) return
    throw new MarketplaceError({
      reason: 'MEMBER_EXISTS',
      field: 'id',
      message: `${id} was a member of this cluster before, and node ids are never used again`,
      help: 'give the new node another id and an empty data folder',
      details: { node: id },
    })
  }

  async #handOver(to: NodeId | undefined, endMs: number): Promise<TransferOutcome> {
    const { node } = this.ports
    const { configuration, term, id } = this.#leading()
    if (to === id) return { changed: false, leader: id, term }
    if (to !== undefined) refuseNoVoter(to, configuration)
    if (!node.transferLeadership(to)) throw busy('no other voter is within reach to lead')
    for (;;) {
      const status = node.status()
      if (status.role !== 'leader' && status.leader !== undefined)
        return { changed: true, leader: status.leader, term: status.term }
      if (status.role === 'leader' && status.raft.transferring === undefined)
        throw busy(`${to ?? 'no other voter'} did not take over within an election timeout`)
      if (this.ports.clock.monotonicMs() >= endMs)
        throw outcomeUnknown('handing over leadership', 'no other leader is known yet')
      await this.#pause(LOOK_MS, endMs)
    }
  }

  #leading(): RaftStatus {
    const { raft, fault } = this.ports.node.status()
    if (fault !== undefined) throw fault
    if (raft.role !== 'leader') throw busy(`${raft.id} does not lead any more`)
    return raft
  }

  // — through the leader —

  async #leader(endMs: number): Promise<NodeId> {
    for (;;) {
      const { leader, fault } = this.ports.node.status()
      if (fault !== undefined) throw fault
      if (leader !== undefined) return leader
      if (this.ports.clock.monotonicMs() >= endMs) throw noLeader(this.ports.node.nodeId)
      await this.#pause(LOOK_MS, endMs)
    }
  }

  async #forward(
    leader: NodeId,
    procedure: string,
    header: Uint8Array,
    endMs: number,
    what: string,
  ): Promise<Uint8Array> {
    try {
      const deadlineMs = Math.max(1, endMs - this.ports.clock.monotonicMs())
      return (await this.ports.transport.call(leader, procedure, { header }, { deadlineMs })).header
    } catch (error) {
      if (!(error instanceof MarketplaceError)) throw error
      const { reason, message } = error
      // It speaks of itself, not of the request: another one will lead.
      if (reason === 'MEMBER_REMOVED' || reason === 'IDENTITY_LOST') throw busy(message)
      if (reason !== 'UNREACHABLE' && reason !== 'DEADLINE') throw error
      throw outcomeUnknown(what, `the leader, ${leader}, gave no answer: ${message}`)
    }
  }

  /** What work comes to; at that time, what would be said instead: an answer that is late is none. */
  async #until<T>(endMs: number, work: Promise<T>, instead: T): Promise<T> {
    const { clock } = this.ports
    let timer: Timer | undefined
    const late = new Promise<T>((resolve) => {
      timer = clock.after(Math.max(1, endMs - clock.monotonicMs()), () => resolve(instead))
    })
    try {
      return await Promise.race([work, late])
    } finally {
      timer?.cancel()
    }
  }

  #endMs(deadlineMs: number): number {
    return this.ports.clock.monotonicMs() + deadlineMs
  }

  #forwardMs(endMs: number): number {
    return Math.max(0, Math.floor(endMs - this.ports.clock.monotonicMs() - FORWARD_MARGIN_MS))
  }

  #pause(ms: number, endMs: number): Promise<void> {
    return pause(this.ports.clock, Math.max(1, Math.min(ms, endMs - this.ports.clock.monotonicMs())))
  }
}

function isSettled({ configuration, configurationIndex, commit }: RaftStatus): boolean {
  return configuration.outgoing.length === 0 && configurationIndex <= commit
}

function isDone(request: MembershipRequest, { configuration }: RaftStatus): boolean {
  if (request.type === 'promote' && !membersOf(configuration).some(({ id }) => id === request.id))
    return false
  return changesFor(request, configuration).length === 0
}

function outcome({ configuration, configurationIndex }: RaftStatus, changed: boolean): MembershipOutcome {
  return { changed, index: configurationIndex, members: membersOf(configuration) }
}

function refuseNoVoter(id: NodeId, { voters, learners }: Configuration): void {
  if (voters.some((voter) => voter.id === id)) return
  if (!learners.some((learner) => learner.id === id)) throw unknown(id)
  throw refused(`${id} does not vote`, `promote it first: \`ggen-market cluster promote ${id}\``, id)
}

/** What a member lacks to count as one that holds everything. */
function lackOf({ report, trouble }: MemberAnswer): string | undefined {
  if (trouble !== undefined) return `is not found at its address: ${trouble}`
  if (report === undefined) return 'does not answer'
  const { blobsMissingAt } = report
  if (blobsMissingAt === undefined) return 'still looks for the packages that it should hold'
  return blobsMissingAt === 0 ? undefined : `misses ${blobsMissingAt} blobs`
}

/** @throws what will never be otherwise */
function obstacleOf(result: ChangeResult & { ok: false }, status: RaftStatus): MarketplaceError {
  const { reason, id } = result
  switch (reason) {
    case 'not-leader':
      return busy(`${status.id} does not lead any more`)
    case 'transferring':
      return busy('leadership is being handed over')
    case 'not-ready':
      return busy('the leader has just been elected')
    case 'change-under-way':
      return busy('another change of the members is under way')
    case 'not-caught-up': {
      const peer = status.peers.find((each) => each.id === id)
      const lag =
        peer?.recentActive === true ? `lacks ${status.lastIndex - peer.match} entries` : 'is not heard'
      return notCaughtUp(id === undefined ? [] : [id], `${id} ${lag}`)
    }
    case 'no-voter-left':
      throw refused('nobody would be left to decide', 'add and promote another node first', id)
    case 'too-many-members':
      throw refused('the cluster has as many members as it may have', 'remove one first', id)
    case 'unknown-member':
    case 'is-member':
    case 'is-voter':
    case 'address-taken':
    case 'no-change':
      return busy('the members have just changed')
    default:
      return assertNever(reason, 'refusal')
  }
}

function refused(why: string, help: string, node: NodeId | undefined): MarketplaceError {
  return new MarketplaceError({
    reason: 'MEMBERSHIP_REFUSED',
    message: `the members stay as they are: ${why}`,
    help,
    details: node === undefined ? {} : { node },
  })
}

function notCaughtUp(nodes: readonly NodeId[], why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'NOT_CAUGHT_UP',
    message: `the members stay as they are for now: ${why}`,
    help: 'nothing was changed; ask again, with more time (--timeout), when it has caught up',
    details: { nodes: nodes.join(',') },
  })
}

function busy(why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'NOT_PROPOSED',
    message: `not done: ${why}`,
    help: 'nothing was changed; ask again',
  })
}

function noLeader(node: NodeId): MarketplaceError {
  return new MarketplaceError({
    reason: 'NO_LEADER',
    message: `${node} knows no leader`,
    help: 'nothing was changed; ask again when a majority of the voters is up and connected',
  })
}

function outcomeUnknown(what: string, why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'OUTCOME_UNKNOWN',
    message: `the outcome of ${what} is unknown: ${why}`,
    help: 'look at `ggen-market cluster status`, or ask again: what is done already is not done twice',
  })
}
