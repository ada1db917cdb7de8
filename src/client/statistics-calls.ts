import type { ListOptions, Page, Reflected } from '../interface/answer.js'
import type {
  InstalledVersion,
  RegistryStatsAnswer,
  TrendingPackage,
  UpdateState,
  UpdatesAnswer,
} from '../interface/registry.js'
import type { PackageRef } from '../model/package-id.js'
import type { ReadDemand } from '../model/read-demand.js'
import { type Received, required, textOrAbsent } from '../wire/message.js'
import { packageIdFromMessage, packageIdToMessage, packageRefToMessage } from '../wire/package-id-message.js'
import { readDemandToMessage } from '../wire/request-options.js'
import { packageSummaryFromMessage, versionSummaryFromMessage } from '../wire/summary-message.js'
import type { Caller } from './caller.js'

/** Counts of the registry, or of one package. */
export async function getStats(
  caller: Caller,
  ref: PackageRef | undefined,
  demand: ReadDemand,
): Promise<RegistryStatsAnswer> {
  const request = {
    ref: ref === undefined ? null : packageRefToMessage(ref),
    ...readDemandToMessage(demand),
  }
  const answer = await caller.unary<Received<'GetStatsResponse'>>('read', ({ registry }, ...rest) =>
    registry.getStats(request, ...rest),
  )
  const { index, historyId, packages, versions, downloads, days, versionDownloads } = answer
  return { index, historyId, packages, versions, downloads, days, versionDownloads }
}

/** One page of the packages with most downloads. */
export async function listTrending(
  caller: Caller,
  options: ListOptions & { readonly days?: number | undefined },
): Promise<Page<TrendingPackage>> {
  const { days = 0, pageSize = 0, pageToken = '', ...demand } = options
  const request = { days, pageSize, pageToken, ...readDemandToMessage(demand) }
  const answer = await caller.unary<Received<'ListTrendingResponse'>>('read', ({ registry }, ...rest) =>
    registry.listTrending(request, ...rest),
  )
  return {
    entries: answer.packages.map((each) => ({
      summary: packageSummaryFromMessage(required(each.package, 'package')),
      downloads: each.downloads,
    })),
    nextPageToken: textOrAbsent(answer.nextPageToken),
    index: answer.index,
    historyId: answer.historyId,
  }
}

/** Packages of one call, as the registry takes them. */
const CHECKED_ENTRIES_MAX = 500

/** However many, in the order given. The index is that of the first answer: those after it reflect at least that. */
export async function checkUpdates(
  caller: Caller,
  installed: readonly InstalledVersion[],
  options: ReadDemand,
): Promise<UpdatesAnswer> {
  const updates: UpdateState[] = []
  let demand = options
  let first: Reflected | undefined
  let at = 0
  do {
    const part = installed.slice(at, at + CHECKED_ENTRIES_MAX)
    const request = {
      installed: part.map(({ id, requirement }) => ({ id: packageIdToMessage(id), requirement })),
      ...readDemandToMessage(demand),
    }
    const answer = await caller.unary<Received<'CheckUpdatesResponse'>>('read', ({ registry }, ...rest) =>
      registry.checkUpdates(request, ...rest),
    )
    updates.push(...answer.updates.map(updateFromMessage))
    first ??= { index: answer.index, historyId: answer.historyId }
    demand = { ...options, minIndex: first.index, historyId: first.historyId }
    at += CHECKED_ENTRIES_MAX
  } while (at < installed.length)
  return { ...first, updates }
}

function updateFromMessage(message: Received<'UpdateState'>): UpdateState {
  const summary = (each: Received<'VersionSummary'> | null) =>
    each === null ? undefined : versionSummaryFromMessage(each)
  return {
    id: packageIdFromMessage(required(message.id, 'id'), 'id'),
    installed: summary(message.installed),
    wanted: summary(message.wanted),
    latest: summary(message.latest),
  }
}
