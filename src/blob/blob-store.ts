import type { Digest } from '../model/content-hash.js'

export interface BlobInfo {
  readonly digest: Digest
  readonly sizeBytes: number
}

export interface BlobRange {
  readonly offset: number
  /** To the end where absent. */
  readonly lengthBytes?: number
}

/**
 * Bytes by their sha256. What `write` has answered is on the disk (file and folder fsynced) and hashes to its digest.
 * Every implementation passes test/conformance/blob-store.ts.
 */
export interface BlobStore {
  /**
   * Takes a stream, hashing while it writes. Having the blob already is success (the stream is still checked).
   * @throws HASH_MISMATCH, SIZE_MISMATCH where `expect` is not met; LIMIT_EXCEEDED; STORAGE_FAILED. Nothing is left behind.
   */
  write(
    source: AsyncIterable<Uint8Array>,
    expect?: { readonly digest?: Digest; readonly sizeBytes?: number },
  ): Promise<BlobInfo>
  /** Undefined where it is not held. Size only: bytes are checked by `read` and `verify`. */
  info(digest: Digest): Promise<BlobInfo | undefined>
  /**
   * Chunks of at most LIMITS.chunkBytesMax. A read of the whole blob hashes on the way and fails at its end with BLOB_CORRUPT
   * rather than end well with wrong bytes.
   * @throws BLOB_NOT_FOUND, BLOB_CORRUPT
   */
  read(
    digest: Digest,
    range?: BlobRange,
  ): Promise<{ readonly info: BlobInfo; readonly body: AsyncIterable<Uint8Array> }>
  /** Not there is success. */
  delete(digest: Digest): Promise<void>
  /** All digests held, in order, from after `after` on. */
  list(after?: Digest): AsyncIterable<BlobInfo>
  /** Reads all its bytes; false where they do not hash to the digest (the file is set aside, so that repair fetches it anew). */
  verify(digest: Digest): Promise<boolean>
  stats(): Promise<{ readonly blobs: number; readonly bytes: number }>
}
