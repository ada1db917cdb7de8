import { compareManifest } from '../archive/compare-manifest.js'
import { inspectArchive } from '../archive/inspect.js'
import type { Digest } from '../model/content-hash.js'
import type { ContentDigests, PackageMetadata } from '../model/metadata.js'

/**
 * Reads a whole package: refuses what no package may hold, and a manifest that does not say what the metadata says.
 * @param sha256 of the source: whoever reads a blob or writes one checks it on the way
 * @throws ARCHIVE_INVALID, MANIFEST_MISMATCH, LIMIT_EXCEEDED, FILE_INVALID, and whatever the source throws
 */
export async function inspectPackage(
  source: AsyncIterable<Uint8Array>,
  metadata: PackageMetadata,
  sha256: Digest,
): Promise<ContentDigests> {
  const { manifest, digests } = await inspectArchive(source, sha256)
  compareManifest(manifest, metadata)
  return digests
}
