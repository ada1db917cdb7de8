import { assert } from '../model/assert.js'
import { MarketplaceError } from '../model/error.js'
import { type PackageKey, type PackageRef, packageKey } from '../model/package-id.js'
import type { ReplicatedState } from '../node/replicated-state.js'
import { type Clock, pause } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'
import type { SearchChange, SearchDocument, SearchIndex } from '../search/search-index.js'
import type { StateView } from '../state/state-view.js'
import { searchDocument } from './search-document.js'

/** Log indexes of the change feed read in one go. */
const FEED_INDEXES_MAX = 500
/** What lands within this time after changes were taken up is taken up together: a view for every group would cost more than the changes. */
const GATHER_MS = 25
/** Pause after a failure before the feed is taken up again. */
const RETRY_MS = 1_000

export interface SearchFeedParts {
  readonly state: ReplicatedState
  readonly index: SearchIndex
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Keeps the search index in step with the state: follows the change feed from where the index stands, and fills the index
 * anew from one view where it starts empty or the feed no longer reaches back. What lands meanwhile is taken up after.
 */
export class SearchFeed implements AsyncDisposable {
  #position: number
  #mustRebuild: boolean
  #running: Promise<void> | undefined
  #behind = false
  #stopped = false
  #unlisten: (() => void) | undefined

  constructor(private readonly parts: SearchFeedParts) {
    const { opened } = parts.index
    this.#position = opened.appliedIndex
    this.#mustRebuild = opened.discarded !== undefined && opened.discarded.reason !== 'absent'
    if (this.#mustRebuild) parts.logger.warn({ ...opened.discarded }, 'the search index is built anew')
  }

  start(): void {
    this.#unlisten = this.parts.state.onLanded(() => this.#wake())
    this.#wake()
  }

  /** Fills the index anew; the old content serves until the new one is durable. Resolves with the index it reflects. */
  async rebuild(progress?: (documents: number) => void): Promise<number> {
    await this.#idle()
    const rebuilding = this.#rebuild(progress)
    this.#running = rebuilding.then(
      () => this.#ended(),
      () => this.#ended(),
    )
    await rebuilding
    return this.#position
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    this.#unlisten?.()
    await this.#idle()
  }

  #wake(): void {
    this.#behind = true
    if (this.#running !== undefined || this.#stopped) return
    this.#running = this.#catchUp().then(
      async () => {
        await pause(this.parts.clock, GATHER_MS)
        this.#ended()
      },
      async (error: unknown) => {
        this.parts.logger.error({ error }, 'the search index fell behind')
        if (error instanceof MarketplaceError && error.reason === 'SEARCH_REBUILD_NEEDED')
          this.#mustRebuild = true
        await pause(this.parts.clock, RETRY_MS)
        this.#behind = true
        this.#ended()
      },
    )
  }

  #ended(): void {
    this.#running = undefined
    if (this.#behind && !this.#stopped) this.#wake()
  }

  async #idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #catchUp(): Promise<void> {
    this.#behind = false
    if (this.#mustRebuild) await this.#rebuild()
    while (!this.#stopped && (await this.#step())) {}
  }

  /** Takes up the next changes; false where there are none left. */
  async #step(): Promise<boolean> {
    await using view = await this.parts.state.view({ consistency: 'stale' })
    if (view.appliedIndex <= this.#position) return false
    const changes = await view.changesAfter(this.#position, FEED_INDEXES_MAX)
    if (changes === undefined) {
      await this.#rebuild()
      return true
    }
    const whole = changes.length < FEED_INDEXES_MAX
    const through = whole ? view.appliedIndex : changes.at(-1)?.index
    assert(through !== undefined && through > this.#position, 'the feed moves on')
    const refs = new Map<PackageKey, PackageRef>()
    for (const { records } of changes) {
      // Who owns a package is no part of what is searched.
      for (const record of records) if ('id' in record) refs.set(packageKey(record.id), record.id)
    }
    await this.parts.index.apply(
      [...refs].map(([key, ref]) => changeOf(view, key, ref)),
      through,
    )
    this.#position = through
    return true
  }

  async #rebuild(progress?: (documents: number) => void): Promise<void> {
    await using view = await this.parts.state.view({ consistency: 'stale' })
    await this.parts.index.rebuild(allDocuments(view), view.appliedIndex, progress)
    this.#position = view.appliedIndex
    this.#mustRebuild = false
  }
}

async function* allDocuments(view: StateView): AsyncIterable<SearchDocument> {
  for await (const batch of view.documents()) {
    for (const document of batch) yield searchDocument(document)
  }
}

function changeOf(view: StateView, key: PackageKey, ref: PackageRef): SearchChange {
  const document = view.document(ref)
  return document === undefined
    ? { type: 'remove', key }
    : { type: 'upsert', document: searchDocument(document) }
}
