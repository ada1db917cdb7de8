import { createHash } from 'node:crypto'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { FileHandle, FileSystem } from '../runtime/file-system.js'
import { type Logger, silentLogger } from '../runtime/logger.js'
import { type MetricsCollector, silentMetrics } from '../runtime/metrics.js'
import {
  blobCorrupt,
  blobNotFound,
  boundsOf,
  checkArrived,
  checkGrowth,
  type Expectation,
  storageFailure,
} from './blob-error.js'
import { BlobFileReader } from './blob-file-reader.js'
import { BlobPaths, digestOfFile, SHARDS, shardOf } from './blob-path.js'
import { BlobShards } from './blob-shards.js'
import type { BlobInfo, BlobRange } from './blob-store.js'
import { DiskSlots } from './disk-slots.js'
import type { KeptBlobStore, Lease } from './kept-blob-store.js'
import { LeaseLog } from './lease-log.js'
import { shuttingDown } from './patience.js'
import { SlicedFileWriter } from './sliced-file-writer.js'

export interface FileBlobStoreOptions {
  readonly files: FileSystem
  /** Below the file system's root. Default `blobs`. */
  readonly folder?: string
  readonly logger?: Logger
  readonly metrics?: MetricsCollector
  /** Writes, syncs and renames at once, of all blobs together. Default 2: libuv has four threads, and the state needs some. */
  readonly diskOperationsMax?: number
  /** Reads at once, apart from the writes so that none waits behind a sync. Default 2. */
  readonly diskReadsMax?: number
  /** Bytes written at once. Default 512 KiB. */
  readonly sliceBytes?: number
  /** A sync is begun after so many written bytes of one blob. Default 16 MiB. */
  readonly syncEveryBytes?: number
  /** Bytes read at once. Default 256 KiB; at most {@link LIMITS.chunkBytesMax}. */
  readonly readBytes?: number
}

/**
 * Blobs as files. A write goes to a temporary file, hashed on the way; it is synced, renamed to its digest, and its folder
 * is synced: so a file under a digest's name has that digest's bytes, whatever crashed when. Bytes that rot later, or cannot
 * be read, are found by `read` and `verify`, which set the file aside.
 */
export class FileBlobStore implements KeptBlobStore, AsyncDisposable {
  #temporary = 0
  /** Ends of the promises of this life, the latest of each blob; those that are over are forgotten with the records. */
  readonly #promises = new Map<Digest, number>()
  #closed = false

  private constructor(
    private readonly files: FileSystem,
    private readonly paths: BlobPaths,
    private readonly slots: DiskSlots,
    private readonly reader: BlobFileReader,
    private readonly shards: BlobShards,
    private readonly leaseLog: LeaseLog,
    private readonly options: FileBlobStoreOptions,
  ) {}

  /** Makes the folders where they are missing and removes what writes left unfinished. */
  static async open(options: FileBlobStoreOptions): Promise<FileBlobStore> {
    const { files } = options
    const paths = new BlobPaths(options.folder ?? 'blobs')
    const slots = new DiskSlots(options.diskOperationsMax ?? 2)
    const reader = new BlobFileReader(
      files,
      paths,
      new DiskSlots(options.diskReadsMax ?? 2),
      options.readBytes ?? LIMITS.chunkBytesMin,
    )
    try {
      for (const folder of [paths.temporary, paths.leases]) await files.makeFolder(folder)
      for (let folder: string | undefined = paths.folder; folder !== undefined; folder = parentOf(folder))
        await files.syncFolder(folder)
      for (const name of await files.list(paths.temporary)) await files.remove(`${paths.temporary}/${name}`)
      const leaseLog = await LeaseLog.open(files, paths.leases, slots)
      return new FileBlobStore(files, paths, slots, reader, new BlobShards(files, paths), leaseLog, options)
    } catch (error) {
      throw storageFailure(error)
    }
  }

