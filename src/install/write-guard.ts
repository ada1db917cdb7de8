import { randomBytes } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
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
    const claimed = await readFile(path, 'utf8').catch(absent(() => ''))
    const holder = holderOf(claimed)
    if (holder > 0 && !isRunning(holder) && (await dropClaim(path, claimed))) continue
    if (performance.now() < endMs) await sleep(RETRY_MS)
    else throw held(path, holder)
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

/** 0 where nothing stands there: the claim is just being written; or what we do not write. */
function holderOf(claimed: string): number {
  return /^\d{1,9} [0-9a-f]{16}$/.test(claimed) ? Number.parseInt(claimed, 10) : 0
}

async function claim(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${process.pid} ${randomBytes(8).toString('hex')}`, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/**
 * Removes the claim of a process that is gone. Others may be about to remove it too, and one of them may have claimed the place by
 * now: so whoever links that very claim to a name of its own, which only one can, removes it.
 * @returns false where another one does, or it is another claim by now
 */
export async function dropClaim(path: string, claimed: string): Promise<boolean> {
  const own = `${path}-${claimed.replace(' ', '-')}`
  try {
    await link(path, own)
  } catch {
    return false
  }
  const isStill = (await readFile(own, 'utf8')) === claimed
  if (isStill) await rm(path, { force: true })
  await rm(own, { force: true })
  return isStill
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
    help: `wait for it to end; where there is none, remove ${path}, and ${path}-* with it`,
  })
}
