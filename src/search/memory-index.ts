import { assert } from '../model/assert.js'
import { MarketplaceError } from '../model/error.js'
import type { HistoryId } from '../model/node-id.js'
import type { PackageKey } from '../model/package-id.js'
import { typedName } from '../model/typed-name.js'
import type { Clock, Timer } from '../runtime/clock.js'
import {
  type PreparedDocument,
  type PreparedWord,
  passes,
  prepareDocument,
  prepareWord,
  scoreOf,
} from './match.js'
import { correctText } from './memory-correct.js'
import { compareHits, countFacet, similarTo, suggestKeys } from './memory-reads.js'
import {
  type Correction,
  type FacetQuery,
  type FacetResult,
  type IndexPosition,
  type OpenedIndex,
  SEARCH_LIMITS,
  type SearchChange,
  type SearchDocument,
  type SearchFilter,
  type SearchHit,
  type SearchIndex,
  type SearchQuery,
  type SearchResult,
  type SearchStats,
  type SimilarQuery,
  type SimilarResult,
  type Suggestions,
  type SuggestQuery,
} from './search-index.js'
import { queryText, queryWords } from './words.js'

/** A change is seen this long after it was applied, at the latest. */
const COMMIT_AFTER_MS = 1_000
/** Added where the whole name begins with the whole text, of these letters at least. */
const NAME_BEGINS_SCORE = 2
const NAME_BEGINS_LETTERS_MIN = 2
/** Score at which relevance is one half; see native/core/src/rank.rs. */
const RELEVANCE_HALF = 10

interface Waiting {
  readonly minIndex: number
  readonly timer: Timer
  readonly resolve: (position: IndexPosition) => void
  readonly reject: (error: MarketplaceError) => void
}

interface Rebuild {
  readonly snapshotIndex: number
  /** Changes after the snapshot. */
  readonly since: SearchChange[]
}

/**
 * {@link SearchIndex} that scans a map: for simulation, and where the native module cannot be had. It keeps nothing
 * across restarts and does not stem; otherwise it finds what the native index finds.
 */
export class MemorySearchIndex implements SearchIndex {
  readonly opened: OpenedIndex
  readonly #clock: Clock
  #documents = new Map<PackageKey, PreparedDocument>()
  #position: IndexPosition = { appliedIndex: 0, generation: 1 }
  #submitted = 0
  #pending: SearchChange[] = []
  #commitTimer: Timer | undefined
  #waiting = new Set<Waiting>()
  #rebuild: Rebuild | undefined
  #commits = 0
  #closed = false

  constructor(clock: Clock, historyId: HistoryId) {
    this.#clock = clock
    this.opened = {
      ...this.#position,
      historyId,
      discarded: { reason: 'absent', message: 'an index in memory starts empty' },
    }
  }

