import { assert } from '../model/assert.js'
import { type ErrorReason, MarketplaceError } from '../model/error.js'
import type { Clock } from '../runtime/clock.js'
import type { Random } from '../runtime/random.js'

/** Waits before the next attempt: full jitter below a bound that doubles. */
export const BACKOFF = { firstMs: 50, maxMs: 1_000 } as const

/**
 * Reasons that another attempt may cure, here or on another node. Everything else is a refusal: it would be the same again.
 * Sending a write again is safe, since it carries its request id.
 */
const CURABLE: ReadonlySet<ErrorReason> = new Set([
  'NOT_PROPOSED',
  'OUTCOME_UNKNOWN',
  'NO_LEADER',
  'NO_QUORUM',
  'UNREACHABLE',
  'SHUTTING_DOWN',
  'OVERLOADED',
  'REQUEST_TABLE_FULL',
  'CLOCK_SKEW',
  'STORAGE_FAILED',
  'STORAGE_CORRUPT',
  'STATE_CORRUPT',
  'BLOB_CORRUPT',
  'SEARCH_REBUILD_NEEDED',
  'INDEX_NOT_REACHED',
  'DEADLINE',
  'UPLOAD_INCOMPLETE',
  'NOT_CAUGHT_UP',
])

/** What a node says that will never take part again: another one may, as long as there is one. */
const CURABLE_ELSEWHERE: ReadonlySet<ErrorReason> = new Set(['MEMBER_REMOVED', 'IDENTITY_LOST'])

export function isCurable(error: MarketplaceError): boolean {
  return CURABLE.has(error.reason) || CURABLE_ELSEWHERE.has(error.reason)
}

/** An upper bound for the wait before attempt number `attempt` (the second is 1). */
export function backoffBoundMs(attempt: number): number {
  return Math.min(BACKOFF.maxMs, BACKOFF.firstMs * 2 ** Math.min(attempt - 1, 20))
}

export interface RetryOptions {
  readonly clock: Clock
  readonly random: Random
  /** How many nodes there are: a node that cannot be reached is passed over at once, until all were tried. */
  readonly nodes: number
  /** After this long no further attempt begins. */
  readonly totalMs: number
}

/** Thrown by an attempt that surely sent nothing. */
export class NothingSent extends Error {
  constructor(readonly reason: MarketplaceError) {
    super(reason.message)
  }
}

/**
 * Repeats an attempt until it succeeds, is refused, or time is over. The attempt moves on to another node by itself.
 * @throws the refusal; or the last trouble. Where a write may have been carried out, that is OUTCOME_UNKNOWN.
 */
export async function withRetry<T>(
  options: RetryOptions & { readonly kind: 'read' | 'write' },
  attempt: () => Promise<T>,
): Promise<T> {
  const { clock, random } = options
  const endMs = clock.monotonicMs() + options.totalMs
  let maybeDone = false
  /** Attempts in a row that met nodes which are out for good. */
  let out = 0
  for (let attempts = 1; ; attempts++) {
    let trouble: MarketplaceError
    try {
      return await attempt()
    } catch (error) {
      trouble = error instanceof NothingSent ? error.reason : asTrouble(error)
      out = CURABLE_ELSEWHERE.has(trouble.reason) ? out + 1 : 0
      if (!isCurable(trouble) || out >= options.nodes) throw trouble
      maybeDone ||=
        !(error instanceof NothingSent) && trouble.reason !== 'NOT_PROPOSED' && mayHaveActed(trouble)
    }
    const passOver = out > 0 || (trouble.reason === 'UNREACHABLE' && attempts < options.nodes)
    const waitMs = passOver ? 0 : random.below(backoffBoundMs(attempts)) + 1
    if (clock.monotonicMs() + waitMs >= endMs)
      throw givenUp(trouble, attempts, options.kind === 'write' && maybeDone)
    if (waitMs > 0) await new Promise<void>((resolve) => clock.after(waitMs, resolve))
  }
}

/** Troubles after which a write may have been carried out all the same. */
function mayHaveActed(trouble: MarketplaceError): boolean {
  return (
    trouble.reason === 'OUTCOME_UNKNOWN' || trouble.reason === 'UNREACHABLE' || trouble.reason === 'DEADLINE'
  )
}

function asTrouble(error: unknown): MarketplaceError {
  assert(error instanceof MarketplaceError, () => `an attempt failed with ${String(error)}`)
  return error
}

function givenUp(trouble: MarketplaceError, attempts: number, maybeDone: boolean): MarketplaceError {
  const times = attempts === 1 ? 'once' : `${attempts} times`
  return new MarketplaceError({
    reason: maybeDone ? 'OUTCOME_UNKNOWN' : trouble.reason,
    message: `given up after trying ${times}: ${trouble.message}`,
    help: maybeDone
      ? 'it may have been carried out: look, or send it again with the same request id'
      : trouble.help || 'try again later',
    details: trouble.details,
    cause: trouble,
  })
}
