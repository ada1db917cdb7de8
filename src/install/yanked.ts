import type { MarketplaceClient } from '../client/marketplace-client.js'
import { MarketplaceError } from '../model/error.js'
import { formatPackageId, packageKey } from '../model/package-id.js'
import type { ReadDemand } from '../model/read-demand.js'
import { parseRequirement, requirementMatcher } from '../model/requirement.js'
import type { VersionSummary } from '../model/summary.js'
import type { WantedPackage } from './wanted-package.js'

/**
 * A refusal to resolve, said better where only yanked versions meet what was asked for: which one that is, why it was yanked, and
 * what to take instead.
 */
export async function explainYanked(
  client: MarketplaceClient,
  wanted: readonly WantedPackage[],
  error: unknown,
  options: Pick<ReadDemand, 'consistency'>,
): Promise<unknown> {
  if (!(error instanceof MarketplaceError)) return error
  if (error.reason !== 'VERSION_NOT_FOUND' && error.reason !== 'ALL_YANKED') return error
  for (const { ref, requirement } of wanted) {
    const { versions } = await client.listVersions(ref, options)
    const meets = requirementMatcher(parseRequirement(requirement ?? '*'))
    const meeting = versions.filter(({ id }) => meets(id.version))
    const [yanked] = meeting
    if (yanked !== undefined && meeting.every((each) => each.yanked)) return refusal(yanked, versions, error)
  }
  return error
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
