import { bytesToHex } from '../model/codec.js'
import type { VerifiedKey } from '../model/command.js'
import type { Digest } from '../model/content-hash.js'
import type { MarketplaceError } from '../model/error.js'
import type { KeyId, PackageVersion } from '../model/metadata.js'
import { decodePackageId } from '../model/metadata-codec.js'
import type { Namespace, PackageId, PackageRef } from '../model/package-id.js'
import type { QuotaScope } from '../model/quota-scope.js'
import type { Version } from '../model/version.js'
import type { Configuration } from '../raft/configuration.js'
import { type AuditRecord, readAudit } from './audit.js'
import { foldAuthor } from './authors.js'
import { type BlobReference, decodeBlobReference, readBlobReference } from './blob-references.js'
import { type ChangesAtIndex, decodeChanges, firstAfter } from './change-feed.js'
import type { RefusedResult } from './command-result.js'
import {
  countsUpTo,
  type DayCount,
  dayOf,
  decodePackageDays,
  readPackageDays,
  readRegistryDays,
  sumOfDays,
} from './download-days.js'
import { readPackageDownloads, readVersionDownloads } from './downloads.js'
import { keys, ranges, successor, TABLE } from './key-layout.js'
import type { KeyRange, KeyValueSnapshot, KeyValueStore } from './key-value-store.js'
import { type AppliedMark, type Counters, readApplied, readConfiguration, readCounters } from './meta.js'
import { checkOwnership, type Ownership, readOwners, readOwnership } from './ownership.js'
import { decodeRef } from './package-refs.js'
import { decodePackage, latestOf, type PackageRecord, readPackage, type VersionListing } from './packages.js'
import { decodeUse, type NamespaceUse, readUse } from './quota.js'
import { readKey, type SigningKey } from './signing-keys.js'
import { decodeBody, type StateReader, stateCorrupt, unseal } from './stored-value.js'
import { readShownVersion, readVersion, type ShownVersion } from './versions.js'

/** A package as the search index holds it: what its latest version says, and how popular it is. */
export interface PackageDocument {
  readonly ref: PackageRef
  readonly latest: PackageVersion
  readonly versionCount: number
  readonly downloads: number
  /** Log time of the first publish of any version. */
  readonly createdAtMs: number
  /** Log index of that publish: the package's number, the same on every node for ever. */
  readonly firstIndex: number
}

/** A blob that is to be kept, and its size where that is known: it is not of one that only readmes name. */
export interface ReferencedBlob {
  readonly digest: Digest
  readonly sizeBytes: number | undefined
}

/** Blobs that versions name, as content or as readme. */
export interface BlobUsage {
  readonly blobs: number
  /** How often versions name them. */
  readonly references: number
  /** Of contents, each counted once; the sizes of readmes are not known. */
  readonly bytes: number
  /** What more they would take if every version had a copy of its own. */
  readonly sharedBytes: number
}

/** Which packages, from where on, how many. */
export interface ListOptions {
  /** Exclusive: the last package of the page before. */
  readonly after?: PackageRef
  readonly limit: number
}

export interface StateStats {
  readonly packages: number
  readonly versions: number
  readonly downloads: number
}

/**
 * Everything that can be asked of one frozen state. All answers reflect {@link appliedIndex}, which was read inside the same
 * snapshot. Point reads are synchronous; lists walk the snapshot. The owner closes it.
 */
export class StateView implements AsyncDisposable {
  readonly applied: AppliedMark
  readonly #counters: Counters
  readonly #reader: StateReader

