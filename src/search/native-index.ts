import type { NativeIndex } from '../../native/index.js'
import { assert } from '../model/assert.js'
import { type ErrorReason, MarketplaceError } from '../model/error.js'
import type { HistoryId } from '../model/node-id.js'
import { loadNativeModule } from '../runtime/native-module.js'
import type {
  Correction,
  FacetQuery,
  FacetResult,
  IndexPosition,
  OpenedIndex,
  SearchChange,
  SearchDocument,
  SearchIndex,
  SearchQuery,
  SearchResult,
  SearchStats,
  SimilarQuery,
  SimilarResult,
  Suggestions,
  SuggestQuery,
} from './search-index.js'

/** How the index behaves; all of it optional. */
export interface NativeSearchOptions {
  /** A change is committed and published this long after it was applied, at the latest. Default 1,000. */
  readonly commitAfterMs?: number | undefined
  /** …or after this many changes. Default 5,000. */
  readonly commitChangesMax?: number | undefined
  /** How far the stored index may lag in time while nothing but the index moves. Default 30,000. */
  readonly indexCommitAfterMs?: number | undefined
  /** With more segments than this, commits come four times less often. Default 30. */
  readonly segmentsSoftMax?: number | undefined
  /** Changes waiting for the writer's thread. Default 16 MiB. */
  readonly queueBytesMax?: number | undefined
  /** Documents that the writer gathers before it writes a segment; at least 15 MB. Default 32 MiB. */
  readonly writerMemoryBytes?: number | undefined
  /** Default 2. */
  readonly searchThreads?: number | undefined
  /** Searches waiting for a thread; beyond, they are refused. Default 256. */
  readonly searchQueueMax?: number | undefined
}

/** Every default of {@link NativeSearchOptions}. */
export const NATIVE_SEARCH_DEFAULTS: Required<{ [Key in keyof NativeSearchOptions]: number }> = {
  commitAfterMs: 1_000,
  commitChangesMax: 5_000,
  indexCommitAfterMs: 30_000,
  segmentsSoftMax: 30,
  queueBytesMax: 16 * 1024 * 1024,
  writerMemoryBytes: 32 * 1024 * 1024,
  searchThreads: 2,
  searchQueueMax: 256,
}

/** One crossing into the index during a rebuild. */
const REBUILD_BATCH_DOCUMENTS = 256

/** Codes of native/core/src/error.rs. */
const REASONS: Readonly<Record<string, { readonly reason: ErrorReason; readonly help: string }>> = {
  OVERLOADED: { reason: 'OVERLOADED', help: 'try again later, or ask another node' },
  CLOSED: { reason: 'SHUTTING_DOWN', help: 'ask another node' },
  LOCKED: { reason: 'FOLDER_LOCKED', help: 'stop the other process that uses this folder' },
  NOT_REACHED: { reason: 'INDEX_NOT_REACHED', help: 'wait longer, or search without a minimum index' },
  REBUILD_NEEDED: { reason: 'SEARCH_REBUILD_NEEDED', help: 'rebuild the search index from the state' },
  INVALID: { reason: 'INVALID_ARGUMENT', help: 'correct the request' },
  STORAGE: {
    reason: 'STORAGE_FAILED',
    help: "check the disk and the permissions of the search index's folder",
  },
  INTERNAL: { reason: 'INTERNAL', help: 'report this, with the log of the node' },
}

type Answer<T> = { readonly ok: T } | { readonly error: { readonly code: string; readonly message: string } }

/**
 * Opens the tantivy index in `folder`, or creates it. An index of another history, of another schema or with damage is
 * discarded, and `opened.discarded` says so: rebuild it.
 * @throws NATIVE_MODULE_MISSING, FOLDER_LOCKED, STORAGE_FAILED
 */
export async function openNativeIndex(
  folder: string,
  historyId: HistoryId,
  options: NativeSearchOptions = {},
): Promise<NativeSearchIndex> {
  const native = new (loadNativeModule().NativeIndex)({
    folder,
    historyId,
    commitAfterMs: options.commitAfterMs ?? NATIVE_SEARCH_DEFAULTS.commitAfterMs,
    commitChangesMax: options.commitChangesMax ?? NATIVE_SEARCH_DEFAULTS.commitChangesMax,
    indexCommitAfterMs: options.indexCommitAfterMs ?? NATIVE_SEARCH_DEFAULTS.indexCommitAfterMs,
    segmentsSoftMax: options.segmentsSoftMax ?? NATIVE_SEARCH_DEFAULTS.segmentsSoftMax,
    queueBytesMax: options.queueBytesMax ?? NATIVE_SEARCH_DEFAULTS.queueBytesMax,
    writerMemoryBytes: options.writerMemoryBytes ?? NATIVE_SEARCH_DEFAULTS.writerMemoryBytes,
    searchThreads: options.searchThreads ?? NATIVE_SEARCH_DEFAULTS.searchThreads,
    searchQueueMax: options.searchQueueMax ?? NATIVE_SEARCH_DEFAULTS.searchQueueMax,
  })
  const opened = read<Omit<OpenedIndex, 'historyId'>>(await native.open())
  return new NativeSearchIndex(native, { ...opened, historyId })
}

