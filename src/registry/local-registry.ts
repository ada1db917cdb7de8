import type { Page as Answer, ListOptions, Reflected } from '../interface/answer.js'
import type { Content } from '../interface/package-store.js'
import type {
  InstalledVersion,
  PublishOptions,
  RegisterOutcome,
  Registry,
  SignedVersionWithContent,
} from '../interface/registry.js'
import type { WatchEvent, WatchOptions } from '../interface/watch.js'
import { bytesOf } from '../interface/whole-content.js'
import type { OwnerScope } from '../model/owner-scope.js'
import { type Namespace, type PackageRef, toNamespace } from '../model/package-id.js'
import type { PackageQuery, ReadDemand } from '../model/read-demand.js'
import type { ResolveRequest } from '../model/resolution.js'
import type { SignedChange, SignedOwnerChange, SignedVersion } from '../model/signed-write.js'
import { toWatchedKind } from '../model/watched-change.js'
import { change } from './change.js'
import {
  type ListDemand,
  listByAuthor,
  listDependents,
  listPackages,
  listRecent,
  listVersions,
  type Page,
} from './listing.js'
import {
  givenChange,
  givenInstalled,
  givenOwnerChange,
  givenQuery,
  givenRef,
  givenRequest,
  givenScope,
  givenVersion,
} from './local-input.js'
import { getVersion, isYanked, resolveVersion } from './lookup.js'
import { changeOwners, listOwners } from './owners.js'
import type { RegistryContext } from './ports.js'
import { publish } from './publish.js'
import { register } from './register.js'
import { registerMany } from './register-many.js'
import { type DependencyResolver, dependencyResolver } from './resolve-dependencies.js'
import { getStats, recordDownload } from './stats.js'
import { listTrending } from './trending.js'
import { checkUpdates } from './updates.js'
import { watch } from './watch.js'

/** The use cases of this process as a {@link Registry}: no message, no network. */
export class LocalRegistry implements Registry {
  readonly #resolve: DependencyResolver

  constructor(private readonly context: RegistryContext) {
    this.#resolve = dependencyResolver(context)
  }

  async identity() {
    const { clusterId, historyId } = this.context.state
    return { clusterId, historyId }
  }

  async register(version: SignedVersion) {
    return this.#reflecting(await register(this.context, givenVersion(version)))
  }

  async *registerMany(
    versions: AsyncIterable<SignedVersion>,
  ): AsyncGenerator<RegisterOutcome, void, undefined> {
    for await (const outcome of registerMany(this.context, versions)) {
      const { position } = outcome
      if ('error' in outcome) yield { position, error: outcome.error }
      else yield { position, receipt: this.#reflecting(outcome.registered) }
    }
  }

  async publish(version: SignedVersionWithContent, content: Content, options: PublishOptions = {}) {
    const { sizeBytes } = content
    const source = counted(bytesOf(content), options.onProgress)
    return this.#reflecting(await publish(this.context, { ...givenVersion(version), sizeBytes }, source))
  }

  async get(query: PackageQuery, options: ReadDemand & { readonly readme?: boolean | undefined } = {}) {
    const { readme: includeReadme = false, ...demand } = options
    const found = await getVersion(this.context, givenQuery(query), { ...demand, includeReadme })
    const { index, version, keys, readme, resembles } = found
    const publicKeys = keys.map((key) => key.publicKey)
    return this.#reflecting({ index, version, publicKeys, readme, resembles })
  }

  async listVersions(ref: PackageRef, options: ListOptions = {}) {
    return this.#page(await listVersions(this.context, givenRef(ref), listDemand(options)))
  }

  async resolveVersion(ref: PackageRef, requirement: string, options: ReadDemand = {}) {
    return this.#reflecting(await resolveVersion(this.context, givenRef(ref), requirement, options))
  }

  async resolveDependencies(request: ResolveRequest, options: ReadDemand = {}) {
    return this.#reflecting(await this.#resolve(givenRequest(request), options))
  }

  updateMetadata(signed: SignedChange) {
    return this.#change(signed, 'deprecate')
  }

  yank(signed: SignedChange) {
    return this.#change(signed, 'yank')
  }

  unyank(signed: SignedChange) {
    return this.#change(signed, 'unyank')
  }

  async isYanked(query: PackageQuery, options: ReadDemand = {}) {
    return this.#reflecting(await isYanked(this.context, givenQuery(query), options))
  }

  addOwner(signed: SignedOwnerChange) {
    return this.#changeOwners(signed, 'addOwner')
  }

  removeOwner(signed: SignedOwnerChange) {
    return this.#changeOwners(signed, 'removeOwner')
  }

  transferOwnership(signed: SignedOwnerChange) {
    return this.#changeOwners(signed, 'transferOwnership')
  }

  async listOwners(scope: OwnerScope, options: ReadDemand = {}) {
    return this.#reflecting(await listOwners(this.context, givenScope(scope), options))
  }

  async listPackages(namespace?: Namespace, options: ListOptions = {}) {
    return this.#page(
      await listPackages(this.context, namespace && toNamespace(namespace), listDemand(options)),
    )
  }

