import type { VerifiedKey } from '../model/command.js'
import { sha256Hash } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { PackageVersion } from '../model/metadata.js'
import { formatPackageId, type PackageId, type PackageRef, packageKey } from '../model/package-id.js'
import type { PackageQuery, ReadDemand } from '../model/read-demand.js'
import { parseRequirement, requirementMatcher } from '../model/requirement.js'
import type { VersionSummary } from '../model/summary.js'
import type { Version } from '../model/version.js'
import { latestOf, type PackageRecord, type VersionListing } from '../state/packages.js'
import type { StateView } from '../state/state-view.js'
import { stateCorrupt } from '../state/stored-value.js'
import type { ShownVersion } from '../state/versions.js'
import { LongWork } from './long-work.js'
import type { CallOptions, RegistryContext } from './ports.js'
import { openView } from './read-view.js'
import { readReadme } from './readme.js'

export interface FoundVersion {
  /** Log index that the answer reflects. */
  readonly index: number
  readonly version: PackageVersion
  /** The keys that its signatures name. */
  readonly keys: readonly VerifiedKey[]
  readonly readme?: Uint8Array | undefined
  /** Popular packages of others that this one is called almost like. */
  readonly resembles: readonly PackageRef[]
}

/**
 * One version; the latest where none is named.
 * @throws PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, ALL_YANKED
 */
export async function getVersion(
  context: RegistryContext,
  query: PackageQuery,
  demand: ReadDemand & { readonly includeReadme?: boolean },
  options: CallOptions = {},
): Promise<FoundVersion> {
  const found = await readVersion(context, query, demand, options)
  const digest = found.version.metadata.readmeSha256
  if (demand.includeReadme !== true || digest === undefined) return found
  return { ...found, readme: await readReadme(context, digest) }
}

async function readVersion(
  context: RegistryContext,
  query: PackageQuery,
  demand: ReadDemand,
  options: CallOptions,
): Promise<FoundVersion> {
  await using view = await openView(context, demand, options)
  const version = findVersion(view, query)
  const keys: VerifiedKey[] = []
  for (const { keyId } of version.signatures) {
    const key = view.key(keyId)
    if (key === undefined) throw stateCorrupt(`the key ${keyId} of a published version is not there`)
    keys.push({ keyId, publicKey: key.publicKey })
  }
  const resembles = await context.lookAlikes.resembledBy(view, version.metadata.id)
  return { index: view.appliedIndex, version, keys, resembles }
}

export interface YankState {
  readonly index: number
  readonly yanked: boolean
  readonly reason?: string | undefined
}

/** @throws PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, ALL_YANKED */
export async function isYanked(
  context: RegistryContext,
  query: PackageQuery,
  demand: ReadDemand,
  options: CallOptions = {},
): Promise<YankState> {
  await using view = await openView(context, demand, options)
  const version = findVersion(view, query)
  return { index: view.appliedIndex, yanked: version.yanked, reason: version.yankReason }
}

export interface ResolvedVersion {
  readonly index: number
  readonly version: VersionSummary
}

/**
 * The highest version that is not yanked and meets the requirement; a bare version in it means caret, nothing any release.
 * @throws INVALID_REQUIREMENT, PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, ALL_YANKED, DEADLINE, CANCELLED
 */
export async function resolveVersion(
  context: RegistryContext,
  ref: PackageRef,
  requirement: string,
  demand: ReadDemand,
  options: CallOptions = {},
): Promise<ResolvedVersion> {
  const wanted = parseRequirement(requirement.trim() === '' ? '*' : requirement, {
    bare: 'caret',
    field: 'requirement',
  })
  await using view = await openView(context, demand, options)
  const record = requirePackage(view, ref)
  const work = new LongWork(
    context.clock,
    'looking for a version that meets the requirement',
    LIMITS.matchMs,
    options,
  )
  const found = await highestMeeting(record, requirementMatcher(wanted), work)
  if (found === undefined) throw noneMeets(record, requirement)
  return {
    index: view.appliedIndex,
    version: summarizeVersion(view, { ...record.ref, version: found.version }),
  }
}

