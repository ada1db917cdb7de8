import type { Installation } from '../../install/installation.js'
import { EMPTY_LOCK, readLock } from '../../install/lock-file.js'
import { foldKey } from '../../install/resolution.js'
import { MarketplaceError } from '../../model/error.js'
import { formatPackageId, packageKey, parsePackageRef } from '../../model/package-id.js'
import type { CommandContext } from '../command-context.js'
import { findInstallation } from '../installation-place.js'
import { installFor } from '../installer.js'
import { movedLines, shownMoved } from '../moved-package.js'
import { shownId } from '../shown-version.js'

export interface UpdateOptions {
  readonly global?: boolean
  readonly optional?: boolean
}

/** `ggen-market update [NAME…]`: the newest that the requirements of the project admit, all of it or nothing. */
export async function update(
  context: CommandContext,
  names: readonly string[],
  options: UpdateOptions,
): Promise<void> {
  const place = findInstallation(context.surroundings, options)
  const lock = (await readLock(place.folder)) ?? EMPTY_LOCK
  const installed = new Map(lock.packages.map((each) => [foldKey(each.id), each.id]))
  const keys = names.map((name) => foldKey(parsePackageRef(name, 'NAME')))
  keys.forEach((key, at) => {
    if (!installed.has(key)) throw notInstalled(place, names[at] as string)
  })
  if (options.optional === true) {
    const direct = new Set(lock.requirements.map(foldKey))
    keys.forEach((key, at) => {
      if (!direct.has(key)) throw notAskedFor(names[at] as string)
    })
  }
  if (installed.size === 0) {
    context.output.result({ updated: [], project: place.folder }, [`nothing is installed in ${place.folder}`])
    return
  }
  const done = await installFor(context, place, {
    wanted: [],
    fresh: keys.length === 0 ? 'all' : new Set(keys),
    ...(options.optional === true && { optional: keys.length === 0 ? 'all' : new Set(keys) }),
  })
  const updated = done.installed.map(({ locked }) => ({
    from: installed.get(foldKey(locked.id)),
    to: locked.id,
  }))
  context.output.result(
    {
      updated: updated.map(({ from, to }) => ({
        ...(from !== undefined && { from: shownId(from) }),
        to: shownId(to),
      })),
      removed: done.removed.map(shownId),
      ...shownMoved(done.moved),
      project: place.folder,
      index: Math.max(lock.index, ...done.installed.map(({ index }) => index)),
    },
    updated.length + done.removed.length === 0
      ? [
          'everything is the newest that the requirements admit; `ggen-market outdated` shows what they do not',
        ]
      : [
          ...updated.map(({ from, to }) =>
            from === undefined
              ? `installed ${formatPackageId(to)}, which is needed now`
              : `updated ${packageKey(to)} from ${from.version} to ${to.version}`,
          ),
          ...done.removed.map((id) => `removed ${formatPackageId(id)}: nothing needs it any more`),
          ...movedLines(done.moved),
        ],
  )
}

function notAskedFor(name: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'NAME',
    message: `${name} is installed since another package needs it; --optional is kept with what the project asks for itself`,
    help: `ggen-market add --optional ${name}`,
  })
}

/** @throws PACKAGE_NOT_FOUND */
export function notInstalled({ folder }: Installation, name: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'PACKAGE_NOT_FOUND',
    field: 'NAME',
    message: `${name} is not installed in ${folder}`,
    help: '`ggen-market list` shows what is; `ggen-market add` installs',
  })
}
