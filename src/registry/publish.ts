import type { ContentHash } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import { formatPackageId } from '../model/package-id.js'
import { branch } from './branch.js'
import { inspectPackage } from './inspect-package.js'
import type { CallOptions, RegistryContext } from './ports.js'
import { storeReadme } from './readme.js'
import { admit, blobsOf, proposeVersion, type Registered, type SignedVersion, turnAway } from './register.js'

/** A version whose content comes along. */
export interface VersionWithContent extends SignedVersion {
  readonly contentHash: ContentHash
  /** Declared; the content must have exactly so many. */
  readonly sizeBytes: number
}

/**
 * Makes one version with its content: everything that the header says is checked before the first byte is taken; the bytes go
 * to a majority while they are inspected; then the version is proposed. A failure on the way leaves at most an unreferenced
 * blob, which falls to its lease.
 * @throws what register throws, QUOTA_EXCEEDED among them before any byte is taken; HASH_MISMATCH, SIZE_MISMATCH, UPLOAD_INCOMPLETE, ARCHIVE_INVALID, MANIFEST_MISMATCH, NO_QUORUM
 */
export async function publish(
  context: RegistryContext,
  version: VersionWithContent,
  source: AsyncIterable<Uint8Array>,
  options: CallOptions = {},
): Promise<Registered> {
  checkBlobSize(version.sizeBytes)
  const verdict = admit(context, version)
  await turnAway(context, version, verdict, version.sizeBytes)
  const readme = await storeReadme(context, version.metadata, version.readme)
  const { first, second, fail } = branch(
    exactly(source, version.sizeBytes, formatPackageId(version.metadata.id)),
  )
  const expect = { digest: version.contentHash.digest, sizeBytes: version.sizeBytes }
  const [held, digests] = await Promise.all([
    failing(context.blobs.write(first, expect), fail),
    failing(inspectPackage(second, version.metadata, version.contentHash.digest), fail),
  ])
  return proposeVersion(context, version, verdict, digests, blobsOf(held, readme), options)
}

/** @throws LIMIT_EXCEEDED, INVALID_ARGUMENT */
export function checkBlobSize(sizeBytes: number): void {
  if (sizeBytes > LIMITS.blobBytesMax) {
    throw new MarketplaceError({
      reason: 'LIMIT_EXCEEDED',
      field: 'size_bytes',
      message: `the content has ${sizeBytes} bytes, the limit is ${LIMITS.blobBytesMax}`,
      help: 'split the package, or leave out what its users do not need',
      details: { limit: String(LIMITS.blobBytesMax) },
    })
  }
  if (sizeBytes > 0) return
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'size_bytes',
    message: 'size_bytes is missing',
    help: 'declare how many bytes follow; a version without content is made by Register without a content hash',
  })
}

/**
 * The source, which must bring exactly the declared bytes.
 * @throws SIZE_MISMATCH at the first byte too many; UPLOAD_INCOMPLETE at an early end
 */
export async function* exactly(
  source: AsyncIterable<Uint8Array>,
  sizeBytes: number,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let received = 0
  for await (const chunk of source) {
    received += chunk.length
    if (received > sizeBytes) {
      throw new MarketplaceError({
        reason: 'SIZE_MISMATCH',
        field: 'size_bytes',
        message: `${what}: more bytes came than the declared ${sizeBytes}`,
        help: 'declare the size of what is sent',
        details: { declared: String(sizeBytes) },
      })
    }
    if (chunk.length > 0) yield chunk
  }
  if (received < sizeBytes) throw uploadIncomplete(what, received, sizeBytes)
}

/** The stream ended, or was cut, before all declared bytes had come. */
export function uploadIncomplete(what: string, received: number, sizeBytes: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'UPLOAD_INCOMPLETE',
    field: 'chunk',
    message: `${what}: the upload ended after ${received} of ${sizeBytes} declared bytes`,
    help: 'nothing was published; send it again from the start, with the same request id',
    details: { received: String(received), declared: String(sizeBytes) },
  })
}

/** Tells the other reader of the stream when one of them fails, so that both end. */
async function failing<T>(work: Promise<T>, fail: (error: unknown) => void): Promise<T> {
  try {
    return await work
  } catch (error) {
    fail(error)
    throw error
  }
}
