/** Canonical status codes (those of gRPC), the coarse half of an error: what kind of trouble it is. */
export type StatusCode =
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'UNAUTHENTICATED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'OUT_OF_RANGE'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'DATA_LOSS'
  | 'DEADLINE_EXCEEDED'
  | 'CANCELLED'

/**
 * Every reason there is, with the status it belongs to. The proto enum `ErrorReason` lists the same names; numbers there
 * are never reused, and names here are never renamed.
 */
export const STATUS_OF_REASON = {
  INVALID_NAME: 'INVALID_ARGUMENT',
  INVALID_VERSION: 'INVALID_ARGUMENT',
  INVALID_REQUIREMENT: 'INVALID_ARGUMENT',
  INVALID_ARGUMENT: 'INVALID_ARGUMENT',
  SELF_DEPENDENCY: 'INVALID_ARGUMENT',
  LIMIT_EXCEEDED: 'INVALID_ARGUMENT',
  HASH_MISMATCH: 'INVALID_ARGUMENT',
  SIZE_MISMATCH: 'INVALID_ARGUMENT',
  UPLOAD_INCOMPLETE: 'INVALID_ARGUMENT',
  MANIFEST_MISMATCH: 'INVALID_ARGUMENT',
  ARCHIVE_INVALID: 'INVALID_ARGUMENT',
  PAGE_TOKEN_INVALID: 'INVALID_ARGUMENT',
  SIGNATURE_MISSING: 'UNAUTHENTICATED',
  SIGNATURE_INVALID: 'UNAUTHENTICATED',
  SIGNATURE_STALE: 'UNAUTHENTICATED',
  NOT_OWNER: 'PERMISSION_DENIED',
  PACKAGE_NOT_FOUND: 'NOT_FOUND',
  VERSION_NOT_FOUND: 'NOT_FOUND',
  BLOB_NOT_FOUND: 'NOT_FOUND',
  ALL_YANKED: 'NOT_FOUND',
  NO_CONTENT: 'NOT_FOUND',
  VERSION_EXISTS: 'ALREADY_EXISTS',
  NAME_TAKEN: 'ALREADY_EXISTS',
  BLOB_MISSING: 'FAILED_PRECONDITION',
  BLOB_REFERENCED: 'FAILED_PRECONDITION',
  LEASE_EXPIRED: 'FAILED_PRECONDITION',
  PURGED: 'FAILED_PRECONDITION',
  HISTORY_MISMATCH: 'FAILED_PRECONDITION',
  COMPACTED: 'OUT_OF_RANGE',
  INDEX_NOT_REACHED: 'DEADLINE_EXCEEDED',
  DEADLINE: 'DEADLINE_EXCEEDED',
  NOT_PROPOSED: 'UNAVAILABLE',
  OUTCOME_UNKNOWN: 'ABORTED',
  NO_LEADER: 'UNAVAILABLE',
  NO_QUORUM: 'UNAVAILABLE',
  UNREACHABLE: 'UNAVAILABLE',
  SHUTTING_DOWN: 'UNAVAILABLE',
  OVERLOADED: 'RESOURCE_EXHAUSTED',
  REQUEST_TABLE_FULL: 'RESOURCE_EXHAUSTED',
  CLOCK_SKEW: 'UNAVAILABLE',
  REQUEST_ID_REUSED: 'INVALID_ARGUMENT',
  STORAGE_FAILED: 'UNAVAILABLE',
  STORAGE_CORRUPT: 'DATA_LOSS',
  STATE_CORRUPT: 'DATA_LOSS',
  BLOB_CORRUPT: 'DATA_LOSS',
  FOLDER_LOCKED: 'FAILED_PRECONDITION',
  FOLDER_FOREIGN: 'FAILED_PRECONDITION',
  IDENTITY_LOST: 'FAILED_PRECONDITION',
  CLUSTER_MISMATCH: 'FAILED_PRECONDITION',
  VERSION_UNSUPPORTED: 'FAILED_PRECONDITION',
  CONFIG_INVALID: 'INVALID_ARGUMENT',
  PORT_IN_USE: 'FAILED_PRECONDITION',
  NATIVE_MODULE_MISSING: 'FAILED_PRECONDITION',
  SEARCH_REBUILD_NEEDED: 'UNAVAILABLE',
  VERIFICATION_FAILED: 'DATA_LOSS',
  KEY_NOT_FOUND: 'NOT_FOUND',
  FILE_INVALID: 'INVALID_ARGUMENT',
  CANCELLED: 'CANCELLED',
  UNSUPPORTED: 'UNIMPLEMENTED',
  INTERNAL: 'INTERNAL',
  MEMBER_UNKNOWN: 'NOT_FOUND',
  MEMBER_EXISTS: 'ALREADY_EXISTS',
  MEMBER_REMOVED: 'FAILED_PRECONDITION',
  NOT_A_MEMBER: 'FAILED_PRECONDITION',
  NOT_CAUGHT_UP: 'UNAVAILABLE',
  MEMBERSHIP_REFUSED: 'FAILED_PRECONDITION',
  LAST_OWNER: 'FAILED_PRECONDITION',
  DEPENDENCY_CONFLICT: 'FAILED_PRECONDITION',
  MEMBERS_OUTDATED: 'FAILED_PRECONDITION',
  QUOTA_EXCEEDED: 'RESOURCE_EXHAUSTED',
  STORE_UNKNOWN: 'NOT_FOUND',
  RESTORE_REFUSED: 'FAILED_PRECONDITION',
} as const satisfies Record<string, StatusCode>

/** The fine half of an error: the closed list that callers may branch on. */
export type ErrorReason = keyof typeof STATUS_OF_REASON

/** Whether a name from outside is one of the closed list. */
export function isErrorReason(name: string): name is ErrorReason {
  return Object.hasOwn(STATUS_OF_REASON, name)
}

export interface ErrorParts {
  readonly reason: ErrorReason
  /** What is wrong, naming the offending value. */
  readonly message: string
  /** What the caller can do next. */
  readonly help: string
  /** Path of the offending field in the request, where there is one (`metadata.id.version`). */
  readonly field?: string | undefined
  /** Further facts by name, all text (two hashes, an index): part of the interface. */
  readonly details?: Readonly<Record<string, string>> | undefined
  readonly cause?: unknown
}

/** The one error of the world's doing: a closed reason, a message that names the value, and what to do. */
export class MarketplaceError extends Error {
  override readonly name = 'MarketplaceError'
  readonly reason: ErrorReason
  readonly help: string
  readonly field: string | undefined
  readonly details: Readonly<Record<string, string>>

  constructor(parts: ErrorParts) {
    super(parts.message, parts.cause === undefined ? undefined : { cause: parts.cause })
    this.reason = parts.reason
    this.help = parts.help
    this.field = parts.field
    this.details = parts.details ?? {}
  }

  /** Canonical status of the reason. */
  get code(): StatusCode {
    return STATUS_OF_REASON[this.reason]
  }
}
