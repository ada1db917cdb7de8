import { assert } from '../../src/model/assert.js'
import type {
  KeyRange,
  KeyValueSnapshot,
  KeyValueStore,
  WriteOperation,
} from '../../src/state/key-value-store.js'
import { nameOf } from '../../src/state/working-set.js'

type Pairs = ReadonlyMap<string, readonly [key: Uint8Array, value: Uint8Array]>

/** An ordered map in memory for tests of the state machine: every write makes a new map, so a snapshot is the old one. */
export class MemoryKeyValueStore implements KeyValueStore {
  #pairs: Pairs = new Map()
  /** Held writes, oldest first, while {@link hold} is on. */
  readonly held: (() => void)[] = []
  hold = false
  batches = 0

  getSync(key: Uint8Array): Uint8Array | undefined {
    return get(this.#pairs, key)
  }

  async write(operations: readonly WriteOperation[]): Promise<void> {
    if (this.hold) await new Promise<void>((resolve) => this.held.push(resolve))
    const next = new Map(this.#pairs)
    for (const operation of operations) {
      if (operation.type === 'put')
        next.set(nameOf(operation.key), [operation.key.slice(), operation.value.slice()])
      else next.delete(nameOf(operation.key))
    }
    this.#pairs = next
    this.batches++
  }

  snapshot(): KeyValueSnapshot {
    const pairs = this.#pairs
    let open = true
    return {
      getSync: (key) => {
        assert(open, 'the snapshot is closed')
        return get(pairs, key)
      },
      iterate: (range) => iterate(pairs, range),
      [Symbol.asyncDispose]: async () => {
        open = false
      },
    }
  }

  /** All pairs in key order, as text. */
  dump(): [key: string, value: string][] {
    return [...this.#pairs].map(([name, [, value]]) => [name, nameOf(value)] as [string, string]).sort(byKey)
  }

  /** A store with the same content, as a disk would be after a crash. */
  clone(): MemoryKeyValueStore {
    const copy = new MemoryKeyValueStore()
    copy.#pairs = this.#pairs
    return copy
  }

  /** Damages what is there, past every check. */
  overwrite(key: Uint8Array, value: Uint8Array | undefined): void {
    const next = new Map(this.#pairs)
    if (value === undefined) next.delete(nameOf(key))
    else next.set(nameOf(key), [key, value])
    this.#pairs = next
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function get(pairs: Pairs, key: Uint8Array): Uint8Array | undefined {
  return pairs.get(nameOf(key))?.[1].slice()
}

async function* iterate(
  pairs: Pairs,
  range: KeyRange,
): AsyncIterable<readonly (readonly [Uint8Array, Uint8Array])[]> {
  const from = nameOf(range.from)
  const to = nameOf(range.to)
  const names = [...pairs.keys()].filter((name) => name >= from && name < to).sort()
  if (range.reverse === true) names.reverse()
  const wanted = names.slice(0, range.limit ?? names.length)
  for (let at = 0; at < wanted.length; at += 7) {
    yield wanted.slice(at, at + 7).map((name) => pairs.get(name) as readonly [Uint8Array, Uint8Array])
  }
}

function byKey([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0
}
