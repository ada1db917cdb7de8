import { MarketplaceError } from '../model/error.js'
import { type Namespace, type PackageName, type PackageRef, packageKey } from '../model/package-id.js'
import type { PackageSummary } from '../model/summary.js'
import { DOWNLOAD_DAYS_MAX } from '../state/download-days.js'
import { latestOf } from '../state/packages.js'
import { type ListDemand, type Page, summarizePackage, textsOf } from './listing.js'
import { requirePackage } from './lookup.js'
import { decodePageToken, encodePageToken, PageBudget, pageSize } from './page-token.js'
import type { CallOptions, RegistryContext } from './ports.js'
import { openView } from './read-view.js'

const DAYS_DEFAULT = 7

export interface Trending {
  readonly summary: PackageSummary
  /** Within the days asked for. */
  readonly downloads: number
}

interface Ranked {
  readonly ref: PackageRef
  readonly downloads: number
}

/**
 * Packages by downloads of the last days, most first; those with an installable version. Every page ranks anew, so what moved
 * meanwhile may be told twice or not at all.
 * @param days 1 to 90; 0: 7
 * @throws INVALID_ARGUMENT, PAGE_TOKEN_INVALID, LIMIT_EXCEEDED
 */
export async function listTrending(
  context: RegistryContext,
  days: number,
  demand: ListDemand,
  options: CallOptions = {},
): Promise<Page<Trending>> {
  const window = checkDays(days)
  const query = { method: 'ListTrending', arguments: [String(window)] }
  const size = pageSize(demand.page)
  const { historyId } = context.state
  const after = decodePageToken(demand.page.token, query, historyId, (input): Ranked => {
    const downloads = input.uint()
    const namespace = input.text()
    const name = input.text() as PackageName
    return { ref: namespace === '' ? { name } : { namespace: namespace as Namespace, name }, downloads }
  })
  await using view = await openView(context, demand, options)
  const best: Ranked[] = []
  for await (const each of view.downloadsWithin(window)) {
    if (after !== undefined && compare(each, after) <= 0) continue
    if (best.length > size && compare(each, best.at(-1) as Ranked) >= 0) continue
    if (latestOf(requirePackage(view, each.ref)) === undefined) continue
    insert(best, each, size + 1)
  }
  const entries: Trending[] = []
  const budget = new PageBudget()
  for (const { ref, downloads } of best.slice(0, size)) {
    const summary = summarizePackage(view, requirePackage(view, ref))
    if (!budget.takes(textsOf(summary))) break
    entries.push({ summary, downloads })
  }
  const last = best[entries.length - 1]
  return {
    index: view.appliedIndex,
    entries,
    nextPageToken:
      last === undefined || entries.length === best.length
        ? ''
        : encodePageToken(query, historyId, (out) => {
            out
              .uint(last.downloads)
              .text(last.ref.namespace ?? '')
              .text(last.ref.name)
          }),
  }
}

/** Most downloads first, then by name. */
function compare(a: Ranked, b: Ranked): number {
  if (a.downloads !== b.downloads) return b.downloads - a.downloads
  const [one, other] = [packageKey(a.ref), packageKey(b.ref)]
  return one < other ? -1 : one > other ? 1 : 0
}

/** Keeps the list in order, and to its best so many. */
function insert(best: Ranked[], each: Ranked, entriesMax: number): void {
  let low = 0
  let high = best.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(best[middle] as Ranked, each) < 0) low = middle + 1
    else high = middle
  }
  best.splice(low, 0, each)
  if (best.length > entriesMax) best.pop()
}

function checkDays(days: number): number {
  if (days === 0) return DAYS_DEFAULT
  if (Number.isInteger(days) && days > 0 && days <= DOWNLOAD_DAYS_MAX) return days
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'days',
    message: `downloads are told apart for ${DOWNLOAD_DAYS_MAX} days, not ${days}`,
    help: `give 1 to ${DOWNLOAD_DAYS_MAX}`,
  })
}
