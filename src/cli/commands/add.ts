import type { MarketplaceClient, Reflected } from '../../client/marketplace-client.js'
import { MarketplaceError } from '../../model/error.js'
import { foldName, formatPackageId, type PackageRef, packageKey } from '../../model/package-id.js'
import { parseRequirement, requirementMatches } from '../../model/requirement.js'
import type { VersionSummary } from '../../model/summary.js'
import type { CommandContext } from '../command-context.js'
import { type Installed, installVersion } from '../install.js'
import { EMPTY_LOCK, findProjectFolder, type Lock, readLock, withPackage, writeLock } from '../lock-file.js'
import { parseWanted, type WantedPackage } from '../package-argument.js'
import { shownId } from '../shown-version.js'
import { globalFolder } from '../user-folder.js'

export interface AddOptions {
  readonly global?: boolean
}

/** `ggen-market add [NAME[@REQUIREMENT]…]` */
export async function add(
  context: CommandContext,
  names: readonly string[],
  options: AddOptions,
): Promise<void> {
  const { env, workFolder } = context.surroundings
  const project = options.global === true ? globalFolder(env) : findProjectFolder(workFolder)
  const wanted = names.map(parseWanted)
  const lock = await readLock(project)
  const installed = await context.withClient((client) =>
    wanted.length === 0
      ? installLocked(context, client, project, lock)
      : installWanted(context, client, project, lock ?? EMPTY_LOCK, wanted),
  )
  const missing = installed.flatMap(({ locked }) =>
    locked.dependencies.filter((each) => each.kind !== 'optional'),
  )
  if (missing.length > 0 && wanted.length > 0)
    context.output.note(`recorded in the lock, not installed: ${missing.length} dependencies`)
  context.output.result(
    {
      installed: installed.map(({ locked, path }) => ({
        id: shownId(locked.id),
        contentHash: locked.contentHash,
        keyIds: locked.keyIds,
        path,
      })),
      index: Math.max(0, ...installed.map(({ index }) => index)),
    },
    installed.flatMap(({ locked, path }) => [
      `installed ${formatPackageId(locked.id)} in ${path}`,
      `  sha256 ${locked.contentHash.digest} and the signature by ${locked.keyIds.join(', ')} were checked`,
    ]),
  )
}

async function installWanted(
  context: CommandContext,
  client: MarketplaceClient,
  project: string,
  lock: Lock,
  wanted: readonly WantedPackage[],
): Promise<readonly Installed[]> {
  const installed: Installed[] = []
  let current = lock
  for (const { ref, requirement } of wanted) {
    const resolved = await client.resolveVersion(ref, requirement ?? '')
    if (installed.length === 0) compareWithLock(context, lock, resolved)
    const { version } = resolved
    refuseOther(ref, requirement, version)
    const one = await installVersion(client, project, current, version.id, context.output)
    current = withPackage(current, one.locked, requirement ?? `^${one.locked.id.version.split('+', 1)[0]}`)
    await writeLock(project, { ...current, historyId: one.historyId, index: one.index })
    installed.push(one)
  }
  return installed
}

/** The registry is asked, not believed: what it resolved must be what was asked for. */
function refuseOther(ref: PackageRef, requirement: string | undefined, { id, yanked }: VersionSummary): void {
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
async function installLocked(
  context: CommandContext,
  client: MarketplaceClient,
  project: string,
  lock: Lock | undefined,
): Promise<readonly Installed[]> {
  if (lock === undefined) {
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      field: 'NAME',
      message:
        'there is nothing to install: no package was named, and there is no ggen-market.lock here or above',
      help: 'name a package: ggen-market add acme/web-framework',
    })
  }
  const installed: Installed[] = []
  for (const locked of lock.packages)
    installed.push(await installVersion(client, project, lock, locked.id, context.output, locked))
  return installed
}

/** A read sees everything acknowledged: in one history its index never falls. Another history is another registry, or a restore. */
function compareWithLock(context: CommandContext, lock: Lock, answer: Reflected): void {
  if (lock.historyId === undefined) return
  if (answer.historyId !== lock.historyId) {
    context.output.note(
      'the registry has another history than ggen-market.lock: it was restored, or is another one',
    )
  } else if (answer.index < lock.index) {
    throw new MarketplaceError({
      reason: 'VERIFICATION_FAILED',
      message: `the registry is at log index ${answer.index}, but ggen-market.lock was written at ${lock.index}: it was rewound or reset`,
      help: 'ask its operator; where it was reset on purpose, remove historyId from ggen-market.lock',
    })
  }
}
