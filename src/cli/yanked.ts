import type { MarketplaceClient, Reflected } from '../client/marketplace-client.js'
import { MarketplaceError } from '../model/error.js'
import { formatPackageId, packageKey } from '../model/package-id.js'
import { parseRequirement, requirementMatches } from '../model/requirement.js'
import type { VersionSummary } from '../model/summary.js'
import type { WantedPackage } from './package-argument.js'

/**
 * The version that a requirement means, as the registry resolves it. Where only yanked versions meet it, the refusal names the one, why
 * it was yanked, and what to take instead.
 * @throws PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, ALL_YANKED
 */
export async function resolveWanted(
  client: MarketplaceClient,
  { ref, requirement }: WantedPackage,
  options: { readonly consistency?: 'stale' } = {},
): Promise<Reflected & { readonly version: VersionSummary }> {
  try {
    return await client.resolveVersion(ref, requirement ?? '', options)
  } catch (error) {
    if (!(error instanceof MarketplaceError)) throw error
    if (error.reason !== 'VERSION_NOT_FOUND' && error.reason !== 'ALL_YANKED') throw error
    const { versions } = await client.listVersions(ref, options)
    const wanted = parseRequirement(requirement ?? '*')
    const yanked = versions.find(({ id, yanked }) => yanked && requirementMatches(wanted, id.version))
    throw yanked === undefined ? error : refusal(yanked, versions, error)
  }
}

function refusal(
  yanked: VersionSummary,
  versions: readonly VersionSummary[],
  cause: MarketplaceError,
): MarketplaceError {
  const standing = versions.filter((version) => !version.yanked)
  // The highest release, else the highest pre-release.
  const other = standing.find(({ id }) => !id.version.includes('-')) ?? standing[0]
  const name = packageKey(yanked.id)
  const instead =
    other === undefined
      ? `no other version of ${name} is left: choose another package, or ask its owner for a new version`
      : `take ${formatPackageId(other.id)} instead, the newest that is not yanked: ggen-market add ${name}@${other.id.version}`
  return new MarketplaceError({
    reason: cause.reason,
    field: 'requirement',
    message: `${formatPackageId(yanked.id)} is yanked: ${yanked.yankReason ?? 'no reason was given'}`,
    help: `${instead}; a ggen-market.lock that names a yanked version goes on installing it`,
    cause,
  })
}
