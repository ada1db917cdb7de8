import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import { formatPackageId, type PackageId, packageKey, parsePackageRef } from '../model/package-id.js'
import type { ReadDemand } from '../model/read-demand.js'
import { formatRequirement, parseRequirement } from '../model/requirement.js'
import type { ResolvedDependency, ResolvedPackage, ResolveRequest, ResolveRoot } from '../model/resolution.js'
import type { VersionSummary } from '../model/summary.js'
import { parseVersion, type Version, versionIdentity } from '../model/version.js'
import { conflictError, type PackageWorld, resolveIn } from '../resolver/resolve.js'
import type { FedDependency, FedPackage, NamedVersion, SolvedEdge, SolvedGraph } from '../resolver/solver.js'
import { Turns } from '../resolver/turn.js'
import { latestOf, type PackageRecord } from '../state/packages.js'
import type { StateView } from '../state/state-view.js'
import { stateCorrupt } from '../state/stored-value.js'
import { LongWork } from './long-work.js'
import { noneMeets, requirePackage, versionSummary } from './lookup.js'
import type { CallOptions, RegistryContext } from './ports.js'
import { openView } from './read-view.js'

export interface ResolvedGraph {
  /** Log index that the answer reflects. */
  readonly index: number
  /** Each after those that it needs. */
  readonly packages: readonly ResolvedPackage[]
}

/** What an answer may have of a message's size, roughly counted. */
const ANSWER_BYTES_MAX = (LIMITS.unaryMessageBytesMax * 3) / 4

export type DependencyResolver = (
  request: ResolveRequest,
  demand: ReadDemand,
  options?: CallOptions,
) => Promise<ResolvedGraph>

/** The resolver of one node: so many resolutions at once, so many waiting for their turn. */
export function dependencyResolver(context: RegistryContext): DependencyResolver {
  const turns = new Turns(context.clock, {
    runningMax: LIMITS.resolutionsMax,
    waitingMax: LIMITS.resolutionsWaitingMax,
  })
  return (request, demand, options) => resolveDependencies(context, turns, request, demand, options)
}

/**
 * Versions of the packages asked for, and of all that they need, that fit together: one of each package. The rules are in
 * ARCHITECTURE.md (dependency resolution).
 * @throws DEPENDENCY_CONFLICT telling why; INVALID_REQUIREMENT, PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, ALL_YANKED of a root;
 * LIMIT_EXCEEDED, DEADLINE, CANCELLED, OVERLOADED, NATIVE_MODULE_MISSING
 */
async function resolveDependencies(
  context: RegistryContext,
  turns: Turns,
  request: ResolveRequest,
  demand: ReadDemand,
  options: CallOptions = {},
): Promise<ResolvedGraph> {
  const { locked = [] } = request
  checkCount(request.roots.length, 1, LIMITS.resolveRootsMax, 'roots')
  checkCount(locked.length, 0, LIMITS.resolveLockedMax, 'locked')
  const { clock } = context
  const endMs = clock.monotonicMs() + Math.min(options.deadlineMs ?? LIMITS.resolveMs, LIMITS.resolveMs)
  const leftMs = () => Math.max(0, endMs - clock.monotonicMs())
  const work = new LongWork(clock, 'the resolution', LIMITS.resolveMs, options)
  const roots: ResolveRoot[] = []
  for (const [at, { ref, requirement }] of request.roots.entries()) {
    const field = `roots[${at}].requirement`
    const wanted = parseRequirement(requirement.trim() === '' ? '*' : requirement, { bare: 'caret', field })
    roots.push({ ref, requirement: formatRequirement(wanted) })
    await work.step()
  }
  return turns.take(leftMs(), options.signal, async () => {
    await using view = await openView(context, demand, options)
    const world = new StateWorld(view, new Set(locked.map(idKey)))
    const task = {
      roots: roots.map(({ ref, requirement }) => ({ package: packageKey(ref), requirement })),
      locked: locked.map((id) => ({ package: packageKey(id), version: id.version })),
      optional: request.optional ?? false,
      deadlineMs: leftMs(),
      signal: options.signal,
    }
    const solved = await resolveIn(world, task, context.solver, clock)
    if ('packages' in solved) return { index: view.appliedIndex, packages: resolvedPackages(world, solved) }
    const unmet = solved.unmetRoot === null ? undefined : roots[solved.unmetRoot]
    throw unmet === undefined
      ? conflictError(solved)
      : noneMeets(requirePackage(view, unmet.ref), unmet.requirement)
  })
}

