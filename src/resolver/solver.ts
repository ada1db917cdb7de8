import type { DependencyKind } from '../model/metadata.js'
import type { ResolveChoice } from '../model/resolution.js'

/** What is to be solved. Packages are named as their key says: `namespace/name` or `name`. */
export interface SolveRequest {
  readonly roots: readonly { readonly package: string; readonly requirement: string }[]
  readonly locked: readonly NamedVersion[]
  readonly optional: boolean
  readonly limits: {
    readonly deadlineMs: number
    readonly packagesMax: number
    readonly releasesMax: number
    readonly dependenciesMax: number
    /** Of one question, packages and releases each. */
    readonly askMax: number
    readonly explanationLengthMax: number
  }
}

export interface NamedVersion {
  readonly package: string
  readonly version: string
}

/** What the solver has to be told before it can go on. */
export interface Ask {
  readonly packages: readonly string[]
  readonly releases: readonly NamedVersion[]
}

/** The answer, in the order of the question; it may leave out what comes last, packages before releases, but not everything. */
export interface Fed {
  readonly packages: readonly FedPackage[]
  readonly releases: readonly (readonly FedDependency[])[]
}

/** A package as the registry lists it; nothing in it where there is none of that name. */
export interface FedPackage {
  /** As the registry spells it. */
  readonly package?: string
  readonly versions?: readonly { readonly version: string; readonly yanked: boolean }[]
  /** The version that will probably be chosen: comes along, so that nobody has to ask for it. */
  readonly likely?: { readonly version: string; readonly dependencies: readonly FedDependency[] } | undefined
}

export interface FedDependency {
  readonly package: string
  readonly requirement: string
  readonly kind: DependencyKind
  readonly original?: string | undefined
}

/** Chosen versions, each after those that it needs. */
export interface SolvedGraph {
  readonly packages: readonly {
    readonly package: string
    readonly version: string
    readonly requiredBy: readonly SolvedEdge[]
    readonly dependencies: readonly SolvedEdge[]
    readonly choice: ResolveChoice
    readonly reason: string
    readonly circular: boolean
  }[]
}

export interface SolvedEdge {
  /** Position of the other end; null where it is the request itself. */
  readonly at: number | null
  readonly requirement: string
  readonly kind: DependencyKind | null
}

/** Why nothing fits. */
export interface SolveConflict {
  /** One line. */
  readonly message: string
  /** The whole derivation, a step a line. */
  readonly explanation: readonly string[]
  readonly help: string
  /** Positions of the roots that take part. */
  readonly roots: readonly number[]
  /** Position of the first root that no version meets by itself; null where each is met by some. */
  readonly unmetRoot: number | null
}

/** How a turn of the solver ends. */
export type Step =
  | { readonly ask: Ask }
  | { readonly solved: SolvedGraph }
  | { readonly conflict: SolveConflict }

/** One resolution under way; it works on a thread of its own and waits there to be fed. */
export interface Solving {
  /** Once, first. @throws LIMIT_EXCEEDED, DEADLINE, CANCELLED */
  start(request: SolveRequest): Promise<Step>
  /** The answer to the last step's question. @throws as start */
  feed(fed: Fed): Promise<Step>
  /** Ends it, whatever it is at; done with every one in the end. */
  cancel(): void
}

/** Finds versions that fit together. */
export interface DependencySolver {
  /** @throws NATIVE_MODULE_MISSING */
  begin(): Solving
}
