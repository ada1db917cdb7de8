import { relative } from 'node:path'
import { layoutOf } from '../../install/layout.js'
import { EMPTY_LOCK, readLock } from '../../install/lock-file.js'
import { formatPackageId, packageKey } from '../../model/package-id.js'
import type { CommandContext } from '../command-context.js'
import { findInstallation } from '../installation-place.js'
import { shownId } from '../shown-version.js'

export interface ListOptions {
  readonly global?: boolean
}

/** `ggen-market list` */
export async function list(context: CommandContext, options: ListOptions): Promise<void> {
  const place = findInstallation(context.surroundings, options)
  const project = place.folder
  const lock = (await readLock(project)) ?? EMPTY_LOCK
  const requirements = new Map(lock.requirements.map((each) => [packageKey(each) as string, each]))
  const layout = layoutOf(place, lock)
  const packages = lock.packages.map(({ id, contentHash, keyIds }) => {
    const { requirement, optional } = requirements.get(packageKey(id)) ?? {}
    return {
      id,
      contentHash,
      keyIds,
      requirement,
      optional,
      path: relative(project, layout.folderOf(id)),
      present: layout.isThere(id),
    }
  })
  const lines = packages.map(({ id, requirement, optional, path, present }) =>
    [
      formatPackageId(id),
      requirement === undefined
        ? ''
        : `(${requirement}${optional === true ? ', with optional dependencies' : ''})`,
      present ? path : `missing: run \`${place.addCommand}\``,
    ]
      .filter((part) => part !== '')
      .join('  '),
  )
  context.output.result(
    {
      packages: packages.map(({ id, requirement, optional, ...rest }) => ({
        id: shownId(id),
        ...(requirement !== undefined && { requirement }),
        ...(optional === true && { optional }),
        ...rest,
      })),
      project,
    },
    lines.length > 0 ? lines : [`nothing is installed in ${project}`],
  )
}
