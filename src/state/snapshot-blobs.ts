import { bytesToHex } from '../model/codec.js'
import type { Digest } from '../model/content-hash.js'
import { decodeBlobReference } from './blob-references.js'
import { TABLE } from './key-layout.js'
import { checkedPairs } from './snapshot.js'
import type { SnapshotHeader } from './snapshot-header.js'
import type { ReferencedBlob } from './state-view.js'
import { decodeBody, unseal } from './stored-value.js'

/**
 * The blobs that a streamed state refers to, by ascending digest; returns the header once the whole stream was found in
 * order. What was yielded before is true only if that comes.
 * @throws STATE_CORRUPT, VERSION_UNSUPPORTED
 */
export async function* blobsInSnapshot(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<ReferencedBlob, SnapshotHeader> {
  const pairs = checkedPairs(chunks)
  for (;;) {
    const next = await pairs.next()
    if (next.done === true) return next.value.header
    for (const operation of next.value) {
      if (operation.type !== 'put' || operation.key[0] !== TABLE.blob) continue
      const body = unseal(operation.key, operation.value)
      const { sizeBytes } = decodeBody(operation.key, body, decodeBlobReference)
      yield { digest: bytesToHex(operation.key.subarray(1)) as Digest, sizeBytes: sizeBytes || undefined }
    }
  }
}
