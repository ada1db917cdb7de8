import { createHash } from 'node:crypto'
import type { ListOptions } from '../interface/answer.js'
import type { Content, PackageStore, StreamOptions, StreamRequest } from '../interface/package-store.js'
import { collect, copyContent } from '../interface/whole-content.js'
import type { Digest } from '../model/content-hash.js'
import { wrongBytes } from './download-call.js'

/** A store that is not believed: what it gives is hashed here. */
export class VerifiedStore implements PackageStore {
  constructor(private readonly inner: PackageStore) {}

  async *stream(
    request: StreamRequest,
    options?: StreamOptions,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { offset = 0, ...whole } = request
    const hash = createHash('sha256')
    let at = 0
    // From its beginning in any case: a part could not be checked.
    for await (const chunk of this.inner.stream(whole, options)) {
      hash.update(chunk)
      if (at + chunk.length > offset) yield chunk.subarray(Math.max(0, offset - at))
      at += chunk.length
    }
    const actual = hash.digest('hex')
    if (actual !== request.sha256) throw wrongBytes(request.sha256, actual)
  }

  get(sha256: Digest) {
    return collect(this.stream({ sha256 }))
  }

  copyTo(sha256: Digest, target: PackageStore) {
    return copyContent(this, sha256, target)
  }

  delete(sha256: Digest) {
    return this.inner.delete(sha256)
  }

  compact() {
    return this.inner.compact()
  }

  store(bytes: Uint8Array) {
    return this.inner.store(bytes)
  }

  uploadStream(content: Content) {
    return this.inner.uploadStream(content)
  }

  exists(sha256: Digest) {
    return this.inner.exists(sha256)
  }

  metadata(sha256: Digest) {
    return this.inner.metadata(sha256)
  }

  list(options?: Pick<ListOptions, 'pageSize' | 'pageToken'>) {
    return this.inner.list(options)
  }

  stats() {
    return this.inner.stats()
  }

  verifyIntegrity(sha256?: Digest) {
    return this.inner.verifyIntegrity(sha256)
  }
}
