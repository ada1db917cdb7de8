import type { MarketplaceClient } from '../client/marketplace-client.js'
import { isCurable } from '../client/retry.js'
import { MarketplaceError } from '../model/error.js'
import { type PackageId, type PackageRef, packageKey } from '../model/package-id.js'
import { versionIdentity } from '../model/version.js'
import type { Installation } from './installation.js'
import { Layout, layoutOf } from './layout.js'
import {
  type DirectRequirement,
  EMPTY_LOCK,
  type Lock,
  readLock,
  withoutPackages,
  withPackage,
  writeLock,
} from './lock-file.js'
import { LockHistory } from './lock-history.js'
import { neededOf } from './need.js'
import { type MovedPackage, rearrange } from './rearrange.js'
import { type Reporter, silentReporter } from './reporter.js'
import { foldKey, refuseMissing, resolveWanted } from './resolution.js'
import { type Installed, type Installing, stageVersion } from './stage-version.js'
import { Staging } from './staging.js'
import type { WantedPackage } from './wanted-package.js'
import { whileAlone } from './write-guard.js'

/** How often an installation begins again because another one changed the lock. */
const TRIES_MAX = 5

/** What an installation is to become. Neither: exactly what its lock says. */
export interface InstallRequest {
  /** Asked for by name: they become direct requirements, and are fetched even where they are there. */
  readonly wanted: readonly WantedPackage[]
  /** Installed packages ({@link foldKey}) whose versions are chosen anew, by the requirements there are; `all` of them. */
  readonly fresh?: ReadonlySet<string> | 'all' | undefined
  /**
   * Direct requirements ({@link foldKey}), named now or before, with which optional dependencies are followed from now on, all the way
   * down. Named now and not here: no longer. Default: none, the others as they were.
   */
  readonly optional?: ReadonlySet<string> | 'all' | undefined
}

/**
 * Brings an installation to where the request wants it: all of it, or nothing.
 * @throws DEPENDENCY_CONFLICT, PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, ALL_YANKED, NO_CONTENT, VERIFICATION_FAILED, ARCHIVE_INVALID,
 *   FOLDER_LOCKED
 */
export async function install(
  client: MarketplaceClient,
  place: Installation,
  request: InstallRequest,
  reporter: Reporter = silentReporter,
): Promise<Outcome> {
  const { wanted, fresh } = request
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const lock = (await readLock(place.folder)) ?? EMPTY_LOCK
    const history = new LockHistory(lock, reporter)
    await using staging = new Staging(place.packagesFolder)
    const installing = { client, place, staging, reporter, met: history.met }
    try {
      const done =
        wanted.length === 0 && fresh === undefined
          ? await installLocked(installing, lock)
          : await installWanted(installing, lock, request)
      if (done !== undefined) return done
      staging.keepDownloads()
    } catch (error) {
      if (error instanceof MarketplaceError && isCurable(error) && staging.keepDownloads())
        reporter.note('what was downloaded is kept: the next try goes on from there')
      await history.explain(error, client)
      if (wanted.length > 1) reporter.note('nothing was installed: all that is named, or none of it')
      throw error
    }
  }
  throw changedAgain(place)
}

export interface Outcome {
  readonly installed: readonly Installed[]
  readonly removed: readonly PackageId[]
  /** What stays, in another folder: a namespace of its name came, or went. */
  readonly moved: readonly MovedPackage[]
}

