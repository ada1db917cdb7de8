import type { PackageId, PackageRef } from '../model/package-id.js'
import type { ReadDemand } from '../model/read-demand.js'
import type { FacetCounts, SearchFacet } from '../model/search-facet.js'
import type { PackageSummary } from '../model/summary.js'
import type { Reflected } from './answer.js'

export interface SearchRequest extends ReadDemand {
  readonly query: string
  /** Each list is any-of, the lists are all-of, an empty list filters nothing. Compared without regard to case. */
  readonly filter?: Partial<Record<SearchFacet, readonly string[]>>
  /** Default 50, at most 1,000. */
  readonly pageSize?: number
  readonly pageToken?: string
}

export interface SearchAnswer extends Reflected {
  /** What the answering node's state had come to; where `index` is lower, its search index is behind, and hits may be missing. */
  readonly stateIndex: number
  readonly hits: readonly {
    readonly id: PackageId
    readonly score: number
    readonly summary: PackageSummary
  }[]
  readonly total: number
  readonly relaxed: boolean
  readonly nextPageToken?: string | undefined
}

export interface SuggestAnswer extends Reflected {
  /** Latest versions of packages whose name begins with the text: popular ones first, most popular first, then by name. */
  readonly suggestions: readonly PackageId[]
}

export interface FacetsRequest extends Omit<SearchRequest, 'pageSize' | 'pageToken'> {
  /** Default: all. */
  readonly facets?: readonly SearchFacet[] | undefined
  /** Values wanted of each. Default 20, at most 1,000. */
  readonly limit?: number | undefined
}

export interface FacetsAnswer extends Reflected {
  /** In the order in which they were asked for. */
  readonly facets: readonly FacetCounts[]
  /** Packages that the query finds. */
  readonly total: number
  readonly relaxed: boolean
}

export interface SimilarAnswer extends Reflected {
  /** Packages that share the rarer words of one, most alike first. */
  readonly hits: SearchAnswer['hits']
}

export interface AutocorrectAnswer extends Reflected {
  /** The text with words that no package has exchanged for near ones; absent where there is nothing to exchange. */
  readonly text?: string | undefined
}

export interface PopularSearchesAnswer extends Reflected {
  /** Most often searched first; `text` in lower case. A search counts half after a day. */
  readonly searches: readonly { readonly text: string; readonly searches: number }[]
}

/** How far a rebuild is. */
export interface RebuildReport extends Reflected {
  /** Packages taken so far; at the end, packages in the index. */
  readonly documents: number
  readonly done: boolean
}

export interface OptimizeAnswer extends Reflected {
  readonly documents: number
  /** Parts that the index is made of. */
  readonly segments: number
}

export interface SearchStatsAnswer extends Reflected {
  readonly documents: number
}

/**
 * Packages by relevance, one hit each. Who publishes feeds no engine: an engine of a registry follows that registry's changes by itself,
 * and a request's `minIndex` waits until it has. Every implementation passes test/conformance/search-engine.ts.
 */
export interface SearchEngine {
  /** @throws PAGE_TOKEN_INVALID, INDEX_NOT_REACHED, OVERLOADED, LIMIT_EXCEEDED */
  search(request: SearchRequest): Promise<SearchAnswer>
  /**
   * What a name could become that is being typed.
   * @param options.limit default 10, at most 100
   * @throws as search
   */
  suggest(
    text: string,
    options?: ReadDemand & { readonly limit?: number | undefined },
  ): Promise<SuggestAnswer>
  /** How what a search finds is spread over kinds, keywords and so on: what its filter would leave. @throws as search */
  facets(request: FacetsRequest): Promise<FacetsAnswer>
  /**
   * Packages that are about the same as this one.
   * @param options.limit default 10, at most 1,000
   * @throws PACKAGE_NOT_FOUND, ALL_YANKED, and as search
   */
  similar(
    to: PackageRef,
    options?: ReadDemand & { readonly limit?: number | undefined },
  ): Promise<SimilarAnswer>
  /**
   * What a text with typing errors may have meant. Worth asking where a search found nothing, or no package with every word.
   * @throws as search
   */
  autocorrect(text: string, options?: ReadDemand): Promise<AutocorrectAnswer>
  /**
   * What was searched for most of late; what fewer than three searches asked for is told to nobody. Of a cluster, on the node that answers.
   * @param options.limit default 10, at most 100
   */
  popularSearches(options?: { readonly limit?: number | undefined }): Promise<PopularSearchesAnswer>
  /** Makes the index anew from what it follows, while the old one serves; of the node that answers. The last report is `done`. */
  rebuild(): AsyncIterable<RebuildReport>
  /** Merges what the index is made of; of the node that answers. It does so by itself as needed. */
  optimize(): Promise<OptimizeAnswer>
  stats(options?: ReadDemand): Promise<SearchStatsAnswer>
}
