import { compareManifest } from '../archive/compare-manifest.js'
import { inspectArchive } from '../archive/inspect.js'
import type { ContentDigests, PackageMetadata } from '../model/metadata.js'

/**
 * Reads a whole package: refuses what no package may hold, and a manifest that does not say what the metadata says.
 * @throws ARCHIVE_INVALID, MANIFEST_MISMATCH, LIMIT_EXCEEDED, FILE_INVALID, and whatever the source throws
 */
export async function inspectPackage(
  source: AsyncIterable<Uint8Array>,
  metadata: PackageMetadata,
): Promise<ContentDigests> {
  const { manifest, digests } = await inspectArchive(source)
  compareManifest(manifest, metadata)
  return digests
}
