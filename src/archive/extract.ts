import { createWriteStream } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { assert } from '../model/assert.js'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { ContentDigests } from '../model/metadata.js'
import { ArchiveReader } from './archive-reader.js'

/** Where unpacking happens, beside the target, so that a rename puts it in place. */
const TEMPORARY_PREFIX = '.unpacking-'

/**
 * Unpacks an archive's top folder as `target`, which is replaced as a whole: either everything is there or nothing changed.
 * Hostile entries are refused as on publish.
 * @throws VERIFICATION_FAILED where the bytes do not hash to `sha256`; ARCHIVE_INVALID, LIMIT_EXCEEDED
 */
export async function extractArchive(
  source: AsyncIterable<Uint8Array>,
  target: string,
  sha256: Digest,
): Promise<ContentDigests> {
  const parent = dirname(target)
  await mkdir(parent, { recursive: true })
  const temporary = await mkdtemp(join(parent, TEMPORARY_PREFIX))
  try {
    const fresh = join(temporary, 'new')
    await mkdir(fresh)
    const reader = new ArchiveReader(source)
    for await (const entry of reader.entries()) {
      const path = join(fresh, ...entry.segments)
      if (entry.kind === 'folder') {
        await mkdir(path, { recursive: true })
        continue
      }
      await mkdir(dirname(path), { recursive: true })
      await pipeline(
        entry.body,
        createWriteStream(path, { flags: 'wx', mode: entry.executable ? 0o755 : 0o644 }),
      )
      if (entry.executable) await chmod(path, 0o755)
    }
    const digests = reader.digests
    assert(digests !== undefined, 'an archive that was read to its end')
    if (digests.sha256 !== sha256) throw wrongBytes(sha256, digests.sha256)
    await swap(fresh, target, join(temporary, 'old'))
    return digests
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Puts the new folder in the place of an older one, which a failure puts back. */
async function swap(fresh: string, target: string, old: string): Promise<void> {
  let moved = true
  await rename(target, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    moved = false
  })
  try {
    await rename(fresh, target)
  } catch (error) {
    if (moved) await rename(old, target)
    throw error
  }
}

function wrongBytes(expected: Digest, actual: Digest): MarketplaceError {
  return new MarketplaceError({
    reason: 'VERIFICATION_FAILED',
    field: 'content',
    message: `the archive has sha256 ${actual} instead of ${expected}`,
    help: 'nothing was installed; try again from another node, and report the registry if it happens again',
    details: { expected, actual },
  })
}
