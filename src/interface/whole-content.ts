import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
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

/**
 * The bytes of content, as many as it says. Too many are for whoever takes them to refuse.
 * @throws SIZE_MISMATCH where they end early: sending them again would bring no more
 */
export async function* bytesOf(content: Content): AsyncGenerator<Uint8Array, void, undefined> {
  const { sha256, sizeBytes } = content
  let given = 0
  for await (const chunk of content.read()) {
    given += chunk.length
    yield chunk
  }
  if (given >= sizeBytes) return
  throw new MarketplaceError({
    reason: 'SIZE_MISMATCH',
    field: 'size_bytes',
    message: `the content ${sha256} ended after ${given} of ${sizeBytes} declared bytes`,
    help: 'declare the size of what is sent; where it is a file, something changed it meanwhile',
    details: { declared: String(sizeBytes), received: String(given) },
  })
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
