import type { ListOptions, Page } from '../interface/answer.js'
import type { CryptoVerifier } from '../interface/crypto-verifier.js'
import type {
  InstalledVersion,
  OwnersAnswer,
  OwnersReceipt,
  RegisterOutcome,
  RegistryStatsAnswer,
  TrendingPackage,
  UpdatesAnswer,
} from '../interface/registry.js'
import type { Replication } from '../interface/replication.js'
import type {
  FacetsAnswer,
  FacetsRequest,
  SearchEngine,
  SimilarAnswer,
  SuggestAnswer,
} from '../interface/search-engine.js'
import type { WatchEvent, WatchOptions } from '../interface/watch.js'
import { bytesToHex } from '../model/codec.js'
import type { RequestId } from '../model/command.js'
import { type ContentHash, sha256Hash } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { KeyId } from '../model/metadata.js'
import type { ClusterId } from '../model/node-id.js'
import type { OwnerScope } from '../model/owner-scope.js'
import type { PackageId, PackageRef } from '../model/package-id.js'
import type { PackageQuery, ReadDemand } from '../model/read-demand.js'
import type { ResolveRequest } from '../model/resolution.js'
import type { SignedChange, SignedOwnerChange, SignedVersion } from '../model/signed-write.js'
import type { VersionSummary } from '../model/summary.js'
import type { Clock } from '../runtime/clock.js'
import type { MetricsCollector } from '../runtime/metrics.js'
import type { Random } from '../runtime/random.js'
import { type Change, changeForm, type OwnerChange, ownerChangeForm } from '../trust/signed-form.js'
import type { Signer } from '../trust/signer.js'
import type { Caller } from './caller.js'
import type { ClientParts } from './client-parts.js'
import { closed, noCluster } from './client-refusals.js'
import { ClientReplication } from './client-replication.js'
import { ClusterAdministration } from './cluster-administration.js'
import type { DownloadRequest } from './download-call.js'
import type {
  ChangeReceipt,
  NewVersion,
  PublishReceipt,
  Reflected,
  ResolutionAnswer,
  SearchAnswer,
  SearchRequest,
  VersionAnswer,
} from './exchange.js'
import type { Content } from './publish-call.js'
import { registerEach } from './register-each.js'
import type { Session } from './session.js'
import { signVersion } from './sign-version.js'
import { verifyVersion } from './verify-version.js'

export type { UpdateState } from '../interface/registry.js'
export type {
  ChangeReceipt,
  NewVersion,
  PublishReceipt,
  Reflected,
  ResolutionAnswer,
  SearchAnswer,
  SearchRequest,
  VersionAnswer,
} from './exchange.js'

/** What a client is given beside what it works on. */
export interface ClientSurroundings {
  /** Shared with the parts, where they need it. */
  readonly session: Session
  readonly clock: Clock
  readonly random: Random
  readonly crypto: CryptoVerifier
  readonly metrics?: MetricsCollector | undefined
}

/**
 * A registry as a program sees it, whichever kind it is: a cluster, one embedded in this process, or the caller's own. It signs what is
 * written and remembers it, so that reads see what this client wrote before. Of a cluster, every call is tried on node after node until
 * one answers or refuses; a write carries one request id through all its attempts, so that it is done once. Made by MarketplaceBuilder.
 */
export class MarketplaceClient extends ClusterAdministration implements AsyncDisposable {
  /** The replicas of what this client works on: who they are, how far each is. A registry in one process has one. */
  readonly replication: Replication = new ClientReplication(
    (call, action) => this.#counted(call, async () => action((await this.#ready()).replication)),
    (written) => this.#wrote(written),
  )
  readonly #open: () => Promise<ClientParts>
  readonly #surroundings: ClientSurroundings
  #parts: Promise<ClientParts> | undefined
  #closed = false
  #clusterId: ClusterId | undefined

  /** @param open called once, by the first call that needs the parts; again where it failed */
  constructor(open: () => Promise<ClientParts>, surroundings: ClientSurroundings) {
    super()
    this.#open = open
    this.#surroundings = surroundings
  }

  /** What this client has written last, to be handed to another (`minIndex` and `historyId` of a read). */
  get written(): { readonly index: number; readonly historyId: string | undefined } {
    const { index, historyId } = this.#surroundings.session
    return { index, historyId }
  }

  /** What it checks signatures with; also makes, reads and writes keys. */
  get crypto(): CryptoVerifier {
    return this.#surroundings.crypto
  }

  /** Where it counts its calls; undefined where it was given nothing to count with. */
  get metrics(): MetricsCollector | undefined {
    return this.#surroundings.metrics
  }

