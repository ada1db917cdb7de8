import { createHash } from 'node:crypto'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { PackageMetadata } from '../model/metadata.js'
import type { RegistryContext, ReplicatedBlob } from './ports.js'

/** The readme's bytes. @throws BLOB_NOT_FOUND, BLOB_CORRUPT, UNREACHABLE */
export async function readReadme(
  context: Pick<RegistryContext, 'blobs'>,
  digest: Digest,
): Promise<Uint8Array> {
  const { body } = await context.blobs.read(digest)
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/**
 * Whether the readme that came along is the one that the signed metadata names. Empty bytes mean: uploaded before.
 * @throws LIMIT_EXCEEDED, INVALID_ARGUMENT, HASH_MISMATCH
 */
export function checkReadme(metadata: PackageMetadata, readme: Uint8Array): void {
  if (readme.length === 0) return
  if (readme.length > LIMITS.readmeBytesMax) {
    throw new MarketplaceError({
      reason: 'LIMIT_EXCEEDED',
      field: 'readme',
      message: `the readme has ${readme.length} bytes`,
      help: `keep it within ${LIMITS.readmeBytesMax} bytes`,
    })
  }
  if (metadata.readmeSha256 === undefined) {
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      field: 'readme',
      message: 'a readme was sent, but metadata.readme_sha256 names none',
      help: 'sign its sha256 as part of the metadata, or leave it out',
    })
  }
  const found = createHash('sha256').update(readme).digest('hex')
  if (found === metadata.readmeSha256) return
  throw new MarketplaceError({
    reason: 'HASH_MISMATCH',
    field: 'readme',
    message: `the readme hashes to ${found}, metadata.readme_sha256 says ${metadata.readmeSha256}`,
    help: 'send the readme that was signed',
    details: { found, expected: metadata.readmeSha256 },
  })
}

/** Brings the readme to a majority; undefined where the metadata names none. @throws BLOB_MISSING, NO_QUORUM */
export async function storeReadme(
  context: Pick<RegistryContext, 'blobs'>,
  metadata: PackageMetadata,
  readme: Uint8Array,
): Promise<ReplicatedBlob | undefined> {
  const digest = metadata.readmeSha256
  if (digest === undefined) return undefined
  if (readme.length === 0) return context.blobs.ensure(digest)
  return context.blobs.write(once(readme), { digest, sizeBytes: readme.length })
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}
