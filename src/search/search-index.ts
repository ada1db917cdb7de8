import { LIMITS } from '../model/limit.js'
import type { HistoryId } from '../model/node-id.js'
import type { PackageKey } from '../model/package-id.js'
import type { FacetCounts, SearchFacet } from '../model/search-facet.js'

/**
 * What the index knows of one package: the metadata of its latest version that is not yanked.
 * What a hit shows comes from the state, never from here.
 */
export interface SearchDocument {
  readonly key: PackageKey
  /** Number of the package in the state; joins popularity to hits. */
  readonly packageNumber: number
  readonly description?: string | undefined
  readonly kind: string
  readonly keywords: readonly string[]
  readonly categories: readonly string[]
  readonly authors: readonly string[]
  readonly capabilities: readonly string[]
  readonly license?: string | undefined
  readonly language?: string | undefined
  /** Log time of the latest version's publish. */
  readonly publishedAtMs: number
  /** 0 to 1. */
  readonly quality: number
  /** True when every version is yanked: such a package is no hit. */
  readonly yanked: boolean
}

/** One change of one package. An upsert replaces whatever the index held under the key. */
export type SearchChange =
  | { readonly type: 'upsert'; readonly document: SearchDocument }
  | { readonly type: 'remove'; readonly key: PackageKey }

/**
 * Each list is any-of, the lists are all-of; an absent or empty list filters nothing.
 * Compared without regard to case.
 */
export type SearchFilter = { readonly [Facet in SearchFacet]?: readonly string[] | undefined }

/** Place in a list of hits: that of the last hit seen. Hits are ordered by score descending, then name, then key. */
export interface SearchCursor {
  readonly score: number
  readonly key: PackageKey
}

/**
 * Text as a person types it; no text is a syntax error. Words are all-of; the last one, unless quoted, also matches as
 * a beginning; `"quoted words"` must stand side by side; English stop words do not narrow. When no package has every
 * word, packages with any of them are found. Empty text finds every package.
 */
export interface SearchQuery {
  readonly text: string
  readonly filter?: SearchFilter | undefined
  /** Hits wanted, 1 to {@link SEARCH_LIMITS}.hitsMax. */
  readonly limit: number
  /** Go on after this place. Exact within one generation, best effort across. */
  readonly after?: SearchCursor | undefined
}

export interface SearchHit {
  readonly key: PackageKey
  /**
   * 0 to 1 by relevance; plus 1 where the text is the package's name, plus 2 where it is its whole key: an exact match
   * is always first. Comparable within one generation only.
   */
  readonly score: number
}

/** What a published state of the index reflects. */
export interface IndexPosition {
  /** Log index up to which every change is in. 0: none. */
  readonly appliedIndex: number
  /** Counts published states of this node's index; grows for ever. Two answers of one generation agree. */
  readonly generation: number
}

export interface SearchResult extends IndexPosition {
  readonly hits: readonly SearchHit[]
  /** Packages that match, on every page together. */
  readonly total: number
  /** Where the next page starts; absent on the last. */
  readonly next?: SearchCursor
  /** No package had every word, so these have some. */
  readonly relaxed: boolean
}

/** What was typed so far of a name. */
export interface SuggestQuery {
  readonly text: string
  /** 1 to {@link SEARCH_LIMITS}.suggestionsMax. */
  readonly limit: number
}

export interface Suggestions extends IndexPosition {
  /** Packages whose name begins with the text, in the order of names; behind them those whose key does. No text suggests nothing. */
  readonly keys: readonly PackageKey[]
}

/** What a text may have meant. */
export interface Correction extends IndexPosition {
  /**
   * The text with each word that no package has exchanged for a near one of names and topics: one error from 5 letters on, two from 9, a
   * wrong first letter counts double; quoted words stay. Absent where there is nothing to exchange.
   */
  readonly text?: string
}

/** Asks how what a search of this text and filter finds is spread over values. */
export interface FacetQuery {
  readonly text: string
  readonly filter?: SearchFilter | undefined
  readonly facets: readonly SearchFacet[]
  /** Values wanted of each, 1 to {@link SEARCH_LIMITS}.facetValuesMax. */
  readonly limit: number
}

export interface FacetResult extends IndexPosition {
  /** In the order in which they were asked for. */
  readonly facets: readonly FacetCounts[]
  /** Packages that match. */
  readonly total: number
  /** As in {@link SearchResult}. */
  readonly relaxed: boolean
}

