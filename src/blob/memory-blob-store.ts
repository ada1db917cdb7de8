import { createHash } from 'node:crypto'
import type { Digest } from '../model/content-hash.js'
import { LIMITS } from '../model/limit.js'
import { blobNotFound, boundsOf, checkArrived, checkGrowth, type Expectation } from './blob-error.js'
import type { BlobInfo, BlobRange } from './blob-store.js'
import type { KeptBlobStore, Lease } from './kept-blob-store.js'

/** Blobs in this process's memory, gone with it: for tests and throw-away registries. */
export class MemoryBlobStore implements KeptBlobStore {
  readonly #blobs = new Map<Digest, Uint8Array>()
  #leases: Lease[] = []

  async write(
    source: AsyncIterable<Uint8Array>,
    expect: Expectation = {},
    options: { readonly keepUntilMs?: number } = {},
  ): Promise<BlobInfo> {
    const hash = createHash('sha256')
    const chunks: Uint8Array[] = []
    let sizeBytes = 0
    for await (const chunk of source) {
      sizeBytes += chunk.length
      checkGrowth(sizeBytes, expect)
      hash.update(chunk)
      chunks.push(chunk)
    }
    const info: BlobInfo = { digest: hash.digest('hex') as Digest, sizeBytes }
    checkArrived(info, expect)
    const bytes = new Uint8Array(sizeBytes)
    let offset = 0
    for (const chunk of chunks) {
      bytes.set(chunk, offset)
      offset += chunk.length
    }
    this.#blobs.set(info.digest, bytes)
    if (options.keepUntilMs !== undefined) await this.keep(info.digest, options.keepUntilMs)
    return info
  }

  async info(digest: Digest): Promise<BlobInfo | undefined> {
    const bytes = this.#blobs.get(digest)
    return bytes === undefined ? undefined : { digest, sizeBytes: bytes.length }
  }

  async read(
    digest: Digest,
    range?: BlobRange,
  ): Promise<{ readonly info: BlobInfo; readonly body: AsyncIterable<Uint8Array> }> {
    const bytes = this.#blobs.get(digest)
    if (bytes === undefined) throw blobNotFound(digest)
    const { start, end } = boundsOf(range, bytes.length)
    return { info: { digest, sizeBytes: bytes.length }, body: pieces(bytes.subarray(start, end)) }
  }

  async delete(digest: Digest): Promise<void> {
    this.#blobs.delete(digest)
  }

  async *list(after?: Digest): AsyncGenerator<BlobInfo> {
    for await (const digest of this.digests(after)) {
      const info = await this.info(digest)
      if (info !== undefined) yield info
    }
  }

  async *digests(after?: Digest): AsyncGenerator<Digest> {
    for (const digest of [...this.#blobs.keys()].sort())
      if (after === undefined || digest > after) yield digest
  }

  async holds(digest: Digest): Promise<boolean> {
    return this.#blobs.has(digest)
  }

  async verify(digest: Digest): Promise<boolean> {
    const bytes = this.#blobs.get(digest)
    if (bytes === undefined) throw blobNotFound(digest)
    if (createHash('sha256').update(bytes).digest('hex') === digest) return true
    this.#blobs.delete(digest)
    return false
  }

  async stats(): Promise<{ readonly blobs: number; readonly bytes: number }> {
    let bytes = 0
    for (const blob of this.#blobs.values()) bytes += blob.length
    return { blobs: this.#blobs.size, bytes }
  }

  async keep(digest: Digest, untilMs: number): Promise<BlobInfo | undefined> {
    if (!this.#blobs.has(digest)) return undefined
    this.#leases.push({ digest, untilMs })
    return this.info(digest)
  }

  promisedUntil(digest: Digest): number | undefined {
    const ends = this.#leases.flatMap((lease) => (lease.digest === digest ? [lease.untilMs] : []))
    return ends.length === 0 ? undefined : Math.max(...ends)
  }

  async collect(digest: Digest, logTimeMs: number): Promise<boolean> {
    if ((this.promisedUntil(digest) ?? -1) >= logTimeMs) return false
    this.#blobs.delete(digest)
    return true
  }

  /** Memory can always be read: nothing is set aside. */
  async takeBack(digest: Digest): Promise<boolean> {
    return this.#blobs.has(digest)
  }

  async *leases(): AsyncGenerator<Lease> {
    yield* this.#leases
  }

  async dropLeases(beforeMs: number): Promise<void> {
    this.#leases = this.#leases.filter((lease) => lease.untilMs >= beforeMs)
  }
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += LIMITS.chunkBytesMin)
    yield bytes.slice(offset, offset + LIMITS.chunkBytesMin)
}
