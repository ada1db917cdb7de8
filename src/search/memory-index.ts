import { assert } from '../model/assert.js'
import { MarketplaceError } from '../model/error.js'
import type { HistoryId } from '../model/node-id.js'
import type { PackageKey } from '../model/package-id.js'
import type { Clock, Timer } from '../runtime/clock.js'
import {
  type PreparedDocument,
  type PreparedWord,
  passes,
  prepareDocument,
  prepareWord,
  scoreOf,
} from './match.js'
import {
  type IndexPosition,
  type OpenedIndex,
  SEARCH_LIMITS,
  type SearchChange,
  type SearchCursor,
  type SearchDocument,
  type SearchFilter,
  type SearchHit,
  type SearchIndex,
  type SearchQuery,
  type SearchResult,
  type SearchStats,
} from './search-index.js'
import { queryName, queryText, queryWords } from './words.js'

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
    const text = queryText(query.text)
    const words = queryWords(text)
    const prepared = words.flatMap((word, at) => prepareWord(word, at === words.length - 1) ?? [])
    const name = queryName(text)
    const candidates = [...this.#documents.values()].filter(
      ({ document }) => !document.yanked && passes(document, query.filter ?? {}),
    )
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
    const { after } = query
    const behind = after === undefined ? hits : hits.filter((hit) => compareHits(hit, after) > 0)
    const page = behind.slice(0, query.limit)
    const last = page.at(-1)
    const found = { hits: page, total: hits.length, relaxed, ...this.#position }
    return behind.length > page.length && last !== undefined ? { ...found, next: last } : found
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
  const relevance = (score ?? 0) / ((score ?? 0) + RELEVANCE_HALF)
  return [{ key: target.document.key, score: Math.fround(points + relevance) }]
}

function compareHits(a: SearchCursor, b: SearchCursor): number {
  return b.score - a.score || compareText(nameOf(a.key), nameOf(b.key)) || compareText(a.key, b.key)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function nameOf(key: PackageKey): string {
  return key.slice(key.indexOf('/') + 1)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function checkLimits(query: SearchQuery): void {
  const { limit } = query
  if (!Number.isInteger(limit) || limit < 1 || limit > SEARCH_LIMITS.hitsMax) {
    throw invalid(`limit ${limit} is not 1 to ${SEARCH_LIMITS.hitsMax}`)
  }
  const lists: SearchFilter = query.filter ?? {}
  for (const list of Object.values(lists) as (readonly string[] | undefined)[]) {
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