/** The highest version that may be taken and is meant. @throws DEADLINE, CANCELLED */
export async function highestMeeting(
  record: PackageRecord,
  meets: (version: Version) => boolean,
  work: LongWork,
): Promise<VersionListing | undefined> {
  for (let at = record.versions.length - 1; at >= 0; at--) {
    const listing = record.versions[at]
    if (listing !== undefined && !listing.yanked && meets(listing.version)) return listing
    const pause = work.step()
    if (pause !== undefined) await pause
  }
  return undefined
}

/**
 * The version that a query names, or the latest.
 * @throws PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, ALL_YANKED
 */
export function findVersion(view: StateView, query: PackageQuery): PackageVersion {
  if (query.version !== undefined) {
    const found = view.version({ ...query, version: query.version })
    if (found !== undefined) return found
    throw versionNotFound(requirePackage(view, query), query.version)
  }
  const record = requirePackage(view, query)
  const latest = latestOf(record)
  if (latest === undefined) throw allYanked(record)
  return there({ ...record.ref, version: latest.version }, (id) => view.version(id))
}

/** @throws PACKAGE_NOT_FOUND */
export function requirePackage(view: StateView, ref: PackageRef): PackageRecord {
  const record = view.package(ref)
  if (record !== undefined) return record
  throw new MarketplaceError({
    reason: 'PACKAGE_NOT_FOUND',
    field: 'name',
    message: `there is no package ${packageKey(ref)}`,
    help: 'check the name; `ggen-market search` finds packages',
  })
}

/** That no version which may be taken meets a requirement. */
export function noneMeets(record: PackageRecord, requirement: string): MarketplaceError {
  const allAreYanked = record.versions.every((listing) => listing.yanked)
  return allAreYanked ? allYanked(record) : noVersionMeets(record, requirement)
}

/** What listings show of a version that its package, or an index, names. */
export function shownVersion(view: StateView, id: PackageId): ShownVersion {
  return there(id, (id) => view.shownVersion(id))
}

/** What another record names is there, or the state is damaged. */
function there<T>(id: PackageId, read: (id: PackageId) => T | undefined): T {
  const found = read(id)
  if (found === undefined) throw stateCorrupt(`${formatPackageId(id)} is named by the state and is not there`)
  return found
}

export function summarizeVersion(view: StateView, id: PackageId): VersionSummary {
  return versionSummary(shownVersion(view, id))
}

export function versionSummary(version: ShownVersion): VersionSummary {
  return {
    id: version.metadata.id,
    contentHash: version.content === undefined ? undefined : sha256Hash(version.content.sha256),
    sizeBytes: version.content?.sizeBytes ?? 0,
    publishedAtMs: version.publishedAtMs,
    publishedIndex: version.publishedIndex,
    yanked: version.yanked,
    yankReason: version.yankReason,
    deprecated: version.deprecated,
  }
}

function versionNotFound(record: PackageRecord, version: Version): MarketplaceError {
  return new MarketplaceError({
    reason: 'VERSION_NOT_FOUND',
    field: 'version',
    message: `there is no version ${formatPackageId({ ...record.ref, version })}; the newest is ${record.versions.at(-1)?.version}`,
    help: `\`ggen-market info ${packageKey(record.ref)} --versions\` lists them`,
  })
}

function noVersionMeets(record: PackageRecord, requirement: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'VERSION_NOT_FOUND',
    field: 'requirement',
    message: `no version of ${packageKey(record.ref)} that is not yanked meets ${JSON.stringify(requirement)}; the newest is ${latestOf(record)?.version}`,
    help: 'widen the requirement; a pre-release is taken only where the requirement names one of the same major.minor.patch',
  })
}

function allYanked(record: PackageRecord): MarketplaceError {
  return new MarketplaceError({
    reason: 'ALL_YANKED',
    field: 'version',
    message:
      record.versions.length === 1
        ? `the only version of ${packageKey(record.ref)}, ${record.versions[0]?.version}, is yanked`
        : `all ${record.versions.length} versions of ${packageKey(record.ref)} are yanked`,
    help: 'name a version to see why; a yanked version is installed only from a lock that names it',
  })
}
