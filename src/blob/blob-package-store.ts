import { createHash } from 'node:crypto'
import type { ListOptions } from '../interface/answer.js'
import type { Content, PackageStore, StreamOptions, StreamRequest } from '../interface/package-store.js'
import { collect, contentOf, copyContent } from '../interface/whole-content.js'
import { type Digest, toDigest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import { blobNotFound } from './blob-error.js'
import type { BlobInfo, BlobStore } from './blob-store.js'

/** Blobs reported on by one report of a check. */
const REPORT_BLOBS = 100

/** A store of blobs as a {@link PackageStore}, without a registry beside it: nothing in it falls due. */
export class BlobPackageStore implements PackageStore {
  constructor(private readonly blobs: BlobStore) {}

  store(bytes: Uint8Array) {
    return this.uploadStream(contentOf(bytes, createHash('sha256').update(bytes).digest('hex') as Digest))
  }

  async uploadStream({ sha256, sizeBytes, read }: Content) {
    if (sizeBytes > LIMITS.blobBytesMax) throw tooLarge(sizeBytes)
    return stored(await this.blobs.write(read(), { digest: sha256, sizeBytes }))
  }

  get(sha256: Digest) {
    return collect(this.stream({ sha256 }))
  }

  async *stream({ sha256, offset = 0 }: StreamRequest, { onProgress = () => {} }: StreamOptions = {}) {
    const { info, body } = await this.#opened(sha256, offset)
    let received = offset
    for await (const chunk of body) {
      received += chunk.length
      onProgress(received, info.sizeBytes)
      yield chunk
    }
  }

  async #opened(sha256: Digest, offset: number) {
    if (offset === 0) return this.blobs.read(sha256)
    const { sizeBytes } = await this.metadata(sha256)
    if (offset > sizeBytes) throw beyond(sha256, offset, sizeBytes)
    return this.blobs.read(sha256, { offset, lengthBytes: sizeBytes - offset })
  }

  async exists(sha256: Digest) {
    return (await this.blobs.info(sha256)) !== undefined
  }

  async metadata(sha256: Digest) {
    const info = await this.blobs.info(sha256)
    if (info === undefined) throw blobNotFound(sha256)
    return stored(info)
  }

  delete(sha256: Digest) {
    return this.blobs.delete(sha256)
  }

  copyTo(sha256: Digest, target: PackageStore) {
    return copyContent(this, sha256, target)
  }

  async list({ pageSize, pageToken }: Pick<ListOptions, 'pageSize' | 'pageToken'> = {}) {
    const size = pageEntries(pageSize)
    const found: BlobInfo[] = []
    for await (const info of this.blobs.list(placeOf(pageToken))) {
      found.push(info)
      if (found.length > size) break
    }
    const entries = found.slice(0, size).map(stored)
    return found.length > size ? { entries, nextPageToken: entries.at(-1)?.sha256 } : { entries }
  }

  stats() {
    return this.blobs.stats()
  }

  /** Nobody says what is needed, so all is. */
  async compact() {
    return { examined: (await this.stats()).blobs, removed: 0, removedBytes: 0 }
  }

  async *verifyIntegrity(sha256?: Digest) {
    if (sha256 !== undefined) await this.metadata(sha256)
    let checked = 0
    let damaged: Digest[] = []
    for (const digest of sha256 === undefined ? await this.#all() : [sha256]) {
      checked++
      if (!(await this.blobs.verify(digest))) damaged.push(digest)
      if (checked % REPORT_BLOBS !== 0) continue
      yield { checked, damaged, done: false }
      damaged = []
    }
    yield { checked, damaged, done: true }
  }

  async #all(): Promise<Digest[]> {
    const all: Digest[] = []
    for await (const { digest } of this.blobs.list()) all.push(digest)
    return all
  }
}

function stored({ digest, sizeBytes }: BlobInfo) {
  return { sha256: digest, sizeBytes }
}

/** A token is the hash that a page ended with. */
function placeOf(pageToken: string | undefined): Digest | undefined {
  if (pageToken === undefined) return undefined
  try {
    return toDigest(pageToken)
  } catch (cause) {
    throw new MarketplaceError({
      reason: 'PAGE_TOKEN_INVALID',
      field: 'page_token',
      message: 'the page token is not one of this listing',
      help: 'begin the listing anew, without a token',
      cause,
    })
  }
}

function pageEntries(size: number = LIMITS.pageEntriesDefault): number {
  if (Number.isInteger(size) && size > 0 && size <= LIMITS.pageEntriesMax) return size
  throw new MarketplaceError({
    reason: 'LIMIT_EXCEEDED',
    field: 'page_size',
    message: `page_size ${size} is not from 1 to ${LIMITS.pageEntriesMax}`,
    help: `ask for up to ${LIMITS.pageEntriesMax} entries and follow nextPageToken`,
  })
}

function beyond(sha256: Digest, offset: number, sizeBytes: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'offset',
    message: `byte ${offset} lies behind the ${sizeBytes} of ${sha256}`,
    help: 'begin inside; an offset of its size gives nothing',
  })
}

function tooLarge(sizeBytes: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'LIMIT_EXCEEDED',
    field: 'size_bytes',
    message: `the content has ${sizeBytes} bytes, the limit is ${LIMITS.blobBytesMax}`,
    help: 'split the package, or leave out what its users do not need',
    details: { limit: String(LIMITS.blobBytesMax) },
  })
}
