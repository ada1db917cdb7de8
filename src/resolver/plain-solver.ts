import { defined } from '../model/assert.js'
import { MarketplaceError } from '../model/error.js'
import { parseRequirement, type Requirement, requirementMatches } from '../model/requirement.js'
import { compareVersions, parseVersion, type Version, versionIdentity } from '../model/version.js'
import { type InstallOrder, installOrder } from './install-order.js'
import type {
  DependencySolver,
  Fed,
  FedDependency,
  FedPackage,
  SolveConflict,
  SolvedEdge,
  SolvedGraph,
  SolveRequest,
  Solving,
  Step,
} from './solver.js'

/** How often the choice is made anew with what the last one needs, before it is taken for one that goes in circles. */
const ROUNDS_MAX = 1_000
/** Requirements that a reason names. */
const NAMED_MAX = 3

/**
 * Resolves where there is nothing to search for: each package at the highest version that all requirements admit, or the one
 * that is locked, and everything fits. Wherever that is not so it refuses, and the native module is needed: so there is no
 * second set of answers.
 */
export class PlainSolver implements DependencySolver {
  begin(): Solving {
    return new PlainSolving()
  }
}

interface KnownPackage {
  readonly name: string
  /** Highest first. */
  readonly versions: readonly { readonly version: Version; readonly yanked: boolean }[]
}

/** A requirement on one package, and whose it is; undefined: that of the request. */
interface Demand {
  readonly by: string | undefined
  readonly on: string
  readonly text: string
  readonly requirement: Requirement
  readonly kind: FedDependency['kind'] | null
}

class PlainSolving implements Solving {
  #request: SolveRequest | undefined
  /** By every key that was asked for; one package may go by several. */
  readonly #packages = new Map<string, KnownPackage | undefined>()
  readonly #releases = new Map<string, readonly FedDependency[]>()
  #asked: Extract<Step, { ask: unknown }>['ask'] = { packages: [], releases: [] }

  async start(request: SolveRequest): Promise<Step> {
    this.#request = request
    return this.#advance()
  }

  async feed({ packages, releases }: Fed): Promise<Step> {
    // Perhaps a part of what was asked for.
    for (const [at, each] of packages.entries()) this.#learn(defined(this.#asked.packages[at], 'key'), each)
    for (const [at, dependencies] of releases.entries()) {
      const { package: name, version } = defined(this.#asked.releases[at], 'release')
      this.#releases.set(`${name}@${version}`, dependencies)
    }
    return this.#advance()
  }

  cancel(): void {}

  #learn(key: string, { package: name, versions = [] }: FedPackage): void {
    if (name === undefined) return void this.#packages.set(key, undefined)
    const sorted = versions
      .map(({ version, yanked }) => ({ version: parseVersion(version), yanked }))
      .sort((a, b) => compareVersions(b.version, a.version))
    this.#packages.set(key, { name, versions: sorted })
  }

