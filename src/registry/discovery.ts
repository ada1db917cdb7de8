import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import {
  foldName,
  type PackageId,
  type PackageKey,
  type PackageRef,
  packageKey,
  parsePackageRef,
} from '../model/package-id.js'
import type { ReadDemand } from '../model/read-demand.js'
import { type FacetCounts, SEARCH_FACETS, type SearchFacet } from '../model/search-facet.js'
import { typedName } from '../model/typed-name.js'
import type { SearchFilter } from '../search/search-index.js'
import { latestOf } from '../state/packages.js'
import type { StateView } from '../state/state-view.js'
import { summarizePackage } from './listing.js'
import { findVersion } from './lookup.js'
import type { CallOptions, RegistryContext } from './ports.js'
import { openView } from './read-view.js'
import { catchUp, type FoundPackage } from './search.js'
import { searchDocument } from './search-document.js'
import { checkSearch } from './search-request.js'

export interface SuggestDemand extends ReadDemand {
  readonly text: string
  /** 0: 10. */
  readonly limit: number
}

/** What a discovery reflects is what the search index of this node does. */
export interface OfIndex {
  readonly index: number
}

/**
 * Latest versions of packages whose name begins with the text: those that were downloaded often of late first, then by name.
 * @throws INDEX_NOT_REACHED, OVERLOADED, LIMIT_EXCEEDED, HISTORY_MISMATCH
 */
export async function suggest(
  context: RegistryContext,
  demand: SuggestDemand,
  options: CallOptions = {},
): Promise<OfIndex & { readonly suggestions: readonly PackageId[] }> {
  checkSearch(demand.text)
  const limit = limitOf(demand.limit, LIMITS.suggestionsDefault, LIMITS.suggestionsMax)
  await catchUp(context, demand, options)
  const found = await context.search.suggest({ text: demand.text, limit })
  const popular = await popularBeginningWith(context, typedName(demand.text))
  await using view = await viewOf(context, found.appliedIndex, options)
  const suggestions: PackageId[] = []
  for (const key of new Set([...popular, ...found.keys])) {
    const id = latestId(view, key)
    if (id !== undefined && suggestions.length < limit) suggestions.push(id)
  }
  return { index: found.appliedIndex, suggestions }
}

async function popularBeginningWith(context: RegistryContext, prefix: string): Promise<PackageKey[]> {
  if (prefix === '') return []
  const popular = await context.lookAlikes.popular()
  return popular
    .filter((ref) => foldName(ref.name).startsWith(prefix) || foldName(packageKey(ref)).startsWith(prefix))
    .map(packageKey)
}

function latestId(view: StateView, key: PackageKey): PackageId | undefined {
  const record = view.package(parsePackageRef(key))
  const latest = record && latestOf(record)
  return record && latest && { ...record.ref, version: latest.version }
}

/** What a text with typing errors may have meant. @throws INDEX_NOT_REACHED, OVERLOADED, HISTORY_MISMATCH */
export async function autocorrect(
  context: RegistryContext,
  demand: ReadDemand & { readonly text: string },
  options: CallOptions = {},
): Promise<OfIndex & { readonly text?: string | undefined }> {
  await catchUp(context, demand, options)
  const { appliedIndex, text } = await context.search.correct({ text: demand.text })
  return { index: appliedIndex, text }
}

export interface FacetsDemand extends ReadDemand {
  readonly text: string
  readonly filter?: SearchFilter | undefined
  /** None: all. */
  readonly facets: readonly string[]
  /** 0: 20. */
  readonly limit: number
}

/**
 * How what a search finds is spread over values.
 * @throws INDEX_NOT_REACHED, OVERLOADED, INVALID_ARGUMENT, LIMIT_EXCEEDED, HISTORY_MISMATCH
 */
export async function facets(
  context: RegistryContext,
  demand: FacetsDemand,
  options: CallOptions = {},
): Promise<
  OfIndex & {
    readonly facets: readonly FacetCounts[]
    readonly total: number
    readonly relaxed: boolean
  }
> {
  checkSearch(demand.text, demand.filter)
  const limit = limitOf(demand.limit, LIMITS.facetValuesDefault, LIMITS.facetValuesMax)
  const wanted = demand.facets.length === 0 ? SEARCH_FACETS : [...new Set(demand.facets.map(toFacet))]
  await catchUp(context, demand, options)
  const { text, filter } = demand
  const { appliedIndex, ...counted } = await context.search.facets({ text, filter, facets: wanted, limit })
  return { index: appliedIndex, facets: counted.facets, total: counted.total, relaxed: counted.relaxed }
}

export interface SimilarDemand extends ReadDemand {
  readonly to: PackageRef
  /** 0: 10. */
  readonly limit: number
}

/**
 * Packages that are about the same as this one.
 * @throws PACKAGE_NOT_FOUND, ALL_YANKED, INDEX_NOT_REACHED, OVERLOADED, LIMIT_EXCEEDED, HISTORY_MISMATCH
 */
export async function similar(
  context: RegistryContext,
  demand: SimilarDemand,
  options: CallOptions = {},
): Promise<OfIndex & { readonly hits: readonly FoundPackage[] }> {
  const limit = limitOf(demand.limit, LIMITS.similarDefault, LIMITS.pageEntriesMax)
  await catchUp(context, demand, options)
  await using before = await viewOf(context, 0, options)
  findVersion(before, demand.to)
  const source = before.document(demand.to)
  if (source === undefined) return { index: before.appliedIndex, hits: [] }
  const found = await context.search.similar({ document: searchDocument(source), limit })
  await using view = await viewOf(context, found.appliedIndex, options)
  const hits = found.hits.flatMap(({ key, score }) => {
    const record = view.package(parsePackageRef(key))
    if (record === undefined || latestOf(record) === undefined) return []
    const summary = summarizePackage(view, record)
    return [{ id: summary.id, score, summary }]
  })
  return { index: found.appliedIndex, hits }
}

/** The state is never behind the index. */
function viewOf(context: RegistryContext, minIndex: number, options: CallOptions): Promise<StateView> {
  return openView(context, { consistency: 'stale', minIndex }, options)
}

/** @throws LIMIT_EXCEEDED */
export function limitOf(wanted: number, usual: number, max: number): number {
  if (wanted === 0) return usual
  if (Number.isInteger(wanted) && wanted > 0 && wanted <= max) return wanted
  throw new MarketplaceError({
    reason: 'LIMIT_EXCEEDED',
    field: 'limit',
    message: `limit ${wanted} is not from 1 to ${max}`,
    help: `ask for up to ${max}`,
  })
}

function toFacet(name: string): SearchFacet {
  const facet = SEARCH_FACETS.find((each) => each === name)
  if (facet !== undefined) return facet
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'facets',
    message: `there is no facet ${JSON.stringify(name)}`,
    help: `facets are ${SEARCH_FACETS.join(', ')}`,
  })
}
