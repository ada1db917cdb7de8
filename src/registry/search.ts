import type { Decoder, Encoder } from '../model/codec.js'
import { LIMITS } from '../model/limit.js'
import { type PackageId, type PackageKey, parsePackageRef } from '../model/package-id.js'
import type { ReadDemand } from '../model/read-demand.js'
import { SEARCH_FACETS } from '../model/search-facet.js'
import type { PackageSummary } from '../model/summary.js'
import type { SearchCursor, SearchFilter } from '../search/search-index.js'
import { latestOf } from '../state/packages.js'
import { summarizePackage, textsOf } from './listing.js'
import {
  decodePageToken,
  encodePageToken,
  type ListingQuery,
  PageBudget,
  type PageDemand,
  pageSize,
} from './page-token.js'
import type { CallOptions, RegistryContext } from './ports.js'
import { checkHistory, checkIndex, openView } from './read-view.js'
import { checkSearch } from './search-request.js'

export interface SearchDemand extends ReadDemand {
  readonly text: string
  readonly filter?: SearchFilter | undefined
  readonly page: PageDemand
}

export interface FoundPackage {
  /** Its latest version. */
  readonly id: PackageId
  readonly score: number
  readonly summary: PackageSummary
}

export interface SearchPage {
  /** Log index that the search index reflects. */
  readonly index: number
  /** What the state of this node had come to; where the index is behind it, hits may be missing. */
  readonly stateIndex: number
  readonly hits: readonly FoundPackage[]
  /** Packages that match, on all pages together. */
  readonly total: number
  readonly nextPageToken: string
  readonly relaxed: boolean
}

/**
 * Packages by relevance. By default the index as last committed answers; `minIndex` waits (committing early) until it reflects
 * that index, LINEARIZABLE until it reflects every write acknowledged before the call. What a hit shows comes from the state,
 * which is never behind the index; a package yanked since is left out.
 * @throws INDEX_NOT_REACHED, OVERLOADED, PAGE_TOKEN_INVALID, LIMIT_EXCEEDED, HISTORY_MISMATCH
 */
export async function search(
  context: RegistryContext,
  demand: SearchDemand,
  options: CallOptions = {},
): Promise<SearchPage> {
  checkSearch(demand.text, demand.filter)
  const query = listingQuery(demand)
  const limit = pageSize(demand.page)
  const { historyId } = context.state
  const after = decodePageToken(demand.page.token, query, historyId, readCursor)
  await catchUp(context, demand, options)
  const found = await context.search.search({ text: demand.text, filter: demand.filter, limit, after })
  if (after === undefined && found.total > 0 && !found.relaxed) context.searches.count(demand.text)
  await using view = await openView(context, { consistency: 'stale', minIndex: found.appliedIndex }, options)
  const hits: FoundPackage[] = []
  const budget = new PageBudget()
  const { generation } = found
  let { next } = found
  let before = after
  for (const hit of found.hits) {
    const record = view.package(parsePackageRef(hit.key))
    if (record !== undefined && latestOf(record) !== undefined) {
      const summary = summarizePackage(view, record)
      if (!budget.takes(textsOf(summary))) {
        next = before
        break
      }
      hits.push({ id: summary.id, score: hit.score, summary })
    }
    before = hit
  }
  const rest = next
  return {
    index: found.appliedIndex,
    stateIndex: view.appliedIndex,
    hits,
    total: found.total,
    nextPageToken:
      rest === undefined
        ? ''
        : encodePageToken(query, historyId, (out) => writeCursor(out, rest, generation)),
    relaxed: found.relaxed,
  }
}

/** What the index of this node reflects and holds. */
export interface SearchIndexStats {
  readonly index: number
  readonly documents: number
  readonly segments: number
  readonly pendingChanges: number
  readonly generation: number
  readonly rebuilding: boolean
}

/** @throws INDEX_NOT_REACHED, HISTORY_MISMATCH */
export async function searchStats(
  context: RegistryContext,
  demand: ReadDemand,
  options: CallOptions = {},
): Promise<SearchIndexStats> {
  await catchUp(context, demand, options)
  const { appliedIndex, documents, segments, pendingChanges, generation, rebuilding } = context.search.stats()
  return { index: appliedIndex, documents, segments, pendingChanges, generation, rebuilding }
}

/** Waits until the index reflects what a read asks for. */
export async function catchUp(
  context: RegistryContext,
  demand: ReadDemand,
  options: CallOptions,
): Promise<void> {
  if (demand.historyId !== undefined) checkHistory(demand.historyId, context.state.historyId, 'history_id')
  let wanted = demand.minIndex ?? 0
  checkIndex(wanted, 'min_index')
  if (demand.consistency === 'linearizable') {
    await using view = await openView(context, demand, options)
    wanted = view.appliedIndex
  }
  if (wanted > 0) await context.search.waitFor(wanted, options.deadlineMs ?? LIMITS.indexWaitMs)
}

function listingQuery(demand: SearchDemand): ListingQuery {
  const filter = demand.filter ?? {}
  const lists = SEARCH_FACETS.map((name) => (filter[name] ?? []).map((value) => value.toLowerCase()).sort())
  const counted = lists.flatMap((list) => [String(list.length), ...list])
  return { method: 'Search', arguments: [demand.text, ...counted] }
}

/** Score as its 8 bytes, then key; the generation tells whoever debugs a page why two differ. */
function writeCursor(out: Encoder, cursor: SearchCursor, generation: number): void {
  const score = new Uint8Array(8)
  new DataView(score.buffer).setFloat64(0, cursor.score)
  out.uint(generation).raw(score).text(cursor.key)
}

function readCursor(input: Decoder): SearchCursor {
  input.uint()
  const bytes = input.raw(8)
  const score = new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0)
  return { score, key: input.text() as PackageKey }
}
