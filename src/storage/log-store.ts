import type { Entry, HardState, SnapshotMark } from '../raft/entry.js'

/** What a log store found when it was opened. */
export interface RecoveredLog {
  readonly hardState: HardState
  readonly mark: SnapshotMark
  /** Everything after the mark, without gaps. */
  readonly entries: readonly Entry[]
}

/** Bytes of the log that are not as they were written. */
export interface LogDamage {
  readonly file: string
  readonly offset: number
  readonly what: string
}

/** What a reading of the log found. */
export interface LogCheck {
  readonly segments: number
  /** Records of entries, those included that were superseded or compacted since. */
  readonly entries: number
  /** Where the log begins: the snapshot mark. */
  readonly markIndex: number
  readonly damages: readonly LogDamage[]
}

/**
 * The durable log. Appends may be called while earlier ones are under way: they are grouped into one write and one sync,
 * and resolve in order. After a failed write or sync every later call rejects with STORAGE_FAILED.
 */
export interface LogStore extends AsyncDisposable {
  readonly recovered: RecoveredLog
  /** Where what was found ends, for messages. */
  readonly recoveredEnd: { readonly file: string; readonly offset: number }
  /** Entries replace whatever is there from entries[0].index on. Resolves once durable. */
  append(hardState: HardState | undefined, entries: readonly Entry[]): Promise<void>
  /** The state up to mark is durable elsewhere: older segments may go. Resolves once the mark is durable. */
  compact(mark: SnapshotMark): Promise<void>
  /** Begins again at mark with no entries (a received snapshot took their place); keeps the hard state. */
  reset(mark: SnapshotMark): Promise<void>
  /**
   * Reads the whole log from the disk, while it goes on being written, and holds every record against its checksum.
   * @param each told the bytes of each piece read; awaited, so that the caller sets the pace
   */
  check(each: (bytes: number) => Promise<void>): Promise<LogCheck>
  /** Bytes that segments occupy, and entries held. */
  stats(): { readonly segments: number; readonly bytes: number; readonly entries: number }
}
