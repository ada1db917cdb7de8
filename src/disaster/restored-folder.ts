import { readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { LevelFolderLock } from '../storage/level/level-folder-lock.js'
import { syncFolder } from './backup-folder.js'

/** What is being made below a data folder, to take the place of all that is in it. */
const MAKING = 'restoring'
/** The same, whole: it counts, and what was there before does not any more. */
const WHOLE = 'restored'
/** The same, once all from before is gone. */
const MOVING = 'restored-alone'
/** What a node keeps in its folder. Whatever else may lie there is not ours to remove. */
const OF_A_NODE = /^((identity|peers|CURRENT|INSTALLING|CONDEMNED)(\.new)?|wal|blobs|search|state-\d+)$/
/** Of this process, not of what is kept. */
const LOCK = /^(lock|lock-holder)$/

/** Where a node that runs makes what it will be: `backup` and `data`, both gone if it does not come to it. */
export function makingFolder(dataFolder: string): { root: string; backup: string; data: string } {
  const root = join(dataFolder, MAKING)
  return { root, backup: join(root, 'backup'), data: join(root, 'data') }
}

/** From here on the node is what was made, whatever happens: at its next start that takes its place. */
export async function commitRestored(dataFolder: string): Promise<void> {
  await rename(makingFolder(dataFolder).data, join(dataFolder, WHOLE))
  await syncFolder(dataFolder)
}

/**
 * Puts what a restore has made in its place, or removes what did not come to it. Cut anywhere, the next one goes on. Does nothing
 * while another process uses the folder.
 */
export async function settleRestored(dataFolder: string): Promise<void> {
  const isPending = await Promise.all([MAKING, WHOLE, MOVING].map((name) => isThere(join(dataFolder, name))))
  if (!isPending.includes(true)) return
  await using held = await new LevelFolderLock(join(dataFolder, 'lock')).tryAcquire()
  if (held === undefined) return
  await rm(join(dataFolder, MAKING), { recursive: true, force: true })
  if (await isThere(join(dataFolder, WHOLE))) {
    for (const name of await readdir(dataFolder))
      if (OF_A_NODE.test(name)) await rm(join(dataFolder, name), { recursive: true, force: true })
    await syncFolder(dataFolder)
    await rename(join(dataFolder, WHOLE), join(dataFolder, MOVING))
    await syncFolder(dataFolder)
  }
  const from = join(dataFolder, MOVING)
  if (!(await isThere(from))) return
  for (const name of await readdir(from)) {
    if (LOCK.test(name)) await rm(join(from, name), { recursive: true, force: true })
    else await rename(join(from, name), join(dataFolder, name))
  }
  await syncFolder(dataFolder)
  await rmdir(from)
  await syncFolder(dataFolder)
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
