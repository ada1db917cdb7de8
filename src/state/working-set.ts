import { assert } from '../model/assert.js'
import type { ChainedWrite } from './chain-hash.js'
import type { KeyValueStore, WriteOperation } from './key-value-store.js'
import { bodyOf, type StateWriter, seal, unseal } from './stored-value.js'

/** A key and what stands under it. */
interface KeyState {
  readonly key: Uint8Array
  /** Absent: nothing stands there. */
  readonly body: Uint8Array | undefined
  /** Body and checksum, of writes. */
  readonly stored?: Uint8Array
}

/**
 * The store as apply sees it: what landed, under all writes of this group and of groups still landing. So a result never
 * depends on how entries were grouped or on how far the disk has come.
 */
export class WorkingSet implements StateWriter {
  /** The newest unlanded write of every key. */
  readonly #pending = new Map<string, KeyState>()
  /** What the store is known to hold where nothing is pending; a read of the store costs ten of this. */
  readonly #landed = new LandedCache()
  /** Writes of groups that have not landed, by group number. */
  readonly #groupKeys = new Map<number, Map<string, KeyState>>()
  #group = 0
  #groupWrites = new Map<string, KeyState>()
  #entryWrites = new Map<string, KeyState>()

  constructor(private readonly store: KeyValueStore) {}

  /** Unlanded keys held in memory. */
  get size(): number {
    return this.#pending.size
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const name = nameOf(key)
    const pending = this.#pending.get(name)
    if (pending !== undefined) return pending.body
    const known = this.#landed.get(name)
    if (known !== undefined) return known.body
    const stored = this.store.getSync(key)
    const body = stored === undefined ? undefined : unseal(key, stored)
    this.#landed.set(name, { key, body })
    return body
  }

  put(key: Uint8Array, body: Uint8Array): void {
    const stored = seal(key, body)
    this.#write({ key, body: bodyOf(stored), stored })
  }

  delete(key: Uint8Array): void {
    this.#write({ key, body: undefined })
  }

  /** The writes of the entry just applied, by key; begins the next entry. */
  endEntry(): ChainedWrite[] {
    const names = [...this.#entryWrites.keys()].sort()
    const writes = names.map((name) => this.#entryWrites.get(name) as KeyState)
    this.#entryWrites.clear()
    return writes
  }

  /** Ends the group: its number, and its writes sealed, each key once. */
  endGroup(): { readonly group: number; readonly operations: WriteOperation[] } {
    const operations: WriteOperation[] = []
    for (const { key, stored } of this.#groupWrites.values()) {
      operations.push(stored === undefined ? { type: 'del', key } : { type: 'put', key, value: stored })
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
      this.#landed.set(name, write)
      if (this.#pending.get(name) === write) this.#pending.delete(name)
    }
  }

  #write(write: KeyState): void {
    const name = nameOf(write.key)
    this.#pending.set(name, write)
    this.#groupWrites.set(name, write)
    this.#entryWrites.set(name, write)
  }
}

/** Entries of one generation of the cache, and the longest body that it keeps: 8 MiB at worst. */
const CACHE_ENTRIES_MAX = 4_096
const CACHED_BODY_BYTES_MAX = 1_024

/** Two generations: the young one becomes the old one when full, and what is asked for again moves up. */
class LandedCache {
  #young = new Map<string, KeyState>()
  #old = new Map<string, KeyState>()

  get(name: string): KeyState | undefined {
    const young = this.#young.get(name)
    if (young !== undefined) return young
    const old = this.#old.get(name)
    if (old !== undefined) this.set(name, old)
    return old
  }

  set(name: string, state: KeyState): void {
    if (state.body !== undefined && state.body.length > CACHED_BODY_BYTES_MAX) {
      this.#young.delete(name)
      this.#old.delete(name)
      return
    }
    if (this.#young.size >= CACHE_ENTRIES_MAX) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(name, state)
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
