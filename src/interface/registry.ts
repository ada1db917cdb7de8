import type { ContentHash } from '../model/content-hash.js'
import type { MarketplaceError } from '../model/error.js'
import type { KeyId, PackageVersion } from '../model/metadata.js'
import type { ClusterId, HistoryId } from '../model/node-id.js'
import type { OwnerScope } from '../model/owner-scope.js'
import type { Namespace, PackageId, PackageRef } from '../model/package-id.js'
import type { PackageQuery, ReadDemand } from '../model/read-demand.js'
import type { ResolvedPackage, ResolveRequest } from '../model/resolution.js'
import type { SignedChange, SignedOwnerChange, SignedVersion } from '../model/signed-write.js'
import type { PackageSummary, VersionSummary } from '../model/summary.js'
import type { ListOptions, Page, Reflected } from './answer.js'
import type { Content } from './package-store.js'
import type { WatchEvent, WatchOptions } from './watch.js'

/** What tells one registry from another. */
export interface RegistryIdentity {
  /** What yanks and other changes are signed for: a signature for one registry means nothing to another. */
  readonly clusterId: ClusterId
  /** What its log indexes belong to. */
  readonly historyId: HistoryId
}

export interface PublishReceipt extends Reflected {
  readonly id: PackageId
  /** Absent on a metadata-only version. */
  readonly contentHash?: ContentHash | undefined
  /** False where the same content was there already. */
  readonly created: boolean
  /** Popular packages of others that a new package is called almost like: a warning. */
  readonly resembles: readonly PackageRef[]
}

export interface ChangeReceipt extends Reflected {
  readonly id: PackageId
  /** False where it was so already. */
  readonly changed: boolean
}

export interface VersionAnswer extends Reflected {
  readonly version: PackageVersion
  /** Raw keys that the signatures name. */
  readonly publicKeys: readonly Uint8Array[]
  readonly readme?: Uint8Array | undefined
  /** Popular packages of others that this one is called almost like: make sure that it is the one that is meant. */
  readonly resembles: readonly PackageRef[]
}

export interface VersionSummaryAnswer extends Reflected {
  readonly version: VersionSummary
}

export interface ResolutionAnswer extends Reflected {
  /** Each after those that it needs: the order in which to install them. */
  readonly packages: readonly ResolvedPackage[]
}

export interface YankedAnswer extends Reflected {
  readonly yanked: boolean
  readonly reason?: string | undefined
}

/** A key that owns a package or a namespace. */
export interface Owner {
  readonly keyId: KeyId
  /** 32 raw bytes. */
  readonly publicKey: Uint8Array
}

export interface OwnersAnswer extends Reflected {
  /** In the order in which they came. */
  readonly owners: readonly Owner[]
  /** Where they were named: the package itself, or its namespace. */
  readonly scope: OwnerScope
}

export interface OwnersReceipt extends Reflected {
  /** False where it was so already. */
  readonly changed: boolean
}

export interface RegistryStatsAnswer extends Reflected {
  readonly packages: number
  /** Yanked ones included. */
  readonly versions: number
  readonly downloads: number
  /**
   * By day (`2026-01-31`, UTC), up to today, newest first; at most 90. Days go by the time stamps of the log: where nothing has been
   * written since yesterday, yesterday is the newest.
   */
  readonly days: readonly { readonly date: string; readonly downloads: number }[]
  /** Of one package: by version, highest first. */
  readonly versionDownloads: readonly { readonly version: string; readonly downloads: number }[]
}

export interface TrendingPackage {
  readonly summary: PackageSummary
  /** In the days that count. */
  readonly downloads: number
}

/** What somebody has, and what else would do. */
export interface InstalledVersion {
  readonly id: PackageId
  /** A bare version means caret. Empty: any release. */
  readonly requirement: string
}

