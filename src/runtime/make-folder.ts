import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder and what is missing above it; one that is there is left as it is. (Node's own recursion tries for ever where a folder
 * that exists says ENOENT, as those under /proc do.)
 * @param mode of the folders made; default 0o777 less the umask
 * @throws what the system says: ENOENT, EACCES, ENOTDIR, EEXIST where a file is in the way, …
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  if (await isFolder(path)) return
  const parent = dirname(resolve(path))
  if (parent !== resolve(path)) await makeFolder(parent, mode)
  await mkdir(path, { mode }).catch(async (error: unknown) => {
    // Somebody else was faster.
    if (!(await isFolder(path))) throw error
  })
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
