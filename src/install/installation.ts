import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { LOCK_NAME } from './lock-file.js'

/** Where packages are installed: a project, or the user's own folder. */
export interface Installation {
  /** Holds the lock; paths are shown relative to it. Absolute. */
  readonly folder: string
  readonly packagesFolder: string
  /** How `add` is called for it. */
  readonly addCommand: string
}

/** The project of a folder: the nearest parent with a lock, else the folder itself. */
export function projectOf(workFolder: string): Installation {
  const folder = findProjectFolder(workFolder)
  return { folder, packagesFolder: join(folder, '.ggen', 'packages'), addCommand: 'ggen-market add' }
}

function findProjectFolder(folder: string): string {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(join(at, LOCK_NAME))) return at
    if (dirname(at) === at) return resolve(folder)
  }
}
