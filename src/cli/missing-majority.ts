import type { ClusterStatus } from '../client/cluster-status.js'
import { type ErrorReason, MarketplaceError } from '../model/error.js'
import { answering, toleranceOf } from './member-standing.js'

/** What calls meet in a cluster that nobody leads: one node's view of it, or none. */
const OF_NO_LEADER: ReadonlySet<ErrorReason> = new Set([
  'NO_LEADER',
  'NO_QUORUM',
  'NOT_PROPOSED',
  'OUTCOME_UNKNOWN',
  'UNREACHABLE',
  'DEADLINE',
])

/** The error, or, where the cluster as it was seen last has nobody to carry a change out, that: who of the voters answers. */
export function toldOfVoters(error: unknown, seen: ClusterStatus): unknown {
  if (!(error instanceof MarketplaceError) || !OF_NO_LEADER.has(error.reason)) return error
  const { voters, up, majority, spare } = toleranceOf(seen)
  if (spare >= 0 && seen.leader !== undefined) return error
  const who = answering(seen).join(', ')
  const answer = up === 1 ? 'answers' : 'answer'
  const unknown = error.reason === 'OUTCOME_UNKNOWN'
  return new MarketplaceError({
    reason: unknown ? 'OUTCOME_UNKNOWN' : spare < 0 ? 'NO_QUORUM' : 'NO_LEADER',
    message: `no leader: ${up} of ${voters} voters ${answer}${who === '' ? '' : ` (${who})`}; a majority is ${majority}`,
    help:
      (spare < 0 ? 'start the voters that do not answer' : 'try again in a moment') +
      (unknown
        ? ', then look at `ggen-market cluster status`, or run the command again: what is done already is not done twice'
        : '; nothing was changed'),
    details: error.details,
    cause: error,
  })
}
