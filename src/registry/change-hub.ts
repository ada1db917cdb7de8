import { MarketplaceError } from '../model/error.js'
import type { ReplicatedState } from '../node/replicated-state.js'
import type { Clock } from '../runtime/clock.js'
import type { ChangesAtIndex } from '../state/change-feed.js'
import type { StateView } from '../state/state-view.js'

/** Log indexes of the feed read in one go. */
const READ_INDEXES_MAX = 500
/** Newest changes kept in memory, so that however many watch, each landing is read once. */
const KEPT_INDEXES_MAX = 4_096

/** The next part of the feed. */
export interface FeedPart {
  readonly changes: readonly ChangesAtIndex[]
  /** All changes up to here are in this part or came before. */
  readonly through: number
}

/**
 * What has landed on this node, for all who watch: the newest changes from memory, older ones from the state. Nothing is
 * queued for anybody. Whoever falls behind reads the feed from where it stands, and hears that it is compacted once the feed
 * no longer reaches back.
 */
export class ChangeHub {
  /** While anybody watches. */
  #window: Window | undefined
  #reading = false
  #behind = false
  #stopped = false
  #unlisten: (() => void) | undefined
  #readers = 0
  readonly #waiting = new Set<() => void>()

  constructor(private readonly parts: { readonly state: ReplicatedState; readonly clock: Clock }) {}

  /** Takes part from now on; paired with {@link leave}. Without anybody nothing is read. */
  enter(): void {
    this.#readers++
    this.#unlisten ??= this.parts.state.onLanded(() => this.#landed())
  }

  leave(): void {
    this.#readers--
    if (this.#readers > 0) return
    this.#unlisten?.()
    this.#unlisten = undefined
    this.#window = undefined
  }

  /**
   * Changes after a log index, as soon as there are any; or, after waitMs without, none.
   * @throws COMPACTED, SHUTTING_DOWN, CANCELLED
   */
  async next(after: number, waitMs: number, gone: AbortSignal): Promise<FeedPart> {
    const endMs = this.parts.clock.monotonicMs() + waitMs
    for (let position = after; ; ) {
      if (this.#stopped) throw shuttingDown()
      if (gone.aborted) throw cancelled()
      const known = fromMemory(this.#window, position)
      const part = known ?? (await this.#read(position))
      const leftMs = endMs - this.parts.clock.monotonicMs()
      if (part.changes.length > 0 || leftMs <= 0) return part
      // What landed while an older state was read has woken nobody: memory is looked at before the wait, in one turn with it.
      if (known === undefined) position = Math.max(position, part.through)
      else await this.#wait(leftMs, gone)
    }
  }

  /** Ends everybody's watching. */
  stop(): void {
    this.#stopped = true
    this.#wake()
  }

  async #read(after: number): Promise<FeedPart> {
    await using view = await this.parts.state.view({ consistency: 'stale' })
    if (this.#window === undefined) {
      this.#window = { kept: [], after: view.appliedIndex, through: view.appliedIndex }
      // Something may have landed since the view was opened, when there was no window to take it up.
      this.#landed()
    }
    // Awaited here: the view closes when this function is left.
    return await readPart(view, after)
  }

  #wait(waitMs: number, gone: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        timer.cancel()
        this.#waiting.delete(end)
        gone.removeEventListener('abort', end)
        resolve()
      }
      const timer = this.parts.clock.after(waitMs, end)
      this.#waiting.add(end)
      gone.addEventListener('abort', end)
    })
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake()
  }

  #landed(): void {
    this.#behind = true
    if (this.#reading) return
    this.#reading = true
    this.#takeUp()
      .catch(() => {
        // The node says itself what is wrong with its state; whoever watches hears it when reading on.
        this.#window = undefined
      })
      .finally(() => {
        this.#reading = false
        this.#wake()
        if (this.#behind && this.#unlisten !== undefined) this.#landed()
      })
  }

  async #takeUp(): Promise<void> {
    this.#behind = false
    const window = this.#window
    if (window === undefined) return
    await using view = await this.parts.state.view({ consistency: 'stale' })
    while (window.through < view.appliedIndex) {
      const { changes, through } = await readPart(view, window.through)
      window.kept.push(...changes)
      window.through = through
      const excess = window.kept.length - KEPT_INDEXES_MAX
      if (excess <= 0) continue
      const dropped = window.kept.splice(0, excess)
      window.after = dropped.at(-1)?.index ?? window.after
    }
  }
}

/** The newest changes: every one after `after`, up to `through`. */
interface Window {
  readonly kept: ChangesAtIndex[]
  after: number
  through: number
}

/** Undefined where the window does not reach back to there. */
function fromMemory(window: Window | undefined, after: number): FeedPart | undefined {
  if (window === undefined || after < window.after) return undefined
  // Mostly the last one or two: searched from the end.
  const first = window.kept.findLastIndex((changes) => changes.index <= after) + 1
  const changes = window.kept.slice(first, first + READ_INDEXES_MAX)
  const whole = first + changes.length === window.kept.length
  return { changes, through: whole ? Math.max(after, window.through) : (changes.at(-1)?.index ?? after) }
}

/** @throws COMPACTED */
async function readPart(view: StateView, after: number): Promise<FeedPart> {
  const changes = await view.changesAfter(after, READ_INDEXES_MAX)
  if (changes === undefined) throw compacted(after, view.firstRetainedIndex)
  const whole = changes.length < READ_INDEXES_MAX
  return { changes, through: whole ? Math.max(after, view.appliedIndex) : (changes.at(-1)?.index ?? after) }
}

export function compacted(after: number, firstRetained: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'COMPACTED',
    field: 'after_index',
    message: `changes after index ${after} are no longer kept; they are from index ${firstRetained} on`,
    help: 'start again with include_existing, which brings all there is and then goes on',
    details: { firstRetained: String(firstRetained) },
  })
}

function shuttingDown(): MarketplaceError {
  return new MarketplaceError({
    reason: 'SHUTTING_DOWN',
    message: 'this node stops',
    help: 'go on at another node, after the last index received',
  })
}

function cancelled(): MarketplaceError {
  return new MarketplaceError({ reason: 'CANCELLED', message: 'the caller has gone', help: 'call again' })
}
