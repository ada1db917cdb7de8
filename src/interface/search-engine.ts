import type { PackageId } from '../model/package-id.js'
import type { ReadDemand } from '../model/read-demand.js'
import type { PackageSummary } from '../model/summary.js'
import type { Reflected } from './answer.js'

export interface SearchRequest extends ReadDemand {
  readonly query: string
  /** Each list is any-of, the lists are all-of, an empty list filters nothing. Compared without regard to case. */
  readonly filter?: Partial<
    Record<
      | 'kinds'
      | 'namespaces'
      | 'keywords'
      | 'categories'
      | 'authors'
      | 'licenses'
      | 'languages'
      | 'capabilities',
      readonly string[]
    >
  >
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
  stats(options?: ReadDemand): Promise<SearchStatsAnswer>
}