  #advance(): Step {
    const unmet = this.#unmetRoot()
    if (unmet !== undefined) return { conflict: unmet }
    const packages = new Set<string>()
    const releases = new Map<string, { package: string; version: string }>()
    let chosen = new Map<string, Version>()
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const demands = this.#demands(chosen, packages, releases)
      const next = new Map<string, Version>()
      for (const [name, those] of demands) next.set(name, this.#choose(name, those))
      if (packages.size + releases.size === 0 && isSame(chosen, next))
        return { solved: this.#graph(chosen, demands) }
      if (isSame(chosen, next)) break
      chosen = next
    }
    if (packages.size + releases.size === 0)
      throw needsSearch('the highest versions need each other in turns')
    const { askMax } = this.#limits
    this.#asked = {
      packages: [...packages].slice(0, askMax),
      releases: [...releases.values()].slice(0, askMax),
    }
    if (this.#packages.size + packages.size > this.#limits.packagesMax)
      throw tooMany(`${this.#limits.packagesMax} packages`)
    return { ask: this.#asked }
  }

  /** The first root that no version meets by itself. */
  #unmetRoot(): SolveConflict | undefined {
    const { roots } = defined(this.#request, 'request')
    const at = roots.findIndex(({ package: key, requirement: text }) => {
      if (!this.#packages.has(key)) return false
      const known = this.#packages.get(key)
      const requirement = parseRequirement(text)
      return !known?.versions.some(
        ({ version, yanked }) =>
          (!yanked || this.#isLocked(known.name, version)) && requirementMatches(requirement, version),
      )
    })
    const root = roots[at]
    if (root === undefined) return undefined
    const message = `no version of ${root.package} meets ${root.requirement}`
    const help = 'ask for another version'
    return { message, explanation: [message], help, roots: [at], unmetRoot: at }
  }

  get #limits(): SolveRequest['limits'] {
    return defined(this.#request, 'request').limits
  }

  /** What the request and the chosen versions need, by package; what is not known yet is noted. */
  #demands(
    chosen: ReadonlyMap<string, Version>,
    packages: Set<string>,
    releases: Map<string, { package: string; version: string }>,
  ): Map<string, Demand[]> {
    packages.clear()
    releases.clear()
    const { roots, optional } = defined(this.#request, 'request')
    const demands = new Map<string, Demand[]>()
    const add = (
      by: string | undefined,
      each: Pick<FedDependency, 'package' | 'requirement'>,
      kind: Demand['kind'],
    ) => {
      if (!this.#packages.has(each.package)) return void packages.add(each.package)
      const known = this.#packages.get(each.package)
      const requirement = readable(each.requirement)
      const meets = known?.versions.some(
        ({ version, yanked }) =>
          (!yanked || this.#isLocked(known.name, version)) &&
          requirement !== undefined &&
          requirementMatches(requirement, version),
      )
      if (kind === 'optional' && meets !== true) return
      if (known === undefined || requirement === undefined)
        throw needsSearch(
          `${by ?? 'the request'} needs ${each.package} ${each.requirement}, which cannot be had`,
        )
      if (known.name === by) {
        if (requirementMatches(requirement, defined(chosen.get(by), 'version'))) return
        throw needsSearch(`${by} needs another version of itself, ${each.requirement}`)
      }
      const those = demands.get(known.name) ?? []
      those.push({ by, on: known.name, text: each.requirement, requirement, kind })
      demands.set(known.name, those)
    }
    for (const root of roots) add(undefined, root, null)
    for (const [name, version] of chosen) {
      const dependencies = this.#releases.get(`${name}@${version}`)
      if (dependencies === undefined) {
        releases.set(name, { package: name, version })
        continue
      }
      for (const each of dependencies) {
        const follows =
          each.kind === 'normal' || each.kind === 'peer' || (each.kind === 'optional' && optional)
        if (follows) add(name, each, each.kind)
      }
    }
    return demands
  }

  #choose(name: string, demands: readonly Demand[]): Version {
    const { versions } = defined(this.#packages.get(demands[0]?.on ?? name), 'package')
    const fits = ({ version }: { version: Version }) =>
      demands.every(({ requirement }) => requirementMatches(requirement, version))
    const found = versions.find((each) => this.#isLocked(name, each.version) && fits(each))
    const best = found ?? versions.find((each) => !each.yanked && fits(each))
    if (best !== undefined) return best.version
    const wanted = demands.map(({ by, text }) => `${text} (${by ?? 'the request'})`).join(' and ')
    throw needsSearch(`${versions.some(fits) ? 'only a yanked' : 'no'} version of ${name} meets ${wanted}`)
  }

  #isLocked(name: string, version: Version): boolean {
    return defined(this.#request, 'request').locked.some(
      (each) =>
        each.package === name && versionIdentity(parseVersion(each.version)) === versionIdentity(version),
    )
  }

  #graph(chosen: ReadonlyMap<string, Version>, demands: ReadonlyMap<string, readonly Demand[]>): SolvedGraph {
    const needs = new Map<string | undefined, Demand[]>()
    for (const demand of [...demands.values()].flat()) {
      const those = needs.get(demand.by) ?? []
      those.push(demand)
      needs.set(demand.by, those)
    }
    const targets = (by: string | undefined) => (needs.get(by) ?? []).map(({ on }) => on)
    const order: InstallOrder = installOrder(targets)
    const places = new Map(order.names.map((name, place) => [name, place]))
    const placeOf = (name: string | undefined) =>
      name === undefined ? null : defined(places.get(name), name)
    const edge = (at: number | null, { text, kind }: Demand): SolvedEdge => ({ at, requirement: text, kind })
    return {
      packages: order.names.map((name) => {
        const those = defined(demands.get(name), name)
        return {
          package: name,
          version: defined(chosen.get(name), name),
          requiredBy: those.map((demand) => edge(placeOf(demand.by), demand)),
          dependencies: (needs.get(name) ?? []).map((demand) => edge(placeOf(demand.on), demand)),
          ...this.#reason(name, those, chosen),
          circular: order.circular.has(name),
        }
      }),
    }
  }

  #reason(name: string, those: readonly Demand[], chosen: ReadonlyMap<string, Version>) {
    const version = defined(chosen.get(name), name)
    const { versions } = defined(this.#packages.get(name), name)
    const whose = (by: string | undefined) => (by === undefined ? 'the request' : `${by}@${chosen.get(by)}`)
    const named = those.slice(0, NAMED_MAX).map(({ text, by }) => `${text} (${whose(by)})`)
    if (those.length > NAMED_MAX) named.push(`${those.length - NAMED_MAX} more`)
    const wants = named.join(', ')
    if (this.#isLocked(name, version)) {
      const yanked = versions.some((each) => each.version === version && each.yanked)
      return {
        choice: 'locked' as const,
        reason: `the lock names it${yanked ? ', though it is yanked' : ''}; it meets ${wants}`,
      }
    }
    const fit = versions.filter(
      (each) =>
        !each.yanked && those.every(({ requirement }) => requirementMatches(requirement, each.version)),
    ).length
    const reason = fit === 1 ? `the only one that meets ${wants}` : `the highest of ${fit} that meet ${wants}`
    return { choice: 'highest' as const, reason }
  }
}

/** Undefined where the registry cannot read it, as of some that were imported. */
function readable(text: string): Requirement | undefined {
  try {
    return parseRequirement(text)
  } catch {
    return undefined
  }
}

function isSame(a: ReadonlyMap<string, Version>, b: ReadonlyMap<string, Version>): boolean {
  return a.size === b.size && [...a].every(([name, version]) => b.get(name) === version)
}

function needsSearch(why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'NATIVE_MODULE_MISSING',
    message: `the highest versions do not fit together (${why}), and looking for others takes the native module, which is not here for this platform`,
    help: 'ask for exact versions that fit, use a registry that has the module (a cluster, with --endpoint), or build it: "make build" in a checkout',
  })
}

function tooMany(what: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'LIMIT_EXCEEDED',
    message: `more than ${what} would have to be looked at`,
    help: 'ask for less at once, or narrow the requirements',
  })
}
