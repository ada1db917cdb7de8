import type { MarketplaceClient, ResolutionAnswer } from '../client/marketplace-client.js'
import { MarketplaceError } from '../model/error.js'
import type { Dependency } from '../model/metadata.js'
import {
  foldName,
  formatPackageId,
  type PackageId,
  type PackageRef,
  packageKey,
} from '../model/package-id.js'
import type { ReadDemand } from '../model/read-demand.js'
import { parseRequirement, requirementMatches } from '../model/requirement.js'
import type { ResolvedPackage, ResolveRoot } from '../model/resolution.js'
import { versionIdentity } from '../model/version.js'
import type { WantedPackage } from './wanted-package.js'
import { explainYanked } from './yanked.js'

export interface ResolveOptions extends Pick<ReadDemand, 'consistency'> {
  /** What the project asked for before. */
  readonly further?: readonly ResolveRoot[]
  readonly locked?: readonly PackageId[]
  readonly optional?: boolean
}

/**
 * Versions of what is wanted and of all that it needs, as the registry resolves them. It is asked, not believed: the answer holds
 * what was asked for, and nothing yanked that is not locked.
 * @throws DEPENDENCY_CONFLICT, PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, ALL_YANKED, VERIFICATION_FAILED
 */
export async function resolveWanted(
  client: MarketplaceClient,
  wanted: readonly WantedPackage[],
  { further = [], locked = [], optional, consistency }: ResolveOptions = {},
): Promise<ResolutionAnswer> {
  const roots = [
    ...wanted.map(({ ref, requirement }) => ({ ref, requirement: requirement ?? '' })),
    ...further,
  ]
  const answer = await client
    .resolveDependencies({ roots, locked, optional }, { consistency })
    .catch(async (error: unknown) => {
      throw await explainYanked(client, wanted, error, { consistency })
    })
  const chosen = answer.packages.map((each) => each.version.id)
  for (const { ref, requirement } of roots) refuseUnmet(chosen, ref, requirement || '*', 'the request')
  const lockedIds = new Set(locked.map(identity))
  const { version } =
    answer.packages.find((each) => each.version.yanked && !lockedIds.has(identity(each.version.id))) ?? {}
  if (version !== undefined) throw wrongAnswer(`${formatPackageId(version.id)}, which is yanked`)
  return answer
}

/**
 * What a package's signed metadata says it needs must be among what was chosen.
 * @throws VERIFICATION_FAILED
 */
export function refuseMissing(
  chosen: readonly PackageId[],
  of: PackageId,
  dependencies: readonly Dependency[],
): void {
  for (const { kind, requirement, ...ref } of dependencies)
    if (kind === 'normal' || kind === 'peer') refuseUnmet(chosen, ref, requirement, formatPackageId(of), of)
}

/** Of the resolved packages, the one with a name. */
export function chosenOf(packages: readonly ResolvedPackage[], ref: PackageRef): ResolvedPackage | undefined {
  return packages.find((each) => foldKey(each.version.id) === foldKey(ref))
}

/** Two spellings that the registry takes for one package have the same. */
export function foldKey(ref: PackageRef): string {
  return foldName(packageKey(ref))
}

function refuseUnmet(
  chosen: readonly PackageId[],
  ref: PackageRef,
  requirement: string,
  by: string,
  self?: PackageId,
): void {
  const wanted = parseRequirement(requirement)
  const found = [...chosen, ...(self === undefined ? [] : [self])].find((id) => foldKey(id) === foldKey(ref))
  if (found !== undefined && requirementMatches(wanted, found.version)) return
  const got = found === undefined ? 'without it' : `with ${formatPackageId(found)}`
  throw wrongAnswer(`${got}, where ${by} needs ${packageKey(ref)} ${requirement}`)
}

function identity(id: PackageId): string {
  return `${foldKey(id)}@${versionIdentity(id.version)}`
}

function wrongAnswer(what: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'VERIFICATION_FAILED',
    message: `the registry resolved the request ${what.startsWith('with') ? what : `with ${what}`}`,
    help: 'nothing was installed; tell the operator of the registry',
  })
}
