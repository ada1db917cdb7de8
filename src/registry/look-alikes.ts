import { foldName, type PackageRef, packageKey } from '../model/package-id.js'
import type { ReplicatedState } from '../node/replicated-state.js'
import type { Clock } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'
import type { StateView } from '../state/state-view.js'
import { isNearMiss } from './near-miss.js'

/** Days whose downloads make a package popular. */
const POPULAR_DAYS = 90
/** Downloads in these days that it takes. */
const POPULAR_DOWNLOADS_MIN = 100
/** A name is not flagged for being like one that is less than so many times as popular. */
const POPULAR_RATIO_MIN = 10
/** The most popular are watched over, so many. */
const POPULAR_NAMES_MAX = 1_000
/** How old the list of popular packages may become. */
const REFRESH_MS = 60_000
/** Answers kept until the list is read again. */
const KEPT_ANSWERS_MAX = 10_000
/** Popular names that one name is told to be like. */
const RESEMBLED_MAX = 3

interface Popular {
  readonly ref: PackageRef
  readonly downloads: number
}

/**
 * Knows which names are near misses of popular packages of somebody else: what a typing error, or who counts on one, would
 * come up with. It flags, and refuses nothing: two honest packages may be called alike. (Spellings that differ in case, `-`
 * and `_` alone are one name, and are refused by the state.)
 */
export class LookAlikes {
  #popular: readonly Popular[] = []
  #answers = new Map<string, readonly Popular[]>()
  #readAtMs: number | undefined
  #reading: Promise<void> | undefined

  constructor(
    private readonly parts: {
      readonly state: Pick<ReplicatedState, 'view'>
      readonly clock: Clock
      readonly logger: Logger
    },
  ) {}

  /** Popular packages that are called almost like this one and belong to somebody else, the most popular first. */
  async resembledBy(view: StateView, ref: PackageRef): Promise<readonly PackageRef[]> {
    await this.#keepFresh()
    const similar = this.#similarTo(ref)
    if (similar.length === 0) return similar.map((each) => each.ref)
    const own = sumOf(view, ref)
    const owners = view.ownership(ref)?.keyIds ?? []
    return similar
      .filter((each) => each.downloads >= own * POPULAR_RATIO_MIN)
      .filter((each) => !view.ownership(each.ref)?.keyIds.some((keyId) => owners.includes(keyId)))
      .slice(0, RESEMBLED_MAX)
      .map((each) => each.ref)
  }

  /** Whether any popular package is called almost so; without asking whose it is. */
  async mayResemble(ref: PackageRef): Promise<boolean> {
    await this.#keepFresh()
    return this.#similarTo(ref).length > 0
  }

  /** Packages that were downloaded often of late, most often first. */
  async popular(): Promise<readonly PackageRef[]> {
    await this.#keepFresh()
    return this.#popular.map(({ ref }) => ref)
  }

  /** Lists the popular packages anew, now. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#readAtMs = this.parts.clock.monotonicMs()
      this.#reading = undefined
    })
    return this.#reading
  }

  #similarTo(ref: PackageRef): readonly Popular[] {
    if (this.#popular.length === 0) return []
    const name = foldName(packageKey(ref))
    const known = this.#answers.get(name)
    if (known !== undefined) return known
    const found = this.#popular.filter((each) => isNearMiss(ref, each.ref))
    if (this.#answers.size >= KEPT_ANSWERS_MAX) this.#answers.clear()
    this.#answers.set(name, found)
    return found
  }

  /** Waits for the first list only; a later one is read aside. */
  async #keepFresh(): Promise<void> {
    const nowMs = this.parts.clock.monotonicMs()
    if (this.#readAtMs !== undefined && nowMs - this.#readAtMs < REFRESH_MS) return
    const first = this.#readAtMs === undefined
    const reading = this.refresh()
    if (first) await reading
  }

  async #read(): Promise<void> {
    try {
      await using view = await this.parts.state.view({ consistency: 'stale' })
      const popular: Popular[] = []
      for await (const each of view.downloadsWithin(POPULAR_DAYS))
        if (each.downloads >= POPULAR_DOWNLOADS_MIN) popular.push(each)
      popular.sort((a, b) => b.downloads - a.downloads)
      this.#popular = popular.slice(0, POPULAR_NAMES_MAX)
      this.#answers = new Map()
    } catch (error) {
      this.parts.logger.warn({ error: String(error) }, 'the popular packages could not be listed')
    }
  }
}

function sumOf(view: StateView, ref: PackageRef): number {
  return view.downloadDays(ref).reduce((total, { downloads }) => total + downloads, 0)
}