  async apply(changes: readonly SearchChange[], appliedIndex: number): Promise<void> {
    this.#refuseWhenClosed()
    assert(
      Number.isSafeInteger(appliedIndex) && appliedIndex >= this.#submitted,
      () => `changes of index ${appliedIndex} come after those of ${this.#submitted}`,
    )
    this.#submitted = appliedIndex
    this.#pending.push(...changes)
    if (this.#rebuild !== undefined && appliedIndex > this.#rebuild.snapshotIndex) {
      this.#rebuild.since.push(...changes)
    }
    const wanted = [...this.#waiting].some((waiting) => waiting.minIndex <= appliedIndex)
    if (wanted || this.#pending.length === 0) this.#publish()
    else this.#commitTimer ??= this.#clock.after(COMMIT_AFTER_MS, () => this.#publish())
  }

  async commit(): Promise<IndexPosition> {
    this.#refuseWhenClosed()
    return this.#publish()
  }

  /** A map has nothing to merge. */
  optimize(): Promise<IndexPosition> {
    return this.commit()
  }

  waitFor(minIndex: number, waitMs: number): Promise<IndexPosition> {
    return new Promise((resolve, reject) => {
      this.#refuseWhenClosed()
      if (this.#submitted >= minIndex) {
        resolve(this.#position.appliedIndex >= minIndex ? this.#position : this.#publish())
        return
      }
      const timer = this.#clock.after(waitMs, () => {
        this.#waiting.delete(waiting)
        reject(notReached(minIndex, this.#position.appliedIndex))
      })
      const waiting: Waiting = { minIndex, timer, resolve, reject }
      this.#waiting.add(waiting)
    })
  }

  async search(query: SearchQuery): Promise<SearchResult> {
    this.#refuseWhenClosed()
    checkLimits(query)
    const { hits, relaxed } = this.#matches(query.text, query.filter)
    const { after } = query
    const behind = after === undefined ? hits : hits.filter((hit) => compareHits(hit, after) > 0)
    const page = behind.slice(0, query.limit)
    const last = page.at(-1)
    const found = { hits: page, total: hits.length, relaxed, ...this.#position }
    return behind.length > page.length && last !== undefined ? { ...found, next: last } : found
  }

  async suggest({ text, limit }: SuggestQuery): Promise<Suggestions> {
    this.#refuseWhenClosed()
    checkLimit(limit, SEARCH_LIMITS.suggestionsMax)
    return { keys: suggestKeys(this.#shown(), typedName(queryText(text)), limit), ...this.#position }
  }

  async correct({ text }: { readonly text: string }): Promise<Correction> {
    this.#refuseWhenClosed()
    const corrected = correctText(this.#shown(), text)
    return { ...(corrected !== undefined && { text: corrected }), ...this.#position }
  }

  async facets({ text, filter, facets, limit }: FacetQuery): Promise<FacetResult> {
    this.#refuseWhenClosed()
    checkLimit(limit, SEARCH_LIMITS.facetValuesMax)
    checkFilter(filter)
    const { hits, relaxed } = this.#matches(text, filter)
    const documents = hits.flatMap(({ key }) => this.#documents.get(key)?.document ?? [])
    const counts = facets.map((facet) => countFacet(documents, facet, limit))
    return { facets: counts, total: hits.length, relaxed, ...this.#position }
  }

  async similar({ document, limit }: SimilarQuery): Promise<SimilarResult> {
    this.#refuseWhenClosed()
    checkLimit(limit, SEARCH_LIMITS.hitsMax)
    const hits = similarTo(this.#shown(), document)
      .map(({ target, points }) => ({ key: target.document.key, score: relevance(points) }))
      .sort(compareHits)
    return { hits: hits.slice(0, limit), ...this.#position }
  }

  /** Everything but what is yanked. */
  #shown(): PreparedDocument[] {
    return [...this.#documents.values()].filter(({ document }) => !document.yanked)
  }

  #matches(
    asTyped: string,
    filter: SearchFilter | undefined,
  ): { readonly hits: readonly SearchHit[]; readonly relaxed: boolean } {
    const text = queryText(asTyped)
    const words = queryWords(text)
    const prepared = words.flatMap((word, at) => prepareWord(word, at === words.length - 1) ?? [])
    const name = typedName(text)
    const candidates = this.#shown().filter(({ document }) => passes(document, filter ?? {}))
    const rank = (score: (target: PreparedDocument) => number | undefined) =>
      candidates
        .flatMap((target) => rankedHit(target, text === '' ? '' : name, score(target)))
        .sort(compareHits)

    let hits = rank((target) => (text === '' ? 0 : strictScore(prepared, name, target)))
    let relaxed = false
    if (hits.length === 0) {
      hits = rank((target) => relaxedScore(prepared, target))
      relaxed = hits.length > 0
    }
    return { hits, relaxed }
  }

  async rebuild(
    documents: AsyncIterable<SearchDocument>,
    appliedIndex: number,
    progress: (documents: number) => void = () => {},
  ): Promise<IndexPosition> {
    this.#refuseWhenClosed()
    if (this.#rebuild !== undefined) throw invalid('a rebuild is under way')
    if (appliedIndex < this.#submitted) {
      throw invalid(`a rebuild from index ${appliedIndex}, but ${this.#submitted} is applied`)
    }
    this.#rebuild = { snapshotIndex: appliedIndex, since: [] }
    try {
      const fresh = new Map<PackageKey, PreparedDocument>()
      for await (const document of documents) {
        fresh.set(document.key, prepareDocument(document))
        progress(fresh.size)
      }
      this.#refuseWhenClosed()
      this.#documents = fresh
      this.#pending = this.#rebuild.since
      this.#submitted = Math.max(this.#submitted, appliedIndex)
      return this.#publish()
    } finally {
      this.#rebuild = undefined
    }
  }

  stats(): SearchStats {
    return {
      ...this.#position,
      documents: this.#documents.size,
      segments: 1,
      submittedIndex: this.#submitted,
      pendingChanges: this.#pending.length,
      queuedBytes: 0,
      searchesQueued: 0,
      searchesRefused: 0,
      commits: this.#commits,
      writerRestarts: 0,
      rebuilding: this.#rebuild !== undefined,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#commitTimer?.cancel()
    for (const waiting of this.#waiting) {
      waiting.timer.cancel()
      waiting.reject(closed())
    }
    this.#waiting.clear()
  }

  #publish(): IndexPosition {
    this.#commitTimer?.cancel()
    this.#commitTimer = undefined
    for (const change of this.#pending) {
      if (change.type === 'upsert') this.#documents.set(change.document.key, prepareDocument(change.document))
      else this.#documents.delete(change.key)
    }
    this.#pending = []
    this.#commits += 1
    this.#position = { appliedIndex: this.#submitted, generation: this.#position.generation + 1 }
    for (const waiting of this.#waiting) {
      if (waiting.minIndex > this.#position.appliedIndex) continue
      this.#waiting.delete(waiting)
      waiting.timer.cancel()
      waiting.resolve(this.#position)
    }
    return this.#position
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw closed()
  }
}

/** Every word that narrows must match; undefined where one does not. */
function strictScore(
  words: readonly PreparedWord[],
  name: string,
  target: PreparedDocument,
): number | undefined {
  if (words.length === 0) return undefined
  const onlyStopWords = words.every((word) => word.isStopWord)
  const scores = words.map((word) => ({ word, score: scoreOf(word, target) }))
  const missed = scores.some(({ word, score }) => score === 0 && (onlyStopWords || !word.isStopWord))
  if (missed) return undefined
  const begins = name.length >= NAME_BEGINS_LETTERS_MIN && target.foldedName.startsWith(name)
  return sum(scores.map(({ score }) => score)) + (begins ? NAME_BEGINS_SCORE : 0)
}

/** Any word that narrows may match. */
function relaxedScore(words: readonly PreparedWord[], target: PreparedDocument): number | undefined {
  const narrowing = words.filter((word) => !word.isStopWord)
  const total = sum((narrowing.length > 0 ? narrowing : words).map((word) => scoreOf(word, target)))
  return total > 0 ? total : undefined
}

function rankedHit(target: PreparedDocument, name: string, score: number | undefined): SearchHit[] {
  const points = target.foldedKey === name ? 2 : target.foldedName === name ? 1 : 0
  if (score === undefined && points === 0) return []
  return [{ key: target.document.key, score: Math.fround(points + relevance(score ?? 0)) }]
}

function relevance(score: number): number {
  return Math.fround(score / (score + RELEVANCE_HALF))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function checkLimits({ limit, filter }: SearchQuery): void {
  checkLimit(limit, SEARCH_LIMITS.hitsMax)
  checkFilter(filter)
}

function checkLimit(limit: number, max: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > max) throw invalid(`limit ${limit} is not 1 to ${max}`)
}

function checkFilter(filter: SearchFilter = {}): void {
  for (const list of Object.values(filter) as (readonly string[] | undefined)[]) {
    if (list !== undefined && list.length > SEARCH_LIMITS.filterValuesMax) {
      throw invalid(
        `a filter names ${list.length} values, at most ${SEARCH_LIMITS.filterValuesMax} are allowed`,
      )
    }
  }
}

function invalid(message: string): MarketplaceError {
  return new MarketplaceError({ reason: 'INVALID_ARGUMENT', message, help: 'correct the request' })
}

function closed(): MarketplaceError {
  return new MarketplaceError({
    reason: 'SHUTTING_DOWN',
    message: 'the search index is closed',
    help: 'ask another node',
  })
}

function notReached(wanted: number, reached: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'INDEX_NOT_REACHED',
    message: `the search index reflects index ${reached}, ${wanted} was wanted`,
    help: 'wait longer, or search without a minimum index',
  })
}
