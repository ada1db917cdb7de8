import type { UpdateState } from '../../client/marketplace-client.js'
import { EMPTY_LOCK, type Lock, readLock } from '../../install/lock-file.js'
import { LockHistory } from '../../install/lock-history.js'
import { type Need, neededInLock } from '../../install/need.js'
import { foldKey } from '../../install/resolution.js'
import { formatPackageId, type PackageId, packageKey } from '../../model/package-id.js'
import { compareVersions } from '../../model/version.js'
import { type CommandContext, readDemand, type StaleOption } from '../command-context.js'
import { findInstallation } from '../installation-place.js'
import { shownId } from '../shown-version.js'

export interface OutdatedOptions extends StaleOption {
  readonly global?: boolean
}

/** `ggen-market outdated`: what is installed and not the newest, or not to be used any more. */
export async function outdated(context: CommandContext, options: OutdatedOptions): Promise<void> {
  const { output, surroundings } = context
  const place = findInstallation(surroundings, options)
  const lock = (await readLock(place.folder)) ?? EMPTY_LOCK
  if (lock.packages.length === 0) {
    output.result({ outdated: [], project: place.folder }, [`nothing is installed in ${place.folder}`])
    return
  }
  const needed = neededInLock(lock)
  const installed = lock.packages.map(({ id }) => ({ id, requirement: requirementOf(lock, needed, id) }))
  const answer = await context.withClient((client) => client.checkUpdates(installed, readDemand(options)))
  if (options.stale !== true) new LockHistory(lock, output).met(answer)
  const found = answer.updates.filter(isOutdated)
  output.result(
    { outdated: found.map((each) => shown(lock, each)), project: place.folder, index: answer.index },
    found.length === 0 ? ['everything is the newest there is'] : found.map(describe),
  )
}

/** All that the project and its packages ask of one package, together. */
function requirementOf(lock: Lock, needed: ReadonlyMap<string, Need>, id: PackageId): string {
  const key = foldKey(id)
  const all = [
    ...lock.requirements.filter((each) => foldKey(each) === key),
    ...lock.packages.flatMap(({ id: by, dependencies }) => {
      const follows = needed.get(foldKey(by))?.optional === true
      return dependencies.filter((each) => foldKey(each) === key && (each.kind !== 'optional' || follows))
    }),
  ].map(({ requirement }) => requirement)
  const distinct = [...new Set(all)].filter((each) => each !== '' && each !== '*')
  // Alternatives cannot be joined with others in one requirement: then nothing newer is promised.
  return distinct.length > 1 && distinct.some((each) => each.includes('||'))
    ? `=${id.version}`
    : distinct.join(', ')
}

function isOutdated({ id, installed, wanted, latest }: UpdateState): boolean {
  if (installed === undefined || installed.yanked || installed.deprecated !== undefined) return true
  return [wanted, latest].some(
    (each) => each !== undefined && compareVersions(each.id.version, id.version) > 0,
  )
}

function shown(lock: Lock, { id, installed, wanted, latest }: UpdateState): Record<string, unknown> {
  const direct = lock.requirements.find((each) => foldKey(each) === foldKey(id))
  return {
    id: shownId(id),
    ...(direct !== undefined && { requirement: direct.requirement }),
    ...(wanted !== undefined && { wanted: wanted.id.version }),
    ...(latest !== undefined && { latest: latest.id.version }),
    known: installed !== undefined,
    yanked: installed?.yanked ?? false,
    ...(installed?.yankReason !== undefined && { yankReason: installed.yankReason }),
    ...(installed?.deprecated !== undefined && { deprecated: installed.deprecated }),
  }
}

function describe({ id, installed, wanted, latest }: UpdateState): string {
  const parts = [formatPackageId(id)]
  const newer = (version: string | undefined) =>
    version !== undefined && compareVersions(version as PackageId['version'], id.version) > 0
  if (newer(wanted?.id.version))
    parts.push(`\`ggen-market update ${packageKey(id)}\` brings ${wanted?.id.version}`)
  if (newer(latest?.id.version) && latest?.id.version !== wanted?.id.version)
    parts.push(`the newest is ${latest?.id.version}, which the requirement does not admit`)
  if (installed === undefined) parts.push('this registry has no such version')
  if (installed?.yanked) parts.push(`yanked: ${installed.yankReason ?? 'no reason was given'}`)
  if (installed?.deprecated !== undefined) parts.push(`deprecated: ${installed.deprecated}`)
  return parts.join('  ')
}
