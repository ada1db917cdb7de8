import type { Installation } from '../../install/installation.js'
import { readLock } from '../../install/lock-file.js'
import { foldKey } from '../../install/resolution.js'
import { parseWanted, type WantedPackage } from '../../install/wanted-package.js'
import { MarketplaceError } from '../../model/error.js'
import { formatPackageId, packageKey } from '../../model/package-id.js'
import type { CommandContext } from '../command-context.js'
import { findInstallation } from '../installation-place.js'
import { installFor } from '../installer.js'
import { movedLines, shownMoved } from '../moved-package.js'
import { shownId } from '../shown-version.js'

export interface AddOptions {
  readonly global?: boolean
  readonly optional?: boolean
}

/** `ggen-market add [NAME[@REQUIREMENT]…]`: all of them and all that they need, or none. */
export async function add(
  context: CommandContext,
  names: readonly string[],
  options: AddOptions,
): Promise<void> {
  const { output } = context
  const place = findInstallation(context.surroundings, options)
  const wanted = names.map(parseWanted)
  refuseTwice(wanted)
  if (options.optional === true && wanted.length === 0) throw optionalOfNothing()
  if (wanted.length === 0 && (await readLock(place.folder)) === undefined) throw nothingNamed(place, options)
  const { installed, removed, moved } = await installFor(context, place, {
    wanted,
    ...(options.optional === true && { optional: new Set(wanted.map(({ ref }) => foldKey(ref))) }),
  })
  output.result(
    {
      installed: installed.map(({ locked, path }) => ({
        id: shownId(locked.id),
        contentHash: locked.contentHash,
        keyIds: locked.keyIds,
        path,
      })),
      ...(removed.length > 0 && { removed: removed.map(shownId) }),
      ...shownMoved(moved),
      project: place.folder,
      index: Math.max(0, ...installed.map(({ index }) => index)),
    },
    [
      ...installed.flatMap(({ locked, path }) => [
        `installed ${formatPackageId(locked.id)} in ${options.global === true ? `${place.folder}/` : ''}${path}`,
        `  sha256 ${locked.contentHash.digest} and the signature by ${locked.keyIds.join(', ')} were checked`,
      ]),
      ...removed.map((id) => `removed ${formatPackageId(id)}: nothing needs it any more`),
      ...movedLines(moved),
    ],
  )
}

function refuseTwice(wanted: readonly WantedPackage[]): void {
  const keys = wanted.map(({ ref }) => foldKey(ref))
  const twice = wanted.find((_, at) => keys.indexOf(keys[at] as string) !== at)
  if (twice === undefined) return
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'NAME',
    message: `${packageKey(twice.ref)} is named twice`,
    help: 'name each package once: one version of it is installed',
  })
}

function optionalOfNothing(): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: '--optional',
    message: 'without names `add` installs exactly the lock, with whatever optional dependencies it holds',
    help: 'name packages, or have all of them followed from now on: ggen-market update --optional',
  })
}

function nothingNamed({ folder, addCommand }: Installation, { global }: AddOptions): MarketplaceError {
  const where = global === true ? `in ${folder}` : 'here or above'
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'NAME',
    message: `there is nothing to install: no package was named, and there is no ggen-market.lock ${where}`,
    help: `name a package: ${addCommand} acme/web-framework`,
  })
}
