import type { InstalledVersion, UpdateState } from '../interface/registry.js'
import { LIMITS } from '../model/limit.js'
import { type PackageId, packageKey } from '../model/package-id.js'
import type { ReadDemand } from '../model/read-demand.js'
import { parseRequirement, type Requirement, requirementMatcher } from '../model/requirement.js'
import type { Version } from '../model/version.js'
import { latestOf, type PackageRecord } from '../state/packages.js'
import type { StateView } from '../state/state-view.js'
import { LongWork } from './long-work.js'
import { highestMeeting, summarizeVersion, versionSummary } from './lookup.js'
import type { CallOptions, RegistryContext } from './ports.js'
import { openView } from './read-view.js'

/** Packages kept at hand: one may be named many times, and each may have many versions. */
const RECORDS_MAX = 16

/**
 * What has become of many installed versions, all at one index.
 * @throws INVALID_REQUIREMENT, DEADLINE, CANCELLED
 */
export async function checkUpdates(
  context: RegistryContext,
  installed: readonly InstalledVersion[],
  demand: ReadDemand,
  options: CallOptions = {},
): Promise<{ readonly index: number; readonly updates: readonly UpdateState[] }> {
  const work = new LongWork(
    context.clock,
    `the check of ${installed.length} packages`,
    LIMITS.matchMs,
    options,
  )
  const wanted: Requirement[] = []
  for (const [at, { requirement }] of installed.entries()) {
    const field = `installed[${at}].requirement`
    wanted.push(parseRequirement(requirement.trim() === '' ? '*' : requirement, { bare: 'caret', field }))
    await work.step()
  }
  await using view = await openView(context, demand, options)
  const records = new Map<string, PackageRecord | undefined>()
  const updates: UpdateState[] = []
  for (const [at, requirement] of wanted.entries()) {
    const id = installed[at]?.id
    if (id === undefined) continue
    const key = packageKey(id)
    if (records.size >= RECORDS_MAX && !records.has(key)) records.clear()
    if (!records.has(key)) records.set(key, view.package(id))
    updates.push(await stateOf(view, records.get(key), id, requirementMatcher(requirement), work))
  }
  return { index: view.appliedIndex, updates }
}

async function stateOf(
  view: StateView,
  record: PackageRecord | undefined,
  id: PackageId,
  meets: (version: Version) => boolean,
  work: LongWork,
): Promise<UpdateState> {
  await work.step()
  if (record === undefined) return { id }
  const installed = view.shownVersion(id)
  const wanted = await highestMeeting(record, meets, work)
  const latest = latestOf(record)
  return {
    id,
    installed: installed && versionSummary(installed),
    wanted: wanted && summarizeVersion(view, { ...record.ref, version: wanted.version }),
    latest: latest && summarizeVersion(view, { ...record.ref, version: latest.version }),
  }
}
