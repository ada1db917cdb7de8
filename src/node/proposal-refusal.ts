import { assertNever } from '../model/assert.js'
import type { RequestId } from '../model/command.js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import { membersOutdated } from './cluster-version.js'
import type { RefusalReason } from './forward-codec.js'

/** Reasons that pass with this leadership: surely not taken, and the next leader will take it. */
export function isPassing(reason: RefusalReason): boolean {
  return reason === 'not-leader' || reason === 'transferring' || reason === 'stopping'
}

/** What a write is told that a leader did not take. */
export function refusal(
  reason: RefusalReason,
  by: NodeId,
  members: readonly NodeId[] = [],
): MarketplaceError {
  switch (reason) {
    case 'overloaded':
      return new MarketplaceError({
        reason: 'OVERLOADED',
        message: `leader ${by} has too many uncommitted writes`,
        help: 'the write was not taken; send it again after a short wait',
      })
    case 'clock-skew':
      return new MarketplaceError({
        reason: 'CLOCK_SKEW',
        message: `the clock of leader ${by} is far from the majority's`,
        help: 'the write was not taken; correct the clock of that machine; another leader takes over meanwhile',
      })
    case 'not-leader':
      return notProposed(`${by} is no longer the leader`)
    case 'transferring':
      return notProposed(`leader ${by} is handing over`)
    case 'not-understood':
      return new MarketplaceError({
        reason: 'VERSION_UNSUPPORTED',
        message: `leader ${by} does not understand this kind of write`,
        help: 'the write was not taken; update all members to one version',
      })
    case 'members-outdated':
      return membersOutdated(by, members)
    case 'stopping':
      return notProposed(`${by} is stopping`)
    default:
      return assertNever(reason, 'refusal')
  }
}

/** Surely not in any log. */
export function notProposed(why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'NOT_PROPOSED',
    message: `the write was not proposed: ${why}`,
    help: 'nothing was changed; send it again',
  })
}

/** It may be applied yet, or never. */
export function outcomeUnknown(requestId: RequestId, why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'OUTCOME_UNKNOWN',
    message: `the outcome of request ${requestId} is unknown: ${why}`,
    help: 'send it again with the same request id, which never does the work twice',
    details: { requestId },
  })
}

/** This node has as many writes waiting as it may. */
export function overloaded(waiting: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'OVERLOADED',
    message: `${waiting} writes are waiting on this node`,
    help: 'send it again after a short wait, or to another node',
  })
}
