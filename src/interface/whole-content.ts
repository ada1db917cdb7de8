import type { Digest } from '../model/content-hash.js'
import type { Content, PackageStore, StoredContent } from './package-store.js'

/** All bytes of a stream in one piece. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of source) {
    chunks.push(chunk)
    sizeBytes += chunk.length
  }
  const whole = new Uint8Array(sizeBytes)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.length
  }
  return whole
}

/** Bytes at hand as content; whoever calls has hashed them. */
export function contentOf(bytes: Uint8Array, sha256: Digest): Content {
  return {
    sha256,
    sizeBytes: bytes.length,
    async *read() {
      yield bytes
    },
  }
}

/** What every store's `copyTo` does: the bytes go from one stream into the other, verified by both. */
export async function copyContent(
  from: PackageStore,
  sha256: Digest,
  target: PackageStore,
): Promise<StoredContent> {
  const { sizeBytes } = await from.metadata(sha256)
  return target.uploadStream({ sha256, sizeBytes, read: () => from.stream({ sha256 }) })
}
