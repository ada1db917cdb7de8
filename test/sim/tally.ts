import type { Digest } from '../../src/model/content-hash.js'
import { formatPackageId } from '../../src/model/package-id.js'
import type { ChangeKind } from '../../src/state/change-feed.js'
import type { StateView } from '../../src/state/state-view.js'

const PAGE = 500

interface Count {
  /** Answers that said: this made the change. */
  done: number
  /** Requests without an answer: each may have made it. */
  unknown: number
}

/** What the clients were told, to be held against what the registry kept: nothing lost, nothing done twice. */
export class Tally {
  readonly #counts = new Map<string, Count>()
  /** Contents that were acknowledged, by key. */
  readonly acknowledged = new Map<string, Digest>()

  done(kind: ChangeKind, key: string): void {
    this.#count(kind, key).done++
  }

  unknown(kind: ChangeKind, key: string): void {
    this.#count(kind, key).unknown++
  }

  /** Compares the change feed with the answers: every request that made a change made it exactly once. */
  async check(view: StateView): Promise<string[]> {
    const made = new Map<string, number>()
    for (let after = 0; ; ) {
      const page = await view.changesAfter(after, PAGE)
      if (page === undefined) return ['the change feed does not reach back to its beginning']
      for (const { records } of page)
        for (const record of records) {
          if (!('id' in record)) continue
          const name = nameOf(record.kind, formatPackageId(record.id))
          made.set(name, (made.get(name) ?? 0) + 1)
        }
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) break
      after = last.index
    }
    const wrong: string[] = []
    for (const name of new Set([...this.#counts.keys(), ...made.keys()])) {
      const { done, unknown } = this.#counts.get(name) ?? { done: 0, unknown: 0 }
      const found = made.get(name) ?? 0
      if (found < done || found > done + unknown)
        wrong.push(
          `${name}: ${found} changes where ${done} were acknowledged and ${unknown} have no known outcome`,
        )
      if (name.startsWith('published') && found > 1) wrong.push(`${name}: ${found} times`)
    }
    return wrong
  }

  #count(kind: ChangeKind, key: string): Count {
    const name = nameOf(kind, key)
    const count = this.#counts.get(name) ?? { done: 0, unknown: 0 }
    this.#counts.set(name, count)
    return count
  }
}

function nameOf(kind: ChangeKind, key: string): string {
  return `${kind} ${key}`
}
