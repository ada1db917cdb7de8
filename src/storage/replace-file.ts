import type { FileSystem } from '../runtime/file-system.js'

/**
 * Puts a file in the place of another, durably: after a crash at any moment the old bytes or the new are there, whole.
 * The file beside it that a crash may leave is overwritten by the next call.
 */
export async function replaceFile(fileSystem: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
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
