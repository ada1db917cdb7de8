import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { HistoryId } from '../model/node-id.js'
import { makeFolder } from '../runtime/make-folder.js'
import { type BackupManifest, decodeManifest, encodeManifest } from './backup-manifest.js'

const MANIFEST = 'manifest'
const BLOBS = 'blobs'
const PARTIAL = '.partial'
const OURS = /^(manifest(\.partial)?|blobs|state-[0-9a-f]{8}-\d{1,16}\.snapshot(\.partial)?)$/
const READ_BYTES = 256 * 1024

/** A file as it was written: whole, synced, under its name. */
export interface KeptFile {
  readonly sizeBytes: number
  readonly sha256: string
}

/**
 * A backup on a disk of this machine: `manifest`, the state that it names, and `blobs/ab/cdef…` by their hashes. The manifest
 * comes last, so that until then the backup before is the one that counts.
 */
export class BackupFolder {
  private constructor(
    readonly path: string,
    /** Of the last complete backup; undefined where there is none yet. */
    readonly manifest: BackupManifest | undefined,
    /** For messages: `the backup ${called} …`. */
    readonly called: string = path,
  ) {}

  /** @throws FILE_INVALID where there is no such folder or no backup in it; VERIFICATION_FAILED, VERSION_UNSUPPORTED */
  static async open(path: string, called = path): Promise<WholeBackup> {
    const names = await namesIn(path)
    if (names === undefined) throw noBackup(path, `there is no folder ${path}`)
    const manifest = await readManifest(path)
    if (manifest === undefined) {
      throw names.length > 0 && names.every((name) => OURS.test(name))
        ? unfinished(path)
        : noBackup(path, `${path} holds no backup: there is no file manifest in it`)
    }
    return new BackupFolder(path, manifest, called) as WholeBackup
  }

  /** To take a backup in: made where it is missing. @throws FILE_INVALID where something else is in it; as {@link open} */
  static async openOrMake(path: string): Promise<BackupFolder> {
    const foreign = (await namesIn(path))?.find((name) => !OURS.test(name))
    if (foreign !== undefined) {
      throw new MarketplaceError({
        reason: 'FILE_INVALID',
        field: path,
        message: `${path} is not empty and not only a backup: there is ${foreign}`,
        help: 'name an empty folder, one that does not exist yet, or that of an earlier backup of this cluster',
      })
    }
    const manifest = await readManifest(path)
    await onDisk(path, () => makeFolder(join(path, BLOBS)))
    return new BackupFolder(path, manifest)
  }

  blobPath(digest: Digest): string {
    return join(this.path, BLOBS, digest.slice(0, 2), digest.slice(2))
  }

  /** The state of the manifest, in pieces. */
  readState(file: string): AsyncIterable<Uint8Array> {
    return piecesOf(join(this.path, file))
  }

  readBlob(digest: Digest): AsyncIterable<Uint8Array> {
    return piecesOf(this.blobPath(digest))
  }

  /** What a blob's file hashes to; undefined where there is none. */
  async blobFile(digest: Digest): Promise<KeptFile | undefined> {
    return await hashOf(this.blobPath(digest))
  }

  async stateFile(file: string): Promise<KeptFile | undefined> {
    return await hashOf(join(this.path, file))
  }

  /**
   * @param check of what was written, before it gets its name
   * @throws FILE_INVALID where the disk is full or refuses; what `source` and `check` throw
   */
  async writeState(
    historyId: HistoryId,
    index: number,
    source: AsyncIterable<Uint8Array>,
    check: (written: AsyncIterable<Uint8Array>) => Promise<void>,
  ): Promise<BackupManifest['state']> {
    const file = `state-${historyId.slice(0, 8)}-${index}.snapshot`
    const kept = await writeWhole(join(this.path, file), source, check)
    return { file, ...kept }
  }

