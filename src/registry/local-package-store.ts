import { createHash } from 'node:crypto'
import type { ListOptions } from '../interface/answer.js'
import type { Content, PackageStore, StreamOptions, StreamRequest } from '../interface/package-store.js'
import { bytesOf, collect, contentOf, copyContent } from '../interface/whole-content.js'
import { type Digest, sha256Hash } from '../model/content-hash.js'
import {
  blobStats,
  describeBlob,
  download,
  listBlobs,
  requireBlob,
  upload,
  verifyIntegrity,
} from './content.js'
import { listDemand, withoutEmptyToken } from './local-registry.js'
import type { RegistryContext } from './ports.js'
import { compactBlobs, deleteBlob } from './upkeep.js'

/** What is held does not hang on the log: whatever state this process has will do. */
const ANY_STATE = { consistency: 'stale' } as const

/** The use cases of this process as a {@link PackageStore}: no message, no network. */
export class LocalPackageStore implements PackageStore {
  constructor(private readonly context: RegistryContext) {}

  store(bytes: Uint8Array) {
    return this.uploadStream(contentOf(bytes, createHash('sha256').update(bytes).digest('hex') as Digest))
  }

  async uploadStream(content: Content) {
    const { sha256, sizeBytes } = content
    await upload(this.context, sha256Hash(sha256), sizeBytes, bytesOf(content))
    return { sha256, sizeBytes }
  }

  get(sha256: Digest) {
    return collect(this.stream({ sha256 }))
  }

  async *stream(
    { sha256, id, offset = 0, demand }: StreamRequest,
    { onProgress = () => {} }: StreamOptions = {},
  ) {
    const opened = await download(this.context, {
      ...demand,
      contentHash: sha256Hash(sha256),
      id,
      offset,
      length: 0,
    })
    let received = offset
    for await (const chunk of opened.body) {
      received += chunk.length
      onProgress(received, opened.info.sizeBytes)
      yield chunk
    }
    opened.sent()
  }

  async exists(sha256: Digest) {
    return (await describeBlob(this.context, sha256Hash(sha256), ANY_STATE)).info !== undefined
  }

  async metadata(sha256: Digest) {
    const hash = sha256Hash(sha256)
    const { sizeBytes } = requireBlob((await describeBlob(this.context, hash, ANY_STATE)).info, hash)
    return { sha256, sizeBytes }
  }

  async delete(sha256: Digest) {
    await deleteBlob(this.context, sha256Hash(sha256))
  }

  copyTo(sha256: Digest, target: PackageStore) {
    return copyContent(this, sha256, target)
  }

  async list(options: Pick<ListOptions, 'pageSize' | 'pageToken'> = {}) {
    const { entries, nextPageToken } = withoutEmptyToken(
      await listBlobs(this.context, listDemand({ ...options, ...ANY_STATE })),
    )
    return { entries: entries.map(({ digest, sizeBytes }) => ({ sha256: digest, sizeBytes })), nextPageToken }
  }

  async stats() {
    const { blobs, bytes } = await blobStats(this.context, ANY_STATE)
    return { blobs, bytes }
  }

  async compact() {
    const { examined, removed, removedBytes } = await compactBlobs(this.context)
    return { examined, removed, removedBytes }
  }

  async *verifyIntegrity(sha256?: Digest) {
    const reports = verifyIntegrity(this.context, sha256 && sha256Hash(sha256))
    for await (const { checked, damaged, done } of reports)
      yield { checked, damaged: damaged.map(({ digest }) => digest), done }
  }
}
