import type { Decoder } from '../model/codec.js'
import type { Digest } from '../model/content-hash.js'
import { keys } from './key-layout.js'
import { bodyEncoder, readBody, type StateReader, type StateWriter } from './stored-value.js'

/** Why a blob must be kept. */
export interface BlobReference {
  /** Versions that name it, as content or as readme. */
  readonly references: number
  /** Known for content; 0 for a blob that only readmes name. */
  readonly sizeBytes: number
}

export function readBlobReference(reader: StateReader, digest: Digest): BlobReference | undefined {
  return readBody(reader, keys.blob(digest), decodeBlobReference)
}

export function decodeBlobReference(input: Decoder): BlobReference {
  return { references: input.uint(), sizeBytes: input.uint() }
}

/** One more version names this blob. */
export function addBlobReference(writer: StateWriter, digest: Digest, sizeBytes: number): void {
  const before = readBlobReference(writer, digest)
  const out = bodyEncoder()
    .uint((before?.references ?? 0) + 1)
    .uint(Math.max(before?.sizeBytes ?? 0, sizeBytes))
  writer.put(keys.blob(digest), out.view())
}
