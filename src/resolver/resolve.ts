import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import { type Clock, pause } from '../runtime/clock.js'
import type {
  Ask,
  DependencySolver,
  Fed,
  FedDependency,
  FedPackage,
  NamedVersion,
  SolveConflict,
  SolvedGraph,
  SolveRequest,
} from './solver.js'
import { givenUp } from './turn.js'

/** The registry at one index, as far as resolving reads it. Synchronous: the reader paces itself. */
export interface PackageWorld {
  /** By key; a package that is not there has nothing in it. */
  package(key: string): FedPackage
  /** Dependencies of a version that {@link package} listed. */
  release(id: NamedVersion): readonly FedDependency[]
}

export interface ResolveTask extends Pick<SolveRequest, 'roots' | 'locked' | 'optional'> {
  /** What is left of the call's time. */
  readonly deadlineMs: number
  readonly signal?: AbortSignal | undefined
}

/** Packages and releases of one question each. */
const ASK_MAX = 64
/** Versions and dependencies in one answer to it, about: they are written as one text, which takes its time. */
const FED_ENTRIES_MAX = 4_096
/** Reading the world gives way to everything else of the process after this long. */
const SLICE_MS_MAX = 4

/**
 * Resolves against a world that is read as far as the solver asks for it: what it will probably need next in one go, so that
 * there are about as many rounds as the tree is deep. The solver computes on its own thread.
 * @throws LIMIT_EXCEEDED, DEADLINE, CANCELLED, NATIVE_MODULE_MISSING
 */
export async function resolveIn(
  world: PackageWorld,
  task: ResolveTask,
  solver: DependencySolver,
  clock: Clock,
): Promise<SolvedGraph | SolveConflict> {
  const { roots, locked, optional, deadlineMs, signal } = task
  if (signal?.aborted === true) throw givenUp()
  const solving = solver.begin()
  const onAbort = () => solving.cancel()
  signal?.addEventListener('abort', onAbort)
  try {
    const limits = {
      deadlineMs: Math.max(1, Math.floor(deadlineMs)),
      packagesMax: LIMITS.resolvePackagesMax,
      releasesMax: LIMITS.resolveVersionsMax,
      dependenciesMax: LIMITS.resolveDependenciesMax,
      askMax: ASK_MAX,
      explanationLengthMax: LIMITS.explanationLengthMax,
    }
    let step = await solving.start({ roots, locked, optional, limits })
    while ('ask' in step) step = await solving.feed(await answer(world, step.ask, clock))
    return 'solved' in step ? step.solved : step.conflict
  } finally {
    signal?.removeEventListener('abort', onAbort)
    solving.cancel()
  }
}

/** As much of what is asked for as is well told at once. */
async function answer(world: PackageWorld, ask: Ask, clock: Clock): Promise<Fed> {
  const packages: FedPackage[] = []
  const releases: (readonly FedDependency[])[] = []
  let sliceEndMs = clock.monotonicMs() + SLICE_MS_MAX
  const breathe = async () => {
    if (clock.monotonicMs() < sliceEndMs) return
    await pause(clock, 0)
    sliceEndMs = clock.monotonicMs() + SLICE_MS_MAX
  }
  let entries = 0
  for (const key of ask.packages) {
    if (entries > FED_ENTRIES_MAX) return { packages, releases }
    const found = world.package(key)
    packages.push(found)
    entries += 1 + (found.versions?.length ?? 0) + (found.likely?.dependencies.length ?? 0)
    await breathe()
  }
  for (const id of ask.releases) {
    if (entries > FED_ENTRIES_MAX) return { packages, releases }
    const found = world.release(id)
    releases.push(found)
    entries += 1 + found.length
    await breathe()
  }
  return { packages, releases }
}

/** What a caller is told of a conflict. */
export function conflictError({ message, explanation, help }: SolveConflict): MarketplaceError {
  return new MarketplaceError({
    reason: 'DEPENDENCY_CONFLICT',
    field: 'roots',
    message,
    help,
    details: { explanation: explanation.join('\n') },
  })
}
