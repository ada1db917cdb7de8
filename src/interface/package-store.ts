import type { Digest } from '../model/content-hash.js'
import type { PackageId } from '../model/package-id.js'
import type { ReadDemand } from '../model/read-demand.js'
import type { ListOptions, Page } from './answer.js'

/** Bytes whose hash and size are known, readable any number of times. */
export interface Content {
  readonly sha256: Digest
  readonly sizeBytes: number
  read(): AsyncIterable<Uint8Array>
}

export interface StoredContent {
  readonly sha256: Digest
  readonly sizeBytes: number
}

export interface StreamRequest {
  readonly sha256: Digest
  /** The version it is for; counted once, when the last byte was sent. */
  readonly id?: PackageId | undefined
  /**
   * The byte to begin with; default 0. What comes from there on is a part, which no store can check for the caller: it is to be hashed
   * together with what came before.
   */
  readonly offset?: number | undefined
  readonly demand?: ReadDemand | undefined
}

export interface StreamOptions {
  readonly onProgress?: ((receivedBytes: number, sizeBytes: number) => void) | undefined
}

export interface StoreStats {
  readonly blobs: number
  readonly bytes: number
}

/** How far a check has come. */
export interface IntegrityReport {
  readonly checked: number
  /** Found damaged since the report before. */
  readonly damaged: readonly Digest[]
  readonly done: boolean
}

/** What a look for garbage came to. */
export interface CompactReport {
  readonly examined: number
  readonly removed: number
  readonly removedBytes: number
}

/**
 * Bytes by their sha256: what is read hashes to what was asked for, or the read fails at its end. Storing what is there already is a
 * success. Of a cluster, `list`, `stats` and `verifyIntegrity` tell of the node that answers. Every implementation passes
 * test/conformance/package-store.ts.
 */
export interface PackageStore {
  /** Keeps these bytes. @throws LIMIT_EXCEEDED, NO_QUORUM */
  store(bytes: Uint8Array): Promise<StoredContent>
  /** Keeps a stream. Nothing is left of it where it fails. @throws HASH_MISMATCH, SIZE_MISMATCH, UPLOAD_INCOMPLETE, LIMIT_EXCEEDED, NO_QUORUM */
  uploadStream(content: Content): Promise<StoredContent>
  /** All bytes at once, verified. @throws BLOB_NOT_FOUND, VERIFICATION_FAILED, BLOB_CORRUPT */
  get(sha256: Digest): Promise<Uint8Array>
  /**
   * The bytes as they come; they are to be believed once the stream has ended well. Progress is told as bytes of the whole.
   * @throws BLOB_NOT_FOUND, VERIFICATION_FAILED, BLOB_CORRUPT; INVALID_ARGUMENT for an offset behind the end
   */
  stream(request: StreamRequest, options?: StreamOptions): AsyncIterable<Uint8Array>
  exists(sha256: Digest): Promise<boolean>
  /** @throws BLOB_NOT_FOUND */
  metadata(sha256: Digest): Promise<StoredContent>
  /**
   * Removes what nothing needs; not there is a success. A registry's store keeps what a version names, for ever, and what was stored for
   * one to come, until its lease is over.
   * @throws BLOB_REFERENCED
   */
  delete(sha256: Digest): Promise<void>
  /** Copies to another store, verified on the way. @throws BLOB_NOT_FOUND; what the other store throws */
  copyTo(sha256: Digest, target: PackageStore): Promise<StoredContent>
  /** What is held, by hash. @throws PAGE_TOKEN_INVALID, LIMIT_EXCEEDED */
  list(
    options?: Pick<ListOptions, 'pageSize' | 'pageToken'>,
  ): Promise<Omit<Page<StoredContent>, 'index' | 'historyId'>>
  stats(): Promise<StoreStats>
  /**
   * Reads what is held, or one of it, and hashes it anew. The last report is `done`.
   * @throws BLOB_NOT_FOUND where one was named that is not held
   */
  verifyIntegrity(sha256?: Digest): AsyncIterable<IntegrityReport>
  /** Removes all that nothing needs any more, now: it goes by itself later. A store without a registry removes nothing unasked. */
  compact(): Promise<CompactReport>
}
