import { defined } from '../model/assert.js'
import type { DependencyKind } from '../model/metadata.js'
import type { ResolvedPackage } from '../model/resolution.js'
import type { Lock } from './lock-file.js'
import { foldKey } from './resolution.js'

/** A package that is needed, all by {@link foldKey}. */
export interface Need {
  /** One that needs it; undefined stands for the project itself. */
  readonly by: string | undefined
  /** Whether its optional dependencies are followed: a direct requirement that asked for them leads to it. */
  readonly optional: boolean
}

interface Edge {
  readonly to: string
  readonly kind: DependencyKind | undefined
}

interface Asked {
  readonly to: string
  readonly optional: boolean
}

/** What the requirements of a lock need of the packages in it. */
export function neededInLock({ requirements, packages }: Lock): ReadonlyMap<string, Need> {
  const edges = new Map(
    packages.map(({ id, dependencies }) => [
      foldKey(id),
      dependencies.map((each) => ({ to: foldKey(each), kind: each.kind })),
    ]),
  )
  return neededBy(
    requirements.map((each) => ({ to: foldKey(each), optional: each.optional === true })),
    edges,
  )
}

/** What is needed of the packages that the registry resolved: optional ones only where a root asked for them. */
export function neededOf(
  roots: readonly Asked[],
  packages: readonly ResolvedPackage[],
): ReadonlyMap<string, Need> {
  const edges = new Map(
    packages.map(({ version, dependencies }) => [
      foldKey(version.id),
      dependencies.flatMap(({ id, kind }) => (id === undefined ? [] : [{ to: foldKey(id), kind }])),
    ]),
  )
  return neededBy(roots, edges)
}

function neededBy(
  roots: readonly Asked[],
  edges: ReadonlyMap<string, readonly Edge[]>,
): ReadonlyMap<string, Need> {
  const needed = new Map<string, Need>()
  const waiting: (Asked & { readonly by: string | undefined })[] = roots.map((each) => ({
    ...each,
    by: undefined,
  }))
  while (waiting.length > 0) {
    const { to, optional, by } = defined(waiting.pop(), 'one that waits')
    const known = needed.get(to)
    const those = edges.get(to)
    // Seen again with its optional dependencies, all that it leads to is seen again too.
    if (those === undefined || (known !== undefined && (known.optional || !optional))) continue
    needed.set(to, { by: known === undefined ? by : known.by, optional })
    for (const each of those)
      if (each.kind !== 'optional' || optional) waiting.push({ to: each.to, optional, by: to })
  }
  return needed
}
