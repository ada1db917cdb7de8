import { createHash } from 'node:crypto'
import { assert } from '../model/assert.js'
import type { Digest } from '../model/content-hash.js'
import type { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import { FileError, type FileHandle, type FileSystem } from '../runtime/file-system.js'
import { blobNotFound, storageFailure } from './blob-error.js'
import type { BlobPaths } from './blob-path.js'
import type { BlobInfo } from './blob-store.js'
import type { DiskSlots } from './disk-slots.js'

/** Reads blob files. Changes none. */
export class BlobFileReader {
  constructor(
    private readonly files: FileSystem,
    private readonly paths: BlobPaths,
    private readonly slots: DiskSlots,
    /** Bytes read at once. */
    private readonly readBytes: number,
  ) {
    assert(readBytes > 0 && readBytes <= LIMITS.chunkBytesMax, () => `reads of ${readBytes} bytes`)
  }

  stat(digest: Digest): ReturnType<FileSystem['stat']> {
    return this.slots.run(() => this.files.stat(this.paths.blob(digest)))
  }

  /**
   * Reads one piece ahead of its consumer. A whole blob is hashed, and its last piece held back until the hash is right.
   * @param damaged makes the error, once the file was dealt with
   */
  async *body(
    info: BlobInfo,
    start: number,
    end: number,
    damaged: (what: string) => Promise<MarketplaceError>,
  ): AsyncGenerator<Uint8Array> {
    const { digest, sizeBytes } = info
    const hash = start === 0 && end === sizeBytes ? createHash('sha256') : undefined
    const check = async () => {
      const found = hash?.digest('hex') ?? digest
      if (found !== digest) throw await damaged(`hashes to ${found}`)
    }
    let file: FileHandle | undefined
    let ahead: Promise<Uint8Array> | undefined
    try {
      const opened = await this.slots.run(() => this.files.open(this.paths.blob(digest), 'open'))
      file = opened
      const read = (offset: number) => {
        const reading = this.slots.run(() => opened.read(offset, Math.min(this.readBytes, end - offset)))
        reading.catch(() => {})
        return reading
      }
      ahead = start < end ? read(start) : undefined
      for (let offset = start; ahead !== undefined; ) {
        const piece: Uint8Array = await ahead
        offset += piece.length
        if (piece.length === 0) throw await damaged(`ends at ${offset} of ${sizeBytes} bytes`)
        ahead = offset < end ? read(offset) : undefined
        hash?.update(piece)
        if (ahead === undefined) await check()
        yield piece
      }
      if (start === end) await check()
    } catch (error) {
      if (!(error instanceof FileError)) throw error
      if (error.code === 'ENOENT') throw blobNotFound(digest)
      if (error.code === 'EIO') throw await damaged('cannot be read')
      throw storageFailure(error)
    } finally {
      await ahead?.catch(() => {})
      await file?.close()
    }
  }

  /** Hash of the bytes under this path now; undefined where they cannot be read. */
  async hashOf(path: string): Promise<string | undefined> {
    const hash = createHash('sha256')
    try {
      const file = await this.slots.run(() => this.files.open(path, 'open'))
      try {
        for (let offset = 0; ; ) {
          const at = offset
          const piece = await this.slots.run(() => file.read(at, LIMITS.chunkBytesMin))
          if (piece.length === 0) return hash.digest('hex')
          hash.update(piece)
          offset += piece.length
        }
      } finally {
        await file.close()
      }
    } catch (error) {
      if (error instanceof FileError) return undefined
      throw error
    }
  }
}
