import type { Digest } from '../model/content-hash.js'
import type { Expectation } from './blob-error.js'
import type { BlobInfo, BlobStore } from './blob-store.js'

/** A promise to keep a blob, even where nothing refers to it yet. */
export interface Lease {
  readonly digest: Digest
  /** Log time. */
  readonly untilMs: number
}

/** A store on this node's own disk: it can promise to keep what it holds, and the promise survives a crash. */
export interface KeptBlobStore extends BlobStore {
  /** As in {@link BlobStore}; with `keepUntilMs` (log time) the promise is durable too once this resolves. */
  write(
    source: AsyncIterable<Uint8Array>,
    expect?: Expectation,
    options?: { readonly keepUntilMs?: number },
  ): Promise<BlobInfo>
  /** Makes the blob's presence and a promise to keep it durable. Undefined where it is not held. */
  keep(digest: Digest, untilMs: number): Promise<BlobInfo | undefined>
  /** End (log time) of the latest promise made in this life of the store; undefined where none was. */
  promisedUntil(digest: Digest): number | undefined
  /**
   * Removes a blob, unless a promise made in this life reaches to this log time; in one step, so that nobody can be promised
   * what is just being removed. True where it is not there any more. Whether anything refers to it, and what lives before
   * promised, is the caller's to know.
   * @throws STORAGE_FAILED
   */
  collect(digest: Digest, logTimeMs: number): Promise<boolean>
  /**
   * Takes back what was set aside because it could not be read, where its bytes can be read now and are right. False where
   * there is no such file, or it still cannot be read, or is wrong.
   * @throws STORAGE_FAILED
   */
  takeBack(digest: Digest): Promise<boolean>
  /**
   * Every promise ever made and not dropped, several for one blob where there were several. `unreadable` stands for a record
   * that a crash tore or the disk damaged: whoever collects garbage must then take every blob as promised for a full lease.
   */
  leases(): AsyncIterable<Lease | 'unreadable'>
  /** Forgets promises that ended before this log time; some may stay up to an hour longer. */
  dropLeases(beforeMs: number): Promise<void>
  /**
   * Whether the blob is here and a loss of power would leave it here: what is found by `info` alone may have been named in the
   * moment in which an earlier life was killed.
   * @throws STORAGE_FAILED
   */
  holds(digest: Digest): Promise<boolean>
  /** As `list`, without sizes, and of what is held in the sense of `holds`. */
  digests(after?: Digest): AsyncIterable<Digest>
}
