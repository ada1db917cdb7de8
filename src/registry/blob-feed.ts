import type { Digest } from '../model/content-hash.js'
import type { ReplicatedState } from '../node/replicated-state.js'
import { type Clock, pause } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'
import type { ReferencedBlob } from '../state/state-view.js'

/** Log indexes of the change feed read in one go. */
const FEED_INDEXES_MAX = 1_000
/** What lands close together is read together: a missing blob waits so long before it is looked for. */
const GATHER_MS = 25

export interface BlobFeedParts {
  readonly state: ReplicatedState
  readonly clock: Clock
  readonly logger: Logger
  /** Where the feed begins: what is referenced by then is found by the first scrub. */
  readonly fromIndex: number
  /** Takes digests that the state refers to since that log index. */
  wanted(digests: readonly Digest[], index: number): void
  /** The feed no longer reaches back: everything that is referenced has to be looked for. */
  missed(): void
}

/** Tells the blob repair what each applied publish refers to, so that a member which missed the upload fetches it at once. */
export class BlobFeed {
  #position: number
  #reading = false
  #behind = false
  #stopped = false
  #unlisten: (() => void) | undefined

  constructor(private readonly parts: BlobFeedParts) {
    this.#position = parts.fromIndex
  }

  start(): void {
    this.#unlisten = this.parts.state.onLanded(() => this.#wake())
    this.#wake()
  }

  /** Whether something has landed that the repair was not told of yet. */
  get behind(): boolean {
    return this.#behind || this.#reading
  }

  /** The repair was told of everything that the state referred to at this log index. */
  get toldIndex(): number {
    return this.#position
  }

  stop(): void {
    this.#unlisten?.()
    this.#behind = false
    this.#stopped = true
  }

  #wake(): void {
    this.#behind = true
    if (this.#reading) return
    this.#reading = true
    this.#read().then(
      () => {
        this.#reading = false
        if (this.#behind) this.#wake()
      },
      (error: unknown) => {
        this.#reading = false
        this.parts.logger.warn(
          { error: String(error) },
          'newly referenced blobs could not be read; the next scrub finds them',
        )
      },
    )
  }

  async #read(): Promise<void> {
    await pause(this.parts.clock, GATHER_MS)
    this.#behind = false
    if (this.#stopped) return
    await using view = await this.parts.state.view({ consistency: 'stale' })
    while (this.#position < view.appliedIndex) {
      const changes = await view.changesAfter(this.#position, FEED_INDEXES_MAX)
      if (changes === undefined) this.parts.missed()
      for (const { index, records } of changes ?? []) {
        const digests: Digest[] = []
        for (const record of records) {
          if (record.kind !== 'published') continue
          const version = view.version(record.id)
          if (version?.content !== undefined) digests.push(version.content.sha256)
          if (version?.metadata.readmeSha256 !== undefined) digests.push(version.metadata.readmeSha256)
        }
        if (digests.length > 0) this.parts.wanted(digests, index)
      }
      const last = changes?.at(-1)?.index
      this.#position = changes?.length === FEED_INDEXES_MAX && last !== undefined ? last : view.appliedIndex
    }
  }
}

/** All digests that the applied state refers to, in order, page by page: no view stays open between two pages. */
export async function* referencedBlobs(
  state: Pick<ReplicatedState, 'view'>,
  after: Digest | undefined,
): AsyncIterable<ReferencedBlob> {
  const pageEntries = 1_000
  for (let last = after; ; ) {
    await using view = await state.view({ consistency: 'stale' })
    const page = await view.listReferencedBlobs(last, pageEntries)
    yield* page
    last = page.at(-1)?.digest
    if (page.length < pageEntries) return
  }
}
