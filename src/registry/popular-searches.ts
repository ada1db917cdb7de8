import type { Clock } from '../runtime/clock.js'

/** What is longer was pasted, and nobody else will type it. */
const TEXT_LENGTH_MIN = 2
const TEXT_LENGTH_MAX = 64
/** Different texts counted at once. */
const TEXTS_MAX = 10_000
/** What fewer searches asked for is told to nobody: it may be one person's. */
const TOLD_SEARCHES_MIN = 3
/** After so long a search counts half. */
const HALF_LIFE_MS = 24 * 60 * 60_000

/** A text that was searched for, and how often of late. */
export interface PopularSearch {
  readonly text: string
  readonly searches: number
}

/**
 * Counts what is searched for on this node, in memory: a hint for people, not a record. A search that found nothing, another page of one,
 * and one without text are not counted.
 */
export class PopularSearches {
  readonly #counts = new Map<string, number>()
  #halvedAtMs: number

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {
    this.#halvedAtMs = clock.monotonicMs()
  }

  count(typed: string): void {
    const text = typed.trim().replace(/\s+/g, ' ').toLowerCase()
    if (text.length < TEXT_LENGTH_MIN || text.length > TEXT_LENGTH_MAX) return
    this.#fade()
    this.#counts.set(text, (this.#counts.get(text) ?? 0) + 1)
    if (this.#counts.size > TEXTS_MAX) this.#halve()
  }

  /** Most often searched first, then by text. */
  top(limit: number): readonly PopularSearch[] {
    this.#fade()
    return [...this.#counts]
      .filter(([, searches]) => searches >= TOLD_SEARCHES_MIN)
      .sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
      .slice(0, limit)
      .map(([text, searches]) => ({ text, searches: Math.floor(searches) }))
  }

  #fade(): void {
    const nowMs = this.clock.monotonicMs()
    while (nowMs - this.#halvedAtMs >= HALF_LIFE_MS && this.#counts.size > 0) {
      this.#halve()
      this.#halvedAtMs += HALF_LIFE_MS
    }
    if (this.#counts.size === 0) this.#halvedAtMs = nowMs
  }

  /** What was searched for once, and a full table's rarest, is forgotten. */
  #halve(): void {
    for (const [text, searches] of this.#counts) {
      if (searches / 2 < 1) this.#counts.delete(text)
      else this.#counts.set(text, searches / 2)
    }
  }
}
