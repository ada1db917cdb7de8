import type { ListOptions, Page, Reflected } from '../interface/answer.js'
import type { Content } from '../interface/package-store.js'
import type {
  ChangeReceipt,
  InstalledVersion,
  PublishOptions,
  PublishReceipt,
  RegisterOutcome,
  Registry,
  RegistryIdentity,
  SignedVersionWithContent,
} from '../interface/registry.js'
import type { WatchOptions } from '../interface/watch.js'
import { bytesToHex } from '../model/codec.js'
import type { RequestId } from '../model/command.js'
import type { ClusterId, HistoryId } from '../model/node-id.js'
import type { OwnerScope } from '../model/owner-scope.js'
import type { Namespace, PackageRef } from '../model/package-id.js'
import type { PackageQuery, ReadDemand } from '../model/read-demand.js'
import type { ResolveRequest } from '../model/resolution.js'
import type { SignedChange, SignedOwnerChange, SignedVersion } from '../model/signed-write.js'
import { type Received, required, type Sent, textOrAbsent } from '../wire/message.js'
import {
  metadataToMessage,
  packageVersionFromMessage,
  signatureToMessage,
  toBuffer,
} from '../wire/metadata-message.js'
import {
  contentHashFromMessage,
  contentHashToMessage,
  packageIdFromMessage,
  packageIdToMessage,
  packageQueryToMessage,
  packageRefFromMessage,
  packageRefToMessage,
} from '../wire/package-id-message.js'
import { readDemandToMessage, requestIdToMessage } from '../wire/request-options.js'
import { resolvedPackageFromMessage, resolveRequestToMessage } from '../wire/resolution-message.js'
import { packageSummaryFromMessage, versionSummaryFromMessage } from '../wire/summary-message.js'
import type { Caller, Invoke } from './caller.js'
import { changeOwners, listOwners } from './owner-calls.js'
import { sendPublish } from './publish-call.js'
import { registerMany } from './register-many.js'
import { checkUpdates, getStats, listTrending } from './statistics-calls.js'
import { watch } from './watch-call.js'

/**
 * A cluster's RegistryService as a {@link Registry}. Every call is tried on node after node until one answers or refuses; a write carries
 * one request id through all its attempts, so that it is done once.
 */
export class ClusterRegistry implements Registry {
  constructor(private readonly caller: Caller) {}

  async identity(): Promise<RegistryIdentity> {
    const { clusterId, historyId } = await this.caller.unary<Received<'StatusResponse'>>(
      'read',
      ({ cluster }, ...rest) => cluster.status({}, ...rest),
    )
    return { clusterId: clusterId as ClusterId, historyId: historyId as HistoryId }
  }