/** What has become of one installed version. */
export interface UpdateState {
  readonly id: PackageId
  /** As it stands, yanked and deprecated or not; absent where this registry has none such. */
  readonly installed?: VersionSummary | undefined
  /** The highest that is not yanked and meets the requirement; absent where there is none. */
  readonly wanted?: VersionSummary | undefined
  /** The latest, whatever the requirement; absent where all are yanked or the package is unknown. */
  readonly latest?: VersionSummary | undefined
}

export interface UpdatesAnswer extends Reflected {
  /** In the order in which they were asked for. */
  readonly updates: readonly UpdateState[]
}

/** A version and the hash of the content that comes along. */
export type SignedVersionWithContent = SignedVersion & { readonly contentHash: ContentHash }

export interface PublishOptions {
  /** Told how many bytes were taken so far; may begin anew where an attempt is repeated. */
  readonly onProgress?: ((sentBytes: number) => void) | undefined
}

/** The end of one registration among many. */
export type RegisterOutcome = {
  /** Of its version among those given, from 0. */
  readonly position: number
} & ({ readonly receipt: PublishReceipt } | { readonly error: MarketplaceError })

/**
 * Packages and their versions: what was published, by whom, and what became of it. A version never changes; what is mutable about
 * it (yanked, deprecated) is changed by its owner, signed. Every answer says which log index it reflects, every read may ask for at
 * least one, and by default sees every write that was acknowledged before it. Refusals are MarketplaceErrors with the reasons named
 * here. Every implementation passes test/conformance/registry.ts.
 */
export interface Registry {
  identity(): Promise<RegistryIdentity>

  /**
   * Makes one version of metadata alone, or of content that the registry's store holds already. Doing the same again is a success that
   * changes nothing (`created: false`); a repeated request id is the same request.
   * @throws VERSION_EXISTS for other content; NAME_TAKEN, NOT_OWNER, SIGNATURE_MISSING, SIGNATURE_INVALID, HASH_MISMATCH, LIMIT_EXCEEDED,
   *   INVALID_ARGUMENT, INVALID_REQUIREMENT, SELF_DEPENDENCY; BLOB_MISSING, ARCHIVE_INVALID, MANIFEST_MISMATCH where it names content
   */
  register(version: SignedVersion): Promise<PublishReceipt>

  /** Registers many; outcomes come in any order. A registry that has none is given one after the other. */
  registerMany?(versions: AsyncIterable<SignedVersion>): AsyncIterable<RegisterOutcome>

  /**
   * Makes one version and takes its content, checking what the version says before the first byte. A registry that has none is given
   * content by its package store, and then the version (`register`).
   * @throws what register throws; SIZE_MISMATCH
   */
  publish?(
    version: SignedVersionWithContent,
    content: Content,
    options?: PublishOptions,
  ): Promise<PublishReceipt>

  /** One version; the latest where none is named. @throws PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, ALL_YANKED */
  get(
    query: PackageQuery,
    options?: ReadDemand & { readonly readme?: boolean | undefined },
  ): Promise<VersionAnswer>

  /** All versions, yanked ones included, highest first. @throws PACKAGE_NOT_FOUND, PAGE_TOKEN_INVALID */
  listVersions(ref: PackageRef, options?: ListOptions): Promise<Page<VersionSummary>>

  /**
   * The highest version that meets a requirement and is not yanked. An empty requirement takes any release; a bare version means caret.
   * @throws INVALID_REQUIREMENT, PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, ALL_YANKED
   */
  resolveVersion(ref: PackageRef, requirement: string, options?: ReadDemand): Promise<VersionSummaryAnswer>

  /**
   * Versions of packages and of all that they need, one of each package, that fit together: the highest, as far as that goes.
   * @throws DEPENDENCY_CONFLICT, whose `details.explanation` tells why, a step a line; of what is asked for itself PACKAGE_NOT_FOUND,
   *   VERSION_NOT_FOUND, ALL_YANKED, INVALID_REQUIREMENT; LIMIT_EXCEEDED, DEADLINE, NATIVE_MODULE_MISSING
   */
  resolveDependencies(request: ResolveRequest, options?: ReadDemand): Promise<ResolutionAnswer>

