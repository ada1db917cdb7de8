import { join, resolve } from 'node:path'
import { type Installation, projectOf } from '../install/installation.js'
import type { Surroundings } from './command-context.js'
import { globalFolder } from './user-folder.js'

/** Where a command installs: in the project that it runs in, or with `--global` in the user's own folder. */
export function findInstallation(
  { env, workFolder }: Pick<Surroundings, 'env' | 'workFolder'>,
  options: { readonly global?: boolean },
): Installation {
  const users = resolve(workFolder, globalFolder(env))
  const project = projectOf(workFolder)
  if (options.global !== true && project.folder !== users) return project
  return { folder: users, packagesFolder: join(users, 'packages'), addCommand: 'ggen-market add --global' }
}
