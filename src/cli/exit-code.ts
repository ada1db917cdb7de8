import { assertNever } from '../model/assert.js'
import type { ErrorReason, MarketplaceError } from '../model/error.js'

/** What a script learns from a command's end. */
export const EXIT = {
  ok: 0,
  internal: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  unreachable: 5,
  verification: 6,
  denied: 7,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Reasons whose status alone would say something else. */
const OF_REASON: Partial<Record<ErrorReason, ExitCode>> = {
  HASH_MISMATCH: EXIT.verification,
  SIZE_MISMATCH: EXIT.verification,
  REQUEST_ID_REUSED: EXIT.conflict,
  FOLDER_LOCKED: EXIT.conflict,
  QUOTA_EXCEEDED: EXIT.conflict,
  NATIVE_MODULE_MISSING: EXIT.internal,
}

export function exitCodeOf(error: MarketplaceError): ExitCode {
  const { code } = error
  const special = OF_REASON[error.reason]
  if (special !== undefined) return special
  switch (code) {
    case 'INVALID_ARGUMENT':
    case 'OUT_OF_RANGE':
    case 'UNIMPLEMENTED':
      return EXIT.usage
    case 'NOT_FOUND':
      return EXIT.notFound
    case 'ALREADY_EXISTS':
    case 'FAILED_PRECONDITION':
      return EXIT.conflict
    case 'UNAVAILABLE':
    case 'DEADLINE_EXCEEDED':
    case 'RESOURCE_EXHAUSTED':
    case 'ABORTED':
      return EXIT.unreachable
    case 'DATA_LOSS':
      return EXIT.verification
    case 'PERMISSION_DENIED':
    case 'UNAUTHENTICATED':
      return EXIT.denied
    case 'INTERNAL':
    case 'CANCELLED':
      return EXIT.internal
    default:
      return assertNever(code, 'status code')
  }
}

/** A command said in its result what is wrong; all that is left is the exit code. */
export class ToldInResult extends Error {
  override readonly name = 'ToldInResult'
  constructor(readonly exitCode: ExitCode) {
    super('told in the result')
  }
}
