import { layoutOf } from '../../install/layout.js'
import {
  EMPTY_LOCK,
  type LockedPackage,
  readLock,
  withoutPackages,
  writeLock,
} from '../../install/lock-file.js'
import { neededInLock } from '../../install/need.js'
import { rearrange } from '../../install/rearrange.js'
import { foldKey } from '../../install/resolution.js'
import { Staging } from '../../install/staging.js'
import { whileAlone } from '../../install/write-guard.js'
import { MarketplaceError } from '../../model/error.js'
import { formatPackageId, type PackageRef, packageKey, parsePackageRef } from '../../model/package-id.js'
import type { CommandContext } from '../command-context.js'
import { findInstallation } from '../installation-place.js'
import { movedLines, shownMoved } from '../moved-package.js'
import { shownId } from '../shown-version.js'
import { notInstalled } from './update.js'

export interface RemoveOptions {
  readonly global?: boolean
}

/** `ggen-market remove NAME…`: takes them, and what only they needed, out of the installation. Asks no registry. */
export async function remove(
  context: CommandContext,
  names: readonly string[],
  options: RemoveOptions,
): Promise<void> {
  const place = findInstallation(context.surroundings, options)
  const refs = names.map((name) => parsePackageRef(name, 'NAME'))
  const { removed, moved } = await whileAlone(place.packagesFolder, async () => {
    const lock = (await readLock(place.folder)) ?? EMPTY_LOCK
    refs.forEach((ref, at) => {
      if (!lock.packages.some(({ id }) => foldKey(id) === foldKey(ref)))
        throw notInstalled(place, names[at] as string)
    })
    const named = new Set(refs.map(foldKey))
    const asked = { ...lock, requirements: lock.requirements.filter((each) => !named.has(foldKey(each))) }
    const needed = neededInLock(asked)
    refs.forEach((ref) => {
      const by = needed.get(foldKey(ref))?.by
      const needing = lock.packages.find(({ id }) => foldKey(id) === by)
      if (needing !== undefined) throw stillNeeded(ref, needing)
    })
    const unneeded = lock.packages.filter(({ id }) => !needed.has(foldKey(id)))
    const rest = withoutPackages(asked, new Set(unneeded.map(({ id }) => packageKey(id))))
    await using staging = new Staging(place.packagesFolder)
    const changed = await rearrange(staging, place, {
      before: layoutOf(place, lock),
      after: layoutOf(place, rest),
      kept: rest.packages.map(({ id }) => id),
    })
    staging.place()
    await writeLock(place.folder, rest)
    staging.keep()
    return { removed: unneeded, moved: changed }
  })
  context.output.result(
    { removed: removed.map(({ id }) => shownId(id)), ...shownMoved(moved), project: place.folder },
    [
      ...removed.map(({ id }) =>
        refs.some((ref) => foldKey(ref) === foldKey(id))
          ? `removed ${formatPackageId(id)}`
          : `removed ${formatPackageId(id)}: nothing needs it any more`,
      ),
      ...movedLines(moved),
    ],
  )
}

function stillNeeded(ref: PackageRef, by: LockedPackage): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'NAME',
    message: `${packageKey(ref)} is needed by ${formatPackageId(by.id)}, which stays`,
    help: `remove ${packageKey(by.id)} too; nothing was removed`,
  })
}