  /** Opens what the client works on now rather than with the first call. @throws FOLDER_LOCKED and what else opening it may come to */
  async open(): Promise<void> {
    await this.#ready()
  }

  /** Publishes a package: returns once what the registry promises is so (of a cluster: a majority holds entry and bytes on disk). */
  publish(
    version: NewVersion,
    content: Content,
    options: { readonly onProgress?: (sentBytes: number) => void } = {},
  ): Promise<PublishReceipt> {
    const contentHash = sha256Hash(content.sha256)
    const signed = { ...this.#signed(version, contentHash), contentHash }
    return this.#write('publish', async ({ registry, store, storesContentItself }) => {
      if (!storesContentItself && registry.publish !== undefined)
        return registry.publish(signed, content, options)
      await store.uploadStream(content)
      options.onProgress?.(content.sizeBytes)
      return registry.register(signed)
    })
  }

  /** Makes a version of metadata only, or of content that was uploaded before. */
  register(version: NewVersion, contentHash?: ContentHash): Promise<PublishReceipt> {
    const signed = this.#signed(version, contentHash)
    return this.#write('register', ({ registry }) => registry.register(signed))
  }

  /** Registers many; outcomes come in any order, each with the position of its version. */
  async *registerMany(
    versions: AsyncIterable<{ readonly version: NewVersion; readonly contentHash?: ContentHash }>,
  ): AsyncGenerator<RegisterOutcome, void, undefined> {
    const { registry } = await this.#ready()
    const signed = async function* (this: MarketplaceClient) {
      for await (const { version, contentHash } of versions) yield this.#signed(version, contentHash)
    }.call(this)
    const outcomes = registry.registerMany?.(signed) ?? registerEach(registry, signed)
    for await (const outcome of outcomes) {
      if ('receipt' in outcome) this.#wrote(outcome.receipt)
      yield outcome
    }
  }

  /** One version; the latest where none is named. */
  get(query: PackageQuery, options: ReadDemand & { readonly readme?: boolean } = {}): Promise<VersionAnswer> {
    return this.#read('get', options, ({ registry }, demand) =>
      registry.get(query, { ...options, ...demand }),
    )
  }

  /**
   * One version, its signatures checked here over what they sign: the registry is not believed. With the content hash that they cover,
   * what `download` gives is what the author published.
   * @param options.pinned keys that were accepted before; one of them must have signed
   * @throws VERIFICATION_FAILED, and what get throws
   */
  async getVerified(
    query: PackageQuery,
    options: ReadDemand & { readonly readme?: boolean; readonly pinned?: readonly KeyId[] } = {},
  ): Promise<VersionAnswer & { readonly keyIds: readonly KeyId[] }> {
    const { pinned, ...rest } = options
    const answer = await this.get(query, rest)
    const { crypto } = this
    const verify = crypto.verifySignature.bind(crypto)
    const keyIds = verifyVersion(answer.version, answer.publicKeys, { verify }, pinned)
    return { ...answer, keyIds }
  }

  /** All versions, yanked ones included, highest first. */
  listVersions(
    ref: PackageRef,
    options: ReadDemand = {},
  ): Promise<Reflected & { readonly versions: readonly VersionSummary[] }> {
    return this.#read('listVersions', options, async ({ registry }, demand) => {
      const versions: VersionSummary[] = []
      for (let pageToken: string | undefined; ; ) {
        const page = await registry.listVersions(ref, {
          ...demand,
          pageSize: LIMITS.pageEntriesMax,
          pageToken,
        })
        versions.push(...page.entries)
        pageToken = page.nextPageToken
        if (pageToken === undefined) return { versions, index: page.index, historyId: page.historyId }
      }
    })
  }

  /** The highest version that meets a requirement and is not yanked. An empty requirement takes any release. */
  resolveVersion(
    ref: PackageRef,
    requirement: string,
    options: ReadDemand = {},
  ): Promise<Reflected & { readonly version: VersionSummary }> {
    return this.#read('resolveVersion', options, ({ registry }, demand) =>
      registry.resolveVersion(ref, requirement, demand),
    )
  }

  /**
   * Versions of packages and of all that they need, one of each package, that fit together, in the order in which to install
   * them.
   * @throws DEPENDENCY_CONFLICT, whose `details.explanation` tells why, a step a line
   */
  resolveDependencies(request: ResolveRequest, options: ReadDemand = {}): Promise<ResolutionAnswer> {
    return this.#read('resolveDependencies', options, ({ registry }, demand) =>
      registry.resolveDependencies(request, demand),
    )
  }

  /** Packages by relevance. Reflects at least what this client wrote. */
  search(request: SearchRequest): Promise<SearchAnswer> {
    return this.#read('search', request, ({ search }, demand) => search.search({ ...request, ...demand }))
  }

  /** What a name could become that is being typed: popular packages first, then by name. */
  suggest(text: string, options: ReadDemand & { readonly limit?: number } = {}): Promise<SuggestAnswer> {
    return this.#read('suggest', options, ({ search }, demand) =>
      search.suggest(text, { ...options, ...demand }),
    )
  }

  /** How what a search finds is spread over kinds, keywords, capabilities and so on. */
  facets(request: FacetsRequest): Promise<FacetsAnswer> {
    return this.#read('facets', request, ({ search }, demand) => search.facets({ ...request, ...demand }))
  }

  /** Packages that are about the same as this one. @throws PACKAGE_NOT_FOUND, ALL_YANKED */
  similar(to: PackageRef, options: ReadDemand & { readonly limit?: number } = {}): Promise<SimilarAnswer> {
    return this.#read('similar', options, ({ search }, demand) =>
      search.similar(to, { ...options, ...demand }),
    )
  }

  /** All that the search engine can do, its upkeep too: popular searches, a rebuild. */
  async searchEngine(): Promise<SearchEngine> {
    return (await this.#ready()).search
  }

  /** Hides a version from resolution and search. */
  yank(id: PackageId, reason: string | undefined, signer: Signer): Promise<ChangeReceipt> {
    return this.#change({ action: 'yank', id, text: reason }, signer, ({ registry }, change) =>
      registry.yank(change),
    )
  }

  /** Shows a yanked version again. */
  unyank(id: PackageId, signer: Signer): Promise<ChangeReceipt> {
    return this.#change({ action: 'unyank', id }, signer, ({ registry }, change) => registry.unyank(change))
  }

  /** Warns whoever uses a version; an empty message takes the warning back. */
  deprecate(id: PackageId, message: string | undefined, signer: Signer): Promise<ChangeReceipt> {
    return this.#change({ action: 'deprecate', id, text: message }, signer, ({ registry }, change) =>
      registry.updateMetadata(change),
    )
  }

  /** Gives a package or a whole namespace one more owner. @throws NOT_OWNER, PACKAGE_NOT_FOUND, LIMIT_EXCEEDED */
  addOwner(scope: OwnerScope, publicKey: Uint8Array, signer: Signer): Promise<OwnersReceipt> {
    const what = { action: 'addOwner', scope, owner: { publicKey } } as const
    return this.#changeOwners(what, signer, ({ registry }, change) => registry.addOwner(change))
  }

  /** Takes an owner away. @throws LAST_OWNER, NOT_OWNER, PACKAGE_NOT_FOUND */
  removeOwner(scope: OwnerScope, keyId: KeyId, signer: Signer): Promise<OwnersReceipt> {
    const what = { action: 'removeOwner', scope, owner: { keyId } } as const
    return this.#changeOwners(what, signer, ({ registry }, change) => registry.removeOwner(change))
  }

  /** Makes one key the only owner. @throws NOT_OWNER, PACKAGE_NOT_FOUND */
  transferOwnership(scope: OwnerScope, publicKey: Uint8Array, signer: Signer): Promise<OwnersReceipt> {
    const what = { action: 'transferOwnership', scope, owner: { publicKey } } as const
    return this.#changeOwners(what, signer, ({ registry }, change) => registry.transferOwnership(change))
  }

  /** The keys that may publish and change a package, or publish into a namespace. @throws PACKAGE_NOT_FOUND */
  listOwners(scope: OwnerScope, options: ReadDemand = {}): Promise<OwnersAnswer> {
    return this.#read('listOwners', options, ({ registry }, demand) => registry.listOwners(scope, demand))
  }

  /** Counts of the registry, or of one package: in all, by version, by day. @throws PACKAGE_NOT_FOUND */
  stats(ref?: PackageRef, options: ReadDemand = {}): Promise<RegistryStatsAnswer> {
    return this.#read('stats', options, ({ registry }, demand) => registry.getStats(ref, demand))
  }

  /** Packages by downloads of the last days. @throws PAGE_TOKEN_INVALID */
  trending(options: ListOptions & { readonly days?: number } = {}): Promise<Page<TrendingPackage>> {
    return this.#read('trending', options, ({ registry }, demand) =>
      registry.listTrending({ ...options, ...demand }),
    )
  }

  /** What has become of installed versions, however many: yanked, deprecated, behind. */
  checkUpdates(installed: readonly InstalledVersion[], options: ReadDemand = {}): Promise<UpdatesAnswer> {
    return this.#read('checkUpdates', options, ({ registry }, demand) =>
      registry.checkUpdates(installed, demand),
    )
  }

  /**
   * Changes as they land, without end; over breaks and fail-overs nothing is missed and nothing comes twice.
   * @throws COMPACTED, HISTORY_MISMATCH
   */
  async *watch(options: WatchOptions = {}): AsyncGenerator<WatchEvent, void, undefined> {
    const { registry } = await this.#ready()
    yield* registry.watch(options)
  }

  /** A package's bytes, hashed on the way; of a cluster, a node that fails is replaced in the middle. @throws VERIFICATION_FAILED */
  async *download(
    request: DownloadRequest,
    options: { readonly onProgress?: (receivedBytes: number, sizeBytes: number) => void } = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { store } = await this.#ready()
    const demand = this.#surroundings.session.demand(request.demand)
    yield* store.stream({ ...request, demand }, options)
  }

  /** Ends what the client works on; what it was given as an object of the caller's own stays open. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const parts = await this.#parts?.catch(() => undefined)
    await parts?.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #ready(): Promise<ClientParts> {
    if (this.#closed) return Promise.reject(closed())
    this.#parts ??= this.#open().catch((error: unknown) => {
      this.#parts = undefined
      throw error
    })
    return this.#parts
  }

  protected override async cluster(): Promise<Caller> {
    const { caller } = await this.#ready()
    if (caller === undefined) throw noCluster()
    return caller
  }

  #read<T>(
    call: string,
    asked: ReadDemand,
    action: (parts: ClientParts, demand: ReadDemand) => Promise<T>,
  ): Promise<T> {
    const { session } = this.#surroundings
    const { consistency, minIndex, historyId } = session.demand(asked)
    return this.#counted(call, async () => {
      try {
        return await action(await this.#ready(), { consistency, minIndex, historyId })
      } catch (error) {
        if (error instanceof MarketplaceError) session.met(error)
        throw error
      }
    })
  }

  #write<T extends Reflected>(call: string, action: (parts: ClientParts) => Promise<T>): Promise<T> {
    return this.#counted(call, async () => {
      const answer = await action(await this.#ready())
      this.#wrote(answer)
      return answer
    })
  }

  async #counted<T>(call: string, action: () => Promise<T>): Promise<T> {
    const { metrics, clock } = this.#surroundings
    if (metrics === undefined) return action()
    const startMs = clock.monotonicMs()
    try {
      return await action()
    } catch (error) {
      metrics.error(error, call)
      throw error
    } finally {
      const help = 'Duration of calls of this client, retries included.'
      metrics.timing('client_call_seconds', help, clock.monotonicMs() - startMs, { call })
    }
  }

  #wrote({ historyId, index }: Reflected): void {
    this.#surroundings.session.wrote(historyId, index)
  }

  #newRequestId(): RequestId {
    return bytesToHex(this.#surroundings.random.bytes(16)) as RequestId
  }

  #signed(version: NewVersion, contentHash: ContentHash | undefined): SignedVersion {
    return signVersion(version, contentHash, version.requestId ?? this.#newRequestId())
  }

  #change(
    what: Pick<Change, 'action' | 'id' | 'text'>,
    signer: Signer,
    send: (parts: ClientParts, change: SignedChange) => Promise<ChangeReceipt>,
  ): Promise<ChangeReceipt> {
    return this.#signedWrite(
      what.action,
      signer,
      (moment) => changeForm({ ...what, ...moment }),
      (parts, signed) => send(parts, { ...what, ...signed }),
    )
  }

  #changeOwners(
    what: Pick<OwnerChange, 'action' | 'scope' | 'owner'>,
    signer: Signer,
    send: (parts: ClientParts, change: SignedOwnerChange) => Promise<OwnersReceipt>,
  ): Promise<OwnersReceipt> {
    return this.#signedWrite(
      what.action,
      signer,
      (moment) => ownerChangeForm({ ...what, ...moment }),
      (parts, signed) => send(parts, { ...what, ...signed }),
    )
  }

  /** Signs a form for this registry and this moment, and sends what was signed, once however often it is sent. */
  #signedWrite<T extends Reflected>(
    call: string,
    signer: Signer,
    form: (moment: Pick<Change, 'clusterId' | 'requestId' | 'signedAtMs'>) => Uint8Array,
    send: (
      parts: ClientParts,
      signed: Required<Pick<SignedChange, 'signature' | 'publicKey' | 'requestId' | 'signedAtMs'>>,
    ) => Promise<T>,
  ): Promise<T> {
    const requestId = this.#newRequestId()
    const signedAtMs = this.#surroundings.clock.wallMs()
    return this.#write(call, async (parts) => {
      this.#clusterId ??= (await parts.registry.identity()).clusterId
      const signature = signer.sign(form({ clusterId: this.#clusterId, requestId, signedAtMs }))
      return send(parts, { signature, publicKey: signer.publicKey, requestId, signedAtMs })
    })
  }
}
