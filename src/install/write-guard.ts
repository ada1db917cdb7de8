import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MarketplaceError } from '../model/error.js'
import { absent } from '../runtime/absent.js'
import { makeFolder } from '../runtime/make-folder.js'

/** No package is called so. */
const NAME = '.writing'
const WAIT_MS_MAX = 10_000
const RETRY_MS = 20

/**
 * One process at a time changes an installation; whoever finds another at it waits. A file left by a process that is gone is
 * no hindrance.
 * @throws FOLDER_LOCKED after 10 s
 */
export async function whileAlone<T>(packagesFolder: string, work: () => Promise<T>): Promise<T> {
  const path = join(packagesFolder, NAME)
  await makeFolder(packagesFolder)
  const endMs = performance.now() + WAIT_MS_MAX
  while (!(await claim(path))) {
    const holder = Number((await readFile(path, 'utf8').catch(absent(() => ''))) || 0)
    // A file without a number is one that is just being written.
    if (holder > 0 && !isRunning(holder)) await rm(path, { force: true })
    else if (performance.now() < endMs) await sleep(RETRY_MS)
    else throw held(path, holder)
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

async function claim(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Whether a process runs, whoever's it is. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function held(path: string, pid: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'FOLDER_LOCKED',
    message: `another process${pid > 0 ? ` (${pid})` : ''} has been changing this installation for ${WAIT_MS_MAX / 1_000} seconds`,
    help: `wait for it to end; where there is none, remove ${path}`,
  })
}