  /**
   * Warns whoever uses a version; without a text the warning is taken back. `change.action` is `deprecate`.
   * @throws SIGNATURE_MISSING, SIGNATURE_INVALID, SIGNATURE_STALE, NOT_OWNER, PACKAGE_NOT_FOUND, VERSION_NOT_FOUND
   */
  updateMetadata(change: SignedChange): Promise<ChangeReceipt>
  /** Hides a version from resolution and search; idempotent. @throws what updateMetadata throws */
  yank(change: SignedChange): Promise<ChangeReceipt>
  /** Shows a yanked version again; idempotent. @throws what updateMetadata throws */
  unyank(change: SignedChange): Promise<ChangeReceipt>
  /** @throws PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, ALL_YANKED */
  isYanked(query: PackageQuery, options?: ReadDemand): Promise<YankedAnswer>

  /**
   * Gives a package or a whole namespace one more owner; idempotent, as the next two. `change.action` says which of the three it is.
   * @throws SIGNATURE_MISSING, SIGNATURE_INVALID, SIGNATURE_STALE, NOT_OWNER, PACKAGE_NOT_FOUND, LIMIT_EXCEEDED
   */
  addOwner(change: SignedOwnerChange): Promise<OwnersReceipt>
  /** Takes an owner away. @throws LAST_OWNER, and what addOwner throws */
  removeOwner(change: SignedOwnerChange): Promise<OwnersReceipt>
  /** Makes one key the only owner. @throws what addOwner throws */
  transferOwnership(change: SignedOwnerChange): Promise<OwnersReceipt>
  /** The keys that may publish and change a package, or publish into a namespace. @throws PACKAGE_NOT_FOUND */
  listOwners(scope: OwnerScope, options?: ReadDemand): Promise<OwnersAnswer>

  /** Packages by namespace (those without one first), then name; of one namespace where it is given. @throws PAGE_TOKEN_INVALID */
  listPackages(namespace?: Namespace, options?: ListOptions): Promise<Page<PackageSummary>>
  /** Packages of which some version names the author: by the whole text, or, of `Name <mail>`, by either half; ASCII case aside. */
  listByAuthor(author: string, options?: ListOptions): Promise<Page<PackageSummary>>
  /** Packages whose latest version depends on this one. A page may be short and still not the last. */
  listDependents(on: PackageRef, options?: ListOptions): Promise<Page<PackageSummary>>
  /** Versions by time of publish, newest first. */
  listRecent(options?: ListOptions): Promise<Page<VersionSummary>>

  /** Packages by downloads of the last days (today, which is the log's, included; up to 90, 7 by default), most first. @throws INVALID_ARGUMENT, PAGE_TOKEN_INVALID */
  listTrending(options?: ListOptions & { readonly days?: number | undefined }): Promise<Page<TrendingPackage>>
  /** What has become of many installed versions: yanked, deprecated, behind. @throws INVALID_REQUIREMENT */
  checkUpdates(installed: readonly InstalledVersion[], options?: ReadDemand): Promise<UpdatesAnswer>

  /**
   * Changes as they land, without end: nothing is missed and nothing comes twice, over breaks and fail-overs too.
   * @throws COMPACTED (`firstRetained` in its details) where the position is no longer kept; HISTORY_MISMATCH, LIMIT_EXCEEDED
   */
  watch(options?: WatchOptions): AsyncGenerator<WatchEvent, void, undefined>

  /** Counts of the whole registry, or of one package. @throws PACKAGE_NOT_FOUND */
  getStats(ref?: PackageRef, options?: ReadDemand): Promise<RegistryStatsAnswer>
  /** Counts a download that happened elsewhere. May answer before the count is durable. @throws PACKAGE_NOT_FOUND, VERSION_NOT_FOUND */
  recordDownload(query: PackageQuery): Promise<Reflected>
}
