import type { NodeId } from '../model/node-id.js'
import type { Configuration, Member } from './configuration.js'

/** Decided either way, or not yet. */
export type VoteResult = 'won' | 'lost' | 'pending'

/**
 * The highest value that a majority of every half has reached (Raft §5.3; joint: thesis §4.3). Used for match indexes
 * (what is committed) and for read rounds (what is confirmed). 0 where there are no voters.
 */
export function quorumValue(configuration: Configuration, reached: (id: NodeId) => number): number {
  if (configuration.voters.length === 0) return 0
  const incoming = majorityValue(configuration.voters, reached)
  if (configuration.outgoing.length === 0) return incoming
  return Math.min(incoming, majorityValue(configuration.outgoing, reached))
}

export function voteResult(
  configuration: Configuration,
  voteOf: (id: NodeId) => boolean | undefined,
): VoteResult {
  const incoming = majorityResult(configuration.voters, voteOf)
  if (configuration.outgoing.length === 0) return incoming
  const outgoing = majorityResult(configuration.outgoing, voteOf)
  if (incoming === 'lost' || outgoing === 'lost') return 'lost'
  return incoming === 'won' && outgoing === 'won' ? 'won' : 'pending'
}

function majorityValue(members: readonly Member[], reached: (id: NodeId) => number): number {
  const values = members.map((member) => reached(member.id)).sort((a, b) => b - a)
  return values[Math.floor(members.length / 2)] as number
}

function majorityResult(members: readonly Member[], voteOf: (id: NodeId) => boolean | undefined): VoteResult {
  const majority = Math.floor(members.length / 2) + 1
  let yes = 0
  let no = 0
  for (const member of members) {
    const vote = voteOf(member.id)
    if (vote === true) yes++
    if (vote === false) no++
  }
  if (yes >= majority) return 'won'
  return no > members.length - majority ? 'lost' : 'pending'
}
