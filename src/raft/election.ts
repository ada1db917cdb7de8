import type { NodeId } from '../model/node-id.js'
import type { RaftMember } from './member.js'
import type { PreVoteRequest, VoteRequest } from './message.js'
import { type VoteResult, voteResult } from './quorum.js'

/** Votes gathered by a candidate or pre-candidate, one per voter. */
export class Ballot {
  #votes = new Map<NodeId, boolean>()

  /** The first answer of a voter counts. */
  record(voter: NodeId, granted: boolean): void {
    if (!this.#votes.has(voter)) this.#votes.set(voter, granted)
  }

  result(member: RaftMember): VoteResult {
    return voteResult(member.log.membership.current, (id) => this.#votes.get(id))
  }
}

/** An election timeout. */
export function drawTimeoutTicks(member: RaftMember): number {
  const { electionTicks, random } = member.options
  // One tick above the least: whoever is asked by then has missed the leader for an election timeout too, whatever the phase
  // of its ticks, and its stickiness is over.
  return electionTicks + 1 + random(electionTicks - 1) + reluctanceTicks(member)
}

/** What a node's priority adds to each of its waits for a leader: half an election timeout for each step below 10. */
function reluctanceTicks({ options }: RaftMember): number {
  return Math.floor(((10 - options.priority) * options.electionTicks) / 2)
}

/**
 * How long a voter that lost its connection to the leader waits for a sign of life before it asks for pre-votes: longer than
 * the leader takes for its next heartbeat, and one heartbeat more for each voter that comes before it, so that one asks alone.
 * Only the wait gets shorter. Who still hears the leader refuses as ever, so a broken connection alone deposes nobody.
 * @returns undefined where there is nothing to gain, or something to lose: without pre-vote the question itself would raise
 *   the term, and under a lease every member owes the leader the whole election timeout
 */
export function suspicionTicks(member: RaftMember): number | undefined {
  const { id, leader, role, options, log } = member
  if (role !== 'follower' || !options.preVote || options.lease !== undefined) return undefined
  const heirs = log.membership.voters().filter((voter) => voter.id !== leader)
  const rank = heirs.findIndex((voter) => voter.id === id)
  if (rank < 0) return undefined
  return 1 + options.heartbeatTicks * (1 + rank) + reluctanceTicks(member)
}

/** Asks every other voter of both halves; real requests leave only once own term and vote are durable. */
export function requestVotes(member: RaftMember, kind: 'pre-vote' | 'vote', transfer: boolean): void {
  const { log } = member
  const last = { lastIndex: log.lastIndex, lastTerm: log.lastTerm }
  for (const { id: to } of log.membership.voters()) {
    if (to === member.id) continue
    if (kind === 'pre-vote') member.send({ type: 'pre-vote-request', to, term: member.term + 1, ...last })
    else member.promise({ type: 'vote-request', to, transfer, ...last })
  }
}

/**
 * Judges a pre-vote: changes neither term nor vote nor timer (thesis §9.6, hashicorp/raft 609). A refusal carries our
 * term, so that an asker who is behind learns of it (etcd 8501).
 */
export function answerPreVote(member: RaftMember, request: PreVoteRequest): void {
  const enters = request.term > member.term || mayVoteFor(member, request)
  const granted = enters && member.log.isUpToDate(request.lastIndex, request.lastTerm)
  const term = granted ? request.term : member.term
  member.send({ type: 'pre-vote-answer', to: request.from, term, granted })
}

/**
 * Judges a vote request of our own term (Raft §5.2, §5.4.1). A grant leaves once it is durable. Whether we are a voter in
 * the configuration that we know does not matter: we may have been promoted without having heard of it (etcd 10998).
 * @returns whether the vote was given
 */
export function answerVote(member: RaftMember, request: VoteRequest): boolean {
  const granted = mayVoteFor(member, request) && member.log.isUpToDate(request.lastIndex, request.lastTerm)
  if (granted) {
    member.vote = request.from
    member.promise({ type: 'vote-answer', to: request.from, granted })
  } else {
    member.send({ type: 'vote-answer', to: request.from, granted })
  }
  return granted
}

function mayVoteFor(member: RaftMember, request: PreVoteRequest | VoteRequest): boolean {
  if (request.term < member.term) return false
  return member.vote === request.from || (member.vote === undefined && member.leader === undefined)
}
