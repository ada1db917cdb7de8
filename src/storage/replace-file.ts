import { MarketplaceError } from '../model/error.js'
import { FileError, type FileSystem } from '../runtime/file-system.js'

/**
 * Puts a file in the place of another, durably: after a crash at any moment the old bytes or the new are there, whole.
 * The file beside it that a crash may leave is overwritten by the next call.
 * @throws STORAGE_FAILED: then the old bytes are there, or the new ones
 */
export async function replaceFile(fileSystem: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  try {
    await replace(fileSystem, path, bytes)
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    throw new MarketplaceError({
      reason: 'STORAGE_FAILED',
      message: `data folder file ${path} could not be replaced: ${error.message}`,
      help: 'free space on the disk or replace it, then restart the node',
      cause: error,
    })
  }
}

async function replace(fileSystem: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.new`
  const handle = await fileSystem.open(beside, 'open-or-create')
  try {
    await handle.truncate(0)
    await handle.write(0, [bytes], { sync: true })
  } finally {
    await handle.close()
  }
  await fileSystem.rename(beside, path)
  await fileSystem.syncFolder(path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '')
}
