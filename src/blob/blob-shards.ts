import type { FileSystem } from '../runtime/file-system.js'
import { type BlobPaths, digestOfFile, SHARDS, type Shard } from './blob-path.js'

interface Count {
  blobs: number
  bytes: number
}

/** The 256 folders of a store: one change at a time in each, made when first needed, counted when first asked. */
export class BlobShards {
  readonly #last = new Map<Shard, Promise<unknown>>()
  readonly #made = new Map<Shard, Promise<void>>()
  readonly #counts = new Map<Shard, Count>()
  /** Synced in this life: whatever name was in them when it began outlives a loss of power. */
  readonly #settled = new Set<Shard>()

  constructor(
    private readonly files: FileSystem,
    private readonly paths: BlobPaths,
  ) {}

  /** Runs alone among the changes of this shard. */
  exclusive<T>(shard: Shard, change: () => Promise<T>): Promise<T> {
    const before = this.#last.get(shard) ?? Promise.resolve()
    const mine = before.then(change)
    const settled = mine.then(
      () => {},
      () => {},
    )
    this.#last.set(shard, settled)
    void settled.then(() => {
      if (this.#last.get(shard) === settled) this.#last.delete(shard)
    })
    return mine
  }

  /** The shard's folder is there, durably: whoever made it may have crashed before it was. */
  async make(shard: Shard): Promise<void> {
    const under =
      this.#made.get(shard) ??
      (async () => {
        await this.files.makeFolder(this.paths.shard(shard))
        await this.files.syncFolder(this.paths.folder)
      })()
    this.#made.set(shard, under)
    try {
      await under
    } catch (error) {
      this.#made.delete(shard)
      throw error
    }
  }

  /**
   * To be called inside `exclusive`: every name in the shard outlives a loss of power from here on. Whoever gave a file its name in a
   * life before may have been killed before the folder was synced; once in a life is enough.
   */
  async settle(shard: Shard): Promise<void> {
    if (this.#settled.has(shard)) return
    if ((await this.files.stat(this.paths.shard(shard)))?.kind !== 'folder') return
    await this.files.syncFolder(this.paths.shard(shard))
    this.#settled.add(shard)
  }

  /** To be called inside `exclusive`, once a blob came or went. */
  changed(shard: Shard, blobs: number, bytes: number): void {
    const count = this.#counts.get(shard)
    if (count === undefined) return
    count.blobs += blobs
    count.bytes += bytes
  }

  async stats(): Promise<{ readonly blobs: number; readonly bytes: number }> {
    const total: Count = { blobs: 0, bytes: 0 }
    for (const shard of SHARDS) {
      const count = await this.exclusive(shard, () => this.#count(shard))
      total.blobs += count.blobs
      total.bytes += count.bytes
    }
    return total
  }

  /** Names in a shard, sorted; none where it was never made. */
  async names(shard: Shard): Promise<readonly string[]> {
    if ((await this.files.stat(this.paths.shard(shard)))?.kind !== 'folder') return []
    return this.files.list(this.paths.shard(shard))
  }

  async #count(shard: Shard): Promise<Count> {
    const known = this.#counts.get(shard)
    if (known !== undefined) return known
    const count: Count = { blobs: 0, bytes: 0 }
    for (const name of await this.names(shard)) {
      if (digestOfFile(shard, name) === undefined) continue
      const found = await this.files.stat(`${this.paths.shard(shard)}/${name}`)
      if (found === undefined) continue
      count.blobs++
      count.bytes += found.sizeBytes
    }
    this.#counts.set(shard, count)
    return count
  }
}
