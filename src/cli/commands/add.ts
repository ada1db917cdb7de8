import { existsSync } from 'node:fs'
import { MarketplaceError } from '../../model/error.js'
import { formatPackageId, type PackageId, packageKey } from '../../model/package-id.js'
import { versionIdentity } from '../../model/version.js'
import type { CommandContext } from '../command-context.js'
import { type Installed, type Installing, stageVersion } from '../install.js'
import { findInstallation, type Installation, packageFolder } from '../installation.js'
import { EMPTY_LOCK, type Lock, readLock, withoutPackages, withPackage, writeLock } from '../lock-file.js'
import { LockHistory } from '../lock-history.js'
import { parseWanted, type WantedPackage } from '../package-argument.js'
import { foldKey, refuseMissing, resolveWanted } from '../resolution.js'
import { shownId } from '../shown-version.js'
import { Staging } from '../staging.js'
import { whileAlone } from '../write-guard.js'

/** How often an installation begins again because another one changed the lock. */
const TRIES_MAX = 5

export interface AddOptions {
  readonly global?: boolean
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
  if (wanted.length === 0 && (await readLock(place.folder)) === undefined) throw nothingNamed(place, options)
  const { installed, removed } = await install(context, place, wanted)
  output.result(
    {
      installed: installed.map(({ locked, path }) => ({
        id: shownId(locked.id),
        contentHash: locked.contentHash,
        keyIds: locked.keyIds,
        path,
      })),
      ...(removed.length > 0 && { removed: removed.map(shownId) }),
      project: place.folder,
      index: Math.max(0, ...installed.map(({ index }) => index)),
    },
    [
      ...installed.flatMap(({ locked, path }) => [
        `installed ${formatPackageId(locked.id)} in ${options.global === true ? `${place.folder}/` : ''}${path}`,
        `  sha256 ${locked.contentHash.digest} and the signature by ${locked.keyIds.join(', ')} were checked`,
      ]),
      ...removed.map((id) => `removed ${formatPackageId(id)}: nothing needs it any more`),
    ],
  )
}

async function install(
  context: CommandContext,
  place: Installation,
  wanted: readonly WantedPackage[],
): Promise<Outcome> {
  const { output } = context
  return context.withClient(async (client) => {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const lock = (await readLock(place.folder)) ?? EMPTY_LOCK
      const history = new LockHistory(lock, output)
      await using staging = new Staging(place.packagesFolder)
      const installing = { client, place, staging, output, met: history.met }
      try {
        const done =
          wanted.length === 0
            ? await installLocked(installing, lock)
            : await installWanted(installing, lock, wanted)
        if (done !== undefined) return done
      } catch (error) {
        await history.explain(error, client)
        if (wanted.length > 1) output.note('nothing was installed: all that is named, or none of it')
        throw error
      }
    }
    throw changedAgain(place)
  })
}

interface Outcome {
  readonly installed: readonly Installed[]
  readonly removed: readonly PackageId[]
}

/** What the project has stays where it fits; what is named is taken anew. Undefined where the lock was changed meanwhile. */
async function installWanted(
  installing: Installing,
  lock: Lock,
  wanted: readonly WantedPackage[],
): Promise<Outcome | undefined> {
  const { client, staging, place, met } = installing
  const named = new Set(wanted.map(({ ref }) => foldKey(ref)))
  const answer = await resolveWanted(client, wanted, {
    further: lock.requirements
      .filter((each) => !named.has(foldKey(each)))
      .map(({ requirement, ...ref }) => ({ ref, requirement })),
    locked: lock.packages.map(({ id }) => id).filter((id) => !named.has(foldKey(id))),
  })
  met(answer)
  const chosen = answer.packages.map(({ version }) => version.id)
  const installed: Installed[] = []
  let soFar = lock
  for (const id of chosen) {
    const before = lock.packages.find((each) => isSame(each.id, id))
    if (before !== undefined && !named.has(foldKey(id)) && existsSync(packageFolder(place, before.id))) {
      refuseMissing(chosen, id, before.dependencies)
      continue
    }
    const one = await stageVersion(installing, soFar, id, before)
    refuseMissing(chosen, id, one.locked.dependencies)
    soFar = withPackage(soFar, one.locked, undefined)
    installed.push(one)
  }
  const needed = new Set(chosen.map(foldKey))
  const unneeded = lock.packages.map(({ id }) => id).filter((id) => !needed.has(foldKey(id)))
  for (const id of unneeded) await staging.remove(packageFolder(place, id))
  let after = withoutPackages(lock, new Set(unneeded.map(packageKey)))
  for (const { locked, historyId, index } of installed)
    after = { ...withPackage(after, locked, directRequirement(wanted, locked.id)), historyId, index }
  return whileAlone(place.packagesFolder, async () => {
    // Another `add` may have written it meanwhile: what was resolved does not fit what that one installed.
    const now = (await readLock(place.folder)) ?? EMPTY_LOCK
    if (JSON.stringify(now) !== JSON.stringify(lock)) return undefined
    staging.place()
    await writeLock(place.folder, after)
    staging.keep()
    return { installed, removed: unneeded }
  })
}

/** Without a requirement whatever fits what was installed; undefined for what was not named. */
function directRequirement(wanted: readonly WantedPackage[], id: PackageId): string | undefined {
  const named = wanted.find(({ ref }) => foldKey(ref) === foldKey(id))
  return named === undefined ? undefined : (named.requirement ?? `^${versionIdentity(id.version)}`)
}

/** Exactly what the lock says, yanked versions too. */
async function installLocked(installing: Installing, lock: Lock): Promise<Outcome> {
  const installed: Installed[] = []
  for (const locked of lock.packages) installed.push(await stageVersion(installing, lock, locked.id, locked))
  installing.staging.place()
  installing.staging.keep()
  return { installed, removed: [] }
}

function isSame(a: PackageId, b: PackageId): boolean {
  return foldKey(a) === foldKey(b) && versionIdentity(a.version) === versionIdentity(b.version)
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

function changedAgain({ folder }: Installation): MarketplaceError {
  return new MarketplaceError({
    reason: 'FOLDER_LOCKED',
    message: `ggen-market.lock in ${folder} was changed by others ${TRIES_MAX} times while this was resolved`,
    help: 'nothing was installed; run it again when the others are done',
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
