import { assert } from '../model/assert.js'
import type { ChainedWrite } from './chain-hash.js'
import { TABLE, type Table } from './key-layout.js'
import type { KeyValueStore, WriteOperation } from './key-value-store.js'
import { bodyOf, type StateWriter, seal, unseal } from './stored-value.js'

/** What an entry wrote. */
interface KeyWrite {
  readonly key: Uint8Array
  readonly name: string
  /** Body and checksum. Absent: the key is deleted. */
  readonly stored: Uint8Array | undefined
}

/**
 * The store as apply sees it: what landed, under all writes of this group and of groups still landing. So a result never
 * depends on how entries were grouped or on how far the disk has come.
 */
export class WorkingSet implements StateWriter {
  /** The newest unlanded write of every key. */
  readonly #pending = new Map<string, KeyWrite>()
  /** What the store is known to hold where nothing is pending; a read of the store costs ten of this. */
  readonly #landed = new LandedCache()
  /** Writes of groups that have not landed, by group number: the last of each key. */
  readonly #groups = new Map<number, readonly KeyWrite[]>()
  #group = 0
  /** In the order in which they were made; of a key written twice, the later one counts. */
  #groupWrites: KeyWrite[] = []
  #entryWrites: KeyWrite[] = []

  constructor(private readonly store: KeyValueStore) {}

  /** Unlanded keys held in memory. */
  get size(): number {
    return this.#pending.size
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const name = nameOf(key)
    const pending = this.#pending.get(name)
    if (pending !== undefined) return pending.stored && bodyOf(pending.stored)
    const known = this.#landed.get(name)
    if (known !== undefined) return known.body
    const stored = this.store.getSync(key)
    const body = stored === undefined ? undefined : unseal(key, stored)
    if (isReadAgain(key)) this.#landed.set(name, body)
    return body
  }

  put(key: Uint8Array, body: Uint8Array): void {
    this.#write({ key, name: nameOf(key), stored: seal(key, body) })
  }

  delete(key: Uint8Array): void {
    this.#write({ key, name: nameOf(key), stored: undefined })
  }

  /** The writes of the entry just applied, by key; begins the next entry. */
  endEntry(): ChainedWrite[] {
    const writes = this.#entryWrites.sort(byName)
    this.#entryWrites = []
    return writes
      .filter((write, at) => write.name !== writes[at + 1]?.name)
      .map(({ key, stored }) => ({ key, body: stored && bodyOf(stored) }))
  }

  /** Ends the group: its number, and its writes sealed, each key once. */
  endGroup(): { readonly group: number; readonly operations: WriteOperation[] } {
    const writes = this.#groupWrites.filter((write) => this.#pending.get(write.name) === write)
    const group = this.#group++
    this.#groups.set(group, writes)
    this.#groupWrites = []
    this.#entryWrites = []
    const operations = writes.map(
      ({ key, stored }): WriteOperation =>
        stored === undefined ? { type: 'del', key } : { type: 'put', key, value: stored },
    )
    return { group, operations }
  }

  /** The group is in the store: what it alone held need not stay in memory. */
  landed(group: number): void {
    const writes = this.#groups.get(group)
    assert(writes !== undefined, () => `group ${group} landed twice or was never made`)
    this.#groups.delete(group)
    for (const write of writes) {
      const { key, name, stored } = write
      // A copy: the cut would keep the memory of its neighbours.
      if (isReadAgain(key)) this.#landed.set(name, stored && bodyOf(stored).slice())
      if (this.#pending.get(name) === write) this.#pending.delete(name)
    }
  }

  #write(write: KeyWrite): void {
    this.#pending.set(write.name, write)
    this.#groupWrites.push(write)
    this.#entryWrites.push(write)
  }
}

/** Stable, so that of one key the later write stays behind the earlier. */
function byName(a: KeyWrite, b: KeyWrite): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

/** What an entry reads of those before it. All else is written once, or read for its own key's next write alone. */
const READ_AGAIN: ReadonlySet<number> = new Set<Table>([
  TABLE.meta,
  TABLE.package,
  TABLE.owner,
  TABLE.key,
  TABLE.blob,
  TABLE.downloads,
  TABLE.downloadDays,
  TABLE.downloadEpoch,
  TABLE.namespaceUse,
])

function isReadAgain(key: Uint8Array): boolean {
  return READ_AGAIN.has(key[0] as number)
}

/** Entries of one generation of the cache, and the longest body that it keeps: 8 MiB at worst. */
const CACHE_ENTRIES_MAX = 4_096
const CACHED_BODY_BYTES_MAX = 1_024

/** What stands under a key; no body: nothing does. */
interface KnownState {
  readonly body: Uint8Array | undefined
}

/** Two generations: the young one becomes the old one when full, and what is asked for again moves up. */
class LandedCache {
  #young = new Map<string, KnownState>()
  #old = new Map<string, KnownState>()

  get(name: string): KnownState | undefined {
    const young = this.#young.get(name)
    if (young !== undefined) return young
    const old = this.#old.get(name)
    if (old !== undefined) this.#keep(name, old)
    return old
  }

  set(name: string, body: Uint8Array | undefined): void {
    if (body === undefined || body.length <= CACHED_BODY_BYTES_MAX) return this.#keep(name, { body })
    this.#young.delete(name)
    this.#old.delete(name)
  }

  #keep(name: string, state: KnownState): void {
    if (this.#young.size >= CACHE_ENTRIES_MAX) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(name, state)
  }
}

/** A key as text, one character per byte: keys of maps, ordered as the bytes are. */
export function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
}
