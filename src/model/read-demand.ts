import type { PackageRef } from './package-id.js'
import type { Version } from './version.js'

/** How fresh an answer must be: after every write acknowledged before the call, or whatever this node has. */
export type Consistency = 'linearizable' | 'stale'

/** What every read may ask. */
export interface ReadDemand {
  /** Absent: the default of the method. */
  readonly consistency?: Consistency | undefined
  /** The answer reflects at least this log index. 0 or absent: no demand. */
  readonly minIndex?: number | undefined
  /** History that minIndex belongs to. Absent: not checked. */
  readonly historyId?: string | undefined
}

/** A package named for reading; the version may be left open. */
export interface PackageQuery extends PackageRef {
  /** Absent: latest. */
  readonly version?: Version | undefined
}
