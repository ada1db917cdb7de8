import type { Namespace, PackageRef } from '../model/package-id.js'
import type { VersionSummary } from '../model/summary.js'
import type { WatchedChange, WatchedKind } from '../model/watched-change.js'
import type { Reflected } from './answer.js'

export interface WatchOptions {
  /**
   * Where to go on: after what was handled last (exclusive), `beginning`: from the oldest change that is kept, `existing`:
   * with everything there is, then what changes. Default: what changes from now on.
   */
  readonly from?: { readonly index: number; readonly historyId: string } | 'beginning' | 'existing'
  /** Only what is in one of these namespaces or packages. Default: everything. */
  readonly namespaces?: readonly Namespace[]
  readonly packages?: readonly PackageRef[]
  /** Only changes of these kinds. Default: all. */
  readonly kinds?: readonly WatchedKind[]
  /** Silence after which a progress mark comes, 100 to 60,000. Default 10,000. */
  readonly progressMs?: number
  /** Ends the watch. */
  readonly signal?: AbortSignal
}

/** One step of a watch; `index` and `historyId` are what `from` takes to go on after it. */
export type WatchEvent = Reflected &
  (
    | {
        /** A part of everything there was at `index`; not to go on from until `complete`. */
        readonly type: 'existing'
        readonly versions: readonly VersionSummary[]
        /** The listing begins with this part; again, where it was broken off: what came before it counts no more. */
        readonly first: boolean
        readonly complete: boolean
      }
    | { readonly type: 'changes'; readonly logTimeMs: number; readonly changes: readonly WatchedChange[] }
    | { readonly type: 'progress' }
  )
