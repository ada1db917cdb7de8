import type { SeededRandom } from './seeded-random.js'

const PACKAGES = 5
/** How far behind the newest version reads and changes reach, and how far ahead publishes go. */
const BEHIND = 10
const AHEAD = 3

/** Versions that the clients of one run fight over: a window that moves on as versions are made, so that there is always news. */
export class KeySpace {
  #made = 0

  /** A version was published. */
  made(): void {
    this.#made++
  }

  /** One that is likely not to exist, and that others may want to make at the same time. */
  fresh(random: SeededRandom): string {
    return this.#key(this.#made + random.below(AHEAD))
  }

  /** One that may exist or not. */
  any(random: SeededRandom): string {
    return this.#key(Math.max(0, this.#made - BEHIND + random.below(BEHIND + AHEAD)))
  }

  #key(number: number): string {
    return `pkg-${number % PACKAGES}@1.${Math.floor(number / PACKAGES)}.0`
  }
}
