import { chosenOf, resolveWanted } from '../../install/resolution.js'
import { parseWanted } from '../../install/wanted-package.js'
import { formatPackageId } from '../../model/package-id.js'
import type { ResolvedDependency, ResolvedPackage } from '../../model/resolution.js'
import { type CommandContext, readDemand, type StaleOption } from '../command-context.js'
import { shownHash, shownId } from '../shown-version.js'

export interface ResolveCommandOptions extends StaleOption {
  readonly optional?: boolean
}

/** `ggen-market resolve NAME[@REQUIREMENT]…`: the versions that `add` would install in an empty project. */
export async function resolve(
  context: CommandContext,
  names: readonly string[],
  options: ResolveCommandOptions,
): Promise<void> {
  const wanted = names.map(parseWanted)
  const { packages, index } = await context.withClient((client) =>
    resolveWanted(client, wanted, { ...readDemand(options), optional: options.optional ?? false }),
  )
  const roots = wanted.flatMap(({ ref }) => chosenOf(packages, ref) ?? [])
  const [root] = roots
  const graph = {
    ...(root !== undefined && { root: shownRoot(root) }),
    roots: roots.map(shownRoot),
    packages: packages.map(shownPackage),
  }
  context.output.result({ graph, index }, packages.flatMap(describe))
}

function shownRoot({ version }: ResolvedPackage) {
  return { id: shownId(version.id), ...shownHash(version.contentHash) }
}

function shownPackage({ version, requiredBy, dependencies, choice, reason, circular }: ResolvedPackage) {
  return {
    id: shownId(version.id),
    ...shownHash(version.contentHash),
    ...(version.deprecated !== undefined && { deprecated: version.deprecated }),
    choice,
    reason,
    ...(circular && { circular }),
    requiredBy: requiredBy.map(shownDependency),
    dependencies: dependencies.map(shownDependency),
  }
}

function shownDependency({ id, requirement, kind }: ResolvedDependency) {
  return { ...(id !== undefined && { id: shownId(id) }), requirement, ...(kind !== undefined && { kind }) }
}

function describe({ version, reason }: ResolvedPackage): string[] {
  return [
    `${formatPackageId(version.id)}  ${reason}`,
    ...(version.deprecated === undefined ? [] : [`  deprecated: ${version.deprecated}`]),
  ]
}
