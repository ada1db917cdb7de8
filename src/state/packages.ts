import type { Decoder } from '../model/codec.js'
import type { Namespace, PackageName, PackageRef } from '../model/package-id.js'
import { compareVersions, isPrerelease, type Version, versionIdentity } from '../model/version.js'
import { keys } from './key-layout.js'
import { bodyEncoder, readBody, type StateReader, type StateWriter } from './stored-value.js'

/** One version as its package lists it. */
export interface VersionListing {
  /** As published, build metadata included. */
  readonly version: Version
  /** Its metadata's kind: what listings filter by. */
  readonly kind: string
  readonly publishedIndex: number
  readonly publishedAtMs: number
  readonly yanked: boolean
  readonly deprecated: boolean
  /** False for a metadata-only version. */
  readonly hasContent: boolean
}

/** One package: its spelling, which the first publish fixed, and its versions in ascending precedence. */
export interface PackageRecord {
  readonly ref: PackageRef
  readonly versions: readonly VersionListing[]
}

const FLAG = { yanked: 1, deprecated: 2, hasContent: 4 } as const

/** Reads by folded name, which is unique; the record says how the name is spelled. */
export function readPackage(reader: StateReader, ref: PackageRef): PackageRecord | undefined {
  return readBody(reader, keys.package(ref), decodePackage)
}

export function writePackage(writer: StateWriter, record: PackageRecord): void {
  const out = bodyEncoder()
  out.optional(record.ref.namespace, (namespace) => out.text(namespace)).text(record.ref.name)
  out.list(record.versions, (listing) => {
    out.text(listing.version).text(listing.kind).uint(listing.publishedIndex).uint(listing.publishedAtMs)
    out.byte(
      (listing.yanked ? FLAG.yanked : 0) |
        (listing.deprecated ? FLAG.deprecated : 0) |
        (listing.hasContent ? FLAG.hasContent : 0),
    )
  })
  writer.put(keys.package(record.ref), out.view())
}

export function decodePackage(input: Decoder): PackageRecord {
  const namespace = input.optional(() => input.text() as Namespace)
  const name = input.text() as PackageName
  const versions = input.list(() => {
    const version = input.text() as Version
    const kind = input.text()
    const publishedIndex = input.uint()
    const publishedAtMs = input.uint()
    const flags = input.byte()
    return {
      version,
      kind,
      publishedIndex,
      publishedAtMs,
      yanked: (flags & FLAG.yanked) !== 0,
      deprecated: (flags & FLAG.deprecated) !== 0,
      hasContent: (flags & FLAG.hasContent) !== 0,
    }
  })
  return { ref: { ...(namespace === undefined ? {} : { namespace }), name }, versions }
}

/** The version that speaks for the package: latest, or the highest of all where every one is yanked. */
export function shownOf(record: PackageRecord): VersionListing | undefined {
  return latestOf(record) ?? record.versions.at(-1)
}

/** The record with one more version, at its place in precedence. */
export function withVersion(record: PackageRecord, listing: VersionListing): PackageRecord {
  let low = 0
  let high = record.versions.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const order = compareVersions((record.versions[middle] as VersionListing).version, listing.version)
    if (order < 0) low = middle + 1
    else high = middle
  }
  return { ref: record.ref, versions: record.versions.toSpliced(low, 0, listing) }
}

/** The record with other flags on one version. */
export function withFlags(
  record: PackageRecord,
  version: Version,
  flags: Pick<VersionListing, 'yanked' | 'deprecated'>,
): PackageRecord {
  const identity = versionIdentity(version)
  return {
    ref: record.ref,
    versions: record.versions.map((listing) =>
      versionIdentity(listing.version) === identity ? { ...listing, ...flags } : listing,
    ),
  }
}

/** Highest release not yanked, else highest pre-release not yanked, else nothing. (contract.md: versions) */
export function latestOf(record: PackageRecord): VersionListing | undefined {
  const standing = record.versions.filter((listing) => !listing.yanked)
  return standing.findLast((listing) => !isPrerelease(listing.version)) ?? standing.at(-1)
}
