import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { PackageRef } from '../model/package-id.js'
import type { Surroundings } from './command-context.js'
import { LOCK_NAME } from './lock-file.js'
import { globalFolder } from './user-folder.js'

/** Where packages are installed: a project, or the user's own folder. */
export interface Installation {
  /** Holds the lock; paths are shown relative to it. Absolute. */
  readonly folder: string
  readonly packagesFolder: string
  /** How `add` is called for it. */
  readonly addCommand: string
}

/** The project of a folder is the nearest parent with a lock, else the folder itself. */
export function findInstallation(
  { env, workFolder }: Pick<Surroundings, 'env' | 'workFolder'>,
  options: { readonly global?: boolean },
): Installation {
  const users = resolve(workFolder, globalFolder(env))
  const folder = options.global === true ? users : findProjectFolder(workFolder)
  return folder === users
    ? { folder, packagesFolder: join(folder, 'packages'), addCommand: 'ggen-market add --global' }
    : { folder, packagesFolder: join(folder, '.ggen', 'packages'), addCommand: 'ggen-market add' }
}

/** Where a package lies in an installation. */
export function packageFolder({ packagesFolder }: Installation, id: PackageRef): string {
  const parts = id.namespace === undefined ? [id.name] : [id.namespace, id.name]
  return join(packagesFolder, ...parts)
}

function findProjectFolder(folder: string): string {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(join(at, LOCK_NAME))) return at
    if (dirname(at) === at) return resolve(folder)
  }
}
