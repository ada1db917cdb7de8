import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder } from './make-folder.js'

/** Replaces a file as a whole: whoever reads it sees the old content or the new. Its folder is made where it is missing. */
export async function writeFileAtomically(
  path: string,
  content: string,
  options: { readonly mode?: number; readonly folderMode?: number } = {},
): Promise<void> {
  const { mode = 0o644, folderMode = 0o755 } = options
  await makeFolder(dirname(path), folderMode)
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  try {
    const file = await open(temporary, 'wx', mode)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
