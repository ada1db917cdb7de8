import { AssertionFailure } from '../model/assert.js'
import { isErrorReason, MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { Logger } from '../runtime/logger.js'
import type { Failure, Failure__Output } from './gen/ggen/raft/v1/Failure.js'

/** The whole error, for the other side to throw again. */
export function toFailure(error: MarketplaceError): Failure {
  const { reason, message, help, field, details } = error
  return {
    reason,
    message,
    help,
    field: field ?? '',
    details: Object.entries(details).map(([name, value]) => ({ name, value })),
  }
}

/** The error that the other side sent; a reason of a newer build becomes INTERNAL and keeps its name in the message. */
export function fromFailure(failure: Failure__Output): MarketplaceError {
  const reason = isErrorReason(failure.reason) ? failure.reason : undefined
  return new MarketplaceError({
    reason: reason ?? 'INTERNAL',
    message: reason === undefined ? `${failure.reason}: ${failure.message}` : failure.message,
    help: failure.help,
    field: failure.field === '' ? undefined : failure.field,
    details: Object.fromEntries(failure.details.map(({ name, value }) => [name, value])),
  })
}

/**
 * What a procedure threw, as an error that may cross. Our own mistake stops this process, whatever else happens; anything
 * unforeseen is logged here, where its stack is, and crosses without it.
 */
export function errorToSend(thrown: unknown, procedure: string, logger: Logger): MarketplaceError {
  if (thrown instanceof MarketplaceError) return thrown
  if (thrown instanceof AssertionFailure) {
    queueMicrotask(() => {
      throw thrown
    })
  }
  logger.error({ error: thrown, procedure }, 'procedure failed')
  return new MarketplaceError({
    reason: 'INTERNAL',
    message: `${procedure} failed inside the node that was asked`,
    help: 'its log says why',
  })
}

export function unreachable(peer: NodeId, what: string, cause?: unknown): MarketplaceError {
  return new MarketplaceError({
    reason: 'UNREACHABLE',
    message: `${peer} cannot be reached: ${what}`,
    help: 'it may be down or restarting, or the network between is cut; this is tried again by itself',
    details: { peer },
    cause,
  })
}

export function deadlinePassed(peer: NodeId, procedure: string, deadlineMs: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'DEADLINE',
    message: `${procedure} on ${peer} made no progress for ${deadlineMs} ms`,
    help: 'the node may be overloaded or cut off; try again',
    details: { peer },
  })
}
