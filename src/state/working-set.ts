import { assert } from '../model/assert.js'
import type { ChainedWrite } from './chain-hash.js'
import type { KeyValueStore, WriteOperation } from './key-value-store.js'
import { type StateWriter, seal, unseal } from './stored-value.js'

interface PendingWrite {
  readonly key: Uint8Array
  /** Absent: deleted. */
  readonly body: Uint8Array | undefined
}

/**
 * The store as apply sees it: what landed, under all writes of this group and of groups still landing. So a result never
 * depends on how entries were grouped or on how far the disk has come.
 */
export class WorkingSet implements StateWriter {
  /** The newest unlanded write of every key. */
  readonly #pending = new Map<string, PendingWrite>()
  /** Writes of groups that have not landed, by group number. */
  readonly #groupKeys = new Map<number, Map<string, PendingWrite>>()
  #group = 0
  #groupWrites = new Map<string, PendingWrite>()
  #entryWrites = new Map<string, PendingWrite>()

  constructor(private readonly store: KeyValueStore) {}

  /** Unlanded keys held in memory. */
  get size(): number {
    return this.#pending.size
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const pending = this.#pending.get(nameOf(key))
    if (pending !== undefined) return pending.body
    const stored = this.store.getSync(key)
    return stored === undefined ? undefined : unseal(key, stored)
  }

  put(key: Uint8Array, body: Uint8Array): void {
    this.#write(key, body)
  }

  delete(key: Uint8Array): void {
    this.#write(key, undefined)
  }

  /** The writes of the entry just applied, by key; begins the next entry. */
  endEntry(): ChainedWrite[] {
    const names = [...this.#entryWrites.keys()].sort()
    const writes = names.map((name) => this.#entryWrites.get(name) as PendingWrite)
    this.#entryWrites.clear()
    return writes
  }

  /** Ends the group: its number, and its writes sealed, each key once. */
  endGroup(): { readonly group: number; readonly operations: WriteOperation[] } {
    const operations: WriteOperation[] = []
    for (const { key, body } of this.#groupWrites.values()) {
      operations.push(
        body === undefined ? { type: 'del', key } : { type: 'put', key, value: seal(key, body) },
      )
    }
    const group = this.#group++
    this.#groupKeys.set(group, this.#groupWrites)
    this.#groupWrites = new Map()
    this.#entryWrites.clear()
    return { group, operations }
  }

  /** The group is in the store: what it alone held need not stay in memory. */
  landed(group: number): void {
    const writes = this.#groupKeys.get(group)
    assert(writes !== undefined, () => `group ${group} landed twice or was never made`)
    this.#groupKeys.delete(group)
    for (const [name, write] of writes) {
      if (this.#pending.get(name) === write) this.#pending.delete(name)
    }
  }

  #write(key: Uint8Array, body: Uint8Array | undefined): void {
    const name = nameOf(key)
    const write: PendingWrite = { key, body }
    this.#pending.set(name, write)
    this.#groupWrites.set(name, write)
    this.#entryWrites.set(name, write)
  }
}

const NAME_PIECE = 4_096

/** A key as text, one character per byte: keys of maps, ordered as the bytes are. */
export function nameOf(key: Uint8Array): string {
  if (key.length <= NAME_PIECE) return String.fromCharCode.apply(null, key as unknown as number[])
  let name = ''
  for (let at = 0; at < key.length; at += NAME_PIECE) name += nameOf(key.subarray(at, at + NAME_PIECE))
  return name
}
