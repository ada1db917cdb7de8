import { assert } from '../model/assert.js'
import type { Digest } from '../model/content-hash.js'
import type { ContentDigests } from '../model/metadata.js'
import { ArchiveReader } from './archive-reader.js'
import { archiveInvalid } from './entry-path.js'
import { MANIFEST_NAMES, type Manifest, type ManifestName, readManifest } from './manifest.js'
import { isReadmeName, preferredReadme } from './readme.js'

/** What a package's archive holds, once it was read to its end and found sound. */
export interface ArchiveReport {
  readonly topFolder: string
  readonly manifest: Manifest
  /** As it is in the archive, whole. */
  readonly readme: Uint8Array | undefined
  readonly entryCount: number
  readonly unpackedBytes: number
  /** sha1, sha256, sha512 and size of the archive, sha256 of the tar in it. */
  readonly digests: ContentDigests
}

const MANIFEST_BYTES_MAX = 2 * 1024 * 1024
const README_BYTES_MAX = 4 * 1024 * 1024

/**
 * Reads an archive in constant memory and judges it. Dependencies that cannot be expressed are kept as on import: whether they may
 * be published is for the caller to say.
 * @param knownSha256 of the source, where the caller hashes it in any case
 * @throws ARCHIVE_INVALID naming the entry, LIMIT_EXCEEDED; FILE_INVALID, INVALID_NAME, INVALID_VERSION for the manifest in it
 */
export async function inspectArchive(
  source: AsyncIterable<Uint8Array>,
  knownSha256?: Digest,
): Promise<ArchiveReport> {
  const reader = new ArchiveReader(source, knownSha256)
  const manifests = new Map<ManifestName, Uint8Array>()
  const readmes = new Map<string, Uint8Array>()
  for await (const entry of reader.entries()) {
    const [name, deeper] = entry.segments
    if (name === undefined || deeper !== undefined || entry.kind !== 'file') continue
    if (isManifestName(name)) {
      if (entry.sizeBytes > MANIFEST_BYTES_MAX)
        throw archiveInvalid(entry.path, `a manifest of more than ${MANIFEST_BYTES_MAX} bytes`)
      manifests.set(name, await collect(entry.body, entry.sizeBytes))
    } else if (isReadmeName(name) && entry.sizeBytes <= README_BYTES_MAX) {
      readmes.set(name, await collect(entry.body, entry.sizeBytes))
    }
  }
  const manifest = readManifest(manifests, { foreign: 'keep' })
  if (manifest === undefined)
    throw archiveInvalid(undefined, `its top folder holds none of ${MANIFEST_NAMES.join(', ')}`)
  assert(
    reader.topFolder !== undefined && reader.digests !== undefined,
    'an archive that was read to its end',
  )
  const readme = preferredReadme([...readmes.keys()])
  return {
    topFolder: reader.topFolder,
    manifest,
    readme: readme === undefined ? undefined : readmes.get(readme),
    entryCount: reader.entryCount,
    unpackedBytes: reader.unpackedBytes,
    digests: reader.digests,
  }
}

function isManifestName(name: string): name is ManifestName {
  return (MANIFEST_NAMES as readonly string[]).includes(name)
}

async function collect(body: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(sizeBytes)
  let have = 0
  for await (const chunk of body) {
    bytes.set(chunk, have)
    have += chunk.length
  }
  return bytes
}