  async listByAuthor(author: string, options: ListOptions = {}) {
    return this.#page(await listByAuthor(this.context, author, listDemand(options)))
  }

  async listDependents(on: PackageRef, options: ListOptions = {}) {
    return this.#page(await listDependents(this.context, givenRef(on), listDemand(options)))
  }

  async listRecent(options: ListOptions = {}) {
    return this.#page(await listRecent(this.context, listDemand(options)))
  }

  async listTrending({ days = 0, ...options }: ListOptions & { readonly days?: number | undefined } = {}) {
    return this.#page(await listTrending(this.context, days, listDemand(options)))
  }

  async checkUpdates(installed: readonly InstalledVersion[], options: ReadDemand = {}) {
    return this.#reflecting(await checkUpdates(this.context, givenInstalled(installed), options))
  }

  async getStats(ref?: PackageRef, options: ReadDemand = {}) {
    return this.#reflecting(await getStats(this.context, ref && givenRef(ref), options))
  }

  async *watch(options: WatchOptions = {}): AsyncGenerator<WatchEvent, void, undefined> {
    const { from, namespaces = [], packages = [], kinds = [], progressMs = 0 } = options
    const { signal = new AbortController().signal } = options
    const { historyId } = this.context.state
    const start =
      typeof from === 'object' ? from : { index: from === undefined ? await this.#now() : 0, historyId }
    const demand = {
      afterIndex: start.index,
      historyId: start.historyId,
      includeExisting: from === 'existing',
      namespaces: namespaces.map((each, at) => toNamespace(each, `namespaces[${at}]`)),
      packages: packages.map((each, at) => givenRef(each, `packages[${at}]`)),
      kinds: kinds.map((each, at) => toWatchedKind(each, `kinds[${at}]`)),
      progressMs,
    }
    let first = true
    try {
      for await (const event of watch(this.context, demand, {}, signal)) {
        if (event.type === 'changes') {
          const { records: changes, ...rest } = event
          yield { ...rest, changes, historyId }
        } else if (event.type === 'existing') {
          yield { ...event, first, historyId }
          first = false
        } else yield { ...event, historyId }
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  async recordDownload(query: PackageQuery) {
    return this.#reflecting({ index: await recordDownload(this.context, givenQuery(query)) })
  }

  async #now(): Promise<number> {
    return (await getStats(this.context, undefined, {})).index
  }

  async #change(signed: SignedChange, action: SignedChange['action']) {
    return this.#reflecting(await change(this.context, givenChange(signed, action)))
  }

  async #changeOwners(signed: SignedOwnerChange, action: SignedOwnerChange['action']) {
    return this.#reflecting(await changeOwners(this.context, givenOwnerChange(signed, action)))
  }

  #page<Entry>(page: Page<Entry>): Answer<Entry> {
    return this.#reflecting(withoutEmptyToken(page))
  }

  #reflecting<T extends { readonly index: number }>(answer: T): T & Reflected {
    return { ...answer, historyId: this.context.state.historyId }
  }
}

/** What the interfaces ask of a listing, as the use cases take it. */
export function listDemand({ pageSize = 0, pageToken = '', ...demand }: ListOptions): ListDemand {
  return { ...demand, page: { size: pageSize, token: pageToken } }
}

/** The interfaces leave the token of the page after the last out. */
export function withoutEmptyToken<T extends { readonly nextPageToken: string }>({
  nextPageToken,
  ...rest
}: T): Omit<T, 'nextPageToken'> & { readonly nextPageToken?: string } {
  return nextPageToken === '' ? rest : { ...rest, nextPageToken }
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  onProgress: (sentBytes: number) => void = () => {},
): AsyncGenerator<Uint8Array, void, undefined> {
  let sent = 0
  for await (const chunk of source) {
    yield chunk
    sent += chunk.length
    onProgress(sent)
  }
}