  /** @throws as {@link writeState} */
  async writeBlob(digest: Digest, source: AsyncIterable<Uint8Array>): Promise<KeptFile> {
    const path = this.blobPath(digest)
    await onDisk(path, () => makeFolder(join(path, '..')))
    return await writeWhole(path, source)
  }

  /** From now on this backup counts; the state of the one before is removed. */
  async complete(manifest: BackupManifest): Promise<void> {
    for (const name of await readdir(join(this.path, BLOBS))) await syncFolder(join(this.path, BLOBS, name))
    await syncFolder(join(this.path, BLOBS))
    await syncFolder(this.path)
    const bytes = encodeManifest(manifest)
    await writeWhole(
      join(this.path, MANIFEST),
      (async function* () {
        yield bytes
      })(),
    )
    await syncFolder(this.path)
    for (const name of await readdir(this.path)) {
      if (name !== manifest.state.file && name !== MANIFEST && name !== BLOBS)
        await rm(join(this.path, name), { force: true })
    }
  }
}

/** One that has been completed. */
export type WholeBackup = BackupFolder & { readonly manifest: BackupManifest }

/** Undefined where there is no such folder. @throws FILE_INVALID where it is a file */
async function namesIn(path: string): Promise<string[] | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return undefined
  if (!found.isDirectory()) throw noBackup(path, `${path} is a file, not a folder`)
  return await onDisk(path, () => readdir(path))
}

async function readManifest(path: string): Promise<BackupManifest | undefined> {
  const file = join(path, MANIFEST)
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return bytes === undefined ? undefined : decodeManifest(bytes, file)
}

/** Written beside its place, synced, then renamed: a file under its own name is whole. */
async function writeWhole(
  path: string,
  source: AsyncIterable<Uint8Array>,
  check?: (written: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<KeptFile> {
  const beside = path + PARTIAL
  const file = await onDisk(path, () => open(beside, 'w', 0o600))
  const hash = createHash('sha256')
  let sizeBytes = 0
  try {
    for await (const piece of source) {
      hash.update(piece)
      sizeBytes += piece.length
      await onDisk(path, () => writeAll(file, piece))
    }
    await onDisk(path, () => file.sync())
    await file.close()
    await check?.(piecesOf(beside))
    await onDisk(path, () => rename(beside, path))
  } catch (error) {
    await file.close().catch(() => {})
    await rm(beside, { force: true })
    throw error
  }
  return { sizeBytes, sha256: hash.digest('hex') }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten
}

async function hashOf(path: string): Promise<KeptFile | undefined> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  try {
    for await (const piece of piecesOf(path)) {
      hash.update(piece)
      sizeBytes += piece.length
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  return { sizeBytes, sha256: hash.digest('hex') }
}

/** Opened when it is read, closed when that ends. */
async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: READ_BYTES }) as AsyncIterable<Uint8Array>
}

/** The names in a folder outlive a loss of power. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** What the system says about this disk, in words. */
async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (typeof code !== 'string') throw error
    throw new MarketplaceError({
      reason: 'FILE_INVALID',
      field: path,
      message:
        code === 'ENOSPC' || code === 'EDQUOT'
          ? `there is no room left for ${path}`
          : `${path} cannot be written: ${message}`,
      help:
        code === 'ENOSPC' || code === 'EDQUOT'
          ? 'free space there and do it again: what is there already is not fetched again'
          : 'name a folder on a disk that this user may write to',
      cause: error,
    })
  }
}

function noBackup(
  path: string,
  message: string,
  help = 'name the folder that `ggen-market cluster backup` wrote',
): MarketplaceError {
  return new MarketplaceError({ reason: 'FILE_INVALID', field: path, message, help })
}

function unfinished(path: string): MarketplaceError {
  return noBackup(
    path,
    `${path} holds an unfinished backup: its first run was cut off`,
    'run `ggen-market cluster backup` on it again: what is there already is not fetched again',
  )
}