/** Asks for packages that are about the same as one. */
export interface SimilarQuery {
  /** What others are to be like; it need not be in the index, and is no hit itself. */
  readonly document: SearchDocument
  /** 1 to {@link SEARCH_LIMITS}.hitsMax. */
  readonly limit: number
}

export interface SimilarResult extends IndexPosition {
  /** Those that share its rarer words, most alike first. Scores are from 0 to 1. */
  readonly hits: readonly SearchHit[]
}

/** Why what the folder held could not be used. */
export type DiscardReason = 'absent' | 'schema' | 'history' | 'damaged'

/** The index as opened. */
export interface OpenedIndex extends IndexPosition {
  readonly historyId: HistoryId
  /**
   * Present when the index starts empty, with what was found. The owner calls {@link SearchIndex.rebuild} (or feeds every
   * change from index 0, where the feed still has them).
   */
  readonly discarded?: { readonly reason: DiscardReason; readonly message: string }
}

export interface SearchStats extends IndexPosition {
  /** Packages found by an empty query. */
  readonly documents: number
  readonly segments: number
  /** Log index of the last {@link SearchIndex.apply}. */
  readonly submittedIndex: number
  /** Changes accepted and not yet in a published commit. */
  readonly pendingChanges: number
  readonly queuedBytes: number
  readonly searchesQueued: number
  readonly searchesRefused: number
  readonly commits: number
  readonly writerRestarts: number
  readonly rebuilding: boolean
}

/** Limits that hold for every implementation. */
export const SEARCH_LIMITS = {
  hitsMax: 1_000,
  suggestionsMax: LIMITS.suggestionsMax,
  facetValuesMax: LIMITS.facetValuesMax,
  /** What lies behind it in a query is ignored. */
  queryBytesMax: LIMITS.searchTextBytesMax,
  queryWordsMax: 16,
  /** Values in one list of a filter. */
  filterValuesMax: LIMITS.searchFilterValuesMax,
} as const

/**
 * Full-text search over packages; one hit per package. One owner feeds it changes in the order of the log; any number
 * may search. Disposing commits what was applied and frees the folder.
 */
export interface SearchIndex extends AsyncDisposable {
  readonly opened: OpenedIndex

  /**
   * Queues the changes of everything up to `appliedIndex`, which never goes down; no changes is fine and cheap. Resolves
   * when the queue has taken them (at once, unless it is full): await it before the next call. They are seen by searches
   * after the next commit.
   * @throws SEARCH_REBUILD_NEEDED when the writer has failed for good; SHUTTING_DOWN
   */
  apply(changes: readonly SearchChange[], appliedIndex: number): Promise<void>

  /** Commits everything applied so far, durably, and publishes it to searches. */
  commit(): Promise<IndexPosition>

  /**
   * Resolves once searches reflect `minIndex`, committing early for it.
   * @throws INDEX_NOT_REACHED after `waitMs`
   */
  waitFor(minIndex: number, waitMs: number): Promise<IndexPosition>

  /**
   * @throws OVERLOADED when the queue of searches is full
   * @throws INVALID_ARGUMENT on a limit outside 1 to hitsMax
   */
  search(query: SearchQuery): Promise<SearchResult>

  /** @throws OVERLOADED, INVALID_ARGUMENT, as the next three */
  suggest(query: SuggestQuery): Promise<Suggestions>
  correct(query: { readonly text: string }): Promise<Correction>
  facets(query: FacetQuery): Promise<FacetResult>
  similar(query: SimilarQuery): Promise<SimilarResult>

  /**
   * Replaces the whole content by `documents`, the packages as they are at `appliedIndex`; the old content serves until
   * the new is durable. `appliedIndex` is not below that of the last apply; changes applied meanwhile go into both.
   * `progress` hears the number of documents taken.
   * @throws whatever `documents` throws, with the old content untouched
   */
  rebuild(
    documents: AsyncIterable<SearchDocument>,
    appliedIndex: number,
    progress?: (documents: number) => void,
  ): Promise<IndexPosition>

  /** Commits, and merges all that the index is made of into one part, without what was removed. Changes wait meanwhile, searches do not. */
  optimize(): Promise<IndexPosition>

  stats(): SearchStats
}