/** What the project has stays where it fits; what is named is taken anew. Undefined where the lock was changed meanwhile. */
async function installWanted(
  installing: Omit<Installing, 'layout'>,
  lock: Lock,
  { wanted, fresh, optional }: InstallRequest,
): Promise<Outcome | undefined> {
  const { client, staging, place, met } = installing
  const named = new Set(wanted.map(({ ref }) => foldKey(ref)))
  const stays = (id: PackageId) => !named.has(foldKey(id)) && fresh !== 'all' && !fresh?.has(foldKey(id))
  const asksOptional = (ref: PackageRef) => optional === 'all' || optional?.has(foldKey(ref)) === true
  const further = lock.requirements
    .filter((each) => !named.has(foldKey(each)))
    .map((each) => (asksOptional(each) ? { ...each, optional: true } : each))
  const roots = [
    ...wanted.map(({ ref }) => ({ to: foldKey(ref), optional: asksOptional(ref) })),
    ...further.map((each) => ({ to: foldKey(each), optional: each.optional === true })),
  ]
  const answer = await resolveWanted(client, wanted, {
    further: further.map(({ requirement, optional: _, ...ref }) => ({ ref, requirement })),
    locked: lock.packages.map(({ id }) => id).filter(stays),
    optional: roots.some((each) => each.optional),
  })
  met(answer)
  // The registry follows optional dependencies everywhere or nowhere.
  const needed = neededOf(roots, answer.packages)
  const chosen = answer.packages.map(({ version }) => version.id).filter((id) => needed.has(foldKey(id)))
  const before = layoutOf(place, lock)
  const layout = new Layout(place.packagesFolder, chosen)
  const installed: Installed[] = []
  const kept: PackageId[] = []
  let soFar = lock
  for (const id of chosen) {
    const known = lock.packages.find((each) => isSame(each.id, id))
    if (known !== undefined && !named.has(foldKey(id)) && before.isThere(known.id)) {
      refuseMissing(chosen, id, known.dependencies)
      kept.push(known.id)
      continue
    }
    const one = await stageVersion({ ...installing, layout }, soFar, id, known)
    refuseMissing(chosen, id, one.locked.dependencies)
    soFar = withPackage(soFar, one.locked)
    installed.push(one)
  }
  const moved = await rearrange(staging, place, { before, after: layout, kept })
  const unneeded = lock.packages.map(({ id }) => id).filter((id) => !needed.has(foldKey(id)))
  let after = withoutPackages({ ...lock, requirements: further }, new Set(unneeded.map(packageKey)))
  for (const { locked, historyId, index } of installed) {
    const direct = directRequirement(wanted, locked.id, asksOptional(locked.id))
    after = { ...withPackage(after, locked, direct), historyId, index }
  }
  return whileAlone(place.packagesFolder, async () => {
    if (!(await isUnchanged(place, lock))) return undefined
    staging.place()
    await writeLock(place.folder, after)
    staging.keep()
    return { installed, removed: unneeded, moved }
  })
}

/** Without a requirement whatever fits what was installed; undefined for what was not named. */
function directRequirement(
  wanted: readonly WantedPackage[],
  { version, ...ref }: PackageId,
  optional: boolean,
): DirectRequirement | undefined {
  const named = wanted.find((each) => foldKey(each.ref) === foldKey(ref))
  if (named === undefined) return undefined
  const requirement = named.requirement ?? `^${versionIdentity(version)}`
  return { ...ref, requirement, ...(optional && { optional }) }
}

/** Exactly what the lock says, yanked versions too. Undefined where the lock was changed meanwhile. */
async function installLocked(
  installing: Omit<Installing, 'layout'>,
  lock: Lock,
): Promise<Outcome | undefined> {
  const { staging, place } = installing
  const layout = layoutOf(place, lock)
  const installed: Installed[] = []
  for (const locked of lock.packages)
    installed.push(await stageVersion({ ...installing, layout }, lock, locked.id, locked))
  await rearrange(staging, place, { before: layout, after: layout, kept: [] })
  return whileAlone(place.packagesFolder, async () => {
    if (!(await isUnchanged(place, lock))) return undefined
    staging.place()
    staging.keep()
    return { installed, removed: [], moved: [] }
  })
}

/** Another `add` may have written it meanwhile: what was resolved does not fit what that one installed. */
async function isUnchanged({ folder }: Installation, lock: Lock): Promise<boolean> {
  return JSON.stringify((await readLock(folder)) ?? EMPTY_LOCK) === JSON.stringify(lock)
}

function isSame(a: PackageId, b: PackageId): boolean {
  return foldKey(a) === foldKey(b) && versionIdentity(a.version) === versionIdentity(b.version)
}

function changedAgain({ folder }: Installation): MarketplaceError {
  return new MarketplaceError({
    reason: 'FOLDER_LOCKED',
    message: `ggen-market.lock in ${folder} was changed by others ${TRIES_MAX} times while this was resolved`,
    help: 'nothing was installed; run it again when the others are done',
  })
}
