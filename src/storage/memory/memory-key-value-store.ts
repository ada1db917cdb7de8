import { assert } from '../../model/assert.js'
import type {
  KeyRange,
  KeyValueSnapshot,
  KeyValueStore,
  WriteOperation,
} from '../../state/key-value-store.js'

export type Pairs = ReadonlyMap<string, readonly [key: Uint8Array, value: Uint8Array]>

/** Pairs given at once by an iteration. */
const BATCH_PAIRS = 256

/**
 * An ordered map in memory, gone with the process: for tests and throw-away registries. A snapshot is the map as it was; the first write
 * after one copies it, so large registries belong on a disk.
 */
export class MemoryKeyValueStore implements KeyValueStore {
  protected pairs: Pairs = new Map()
  #shared = true

  getSync(key: Uint8Array): Uint8Array | undefined {
    return get(this.pairs, key)
  }

  async write(operations: readonly WriteOperation[]): Promise<void> {
    const next = this.#shared ? new Map(this.pairs) : (this.pairs as Map<string, [Uint8Array, Uint8Array]>)
    for (const operation of operations) {
      if (operation.type === 'put')
        next.set(nameOf(operation.key), [operation.key.slice(), operation.value.slice()])
      else next.delete(nameOf(operation.key))
    }
    this.pairs = next
    this.#shared = false
  }

  snapshot(): KeyValueSnapshot {
    const { pairs } = this
    this.#shared = true
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

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Bytes as a text that sorts as they do. */
function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
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
  for (let at = 0; at < wanted.length; at += BATCH_PAIRS) {
    yield wanted
      .slice(at, at + BATCH_PAIRS)
      .map((name) => pairs.get(name) as readonly [Uint8Array, Uint8Array])
  }
}