  async register(version: SignedVersion) {
    const request = versionToMessage(version, this.#requestId(version))
    const answer = await this.caller.unary<Received<'RegisterResponse'>>('write', ({ registry }, ...rest) =>
      registry.register(request, ...rest),
    )
    return receiptFromMessage(answer)
  }

  async *registerMany(
    versions: AsyncIterable<SignedVersion>,
  ): AsyncGenerator<RegisterOutcome, void, undefined> {
    const requests = async function* (this: ClusterRegistry) {
      for await (const version of versions) yield versionToMessage(version, this.#requestId(version))
    }.call(this)
    for await (const outcome of registerMany(this.caller, requests)) {
      const position = outcome.sequence
      if ('error' in outcome) yield { position, error: outcome.error }
      else yield { position, receipt: receiptFromMessage(outcome.registered) }
    }
  }

  async publish(version: SignedVersionWithContent, content: Content, options: PublishOptions = {}) {
    const header = {
      ...versionToMessage(version, this.#requestId(version)),
      sizeBytes: content.sizeBytes,
    }
    const answer = await this.caller.attempts('write', (endpoint) =>
      sendPublish(endpoint, this.caller, header, content, options.onProgress ?? (() => {})),
    )
    return receiptFromMessage(answer)
  }

  async get(query: PackageQuery, options: ReadDemand & { readonly readme?: boolean | undefined } = {}) {
    const request = {
      id: packageQueryToMessage(query),
      includeReadme: options.readme ?? false,
      ...readDemandToMessage(options),
    }
    const answer = await this.caller.unary<Received<'GetResponse'>>('read', ({ registry }, ...rest) =>
      registry.get(request, ...rest),
    )
    return {
      version: packageVersionFromMessage(required(answer.version, 'version')),
      publicKeys: answer.publicKeys.map((key) => key.publicKey),
      readme: answer.readme.length > 0 ? answer.readme : undefined,
      resembles: resembledFromMessage(answer.resembles),
      ...reflected(answer),
    }
  }

  async listVersions(ref: PackageRef, options: ListOptions = {}) {
    const request = { ref: packageRefToMessage(ref), ...listToMessage(options) }
    const answer = await this.caller.unary<Received<'ListVersionsResponse'>>(
      'read',
      ({ registry }, ...rest) => registry.listVersions(request, ...rest),
    )
    return page(answer, answer.versions.map(versionSummaryFromMessage))
  }

  async resolveVersion(ref: PackageRef, requirement: string, options: ReadDemand = {}) {
    const request = { ref: packageRefToMessage(ref), requirement, ...readDemandToMessage(options) }
    const answer = await this.caller.unary<Received<'ResolveVersionResponse'>>(
      'read',
      ({ registry }, ...rest) => registry.resolveVersion(request, ...rest),
    )
    return { version: versionSummaryFromMessage(required(answer.version, 'version')), ...reflected(answer) }
  }

  async resolveDependencies(request: ResolveRequest, options: ReadDemand = {}) {
    const message = { ...resolveRequestToMessage(request), ...readDemandToMessage(options) }
    const answer = await this.caller.unary<Received<'ResolveDependenciesResponse'>>(
      'read',
      ({ registry }, ...rest) => registry.resolveDependencies(message, ...rest),
    )
    return { packages: answer.packages.map(resolvedPackageFromMessage), ...reflected(answer) }
  }

  updateMetadata(change: SignedChange) {
    const request = { ...this.#changeToMessage(change), deprecated: change.text ?? '' }
    return this.#change(({ registry }, ...rest) => registry.updateMetadata(request, ...rest))
  }

  yank(change: SignedChange) {
    const request = { ...this.#changeToMessage(change), reason: change.text ?? '' }
    return this.#change(({ registry }, ...rest) => registry.yank(request, ...rest))
  }

  unyank(change: SignedChange) {
    const request = this.#changeToMessage(change)
    return this.#change(({ registry }, ...rest) => registry.unyank(request, ...rest))
  }

  async isYanked(query: PackageQuery, options: ReadDemand = {}) {
    const request = { id: packageQueryToMessage(query), ...readDemandToMessage(options) }
    const answer = await this.caller.unary<Received<'IsYankedResponse'>>('read', ({ registry }, ...rest) =>
      registry.isYanked(request, ...rest),
    )
    return { yanked: answer.yanked, reason: textOrAbsent(answer.reason), ...reflected(answer) }
  }

  addOwner(change: SignedOwnerChange) {
    return changeOwners(this.caller, change)
  }

  removeOwner(change: SignedOwnerChange) {
    return changeOwners(this.caller, change)
  }

  transferOwnership(change: SignedOwnerChange) {
    return changeOwners(this.caller, change)
  }

  listOwners(scope: OwnerScope, options: ReadDemand = {}) {
    return listOwners(this.caller, scope, options)
  }

  async listPackages(namespace?: Namespace, options: ListOptions = {}) {
    const request = { namespace: namespace ?? '', ...listToMessage(options) }
    const answer = await this.caller.unary<Received<'ListPackagesResponse'>>(
      'read',
      ({ registry }, ...rest) => registry.listPackages(request, ...rest),
    )
    return page(answer, answer.packages.map(packageSummaryFromMessage))
  }

  async listByAuthor(author: string, options: ListOptions = {}) {
    const request = { author, ...listToMessage(options) }
    const answer = await this.caller.unary<Received<'ListByAuthorResponse'>>(
      'read',
      ({ registry }, ...rest) => registry.listByAuthor(request, ...rest),
    )
    return page(answer, answer.packages.map(packageSummaryFromMessage))
  }

  async listDependents(on: PackageRef, options: ListOptions = {}) {
    const request = { ref: packageRefToMessage(on), ...listToMessage(options) }
    const answer = await this.caller.unary<Received<'ListDependentsResponse'>>(
      'read',
      ({ registry }, ...rest) => registry.listDependents(request, ...rest),
    )
    return page(answer, answer.packages.map(packageSummaryFromMessage))
  }

  async listRecent(options: ListOptions = {}) {
    const request = listToMessage(options)
    const answer = await this.caller.unary<Received<'ListRecentResponse'>>('read', ({ registry }, ...rest) =>
      registry.listRecent(request, ...rest),
    )
    return page(answer, answer.versions.map(versionSummaryFromMessage))
  }

  getStats(ref?: PackageRef, options: ReadDemand = {}) {
    return getStats(this.caller, ref, options)
  }

  listTrending(options: ListOptions & { readonly days?: number | undefined } = {}) {
    return listTrending(this.caller, options)
  }

  checkUpdates(installed: readonly InstalledVersion[], options: ReadDemand = {}) {
    return checkUpdates(this.caller, installed, options)
  }

  watch(options: WatchOptions = {}) {
    return watch(this.caller, options)
  }

  async recordDownload(query: PackageQuery) {
    const request = { id: packageQueryToMessage(query), requestId: requestIdToMessage(this.#newRequestId()) }
    const answer = await this.caller.unary<Received<'RecordDownloadResponse'>>(
      'write',
      ({ registry }, ...rest) => registry.recordDownload(request, ...rest),
    )
    return reflected(answer)
  }

  async #change(invoke: Invoke<Received<'YankResponse'>>): Promise<ChangeReceipt> {
    const answer = await this.caller.unary('write', invoke)
    return {
      id: packageIdFromMessage(required(answer.id, 'id'), 'id'),
      changed: answer.changed,
      ...reflected(answer),
    }
  }

  #changeToMessage({ id, signedAtMs, signature, publicKey, requestId }: SignedChange) {
    return {
      id: packageIdToMessage(id),
      signedAtMs,
      signature: signature === undefined ? null : signatureToMessage(signature),
      publicKey: toBuffer(publicKey),
      requestId: requestId === undefined ? Buffer.alloc(0) : requestIdToMessage(requestId),
    }
  }

  #requestId({ requestId }: SignedVersion): RequestId {
    return requestId ?? this.#newRequestId()
  }

  #newRequestId(): RequestId {
    return bytesToHex(this.caller.random.bytes(16)) as RequestId
  }
}

/** What Register and the header of Publish share. */
function versionToMessage(version: SignedVersion, requestId: RequestId) {
  const { metadata, contentHash, signatures, publicKeys, readme } = version
  return {
    metadata: metadataToMessage(metadata),
    contentHash: contentHash === undefined ? null : contentHashToMessage(contentHash),
    signatures: signatures.map(signatureToMessage),
    publicKeys: publicKeys.map(toBuffer),
    readme: toBuffer(readme),
    requestId: requestIdToMessage(requestId),
  } satisfies Sent<'RegisterRequest'>
}

function receiptFromMessage(answer: Received<'PublishResponse'>): PublishReceipt {
  return {
    id: packageIdFromMessage(required(answer.id, 'id'), 'id'),
    contentHash: answer.contentHash ? contentHashFromMessage(answer.contentHash, 'content_hash') : undefined,
    created: answer.created,
    resembles: resembledFromMessage(answer.resembles),
    ...reflected(answer),
  }
}

function resembledFromMessage(refs: readonly Received<'PackageRef'>[]): PackageRef[] {
  return refs.map((ref) => packageRefFromMessage(ref, 'resembles'))
}

export function listToMessage({ pageSize = 0, pageToken = '', ...demand }: ListOptions) {
  return { pageSize, pageToken, ...readDemandToMessage(demand) }
}

function page<Entry>(answer: Reflected & { nextPageToken: string }, entries: readonly Entry[]): Page<Entry> {
  return { entries, nextPageToken: textOrAbsent(answer.nextPageToken), ...reflected(answer) }
}

export function reflected(answer: Reflected): Reflected {
  return { index: answer.index, historyId: answer.historyId }
}
