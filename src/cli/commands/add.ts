import { MarketplaceError } from '../../model/error.js'
import { foldName, formatPackageId, packageKey } from '../../model/package-id.js'
import { parseRequirement, requirementMatches } from '../../model/requirement.js'
import type { VersionSummary } from '../../model/summary.js'
import type { CommandContext } from '../command-context.js'
import { type Installed, type Installing, stageVersion } from '../install.js'
import { findInstallation, type Installation } from '../installation.js'
import { EMPTY_LOCK, type Lock, readLock, withPackage, writeLock } from '../lock-file.js'
import { LockHistory } from '../lock-history.js'
import { parseWanted, type WantedPackage } from '../package-argument.js'
import { shownId } from '../shown-version.js'
import { Staging } from '../staging.js'
import { resolveWanted } from '../yanked.js'

export interface AddOptions {
  readonly global?: boolean
}

/** `ggen-market add [NAME[@REQUIREMENT]…]`: all of them, or none. */
export async function add(
  context: CommandContext,
  names: readonly string[],
  options: AddOptions,
): Promise<void> {
  const { output } = context
  const place = findInstallation(context.surroundings, options)
  const wanted = names.map(parseWanted)
  const lock = await readLock(place.folder)
  if (lock === undefined && wanted.length === 0) throw nothingNamed(place, options)
  const installed = await context.withClient(async (client) => {
    const history = new LockHistory(lock ?? EMPTY_LOCK, output)
    await using staging = new Staging(place.packagesFolder)
    const installing = { client, place, staging, output, met: history.met }
    try {
      return wanted.length === 0
        ? await installLocked(installing, lock ?? EMPTY_LOCK)
        : await installWanted(installing, lock ?? EMPTY_LOCK, wanted)
    } catch (error) {
      await history.explain(error, client)
      if (wanted.length > 1) output.note('nothing was installed: all that is named, or none of it')
      throw error
    }
  })
  const missing = installed.flatMap(({ locked }) =>
    locked.dependencies.filter((each) => each.kind !== 'optional'),
  )
  if (missing.length > 0 && wanted.length > 0)
    output.note(`recorded in the lock, not installed: ${missing.length} dependencies`)
  output.result(
    {
      installed: installed.map(({ locked, path }) => ({
        id: shownId(locked.id),
        contentHash: locked.contentHash,
        keyIds: locked.keyIds,
        path,
      })),
      project: place.folder,
      index: Math.max(0, ...installed.map(({ index }) => index)),
    },
    installed.flatMap(({ locked, path }) => [
      `installed ${formatPackageId(locked.id)} in ${options.global === true ? `${place.folder}/` : ''}${path}`,
      `  sha256 ${locked.contentHash.digest} and the signature by ${locked.keyIds.join(', ')} were checked`,
    ]),
  )
}

async function installWanted(
  installing: Installing,
  lock: Lock,
  wanted: readonly WantedPackage[],
): Promise<readonly Installed[]> {
  const { staging, place } = installing
  const installed: (Installed & { readonly requirement: string })[] = []
  let soFar = lock
  for (const { requirement, version } of await resolveAll(installing, wanted)) {
    const one = await stageVersion(installing, soFar, version.id)
    const direct = requirement ?? `^${one.locked.id.version.split('+', 1)[0]}`
    soFar = withPackage(soFar, one.locked, direct)
    installed.push({ ...one, requirement: direct })
  }
  // Read again: another `add` may have written it meanwhile.
  let after = (await readLock(place.folder)) ?? EMPTY_LOCK
  for (const { locked, requirement, historyId, index } of installed)
    after = { ...withPackage(after, locked, requirement), historyId, index }
  staging.place()
  await writeLock(place.folder, after)
  staging.keep()
  return installed
}

interface Resolved extends WantedPackage {
  readonly version: VersionSummary
}

/** All names first: a misspelt one costs no download. */
async function resolveAll(
  { client, met }: Installing,
  wanted: readonly WantedPackage[],
): Promise<readonly Resolved[]> {
  const resolved: Resolved[] = []
  for (const each of wanted) {
    const answer = await resolveWanted(client, each)
    met(answer)
    refuseOther(each, answer.version)
    const key = packageKey(answer.version.id)
    if (resolved.some(({ version }) => packageKey(version.id) === key)) throw namedTwice(key)
    resolved.push({ ...each, version: answer.version })
  }
  return resolved
}

/** The registry is asked, not believed: what it resolved must be what was asked for. */
function refuseOther({ ref, requirement }: WantedPackage, { id, yanked }: VersionSummary): void {
  const fits =
    foldName(packageKey(id)) === foldName(packageKey(ref)) &&
    !yanked &&
    (requirement === undefined || requirementMatches(parseRequirement(requirement), id.version))
  if (fits) return
  throw new MarketplaceError({
    reason: 'VERIFICATION_FAILED',
    message: `the registry was asked for ${packageKey(ref)} ${requirement ?? ''} and answered with ${formatPackageId(id)}`,
    help: 'nothing was installed; tell the operator of the registry',
  })
}

/** Exactly what the lock says, yanked versions too. */
async function installLocked(installing: Installing, lock: Lock): Promise<readonly Installed[]> {
  const installed: Installed[] = []
  for (const locked of lock.packages) installed.push(await stageVersion(installing, lock, locked.id, locked))
  installing.staging.place()
  installing.staging.keep()
  return installed
}

function namedTwice(key: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'NAME',
    message: `${key} is named twice`,
    help: 'name each package once: one version of it is installed',
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
