import { assert } from '../../model/assert.js'
import type { Clock } from '../../runtime/clock.js'
import type { FileSystem } from '../../runtime/file-system.js'
import type { Random } from '../../runtime/random.js'
import type { RecoveredLog } from '../log-store.js'

/** How a log is opened. */
export interface WalOptions {
  /** Best one with a thread of its own: the log's syncs decide about elections. */
  readonly fileSystem: FileSystem
  readonly clock: Clock
  readonly random: Random
  /** Changes with every start of the operating system (Linux: /proc/sys/kernel/random/boot_id). */
  readonly bootId: string
  /** Folder below the file system's root. Default: `wal`. */
  readonly folder?: string
  /** Size of a segment made ahead of use. Default: 64 MiB. */
  readonly segmentBytes?: number
  /** Size of a segment made when none is ready, as at the first start. Default: 1 MiB. */
  readonly quickSegmentBytes?: number
  /** Most bytes that one write and sync carry, one larger record excepted. Default: 1 MiB. */
  readonly groupBytesMax?: number
  /** How long after the last sync a watermark says so. Default: 50 ms. */
  readonly idleMs?: number
  /**
   * What a log that is not there begins with. Without it a missing log is refused: a node that has an identity and no
   * log has lost its promises.
   */
  readonly bootstrap?: RecoveredLog | undefined
}

export const WAL_DEFAULTS = {
  folder: 'wal',
  segmentBytes: 64 * 1024 * 1024,
  quickSegmentBytes: 1024 * 1024,
  groupBytesMax: 1024 * 1024,
  idleMs: 50,
} as const

/** What a node that waits to be added begins with. */
export const EMPTY_LOG: RecoveredLog = {
  hardState: { term: 0, vote: undefined, commit: 0 },
  mark: { index: 0, term: 0, configuration: new Uint8Array(0) },
  entries: [],
}

/** With every default filled in. */
export type CompleteWalOptions = Required<Omit<WalOptions, 'bootstrap'>> & Pick<WalOptions, 'bootstrap'>

export function completeWalOptions(options: WalOptions): CompleteWalOptions {
  const complete = { ...WAL_DEFAULTS, ...options }
  assert(complete.segmentBytes >= 4096, () => `segmentBytes ${complete.segmentBytes}`)
  assert(complete.quickSegmentBytes >= 1024, () => `quickSegmentBytes ${complete.quickSegmentBytes}`)
  assert(complete.groupBytesMax >= 1, () => `groupBytesMax ${complete.groupBytesMax}`)
  return complete
}
