import type { WriteOperation } from '../../src/state/key-value-store.js'
import { nameOf } from '../../src/state/working-set.js'
import { MemoryKeyValueStore as Plain } from '../../src/storage/memory/memory-key-value-store.js'

/** The store in memory, with handles for tests of the state machine. */
export class MemoryKeyValueStore extends Plain {
  /** Held writes, oldest first, while {@link hold} is on. */
  readonly held: (() => void)[] = []
  hold = false
  batches = 0

  override async write(operations: readonly WriteOperation[]): Promise<void> {
    if (this.hold) await new Promise<void>((resolve) => this.held.push(resolve))
    await super.write(operations)
    this.batches++
  }

  /** All pairs in key order, as text. */
  dump(): [key: string, value: string][] {
    return [...this.pairs].map(([name, [, value]]) => [name, nameOf(value)] as [string, string]).sort(byKey)
  }

  /** A store with the same content, as a disk would be after a crash. */
  clone(): MemoryKeyValueStore {
    const copy = new MemoryKeyValueStore()
    copy.pairs = new Map(this.pairs)
    return copy
  }

  /** Damages what is there, past every check. */
  overwrite(key: Uint8Array, value: Uint8Array | undefined): void {
    const next = new Map(this.pairs)
    if (value === undefined) next.delete(nameOf(key))
    else next.set(nameOf(key), [key, value])
    this.pairs = next
  }
}

function byKey([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0
}
