import { assert } from '../model/assert.js'
import type { Decoder, Encoder } from '../model/codec.js'
import { sha256Hash } from '../model/content-hash.js'
import { foldName, type Namespace, type PackageName, type PackageRef } from '../model/package-id.js'
import type { ReadDemand } from '../model/read-demand.js'
import type { PackageSummary, VersionSummary } from '../model/summary.js'
import { compareVersions, type Version } from '../model/version.js'
import { foldAuthor } from '../state/authors.js'
import { type PackageRecord, shownOf } from '../state/packages.js'
import type { StateView } from '../state/state-view.js'
import { requirePackage, shownVersion, summarizeVersion } from './lookup.js'
import {
  decodePageToken,
  encodePageToken,
  type ListingQuery,
  PageBudget,
  type PageDemand,
  pageSize,
} from './page-token.js'
import type { CallOptions, RegistryContext } from './ports.js'
import { openView } from './read-view.js'

/** One page of a listing. */
export interface Page<Entry> {
  /** Log index that it reflects. */
  readonly index: number
  readonly entries: readonly Entry[]
  /** Empty on the last page. */
  readonly nextPageToken: string
}

export type ListDemand = ReadDemand & { readonly page: PageDemand }

/** Packages by namespace (those without one first), then name. @throws PAGE_TOKEN_INVALID, LIMIT_EXCEEDED */
export function listPackages(
  context: RegistryContext,
  namespace: Namespace | undefined,
  demand: ListDemand,
  options: CallOptions = {},
): Promise<Page<PackageSummary>> {
  const query = { method: 'ListPackages', arguments: namespace === undefined ? [] : [namespace] }
  return pageOfPackages(context, query, demand, options, async (view, after, limit) => {
    const found = await view.listPackages({
      ...(namespace === undefined ? {} : { namespace }),
      ...(after === undefined ? {} : { after }),
      limit,
    })
    return found.map(shown)
  })
}

/**
 * Packages of which some version names the author: by the whole text, or, of `Name <mail>`, by name or by mail address;
 * ASCII case aside.
 */
export function listByAuthor(
  context: RegistryContext,
  author: string,
  demand: ListDemand,
  options: CallOptions = {},
): Promise<Page<PackageSummary>> {
  const query = { method: 'ListByAuthor', arguments: [foldAuthor(author)] }
  return pageOfPackages(context, query, demand, options, async (view, after, limit) => {
    const found = await view.listByAuthor(author, { ...(after === undefined ? {} : { after }), limit })
    return found.map(shown)
  })
}

/** Packages whose latest version depends on this one, which need not exist. A page may be short and still not the last. */
export function listDependents(
  context: RegistryContext,
  on: PackageRef,
  demand: ListDemand,
  options: CallOptions = {},
): Promise<Page<PackageSummary>> {
  const query = { method: 'ListDependents', arguments: [on.namespace ?? '', foldName(on.name)] }
  return pageOfPackages(context, query, demand, options, async (view, after, limit) => {
    const found = await view.listDependents(on, { ...(after === undefined ? {} : { after }), limit })
    return found.map(({ record, latestDepends }) => ({ record, isShown: latestDepends }))
  })
}

/** All versions of a package, highest first. @throws PACKAGE_NOT_FOUND */
export async function listVersions(
  context: RegistryContext,
  ref: PackageRef,
  demand: ListDemand,
  options: CallOptions = {},
): Promise<Page<VersionSummary>> {
  const query = { method: 'ListVersions', arguments: [ref.namespace ?? '', foldName(ref.name)] }
  const size = pageSize(demand.page)
  const { historyId } = context.state
  const after = decodePageToken(demand.page.token, query, historyId, (input) => input.text() as Version)
  await using view = await openView(context, demand, options)
  const record = requirePackage(view, ref)
  const descending = record.versions.toReversed()
  const from =
    after === undefined ? 0 : descending.findIndex((each) => compareVersions(each.version, after) < 0)
  const page = from < 0 ? [] : descending.slice(from, from + size)
  const last = page.at(-1)
  const more = last !== undefined && from + page.length < descending.length
  return {
    index: view.appliedIndex,
    entries: page.map(({ version }) => summarizeVersion(view, { ...record.ref, version })),
    nextPageToken: more ? encodePageToken(query, historyId, (out) => out.text(last.version)) : '',
  }
}

