import type { DependencyKind } from './metadata.js'
import type { PackageId, PackageRef } from './package-id.js'
import type { VersionSummary } from './summary.js'

/** One package that is asked for. */
export interface ResolveRoot {
  readonly ref: PackageRef
  /** A bare version means caret; empty: any release. */
  readonly requirement: string
}

/** What is to be resolved. */
export interface ResolveRequest {
  readonly roots: readonly ResolveRoot[]
  /** What a lock names: kept where it fits. A yanked version is taken only where it stands here. */
  readonly locked?: readonly PackageId[] | undefined
  /** Whether optional dependencies are followed too, each where some version meets it. Default false. */
  readonly optional?: boolean | undefined
}

/** Highest that all requirements admit; named by the lock; lower than what they admit, since that does not fit. */
export type ResolveChoice = 'highest' | 'locked' | 'lower'

/** One requirement between two chosen packages. */
export interface ResolvedDependency {
  /** The other end; absent where that is the request itself. */
  readonly id?: PackageId | undefined
  readonly requirement: string
  /** Absent of a root. */
  readonly kind?: DependencyKind | undefined
}

/** One chosen version. */
export interface ResolvedPackage {
  readonly version: VersionSummary
  /** At least one. */
  readonly requiredBy: readonly ResolvedDependency[]
  readonly dependencies: readonly ResolvedDependency[]
  readonly choice: ResolveChoice
  /** The choice in words. */
  readonly reason: string
  /** It needs itself, through others. */
  readonly circular: boolean
}
