import type { InstalledVersion, UpdateState } from '../interface/registry.js'
import type { PackageId } from '../model/package-id.js'
import type { ReadDemand } from '../model/read-demand.js'
import { parseRequirement, requirementMatches } from '../model/requirement.js'
import { latestOf } from '../state/packages.js'
import type { StateView } from '../state/state-view.js'
import { summarizeVersion, versionSummary } from './lookup.js'
import type { CallOptions, RegistryContext } from './ports.js'
import { openView } from './read-view.js'

/**
 * What has become of many installed versions, all at one index.
 * @throws INVALID_REQUIREMENT
 */
export async function checkUpdates(
  context: RegistryContext,
  installed: readonly InstalledVersion[],
  demand: ReadDemand,
  options: CallOptions = {},
): Promise<{ readonly index: number; readonly updates: readonly UpdateState[] }> {
  const wanted = installed.map(({ requirement }, at) =>
    parseRequirement(requirement.trim() === '' ? '*' : requirement, {
      bare: 'caret',
      field: `installed[${at}].requirement`,
    }),
  )
  await using view = await openView(context, demand, options)
  const updates = installed.map(({ id }, at) =>
    stateOf(view, id, (version) => {
      const requirement = wanted[at]
      return requirement !== undefined && requirementMatches(requirement, version)
    }),
  )
  return { index: view.appliedIndex, updates }
}

function stateOf(
  view: StateView,
  id: PackageId,
  meets: (version: PackageId['version']) => boolean,
): UpdateState {
  const record = view.package(id)
  if (record === undefined) return { id }
  const installed = view.version(id)
  const wanted = record.versions.findLast((listing) => !listing.yanked && meets(listing.version))
  const latest = latestOf(record)
  return {
    id,
    installed: installed && versionSummary(installed),
    wanted: wanted && summarizeVersion(view, record, wanted.version),
    latest: latest && summarizeVersion(view, record, latest.version),
  }
}
