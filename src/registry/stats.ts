import { MarketplaceError } from '../model/error.js'
import type { PackageRef } from '../model/package-id.js'
import type { PackageQuery, ReadDemand } from '../model/read-demand.js'
import type { Version } from '../model/version.js'
import { formatDay } from '../state/download-days.js'
import type { StateView } from '../state/state-view.js'
import { findVersion, requirePackage } from './lookup.js'
import type { CallOptions, RegistryContext } from './ports.js'
import { openView } from './read-view.js'

export interface RegistryStats {
  readonly index: number
  readonly packages: number
  /** Yanked ones included. */
  readonly versions: number
  readonly downloads: number
  /**
   * The last days up to today, newest first; as far back as anything was counted, at most 90. Days are UTC's, by log time: today is
   * the day of the newest entry of the log, whatever the clocks of nodes and callers say.
   */
  readonly days: readonly { readonly date: string; readonly downloads: number }[]
  /** Of one package: its versions, highest first. */
  readonly versionDownloads: readonly { readonly version: Version; readonly downloads: number }[]
}

/** Counts of the whole registry, or of one package. @throws PACKAGE_NOT_FOUND */
export async function getStats(
  context: RegistryContext,
  ref: PackageRef | undefined,
  demand: ReadDemand,
  options: CallOptions = {},
): Promise<RegistryStats> {
  await using view = await openView(context, demand, options)
  const index = view.appliedIndex
  if (ref === undefined) return { index, ...view.stats, days: daysOf(view), versionDownloads: [] }
  const record = requirePackage(view, ref)
  return {
    index,
    packages: 1,
    versions: record.versions.length,
    downloads: view.packageDownloads(record.ref),
    days: daysOf(view, record.ref),
    versionDownloads: record.versions.toReversed().map(({ version }) => ({
      version,
      downloads: view.versionDownloads({ ...record.ref, version }),
    })),
  }
}

function daysOf(view: StateView, ref?: PackageRef): RegistryStats['days'] {
  return view.downloadDays(ref).map(({ day, downloads }) => ({ date: formatDay(day), downloads }))
}

/**
 * Counts a download that happened elsewhere. Answers before the count is durable.
 * @throws PACKAGE_NOT_FOUND, VERSION_NOT_FOUND
 */
export async function recordDownload(
  context: RegistryContext,
  query: PackageQuery,
  options: CallOptions = {},
): Promise<number> {
  try {
    return await countIn(context, query, { consistency: 'stale' }, options)
  } catch (error) {
    // This node may be behind: whoever reports may have installed from another.
    if (!(error instanceof MarketplaceError) || error.code !== 'NOT_FOUND') throw error
    return countIn(context, query, { consistency: 'linearizable' }, options)
  }
}

async function countIn(
  context: RegistryContext,
  query: PackageQuery,
  demand: ReadDemand,
  options: CallOptions,
): Promise<number> {
  await using view = await openView(context, demand, options)
  context.downloads.count(findVersion(view, query).metadata.id)
  return view.appliedIndex
}