  async write(
    source: AsyncIterable<Uint8Array>,
    expect: Expectation = {},
    options: { readonly keepUntilMs?: number } = {},
  ): Promise<BlobInfo> {
    if (this.#closed) throw shuttingDown()
    const temporary = `${this.paths.temporary}/${this.#temporary++}`
    try {
      const file = await this.slots.run(() => this.files.open(temporary, 'create'))
      try {
        const info = await this.#receive(source, expect, file, options.keepUntilMs)
        await file.close()
        await this.shards.exclusive(shardOf(info.digest), () => this.#adopt(temporary, info))
        return info
      } catch (error) {
        await file.close().catch(() => {})
        await this.files.remove(temporary).catch(() => {})
        throw error
      }
    } catch (error) {
      throw storageFailure(error)
    }
  }

  async info(digest: Digest): Promise<BlobInfo | undefined> {
    try {
      const found = await this.reader.stat(digest)
      return found?.kind === 'file' ? { digest, sizeBytes: found.sizeBytes } : undefined
    } catch (error) {
      throw storageFailure(error)
    }
  }

  async read(
    digest: Digest,
    range?: BlobRange,
  ): Promise<{ readonly info: BlobInfo; readonly body: AsyncIterable<Uint8Array> }> {
    const info = await this.info(digest)
    if (info === undefined) throw blobNotFound(digest)
    const { start, end } = boundsOf(range, info.sizeBytes)
    return { info, body: this.reader.body(info, start, end, (what) => this.#damaged(info, what)) }
  }

  async delete(digest: Digest): Promise<void> {
    try {
      await this.shards.exclusive(shardOf(digest), () => this.#remove(digest))
    } catch (error) {
      throw storageFailure(error)
    }
  }

  async collect(digest: Digest, logTimeMs: number): Promise<boolean> {
    try {
      return await this.shards.exclusive(shardOf(digest), async () => {
        if ((this.#promises.get(digest) ?? -1) >= logTimeMs) return false
        await this.#remove(digest)
        return true
      })
    } catch (error) {
      throw storageFailure(error)
    }
  }

  promisedUntil(digest: Digest): number | undefined {
    return this.#promises.get(digest)
  }

  async *list(after?: Digest): AsyncGenerator<BlobInfo> {
    for await (const digest of this.digests(after)) {
      const info = await this.info(digest)
      if (info !== undefined) yield info
    }
  }

  async *digests(after?: Digest): AsyncGenerator<Digest> {
    for (const shard of SHARDS) {
      if (after !== undefined && shard < shardOf(after)) continue
      const names = await this.shards.exclusive(shard, async () => {
        await this.shards.settle(shard)
        return this.shards.names(shard)
      })
      for (const name of names) {
        const digest = digestOfFile(shard, name)
        if (digest !== undefined && (after === undefined || digest > after)) yield digest
      }
    }
  }

  async holds(digest: Digest): Promise<boolean> {
    const shard = shardOf(digest)
    try {
      return await this.shards.exclusive(shard, async () => {
        await this.shards.settle(shard)
        return (await this.reader.stat(digest))?.kind === 'file'
      })
    } catch (error) {
      throw storageFailure(error)
    }
  }

  async verify(digest: Digest): Promise<boolean> {
    try {
      for await (const _ of (await this.read(digest)).body);
      return true
    } catch (error) {
      if (error instanceof MarketplaceError && error.reason === 'BLOB_CORRUPT') return false
      throw error
    }
  }

  async stats(): Promise<{ readonly blobs: number; readonly bytes: number }> {
    try {
      return await this.shards.stats()
    } catch (error) {
      throw storageFailure(error)
    }
  }

  async keep(digest: Digest, untilMs: number): Promise<BlobInfo | undefined> {
    // First of all: from here on nobody collects it.
    const lease = this.#promise(digest, untilMs)
    if ((await this.info(digest)) === undefined) return undefined
    try {
      const settled = this.shards.exclusive(shardOf(digest), () => this.#settle(digest))
      await Promise.all([settled, this.leaseLog.add(lease)])
    } catch (error) {
      throw storageFailure(error)
    }
    return this.info(digest)
  }

  async takeBack(digest: Digest): Promise<boolean> {
    const { files, paths } = this
    try {
      return await this.shards.exclusive(shardOf(digest), async () => {
        if ((await files.stat(paths.blob(digest))) !== undefined) return true
        const aside = await files.stat(paths.unread(digest))
        if (aside === undefined) return false
        const found = await this.reader.hashOf(paths.unread(digest))
        if (found === undefined) return false
        const good = found === digest
        await files.rename(paths.unread(digest), good ? paths.blob(digest) : paths.damaged(digest))
        if (good) this.shards.changed(shardOf(digest), 1, aside.sizeBytes)
        // Where it fails, a crash may bring the name before back: nothing is lost by it.
        await files.syncFolder(paths.shard(shardOf(digest)))
        this.#logger.warn(
          { digest },
          good ? 'a blob can be read again' : 'a blob that could not be read is damaged',
        )
        return good
      })
    } catch (error) {
      throw storageFailure(error)
    }
  }

  leases(): AsyncIterable<Lease | 'unreadable'> {
    return this.leaseLog.all()
  }

  async dropLeases(beforeMs: number): Promise<void> {
    for (const [digest, untilMs] of this.#promises) if (untilMs < beforeMs) this.#promises.delete(digest)
    try {
      await this.leaseLog.drop(beforeMs)
    } catch (error) {
      throw storageFailure(error)
    }
  }

  /** Refuses new writes. One under way whose promise to keep is not on the disk yet fails; its bytes are removed at the next open. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await this.leaseLog.close()
  }

  /** Takes the stream into the open file until all of it, and the lease, are on the disk. */
  async #receive(
    source: AsyncIterable<Uint8Array>,
    expect: Expectation,
    file: FileHandle,
    keepUntilMs: number | undefined,
  ): Promise<BlobInfo> {
    const sliceBytes = this.options.sliceBytes ?? 512 * 1024
    const syncEveryBytes = this.options.syncEveryBytes ?? 16 * 1024 * 1024
    const writer = new SlicedFileWriter(file, this.slots, { sliceBytes, syncEveryBytes })
    const hash = createHash('sha256')
    let sizeBytes = 0
    try {
      for await (const chunk of source) {
        sizeBytes += chunk.length
        checkGrowth(sizeBytes, expect)
        for (let offset = 0; offset < chunk.length; offset += sliceBytes) {
          const piece = chunk.subarray(offset, offset + sliceBytes)
          hash.update(piece)
          await writer.add(piece)
        }
      }
      const info: BlobInfo = { digest: hash.digest('hex') as Digest, sizeBytes }
      checkArrived(info, expect)
      const lease =
        keepUntilMs === undefined
          ? Promise.resolve()
          : this.leaseLog.add(this.#promise(info.digest, keepUntilMs))
      await both(writer.finish(), lease)
      return info
    } finally {
      await writer.settle()
    }
  }

  /** Gives a synced temporary file its name. Runs alone in its shard. */
  async #adopt(temporary: string, info: BlobInfo): Promise<void> {
    const { digest, sizeBytes } = info
    const shard = shardOf(digest)
    await this.shards.make(shard)
    // Good bytes take the place of what is there: it may have rotted.
    const there = await this.files.stat(this.paths.blob(digest))
    await this.slots.run(() => this.files.rename(temporary, this.paths.blob(digest)))
    this.shards.changed(shard, there === undefined ? 1 : 0, sizeBytes - (there?.sizeBytes ?? 0))
    try {
      await this.slots.run(() => this.files.syncFolder(this.paths.shard(shard)))
    } catch (error) {
      // A second sync could succeed without having written anything, and `keep` believe it: the next write begins anew.
      if (there === undefined) await this.#forget(info)
      throw error
    }
  }

  #promise(digest: Digest, untilMs: number): Lease {
    this.#promises.set(digest, Math.max(untilMs, this.#promises.get(digest) ?? 0))
    return { digest, untilMs }
  }

  /** Runs alone in its shard. */
  async #remove(digest: Digest): Promise<void> {
    const { files, paths } = this
    for (const path of [paths.damaged(digest), paths.unread(digest), paths.blob(digest)]) {
      const found = await files.stat(path)
      if (found === undefined) continue
      await files.remove(path)
      await files.syncFolder(paths.shard(shardOf(digest)))
      if (path === paths.blob(digest)) this.shards.changed(shardOf(digest), -1, -found.sizeBytes)
    }
  }

  async #forget(info: BlobInfo): Promise<void> {
    try {
      await this.files.remove(this.paths.blob(info.digest))
      this.shards.changed(shardOf(info.digest), -1, -info.sizeBytes)
    } catch (error) {
      this.#logger.error({ digest: info.digest, error: String(error) }, 'a blob of unknown durability stays')
    }
  }

  /** Whoever gave the file its name may have crashed before the folder was synced. */
  async #settle(digest: Digest): Promise<void> {
    await this.shards.make(shardOf(digest))
    await this.slots.run(() => this.files.syncFolder(this.paths.shard(shardOf(digest))))
  }

  /** Sets the file aside and makes the error that says so. */
  async #damaged(info: BlobInfo, what: string): Promise<MarketplaceError> {
    try {
      await this.shards.exclusive(shardOf(info.digest), async () => {
        const there = await this.files.stat(this.paths.blob(info.digest))
        if (there === undefined) return
        const found = await this.reader.hashOf(this.paths.blob(info.digest))
        // Another reader may have set it aside before us, and repair put good bytes in its place.
        if (found === info.digest) return
        // A read that failed says nothing of the bytes: they may be the last good copy.
        const aside = found === undefined ? this.paths.unread(info.digest) : this.paths.damaged(info.digest)
        await this.#moveAside(info.digest, aside, there.sizeBytes, what)
      })
    } catch (error) {
      this.#logger.error(
        { digest: info.digest, error: String(error) },
        'a damaged blob could not be set aside',
      )
    }
    return blobCorrupt(info.digest, what)
  }

  async #moveAside(digest: Digest, aside: string, sizeBytes: number, what: string): Promise<void> {
    await this.files.rename(this.paths.blob(digest), aside)
    this.shards.changed(shardOf(digest), -1, -sizeBytes)
    await this.files.syncFolder(this.paths.shard(shardOf(digest)))
    this.#logger.warn({ digest, what }, 'a damaged blob was set aside')
    const metrics = this.options.metrics ?? silentMetrics
    metrics.counter('blob_damaged_total', 'Blobs whose bytes were found damaged and set aside.')
  }

  get #logger(): Logger {
    return this.options.logger ?? silentLogger
  }
}

/** The folder above; '' is the file system's root, and above it is nothing. */
function parentOf(folder: string): string | undefined {
  if (folder === '') return undefined
  const slash = folder.lastIndexOf('/')
  return slash < 0 ? '' : folder.slice(0, slash)
}

/** Both, and the first error only once neither is under way any more. */
async function both(first: Promise<void>, second: Promise<void>): Promise<void> {
  const results = await Promise.allSettled([first, second])
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
