import { MarketplaceError } from '../model/error.js'
import { FileError, type FileSystem } from '../runtime/file-system.js'
import type { Random } from '../runtime/random.js'
import { FolderIdentity, type FolderOrigin, readFolderOwner } from './folder-identity.js'
import type { FolderLock } from './folder-lock.js'

const HOLDER_FILE = 'lock-holder'

export interface DataFolderOptions {
  /** Rooted at the data folder, which exists. */
  readonly fileSystem: FileSystem
  readonly lock: FolderLock
  readonly owner: FolderOrigin
  readonly random: Random
  /** Named to whoever finds the folder locked. */
  readonly processId: number
  /** The folder as the operator knows it, for messages. */
  readonly displayPath: string
}

/** A node’s data folder, ours alone until it is closed: `identity`, `peers`, `wal/`, `CURRENT`, `INSTALLING`, `state-<n>/`, blobs. */
export class DataFolder implements AsyncDisposable {
  private constructor(
    readonly identity: FolderIdentity,
    private readonly held: AsyncDisposable,
  ) {}

  /** @throws MarketplaceError FOLDER_LOCKED (names the process), FOLDER_FOREIGN, STORAGE_CORRUPT, STORAGE_FAILED */
  static async open(options: DataFolderOptions): Promise<DataFolder> {
    const { fileSystem, lock, owner, random, processId, displayPath } = options
    const held = await lock.tryAcquire()
    if (held === undefined) throw await folderLocked(displayPath, fileSystem)
    try {
      await writeHolder(fileSystem, processId)
      return new DataFolder(await FolderIdentity.open(fileSystem, owner, random), held)
    } catch (error) {
      await held[Symbol.asyncDispose]()
      throw error instanceof FileError ? failed(displayPath, error) : error
    }
  }

  /**
   * Opens the folder of whichever node it is, for work on it while the node is down.
   * @throws MarketplaceError FILE_INVALID where no node ever used it; as {@link open}
   */
  static async openFound(options: Omit<DataFolderOptions, 'owner'>): Promise<DataFolder> {
    const owner = await readFolderOwner(options.fileSystem)
    if (owner === undefined) throw unused(options.displayPath)
    const { historyId } = owner
    if (historyId === undefined) throw withoutHistory(options.displayPath)
    return await DataFolder.open({ ...options, owner: { ...owner, historyId } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.held[Symbol.asyncDispose]()
  }
}

async function writeHolder(fileSystem: FileSystem, processId: number): Promise<void> {
  const handle = await fileSystem.open(HOLDER_FILE, 'open-or-create')
  try {
    await handle.truncate(0)
    await handle.write(0, [new TextEncoder().encode(`${processId}\n`)])
  } finally {
    await handle.close()
  }
}

/** FOLDER_LOCKED, naming the process that holds a folder. */
export async function folderLocked(displayPath: string, fileSystem: FileSystem): Promise<MarketplaceError> {
  return locked(displayPath, await holderOf(fileSystem))
}

/** Process id of the holder as it wrote it; undefined in the moment before it has. */
async function holderOf(fileSystem: FileSystem): Promise<string | undefined> {
  try {
    const text = new TextDecoder().decode(await fileSystem.readFile(HOLDER_FILE))
    return /^(\d+)\n$/.exec(text)?.[1]
  } catch (error) {
    if (error instanceof FileError) return undefined
    throw error
  }
}

function unused(path: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'FILE_INVALID',
    message: `${path} is no data folder of a node: there is no file identity in it`,
    help: 'name the folder that the node was started with (--data, or folder in [data] of its configuration)',
  })
}

function withoutHistory(path: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'VERSION_UNSUPPORTED',
    message: `data folder ${path} was last used by an older release`,
    help: 'start the node once with this release, stop it, then do this again',
  })
}

function locked(path: string, processId: string | undefined): MarketplaceError {
  const holder = processId === undefined ? 'another process' : `process ${processId}`
  return new MarketplaceError({
    reason: 'FOLDER_LOCKED',
    message: `data folder ${path} is in use by ${holder}`,
    help: `stop ${holder}, or give this node a data folder of its own`,
    details: processId === undefined ? { path } : { path, processId },
  })
}

function failed(path: string, cause: FileError): MarketplaceError {
  return new MarketplaceError({
    reason: 'STORAGE_FAILED',
    message: `data folder ${path}: ${cause.message}`,
    help: 'check that the folder exists, belongs to this user and has room, then start again',
    cause,
  })
}