/** {@link SearchIndex} on tantivy. Nothing here waits for disk or search on this thread or on libuv's. */
export class NativeSearchIndex implements SearchIndex {
  readonly opened: OpenedIndex
  readonly #native: NativeIndex
  /** Index of the last apply. */
  #submitted: number
  #applying = false
  #closing: Promise<string> | undefined

  /** Made by {@link openNativeIndex}. */
  constructor(native: NativeIndex, opened: OpenedIndex) {
    this.#native = native
    this.opened = opened
    this.#submitted = opened.appliedIndex
  }

  async apply(changes: readonly SearchChange[], appliedIndex: number): Promise<void> {
    assert(!this.#applying, 'changes are applied one call after another')
    assert(
      Number.isSafeInteger(appliedIndex) && appliedIndex >= this.#submitted,
      () => `changes of index ${appliedIndex} come after those of ${this.#submitted}`,
    )
    for (const change of changes) if (change.type === 'upsert') checkNumbers(change.document)
    this.#applying = true
    try {
      const text = encode(changes)
      while (!this.#tryApply(text, appliedIndex)) read(await this.#native.room())
      this.#submitted = appliedIndex
    } finally {
      this.#applying = false
    }
  }

  async commit(): Promise<IndexPosition> {
    return read(await this.#native.commit())
  }

  async optimize(): Promise<IndexPosition> {
    return read(await this.#native.optimize())
  }

  async waitFor(minIndex: number, waitMs: number): Promise<IndexPosition> {
    return read(await this.#native.waitFor(minIndex, Math.min(Math.max(0, Math.ceil(waitMs)), 2 ** 32 - 1)))
  }

  async search(query: SearchQuery): Promise<SearchResult> {
    const { more, ...found } = read<SearchResult & { readonly more: boolean }>(
      await this.#native.search(encode(query)),
    )
    const last = found.hits.at(-1)
    return more && last !== undefined ? { ...found, next: { score: last.score, key: last.key } } : found
  }

  async suggest(query: SuggestQuery): Promise<Suggestions> {
    return read(await this.#native.suggest(encode(query)))
  }

  async correct(query: { readonly text: string }): Promise<Correction> {
    return read(await this.#native.correct(encode(query)))
  }

  async facets(query: FacetQuery): Promise<FacetResult> {
    return read(await this.#native.facets(encode(query)))
  }

  async similar(query: SimilarQuery): Promise<SimilarResult> {
    checkNumbers(query.document)
    return read(await this.#native.similar(encode(query)))
  }

  async rebuild(
    documents: AsyncIterable<SearchDocument>,
    appliedIndex: number,
    progress: (documents: number) => void = () => {},
  ): Promise<IndexPosition> {
    read(await this.#native.rebuildBegin(appliedIndex))
    try {
      let batch: SearchDocument[] = []
      const flush = async () => {
        progress(read<number>(await this.#native.rebuildAdd(encode(batch))))
        batch = []
      }
      for await (const document of documents) {
        checkNumbers(document)
        batch.push(document)
        if (batch.length >= REBUILD_BATCH_DOCUMENTS) await flush()
      }
      if (batch.length > 0) await flush()
      const position = read<IndexPosition>(await this.#native.rebuildFinish())
      this.#submitted = Math.max(this.#submitted, appliedIndex)
      return position
    } catch (error) {
      // Whatever this answers, the first error is the one to tell.
      await this.#native.rebuildAbort()
      throw error
    }
  }

  stats(): SearchStats {
    return JSON.parse(this.#native.stats()) as SearchStats
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#native.close()
    read(await this.#closing)
  }

  #tryApply(text: string, appliedIndex: number): boolean {
    try {
      return this.#native.apply(text, appliedIndex)
    } catch (error) {
      // The bridge throws the text that its promises resolve to.
      assert(error instanceof Error, 'the bridge throws errors')
      read(error.message)
      throw error
    }
  }
}

/** JSON writes NaN as null, which would stop the index where it is read. */
function checkNumbers(document: SearchDocument): void {
  const { key, packageNumber, publishedAtMs, quality } = document
  const whole = [packageNumber, publishedAtMs].every((value) => Number.isSafeInteger(value) && value >= 0)
  assert(
    whole && quality >= 0 && quality <= 1,
    () => `numbers of ${key}: package ${packageNumber}, published ${publishedAtMs}, quality ${quality}`,
  )
}

/** Reads what the bridge answers. */
function read<T>(text: string): T {
  const answer = JSON.parse(text) as Answer<T>
  if ('ok' in answer) return answer.ok
  const { code, message } = answer.error
  const known = REASONS[code]
  assert(known !== undefined, () => `the bridge answered with the unknown code ${code}: ${message}`)
  throw new MarketplaceError({ reason: known.reason, help: known.help, message })
}

/** JSON that Rust can read: half a surrogate pair, which JSON escapes, is no text there. */
function encode(value: unknown): string {
  const text = JSON.stringify(value)
  if (!text.includes('\\ud')) return text
  return text.replace(/\\(?:ud[89a-f][0-9a-f]{2}|.)/g, (found) =>
    found.startsWith('\\ud') ? '\\ufffd' : found,
  )
}