/** The state as the solver asks for it. */
class StateWorld implements PackageWorld {
  readonly #summaries = new Map<string, VersionSummary>()

  /** @param locked ids as {@link idKey} writes them */
  constructor(
    private readonly view: StateView,
    private readonly locked: ReadonlySet<string>,
  ) {}

  package(key: string): FedPackage {
    const record = this.view.package(parsePackageRef(key))
    if (record === undefined) return {}
    const name = packageKey(record.ref)
    const likely = this.#likely(record)
    return {
      package: name,
      versions: record.versions.map(({ version, yanked }) => ({ version, yanked })),
      likely: likely && { version: likely, dependencies: this.release({ package: name, version: likely }) },
    }
  }

  release(named: NamedVersion): readonly FedDependency[] {
    const id = { ...parsePackageRef(named.package), version: parseVersion(named.version) }
    const version = this.view.version(id)
    if (version === undefined) throw stateCorrupt(`${formatPackageId(id)} is listed and not there`)
    this.#summaries.set(`${named.package}@${named.version}`, versionSummary(version))
    return version.metadata.dependencies.map((each) => ({
      package: packageKey(each),
      requirement: each.requirement,
      kind: each.kind,
      original: each.originalRequirement,
    }))
  }

  /** What is locked, else the latest. */
  #likely({ ref, versions }: PackageRecord): Version | undefined {
    const locked = this.locked.size === 0 ? [] : versions
    const held = locked.find(({ version }) => this.locked.has(idKey({ ...ref, version })))
    return (held ?? latestOf({ ref, versions }))?.version
  }

  summary({ package: key, version }: NamedVersion): VersionSummary {
    const summary = this.#summaries.get(`${key}@${version}`)
    if (summary === undefined) throw new Error(`${key}@${version} was chosen without a look at it`)
    return summary
  }
}

function resolvedPackages(world: StateWorld, graph: SolvedGraph): readonly ResolvedPackage[] {
  const versions = graph.packages.map((each) => world.summary(each))
  let bytes = 0
  const edge = ({ at, requirement, kind }: SolvedEdge): ResolvedDependency => {
    const id = at === null ? undefined : versions[at]?.id
    bytes += 32 + requirement.length + (id === undefined ? 0 : idKey(id).length)
    return { id, requirement, kind: kind ?? undefined }
  }
  return graph.packages.map(({ requiredBy, dependencies, choice, reason, circular }, at) => {
    const version = versions[at] as VersionSummary
    const resolved = {
      version,
      requiredBy: requiredBy.map(edge),
      dependencies: dependencies.map(edge),
      choice,
      reason,
      circular,
    }
    bytes += 256 + reason.length + (version.yankReason?.length ?? 0) + (version.deprecated?.length ?? 0)
    if (bytes > ANSWER_BYTES_MAX) throw tooLarge(graph.packages.length)
    return resolved
  })
}

function idKey(id: PackageId): string {
  return `${packageKey(id)}@${versionIdentity(id.version)}`
}

function checkCount(count: number, min: number, max: number, what: string): void {
  if (count >= min && count <= max) return
  throw new MarketplaceError({
    reason: count < min ? 'INVALID_ARGUMENT' : 'LIMIT_EXCEEDED',
    field: what,
    message: `${count} ${what} were named; ${min} to ${max} can be`,
    help: count < min ? 'name a package' : 'resolve them in parts',
    details: { limit: String(max) },
  })
}

function tooLarge(packages: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'LIMIT_EXCEEDED',
    message: `the answer, ${packages} packages, is too large for one message`,
    help: 'resolve parts of it one by one',
  })
}
