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

/** Somebody who waits for a rebuild. */
interface WantedRebuild {
  readonly progress: ((documents: number) => void) | undefined
  readonly resolve: (index: number) => void
  readonly reject: (error: unknown) => void
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
  readonly #wanted: WantedRebuild[] = []

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
  rebuild(progress?: (documents: number) => void): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#stopped) throw ended()
      this.#wanted.push({ progress, resolve, reject })
      this.#wake()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    this.#unlisten?.()
    await this.#idle()
    for (const { reject } of this.#wanted.splice(0)) reject(ended())
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
    // One that is wanted amid the steps comes between them: where writes never pause, they have no end.
    do {
      if (this.#mustRebuild || this.#wanted.length > 0) await this.#rebuild()
    } while (!this.#stopped && (await this.#step()))
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

  /** Whoever wanted one before it began has its end, good or bad. */
  async #rebuild(): Promise<void> {
    const wanted = this.#wanted.splice(0)
    try {
      await using view = await this.parts.state.view({ consistency: 'stale' })
      const tell = (documents: number) => {
        for (const { progress } of wanted) progress?.(documents)
      }
      await this.parts.index.rebuild(allDocuments(view), view.appliedIndex, tell)
      this.#position = view.appliedIndex
      this.#mustRebuild = false
    } catch (error) {
      for (const { reject } of wanted) reject(error)
      throw error
    }
    for (const { resolve } of wanted) resolve(this.#position)
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

function ended(): MarketplaceError {
  return new MarketplaceError({
    reason: 'SHUTTING_DOWN',
    message: 'the search index is not fed any more',
    help: 'ask another node',
  })
}
