import { createHash } from 'node:crypto'
import { bytesToHex } from '../model/codec.js'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { FileError, type FileSystem } from '../runtime/file-system.js'
import type { Random } from '../runtime/random.js'
import type { BlobInfo } from './blob-store.js'

/** Bytes read at once of a copy that is there already. */
const READ_BYTES = 256 * 1024

/**
 * Folders outside of the data folder, by name, into which blobs may be copied: `ab/cdef…` below each, as in a node's own. Nothing
 * here is ever removed, or counted on; several nodes may use one folder.
 */
export class CopyFolders {
  constructor(
    /** Each below the folder of its name, which must be there: an empty mount point is not filled by mistake. */
    private readonly folders: ReadonlyMap<string, FileSystem>,
    private readonly random: Pick<Random, 'bytes'>,
  ) {}

  get names(): readonly string[] {
    return [...this.folders.keys()].sort()
  }

  /**
   * Sees to it that a folder holds a blob, on its disk (file and folders fsynced), with the bytes of its digest: what is there
   * already is read, and replaced where it is something else.
   * @param read gives the bytes, where they are needed
   * @throws STORE_UNKNOWN naming those that there are; CONFIG_INVALID where its folder is not there; STORAGE_FAILED; BLOB_CORRUPT where other bytes came
   */
  async copy(name: string, info: BlobInfo, read: () => Promise<AsyncIterable<Uint8Array>>): Promise<void> {
    const files = this.folders.get(name)
    if (files === undefined) throw unknownStore(name, this.names)
    const shard = info.digest.slice(0, 2)
    const path = `${shard}/${info.digest.slice(2)}`
    try {
      if ((await files.stat(''))?.kind !== 'folder') throw notThere(name)
      await files.makeFolder(shard)
      if (!(await holds(files, path, info))) {
        // A name of its own: whoever else copies the same at this moment writes another file, and either takes the place.
        const temporary = `${shard}/.${bytesToHex(this.random.bytes(8))}.part`
        try {
          await write(files, temporary, info, await read())
          await files.rename(temporary, path)
        } catch (error) {
          await files.remove(temporary).catch(() => {})
          throw error
        }
      }
      await files.syncFolder(shard)
      await files.syncFolder('')
    } catch (error) {
      if (!(error instanceof FileError)) throw error
      throw failed(name, error)
    }
  }
}

async function holds(files: FileSystem, path: string, { digest, sizeBytes }: BlobInfo): Promise<boolean> {
  if ((await files.stat(path))?.sizeBytes !== sizeBytes) return false
  const file = await files.open(path, 'open')
  try {
    const hash = createHash('sha256')
    for (let offset = 0; offset < sizeBytes; ) {
      const piece = await file.read(offset, READ_BYTES)
      if (piece.length === 0) return false
      hash.update(piece)
      offset += piece.length
    }
    if (hash.digest('hex') !== digest) return false
    await file.sync()
    return true
  } finally {
    await file.close()
  }
}

async function write(
  files: FileSystem,
  path: string,
  { digest, sizeBytes }: BlobInfo,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  const file = await files.open(path, 'create')
  try {
    const hash = createHash('sha256')
    let offset = 0
    for await (const chunk of body) {
      hash.update(chunk)
      await file.write(offset, [chunk])
      offset += chunk.length
    }
    if (offset !== sizeBytes || hash.digest('hex') !== digest) throw otherBytes(digest)
    await file.sync()
  } finally {
    await file.close()
  }
}

function unknownStore(name: string, known: readonly string[]): MarketplaceError {
  return new MarketplaceError({
    reason: 'STORE_UNKNOWN',
    field: 'store',
    message: `this node has no store ${JSON.stringify(name.slice(0, 100))}`,
    help:
      known.length === 0
        ? 'none is configured here: whoever runs the node names folders in [stores]; a path or URL is no target'
        : `name one of ${known.join(', ')}; a path or URL is no target`,
    details: { known: known.join(',') },
  })
}

function notThere(name: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'CONFIG_INVALID',
    field: 'stores',
    message: `the folder of store ${name} is not there`,
    help: 'mount or make it, and ask again; it is not made by itself, lest a disk that is not mounted be filled elsewhere',
    details: { store: name },
  })
}

function failed(name: string, error: FileError): MarketplaceError {
  return new MarketplaceError({
    reason: 'STORAGE_FAILED',
    message: `store ${name} could not be written: ${error.message}`,
    help: 'see to its free space and permissions, and ask again',
    details: { store: name },
    cause: error,
  })
}

function otherBytes(digest: Digest): MarketplaceError {
  return new MarketplaceError({
    reason: 'BLOB_CORRUPT',
    message: `what was read for ${digest} does not hash to it, so it was not copied`,
    help: 'ask again: the damaged copy is replaced from the others',
    details: { digest },
  })
}