/** Versions by time of publish, newest first. What is published meanwhile does not move later pages. */
export async function listRecent(
  context: RegistryContext,
  demand: ListDemand,
  options: CallOptions = {},
): Promise<Page<VersionSummary>> {
  const query = { method: 'ListRecent', arguments: [] }
  const size = pageSize(demand.page)
  const { historyId } = context.state
  const before = decodePageToken(demand.page.token, query, historyId, (input) => input.uint())
  await using view = await openView(context, demand, options)
  const found = await view.listRecent(before, size + 1)
  const page = found.slice(0, size)
  const last = page.at(-1)
  return {
    index: view.appliedIndex,
    entries: page.map(({ id }) => summarizeVersion(view, id)),
    nextPageToken:
      last !== undefined && found.length > size
        ? encodePageToken(query, historyId, (out) => out.uint(last.publishedIndex))
        : '',
  }
}

/** A package as a listing shows it: by its latest version, or, where every one is yanked, by the highest. */
export function summarizePackage(view: StateView, record: PackageRecord): PackageSummary {
  const listing = shownOf(record)
  assert(listing !== undefined, 'a package has at least one version')
  const id = { ...record.ref, version: listing.version }
  const { metadata, content, publishedAtMs, yanked, deprecated } = shownVersion(view, id)
  return {
    id: metadata.id,
    kind: metadata.kind,
    description: metadata.description,
    license: metadata.license,
    keywords: metadata.keywords,
    publishedAtMs,
    contentHash: content === undefined ? undefined : sha256Hash(content.sha256),
    yanked,
    deprecated,
  }
}

/** Batches that one call looks through for entries that are shown. */
const BATCHES_MAX = 4

/** A package at its place in a listing, which goes on behind it whether it is shown or not. */
interface Listed {
  readonly record: PackageRecord
  readonly isShown: boolean
}

function shown(record: PackageRecord): Listed {
  return { record, isShown: true }
}

async function pageOfPackages(
  context: RegistryContext,
  query: ListingQuery,
  demand: ListDemand,
  options: CallOptions,
  list: (view: StateView, after: PackageRef | undefined, limit: number) => Promise<readonly Listed[]>,
): Promise<Page<PackageSummary>> {
  const size = pageSize(demand.page)
  const { historyId } = context.state
  let after = decodePageToken(demand.page.token, query, historyId, readRef)
  await using view = await openView(context, demand, options)
  const entries: PackageSummary[] = []
  const budget = new PageBudget()
  let full = false
  let more = true
  for (let batch = 0; batch < BATCHES_MAX && more && !full; batch++) {
    const wanted = size - entries.length
    const found = await list(view, after, wanted + 1)
    more = found.length > wanted
    for (const { record, isShown } of found.slice(0, wanted)) {
      if (isShown) {
        const summary = summarizePackage(view, record)
        if (!budget.takes(textsOf(summary))) {
          full = true
          more = true
          break
        }
        entries.push(summary)
      }
      after = record.ref
    }
    full ||= entries.length >= size
  }
  const last = after
  return {
    index: view.appliedIndex,
    entries,
    nextPageToken:
      more && last !== undefined ? encodePageToken(query, historyId, (out) => writeRef(out, last)) : '',
  }
}

/** The texts of a summary that can be long. */
export function textsOf(summary: PackageSummary): readonly (string | undefined)[] {
  return [summary.description, summary.license, summary.deprecated, ...summary.keywords]
}

function writeRef(out: Encoder, ref: PackageRef): void {
  out.text(ref.namespace ?? '').text(ref.name)
}

function readRef(input: Decoder): PackageRef {
  const namespace = input.text()
  const name = input.text() as PackageName
  return namespace === '' ? { name } : { namespace: namespace as Namespace, name }
}