  private constructor(
    private readonly snapshot: KeyValueSnapshot,
    private readonly onDamage: (error: unknown) => void,
  ) {
    this.#reader = {
      get: (key) => {
        try {
          const stored = snapshot.getSync(key)
          return stored === undefined ? undefined : unseal(key, stored)
        } catch (error) {
          onDamage(error)
          throw error
        }
      },
    }
    const applied = readApplied(this.#reader)
    const counters = readCounters(this.#reader)
    if (applied === undefined || counters === undefined) throw stateCorrupt('the state lacks a meta record')
    this.applied = applied
    this.#counters = counters
  }

  /** A view of what has landed in the store by now. The store has been opened by a state machine before. */
  static open(store: KeyValueStore): StateView {
    return StateView.over(store.snapshot())
  }

  /**
   * A view over a snapshot, which it closes.
   * @param onDamage told of every read that failed, before its caller is: whose state it is must know that it is damaged
   */
  static over(snapshot: KeyValueSnapshot, onDamage: (error: unknown) => void = () => {}): StateView {
    return new StateView(snapshot, onDamage)
  }

  /** Log index that every answer reflects. */
  get appliedIndex(): number {
    return this.applied.index
  }

  get logTimeMs(): number {
    return this.#counters.logTimeMs
  }

  get configuration(): Configuration | undefined {
    return readConfiguration(this.#reader)
  }

  get stats(): StateStats {
    const { packages, versions, downloads } = this.#counters
    return { packages, versions, downloads }
  }

  /** By exact or folded name: a folded name stands for one package at most. */
  package(ref: PackageRef): PackageRecord | undefined {
    return readPackage(this.#reader, ref)
  }

  /** One version; build metadata of the id plays no part. */
  version(id: PackageId): PackageVersion | undefined {
    return readVersion(this.#reader, id)
  }

  /** What listings show of a version; build metadata of the id plays no part. */
  shownVersion(id: PackageId): ShownVersion | undefined {
    return readShownVersion(this.#reader, id)
  }

  /** All versions in ascending precedence, yanked ones too; undefined for an unknown package. */
  versions(ref: PackageRef): readonly VersionListing[] | undefined {
    return this.package(ref)?.versions
  }

  /** The latest version; undefined for an unknown package and where all are yanked. */
  latest(ref: PackageRef): PackageVersion | undefined {
    const record = this.package(ref)
    const listing = record === undefined ? undefined : latestOf(record)
    return listing === undefined ? undefined : this.version({ ...ref, version: listing.version })
  }

  packageDownloads(ref: PackageRef): number {
    return readPackageDownloads(this.#reader, ref)
  }

  versionDownloads(id: PackageId): number {
    return readVersionDownloads(this.#reader, id)
  }

  /** Downloads of a package by day, or of the whole registry; days of log time, newest first, none left out up to the oldest. */
  downloadDays(ref?: PackageRef): DayCount[] {
    const days = ref === undefined ? readRegistryDays(this.#reader) : readPackageDays(this.#reader, ref)?.days
    return days === undefined ? [] : countsUpTo(days, dayOf(this.logTimeMs))
  }

  /** Every package that was downloaded in the days kept, and how often in the newest of them. */
  async *downloadsWithin(
    days: number,
  ): AsyncIterable<{ readonly ref: PackageRef; readonly downloads: number }> {
    const today = dayOf(this.logTimeMs)
    for await (const [key, body] of this.#pairs(ranges.packageDays())) {
      const found = decodeBody(key, body, decodePackageDays)
      const downloads = sumOfDays(found.days, today, days)
      if (downloads > 0) yield { ref: found.ref, downloads }
    }
  }

  /** Who may publish and change the package; undefined where nobody has claimed its name or namespace. */
  ownership(ref: PackageRef): Ownership | undefined {
    return readOwnership(this.#reader, ref)
  }

  /** Who owns a namespace. */
  namespaceOwners(namespace: Namespace): Ownership | undefined {
    return readOwners(this.#reader, { namespace })
  }

  /** Why none of these keys may change what stands under the name; undefined where one may, as far as this state knows. */
  ownershipRefusal(ref: PackageRef, signers: readonly VerifiedKey[]): RefusedResult | undefined {
    return checkOwnership(this.#reader, ref, signers)
  }

  /** What namespaces hold and may hold, packages without one first, exclusive of after. */
  async listNamespaceUses(after: { scope: QuotaScope } | undefined, limit: number): Promise<NamespaceUse[]> {
    const table = ranges.table(TABLE.namespaceUse)
    const from = after === undefined ? table.from : successor(keys.namespaceUse(after.scope))
    return this.#list({ ...table, from, limit }, (key, body) => decodeBody(key, body, decodeUse))
  }

  namespaceUse(scope: QuotaScope): NamespaceUse {
    return readUse(this.#reader, scope)
  }

  key(keyId: KeyId): SigningKey | undefined {
    return readKey(this.#reader, keyId)
  }

  /** The signed change accepted at a log index. */
  audit(index: number): AuditRecord | undefined {
    return readAudit(this.#reader, index)
  }

  isReferenced(digest: Digest): boolean {
    return this.blobReference(digest) !== undefined
  }

  blobReference(digest: Digest): BlobReference | undefined {
    return readBlobReference(this.#reader, digest)
  }

  /** What all versions refer to. Reads every reference. */
  async blobUsage(): Promise<BlobUsage> {
    let [blobs, references, bytes, sharedBytes] = [0, 0, 0, 0]
    for await (const [key, body] of this.#pairs(ranges.table(TABLE.blob))) {
      const each = decodeBody(key, body, decodeBlobReference)
      blobs++
      references += each.references
      bytes += each.sizeBytes
      sharedBytes += each.sizeBytes * (each.references - 1)
    }
    return { blobs, references, bytes, sharedBytes }
  }

  /** Blobs that some version names, by ascending digest, exclusive of after. */
  async listReferencedBlobs(after: Digest | undefined, limit: number): Promise<ReferencedBlob[]> {
    const table = ranges.table(TABLE.blob)
    const from = after === undefined ? table.from : successor(keys.blob(after))
    return this.#list({ ...table, from, limit }, (key, body) => {
      const { sizeBytes } = decodeBody(key, body, decodeBlobReference)
      return { digest: bytesToHex(key.subarray(1)) as Digest, sizeBytes: sizeBytes || undefined }
    })
  }

  /** Packages in order of namespace (those without one first), then folded name. */
  async listPackages(
    options: ListOptions & { readonly namespace?: string },
  ): Promise<readonly PackageRecord[]> {
    const { namespace, after, limit } = options
    const range = namespace === undefined ? ranges.table(TABLE.package) : ranges.packagesOf(namespace)
    const from = after === undefined ? range.from : successor(keys.package(after))
    return this.#list({ ...range, from, limit }, (key, body) => decodeBody(key, body, decodePackage))
  }

  /** Every package with all its versions, in listing order. */
  async *records(): AsyncIterable<PackageRecord> {
    for await (const [key, body] of this.#pairs(ranges.table(TABLE.package)))
      yield decodeBody(key, body, decodePackage)
  }

  /** Packages of which some version names the author: by whole text, by name, or by mail address. */
  async listByAuthor(author: string, options: ListOptions): Promise<readonly PackageRecord[]> {
    const folded = foldAuthor(author)
    const range = ranges.author(folded)
    const from = options.after === undefined ? range.from : successor(keys.author(folded, options.after))
    return this.#named({ ...range, from, limit: options.limit })
  }

  /** Packages of which some version, the latest or not, depends on this one. */
  async listDependents(
    on: PackageRef,
    options: ListOptions,
  ): Promise<readonly { readonly record: PackageRecord; readonly latestDepends: boolean }[]> {
    const range = ranges.dependents(on)
    const from = options.after === undefined ? range.from : successor(keys.dependent(on, options.after))
    const found = await this.#named({ ...range, from, limit: options.limit })
    return found.map((record) => ({ record, latestDepends: this.#latestDepends(record, on) }))
  }

  /** Newest publishes first, of indexes below before. */
  async listRecent(
    before: number | undefined,
    limit: number,
  ): Promise<{ readonly id: PackageId; readonly publishedIndex: number }[]> {
    const table = ranges.table(TABLE.recent)
    const to = before === undefined ? table.to : keys.recent(before)
    return this.#list({ from: table.from, to, reverse: true, limit }, (key, body) => {
      const view = new DataView(key.buffer, key.byteOffset, key.length)
      const publishedIndex = view.getUint32(1) * 0x1_0000_0000 + view.getUint32(5)
      return { id: decodeBody(key, body, decodePackageId), publishedIndex }
    })
  }

  /** Changes at or below this index are gone: a reader that stands lower must begin from a full listing. */
  get changesTrimmedIndex(): number {
    return this.#counters.feedTrimmedIndex
  }

  /** Lowest index from which all changes are still there. */
  get firstRetainedIndex(): number {
    return this.#counters.feedTrimmedIndex + 1
  }

  /** Index of the newest change; 0 where there was none. */
  get lastChangeIndex(): number {
    return this.#counters.feedLastIndex
  }

  /**
   * Changes of up to limit log indexes after index, in order, an index never split. Undefined where the feed no longer
   * reaches back to there (COMPACTED).
   */
  async changesAfter(index: number, limit: number): Promise<ChangesAtIndex[] | undefined> {
    if (index < this.#counters.feedTrimmedIndex) return undefined
    const from = keys.change(firstAfter(this.#reader, this.#counters, index))
    const { to } = ranges.table(TABLE.change)
    return this.#list({ from, to, limit }, (key, body) => decodeBody(key, body, decodeChanges))
  }

  /** Every package that has a latest version, in listing order, in batches: what a search index is built from. */
  async *documents(batchEntries = 256): AsyncIterable<readonly PackageDocument[]> {
    let batch: PackageDocument[] = []
    for await (const [key, body] of this.#pairs(ranges.table(TABLE.package))) {
      const document = this.#document(decodeBody(key, body, decodePackage))
      if (document !== undefined) batch.push(document)
      if (batch.length < batchEntries) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
  }

  /** One package as the search index holds it; undefined where it is unknown or all of it is yanked. */
  document(ref: PackageRef): PackageDocument | undefined {
    const record = this.package(ref)
    return record === undefined ? undefined : this.#document(record)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.snapshot[Symbol.asyncDispose]()
  }

  #document(record: PackageRecord): PackageDocument | undefined {
    const listing = latestOf(record)
    if (listing === undefined) return undefined
    return {
      ref: record.ref,
      latest: this.#standing(record.ref, listing.version),
      versionCount: record.versions.length,
      downloads: this.packageDownloads(record.ref),
      createdAtMs: record.versions.reduce(
        (min, each) => Math.min(min, each.publishedAtMs),
        listing.publishedAtMs,
      ),
      firstIndex: record.versions.reduce(
        (min, each) => Math.min(min, each.publishedIndex),
        listing.publishedIndex,
      ),
    }
  }

  /** A version that its package lists. */
  #standing(ref: PackageRef, version: Version): PackageVersion {
    const found = this.version({ ...ref, version })
    if (found === undefined) throw this.#contradiction(`${ref.name} lists ${version}, which is not there`)
    return found
  }

  #latestDepends(record: PackageRecord, on: PackageRef): boolean {
    const latest = latestOf(record)
    if (latest === undefined) return false
    const { dependencies } = this.#standing(record.ref, latest.version).metadata
    const wanted = bytesToHex(keys.package(on))
    return dependencies.some((dependency) => bytesToHex(keys.package(dependency)) === wanted)
  }

  /** The packages that the entries of an index name. */
  async #named(range: KeyRange): Promise<readonly PackageRecord[]> {
    return this.#list(range, (key, body) => {
      const ref = decodeBody(key, body, decodeRef)
      const record = this.package(ref)
      if (record === undefined) throw this.#contradiction(`an index names ${ref.name}, which is not there`)
      return record
    })
  }

  /** A range that is bounded, in memory: batch by batch, since an await for each pair costs more than many a pair. */
  async #list<T>(range: KeyRange, read: (key: Uint8Array, body: Uint8Array) => T): Promise<T[]> {
    const found: T[] = []
    const batches = this.snapshot.iterate(range)[Symbol.asyncIterator]()
    try {
      for (;;) {
        const pairs = await this.#nextBatch(batches)
        if (pairs === undefined) return found
        for (const [key, body] of pairs) found.push(read(key, body))
      }
    } finally {
      await batches.return?.()
    }
  }

  async *#pairs(range: KeyRange): AsyncIterable<readonly [key: Uint8Array, body: Uint8Array]> {
    const batches = this.snapshot.iterate(range)[Symbol.asyncIterator]()
    try {
      for (;;) {
        const bodies = await this.#nextBatch(batches)
        if (bodies === undefined) return
        yield* bodies
      }
    } finally {
      await batches.return?.()
    }
  }

  async #nextBatch(
    batches: AsyncIterator<readonly (readonly [key: Uint8Array, value: Uint8Array])[]>,
  ): Promise<(readonly [key: Uint8Array, body: Uint8Array])[] | undefined> {
    try {
      const next = await batches.next()
      return next.done === true ? undefined : next.value.map(([key, stored]) => [key, unseal(key, stored)])
    } catch (error) {
      this.onDamage(error)
      throw error
    }
  }

  #contradiction(message: string): MarketplaceError {
    const error = stateCorrupt(message)
    this.onDamage(error)
    return error
  }
}
