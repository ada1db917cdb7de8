import type { RegisterCommand } from '../model/command.js'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { PackageVersion } from '../model/metadata.js'
import {
  formatPackageId,
  type PackageId,
  packageKey,
  toNamespace,
  toPackageName,
} from '../model/package-id.js'
import { parseVersion } from '../model/version.js'
import type { ApplyContext } from './apply-context.js'
import { indexAuthors } from './authors.js'
import { addBlobReference } from './blob-references.js'
import { appendChanges } from './change-feed.js'
import { type CommandResult, type RefusedResult, refused } from './command-result.js'
import { indexDependents } from './dependents.js'
import { checkHolders } from './holders.js'
import { checkOwnership, claim } from './ownership.js'
import { type PackageRecord, readPackage, withVersion, writePackage } from './packages.js'
import { checkQuota, countVersion, QUOTA_CLUSTER_VERSION, readUse } from './quota.js'
import { indexRecent } from './recent.js'
import { readVersion, writeVersion } from './versions.js'

/**
 * Makes one version. Checks, in this order, by point reads of replicated facts only: name and version syntax, spelling
 * (NAME_TAKEN), ownership (NOT_OWNER), existence (the same content is a success that changes nothing, other content
 * VERSION_EXISTS), blob holders (BLOB_MISSING), lease (LEASE_EXPIRED), versions per package (LIMIT_EXCEEDED), quota of the
 * namespace (QUOTA_EXCEEDED).
 */
export function applyRegister(context: ApplyContext, command: RegisterCommand): CommandResult {
  const { writer } = context
  const { id } = command.metadata
  const badId = checkPackageId(id)
  if (badId !== undefined) return badId
  const before = readPackage(writer, id)
  const refusal = checkSpelling(before, id) ?? checkOwnership(writer, id, command.verifiedKeys)
  if (refusal !== undefined) return refusal
  const existing = before === undefined ? undefined : readVersion(writer, id)
  if (existing !== undefined) return answerExisting(existing, command)
  const blocked =
    checkHolders(context, command) ??
    checkVersionCount(context, before, id) ??
    checkNamespaceQuota(context, command)
  if (blocked !== undefined) return blocked
  return store(context, command, before)
}

/** Admission refuses these too; here they keep every later comparison total. */
export function checkPackageId(id: PackageId): RefusedResult | undefined {
  try {
    if (id.namespace !== undefined) toNamespace(id.namespace, 'id.namespace')
    toPackageName(id.name, 'id.name')
    parseVersion(id.version, 'id.version')
    return undefined
  } catch (error) {
    if (!(error instanceof MarketplaceError)) throw error
    const { reason, message, help, field } = error
    return refused({ reason, message, help, ...(field === undefined ? {} : { field }) })
  }
}

function checkSpelling(before: PackageRecord | undefined, id: PackageId): RefusedResult | undefined {
  if (before === undefined || before.ref.name === id.name) return undefined
  const existing = packageKey(before.ref)
  return refused({
    reason: 'NAME_TAKEN',
    field: 'metadata.id.name',
    message: `${packageKey(id)} reads like ${existing}, which exists`,
    help: `publish as ${existing}, or choose a name that differs in more than case, - and _`,
    details: { existing },
  })
}

function answerExisting(existing: PackageVersion, command: RegisterCommand): CommandResult {
  const id = existing.metadata.id
  const sameContent =
    existing.signedFormSha256 === command.signedFormSha256 &&
    existing.content?.sha256 === command.content?.sha256
  if (sameContent) {
    return {
      type: 'registered',
      created: false,
      id,
      index: existing.publishedIndex,
      publishedAtMs: existing.publishedAtMs,
    }
  }
  const stored = existing.content?.sha256 ?? 'none'
  const offered = command.content?.sha256 ?? 'none'
  const what = existing.content === undefined ? 'as metadata only' : `with sha256 ${stored}`
  return refused({
    reason: 'VERSION_EXISTS',
    field: 'metadata.id.version',
    message: `version ${formatPackageId(id)} already exists ${what}; offered: sha256 ${offered}, signed form ${command.signedFormSha256} (stored ${existing.signedFormSha256})`,
    help: 'versions never change: publish a higher one',
    details: {
      storedSha256: stored,
      offeredSha256: offered,
      storedSignedFormSha256: existing.signedFormSha256,
      offeredSignedFormSha256: command.signedFormSha256,
    },
  })
}

function checkNamespaceQuota(
  { writer, clusterVersion }: ApplyContext,
  { metadata, content }: RegisterCommand,
): RefusedResult | undefined {
  if (clusterVersion < QUOTA_CLUSTER_VERSION) return undefined
  return checkQuota(readUse(writer, metadata.id.namespace), content?.sizeBytes ?? 0)
}

function checkVersionCount(
  context: ApplyContext,
  before: PackageRecord | undefined,
  id: PackageId,
): RefusedResult | undefined {
  const limit = context.settings.versionsPerPackageMax
  if ((before?.versions.length ?? 0) < limit) return undefined
  return refused({
    reason: 'LIMIT_EXCEEDED',
    field: 'metadata.id',
    message: `${packageKey(id)} has ${limit} versions, the limit`,
    help: 'go on under another name',
  })
}

function store(
  context: ApplyContext,
  command: RegisterCommand,
  before: PackageRecord | undefined,
): CommandResult {
  const { writer, counters, index, settings, clusterVersion } = context
  const { metadata, content } = command
  const { id } = metadata
  const publishedAtMs = counters.logTimeMs
  writeVersion(writer, {
    metadata,
    signatures: command.signatures,
    ...(content === undefined ? {} : { content }),
    publishedAtMs,
    publishedIndex: index,
    yanked: false,
    signedFormSha256: command.signedFormSha256,
  })
  const ref = { ...(id.namespace === undefined ? {} : { namespace: id.namespace }), name: id.name }
  const listing = {
    version: id.version,
    kind: metadata.kind,
    publishedIndex: index,
    publishedAtMs,
    yanked: false,
    deprecated: false,
    hasContent: content !== undefined,
  }
  writePackage(writer, withVersion(before ?? { ref, versions: [] }, listing))
  claim(writer, id, command.verifiedKeys, { index, logTimeMs: counters.logTimeMs })
  indexAuthors(writer, ref, metadata.authors, before === undefined)
  indexDependents(writer, ref, metadata.dependencies, before === undefined)
  indexRecent(writer, id, index)
  for (const [digest, sizeBytes] of blobsOf(command)) addBlobReference(writer, digest, sizeBytes)
  appendChanges(writer, counters, settings.changeFeedEntriesMax, {
    index,
    logTimeMs: counters.logTimeMs,
    records: [{ kind: 'published', id }],
  })
  if (clusterVersion >= QUOTA_CLUSTER_VERSION) countVersion(writer, id.namespace, content?.sizeBytes ?? 0)
  if (before === undefined) counters.packages++
  counters.versions++
  return { type: 'registered', created: true, id, index, publishedAtMs }
}

/** Digests that the version names, with the size where it is known. */
export function blobsOf(command: RegisterCommand): readonly (readonly [Digest, number])[] {
  const blobs: [Digest, number][] = []
  if (command.content !== undefined) blobs.push([command.content.sha256, command.content.sizeBytes])
  if (command.metadata.readmeSha256 !== undefined) blobs.push([command.metadata.readmeSha256, 0])
  return blobs
}
