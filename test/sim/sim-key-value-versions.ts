/** An ordered map that remembers its past as long as somebody holds on to it. */
export class OrderedVersions {
  /** Newest last; undefined is a deletion. */
  readonly #values = new Map<string, { readonly version: number; readonly value: Uint8Array | undefined }[]>()
  /** Sorted; with keys of deleted values until these are pruned. */
  readonly #sorted: string[]
  readonly #held = new Map<number, number>()
  #now = 0

  constructor(content: ReadonlyMap<string, Uint8Array>) {
    for (const [key, value] of content) this.#values.set(key, [{ version: 0, value }])
    this.#sorted = [...content.keys()].sort(order)
  }

  /** The present version. */
  get now(): number {
    return this.#now
  }

  get(key: string, version: number): Uint8Array | undefined {
    return this.#values.get(key)?.findLast((entry) => entry.version <= version)?.value
  }

  write(changes: readonly (readonly [key: string, value: Uint8Array | undefined])[]): void {
    this.#now++
    const oldest = Math.min(this.#now, ...this.#held.keys())
    for (const [key, value] of changes) {
      const entries = this.#values.get(key)
      if (entries === undefined) {
        this.#values.set(key, [{ version: this.#now, value }])
        this.#sorted.splice(position(this.#sorted, key), 0, key)
        continue
      }
      entries.push({ version: this.#now, value })
      // What nobody can see any more goes.
      while (entries.length > 1 && (entries[1] as { version: number }).version <= oldest) entries.shift()
      if (entries.length === 1 && entries[0]?.value === undefined) {
        this.#values.delete(key)
        this.#sorted.splice(position(this.#sorted, key), 1)
      }
    }
  }

  /** Keys of [from, to), in order; some may have no value at a given version. */
  keys(from: string, to: string): string[] {
    const first = position(this.#sorted, from)
    return this.#sorted.slice(first, Math.max(first, position(this.#sorted, to)))
  }

  /** Keeps the present version until it is released. */
  hold(): number {
    this.#held.set(this.#now, (this.#held.get(this.#now) ?? 0) + 1)
    return this.#now
  }

  release(version: number): void {
    const holders = (this.#held.get(version) ?? 1) - 1
    if (holders === 0) this.#held.delete(version)
    else this.#held.set(version, holders)
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : 1
}

/** First position whose key is not below. */
function position(sorted: readonly string[], key: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as string) < key) low = middle + 1
    else high = middle
  }
  return low
}
