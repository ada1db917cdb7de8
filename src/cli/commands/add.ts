import type { MarketplaceClient } from '../../client/marketplace-client.js'
import { MarketplaceError } from '../../model/error.js'
import { formatPackageId } from '../../model/package-id.js'
import type { ReadDemand } from '../../model/read-demand.js'
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
    const { version } = await sinceLock(
      lock,
      (demand) => client.resolveVersion(ref, requirement ?? '', demand),
      context,
    )
    const one = await installVersion(client, project, current, version.id, context.output)
    current = withPackage(current, one.locked, requirement ?? `^${one.locked.id.version.split('+', 1)[0]}`)
    await writeLock(project, { ...current, historyId: one.historyId, index: one.index })
    installed.push(one)
  }
  return installed
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

/** Reads a state that is not older than the lock, where the registry's history is still the lock's. */
async function sinceLock<T>(
  lock: Lock,
  read: (demand: ReadDemand) => Promise<T>,
  context: CommandContext,
): Promise<T> {
  if (lock.historyId === undefined) return read({})
  try {
    return await read({ minIndex: lock.index, historyId: lock.historyId })
  } catch (error) {
    if (!(error instanceof MarketplaceError) || error.reason !== 'HISTORY_MISMATCH') throw error
    context.output.note(
      'the registry has another history than ggen-market.lock: it was restored, or is another one',
    )
    return read({})
  }
}
