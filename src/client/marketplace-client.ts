import { assert } from '../model/assert.js'
import { bytesToHex } from '../model/codec.js'
import type { RequestId } from '../model/command.js'
import { type ContentHash, sha256Hash } from '../model/content-hash.js'
import type { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { KeyId } from '../model/metadata.js'
import type { ClusterId } from '../model/node-id.js'
import type { OwnerScope } from '../model/owner-scope.js'
import type { PackageId, PackageRef } from '../model/package-id.js'
import type { PackageQuery, ReadDemand } from '../model/read-demand.js'
import type { VersionSummary } from '../model/summary.js'
import { type Change, changeForm, publishForm } from '../trust/signed-form.js'
import type { Signer } from '../trust/signer.js'
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
  packageRefToMessage,
} from '../wire/package-id-message.js'
import { readDemandToMessage, requestIdToMessage } from '../wire/request-options.js'
import { packageSummaryFromMessage, versionSummaryFromMessage } from '../wire/summary-message.js'
import { openStateStream, type StateStream } from './backup-call.js'
import type { Caller, Invoke } from './caller.js'
import {
  type MembersAnswer,
  membersAnswerFromMessage,
  type ReplicationLag,
  replicationLagFromMessage,
  type SnapshotAnswer,
  type TransferAnswer,
} from './cluster-members.js'
import { type ClusterStatus, clusterStatusFromMessage } from './cluster-status.js'
import { type DownloadRequest, downloadBlob } from './download-call.js'
import type {
  ChangeReceipt,
  NewVersion,
  PublishReceipt,
  Reflected,
  SearchAnswer,
  SearchRequest,
  VersionAnswer,
} from './exchange.js'
import { changeOwners, listOwners, type OwnersAnswer, type OwnersReceipt } from './owner-calls.js'
import { type Content, sendPublish } from './publish-call.js'
import { registerMany } from './register-many.js'
import { type Verification, verifyCluster } from './verify-call.js'
import { type WatchEvent, type WatchOptions, watch } from './watch-call.js'

export type {
  ChangeReceipt,
  NewVersion,
  PublishReceipt,
  Reflected,
  SearchAnswer,
  SearchRequest,
  VersionAnswer,
} from './exchange.js'

/**
 * A cluster as a program sees it. Every call is tried on node after node until one answers or refuses; a write carries one request
 * id through all its attempts, so that it is done once. Reads see what this client wrote before. Made by MarketplaceBuilder.
 */
export class MarketplaceClient implements AsyncDisposable {
  readonly #caller: Caller
  #clusterId: ClusterId | undefined

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** What this client has written last, to be handed to another (`minIndex` and `historyId` of a read). */
  get written(): { readonly index: number; readonly historyId: string | undefined } {
    return { index: this.#caller.session.index, historyId: this.#caller.session.historyId }
  }

  /** Publishes a package: returns once a majority of the nodes holds entry and bytes on disk. */
  async publish(
    version: NewVersion,
    content: Content,
    options: { readonly onProgress?: (sentBytes: number) => void } = {},
  ): Promise<PublishReceipt> {
    const { requestId, ...signed } = this.#signed(version, sha256Hash(content.sha256))
    const header = { ...signed, sizeBytes: content.sizeBytes, requestId }
    const answer = await this.#caller.attempts('write', (endpoint) =>
      sendPublish(endpoint, this.#caller, header, content, options.onProgress ?? (() => {})),
    )
    return this.#receipt(answer)
  }

  /** Makes a version of metadata only, or of content that was uploaded before. */
  async register(version: NewVersion, contentHash?: ContentHash): Promise<PublishReceipt> {
    const request = this.#signed(version, contentHash)
    const answer = await this.#caller.unary<Received<'RegisterResponse'>>('write', ({ registry }, ...rest) =>
      registry.register(request, ...rest),
    )
    return this.#receipt(answer)
  }

  /** Registers many over one stream; outcomes come in any order, each with the position of its version. */
  async *registerMany(
    versions: AsyncIterable<{ readonly version: NewVersion; readonly contentHash?: ContentHash }>,
  ): AsyncGenerator<
    { readonly position: number } & (
      | { readonly receipt: PublishReceipt }
      | { readonly error: MarketplaceError }
    )
  > {
    const signed = async function* (this: MarketplaceClient) {
      for await (const { version, contentHash } of versions) yield this.#signed(version, contentHash)
    }.call(this)
    for await (const outcome of registerMany(this.#caller, signed)) {
      const position = outcome.sequence
      if ('error' in outcome) yield { position, error: outcome.error }
      else yield { position, receipt: this.#receipt(outcome.registered) }
    }
  }

  /** One version; the latest where none is named. */
  async get(
    query: PackageQuery,
    options: ReadDemand & { readonly readme?: boolean } = {},
  ): Promise<VersionAnswer> {
    const answer = await this.#caller.unary<Received<'GetResponse'>>('read', ({ registry }, ...rest) =>
      registry.get(
        {
          id: packageQueryToMessage(query),
          includeReadme: options.readme ?? false,
          ...this.#demand(options),
        },
        ...rest,
      ),
    )
    return {
      version: packageVersionFromMessage(required(answer.version, 'version')),
      publicKeys: answer.publicKeys.map((key) => key.publicKey),
      readme: answer.readme.length > 0 ? answer.readme : undefined,
      ...reflected(answer),
    }
  }

  /** All versions, yanked ones included, highest first. */
  async listVersions(
    ref: PackageRef,
    options: ReadDemand = {},
  ): Promise<Reflected & { readonly versions: readonly VersionSummary[] }> {
    const versions: VersionSummary[] = []
    for (let pageToken = ''; ; ) {
      const request = { ref: packageRefToMessage(ref), pageSize: LIMITS.pageEntriesMax, pageToken }
      const answer = await this.#caller.unary<Received<'ListVersionsResponse'>>(
        'read',
        ({ registry }, ...rest) => registry.listVersions({ ...request, ...this.#demand(options) }, ...rest),
      )
      versions.push(...answer.versions.map(versionSummaryFromMessage))
      pageToken = answer.nextPageToken
      if (pageToken === '') return { versions, ...reflected(answer) }
    }
  }

  /** The highest version that meets a requirement and is not yanked. An empty requirement takes any release. */
  async resolveVersion(
    ref: PackageRef,
    requirement: string,
    options: ReadDemand = {},
  ): Promise<Reflected & { readonly version: VersionSummary }> {
    const answer = await this.#caller.unary<Received<'ResolveVersionResponse'>>(
      'read',
      ({ registry }, ...rest) =>
        registry.resolveVersion(
          { ref: packageRefToMessage(ref), requirement, ...this.#demand(options) },
          ...rest,
        ),
    )
    return { version: versionSummaryFromMessage(required(answer.version, 'version')), ...reflected(answer) }
  }

  /** Packages by relevance. Reflects at least what this client wrote. */
  async search(request: SearchRequest): Promise<SearchAnswer> {
    const { query, filter = {}, pageSize = 0, pageToken = '' } = request
    const lists = Object.fromEntries(Object.entries(filter).map(([name, values]) => [name, [...values]]))
    const answer = await this.#caller.unary<Received<'SearchResponse'>>('read', ({ search }, ...rest) =>
      search.search({ query, filter: lists, pageSize, pageToken, ...this.#demand(request) }, ...rest),
    )
    return {
      hits: answer.hits.map((hit) => ({
        id: packageIdFromMessage(required(hit.id, 'hit.id'), 'hit.id'),
        score: hit.score,
        summary: packageSummaryFromMessage(required(hit.summary, 'hit.summary')),
      })),
      total: answer.total,
      relaxed: answer.relaxed,
      stateIndex: answer.stateIndex,
      nextPageToken: textOrAbsent(answer.nextPageToken),
      ...reflected(answer),
    }
  }

  /** Hides a version from resolution and search. */
  yank(id: PackageId, reason: string | undefined, signer: Signer): Promise<ChangeReceipt> {
    return this.#change({ action: 'yank', id, text: reason }, signer, ({ text = '', ...change }) =>
      this.#caller.unary('write', ({ registry }, ...rest) =>
        registry.yank({ ...change, reason: text }, ...rest),
      ),
    )
  }

  /** Shows a yanked version again. */
  unyank(id: PackageId, signer: Signer): Promise<ChangeReceipt> {
    return this.#change({ action: 'unyank', id }, signer, ({ text: _, ...change }) =>
      this.#caller.unary('write', ({ registry }, ...rest) => registry.unyank(change, ...rest)),
    )
  }

  /** Warns whoever uses a version; an empty message takes the warning back. */
  deprecate(id: PackageId, message: string | undefined, signer: Signer): Promise<ChangeReceipt> {
    return this.#change({ action: 'deprecate', id, text: message }, signer, ({ text = '', ...change }) =>
      this.#caller.unary('write', ({ registry }, ...rest) =>
        registry.updateMetadata({ ...change, deprecated: text }, ...rest),
      ),
    )
  }

  /** Gives a package or a whole namespace one more owner. @throws NOT_OWNER, PACKAGE_NOT_FOUND, LIMIT_EXCEEDED */
  async addOwner(scope: OwnerScope, publicKey: Uint8Array, signer: Signer): Promise<OwnersReceipt> {
    const what = { action: 'addOwner', scope, owner: { publicKey } } as const
    return changeOwners(this.#caller, await this.#cluster(), what, signer)
  }

  /** Takes an owner away. @throws LAST_OWNER, NOT_OWNER, PACKAGE_NOT_FOUND */
  async removeOwner(scope: OwnerScope, keyId: KeyId, signer: Signer): Promise<OwnersReceipt> {
    const what = { action: 'removeOwner', scope, owner: { keyId } } as const
    return changeOwners(this.#caller, await this.#cluster(), what, signer)
  }

  /** Makes one key the only owner. @throws NOT_OWNER, PACKAGE_NOT_FOUND */
  async transferOwnership(scope: OwnerScope, publicKey: Uint8Array, signer: Signer): Promise<OwnersReceipt> {
    const what = { action: 'transferOwnership', scope, owner: { publicKey } } as const
    return changeOwners(this.#caller, await this.#cluster(), what, signer)
  }

  /** The keys that may publish and change a package, or publish into a namespace. @throws PACKAGE_NOT_FOUND */
  listOwners(scope: OwnerScope, options: ReadDemand = {}): Promise<OwnersAnswer> {
    return listOwners(this.#caller, scope, options)
  }

  /**
   * Changes as they land, without end; over breaks and fail-overs nothing is missed and nothing comes twice.
   * @throws COMPACTED, HISTORY_MISMATCH
   */
  watch(options: WatchOptions = {}): AsyncGenerator<WatchEvent, void, undefined> {
    return watch(this.#caller, options)
  }

  /** A blob's bytes, hashed on the way; a node that fails is replaced in the middle. */
  download(
    request: DownloadRequest,
    options: { readonly onProgress?: (receivedBytes: number, sizeBytes: number) => void } = {},
  ): AsyncIterable<Uint8Array> {
    return downloadBlob(this.#caller, request, options.onProgress ?? (() => {}))
  }

  /** How every node is, as far as the answering one can reach it. */
  async clusterStatus(): Promise<ClusterStatus> {
    const answer = await this.#caller.unary<Received<'StatusResponse'>>('read', ({ cluster }, ...rest) =>
      cluster.status({}, ...rest),
    )
    this.#clusterId = answer.clusterId as ClusterId
    return clusterStatusFromMessage(answer)
  }

  /**
   * Adds a member that receives everything and decides nothing yet; `move`: it is one already, and has moved to that address;
   * `unseen`: there nobody answers, and at its old address it does.
   * This and the next three wait for their effect (as long as `writeTotalMs` allows, five minutes by default) and change nothing
   * where all is so already.
   * @param id never used in this cluster before
   * @param peerAddress host:port at which the other members reach it
   * @throws MEMBER_EXISTS at another address, or before, or another one there; MEMBERSHIP_REFUSED, NOT_PROPOSED, NO_LEADER, OUTCOME_UNKNOWN
   */
  addPeer(
    id: string,
    peerAddress: string,
    options: { readonly move?: boolean; readonly unseen?: boolean } = {},
  ): Promise<MembersAnswer> {
    const request = { id, peerAddress, move: options.move ?? false, unseen: options.unseen ?? false }
    return this.#changeMembers(({ cluster }, ...rest) => cluster.addPeer(request, ...rest))
  }

  /**
   * Lets a member vote once it holds everything; `replacing` leaves in the same step, and may be dead.
   * @throws MEMBER_UNKNOWN; NOT_CAUGHT_UP where time was over first, and nothing was changed; those of addPeer
   */
  promotePeer(id: string, options: { readonly replacing?: string } = {}): Promise<MembersAnswer> {
    const request = { id, replacing: options.replacing ?? '' }
    return this.#changeMembers(({ cluster }, ...rest) => cluster.promotePeer(request, ...rest))
  }

  /**
   * Removes a member for good, the leader too, once the others hold everything without it.
   * @throws NOT_CAUGHT_UP, and those of addPeer; MEMBERSHIP_REFUSED where nobody would be left to decide
   */
  removePeer(id: string): Promise<MembersAnswer> {
    return this.#changeMembers(({ cluster }, ...rest) => cluster.removePeer({ id }, ...rest))
  }

  /**
   * Hands leadership over, to the most caught-up voter where none is named.
   * @throws MEMBER_UNKNOWN; MEMBERSHIP_REFUSED where it does not vote; NOT_PROPOSED, NO_LEADER, OUTCOME_UNKNOWN
   */
  async transferLeadership(to?: string): Promise<TransferAnswer> {
    const answer = await this.#caller.unary<Received<'TransferLeadershipResponse'>>(
      'write',
      ({ cluster }, ...rest) => cluster.transferLeadership({ to: to ?? '' }, ...rest),
    )
    return { changed: answer.changed, leader: answer.leader, term: answer.term }
  }

  async #changeMembers(invoke: Invoke<Received<'AddPeerResponse'>>): Promise<MembersAnswer> {
    return membersAnswerFromMessage(await this.#caller.unary('write', invoke))
  }

  /** How far every member is behind, as far as the answering node can reach it. */
  async replicationLag(): Promise<ReplicationLag> {
    return replicationLagFromMessage(
      await this.#caller.unary('read', ({ cluster }, ...rest) => cluster.replicationLag({}, ...rest)),
    )
  }

  /**
   * Has the node that this client talks to make its state durable and cut its log down to the tail. Name one node only.
   * @throws SHUTTING_DOWN
   */
  async snapshot(): Promise<SnapshotAnswer> {
    const { nodeId, historyId, index, firstIndex, entriesDropped } = await this.#caller.unary<
      Received<'SnapshotResponse'>
    >('read', ({ cluster }, ...rest) => cluster.snapshot({}, ...rest))
    return { nodeId, historyId, index, firstIndex, entriesDropped }
  }

  /** The whole state at one index, from whichever node gives it; with the blobs that it refers to it is a backup. */
  stateStream(demand?: ReadDemand): Promise<StateStream> {
    return openStateStream(this.#caller, demand)
  }

  /** Has the node that this client talks to fetch its state anew, where that is wrong. Name one node only. */
  async heal(): Promise<{
    readonly nodeId: string
    readonly begun: boolean
    readonly fault?: string | undefined
  }> {
    const { nodeId, begun, fault } = await this.#caller.unary<Received<'HealResponse'>>(
      'read',
      ({ cluster }, ...rest) => cluster.heal({}, ...rest),
    )
    return { nodeId, begun, fault: textOrAbsent(fault) }
  }

  /**
   * Has every node read all that it holds and compares them. Yields the whole picture, again and again; the last is the result.
   * @param options.bytesPerSecond what each node reads at most; default 64 MiB
   */
  verifyCluster(options: { readonly bytesPerSecond?: number } = {}): AsyncIterable<Verification> {
    return verifyCluster(this.#caller, options.bytesPerSecond ?? 0)
  }

  async close(): Promise<void> {
    this.#caller.pool.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #demand(options: ReadDemand) {
    return readDemandToMessage(this.#caller.session.demand(options))
  }

  #newRequestId(): RequestId {
    return bytesToHex(this.#caller.random.bytes(16)) as RequestId
  }

  #signed(version: NewVersion, contentHash: ContentHash | undefined) {
    const { metadata, readme, signers, requestId = this.#newRequestId() } = version
    assert(signers.length > 0, 'a version needs a signer')
    const form = publishForm(metadata, contentHash)
    return {
      metadata: metadataToMessage(metadata),
      contentHash: contentHash === undefined ? null : contentHashToMessage(contentHash),
      signatures: signers.map((signer) => signatureToMessage(signer.sign(form))),
      publicKeys: signers.map((signer) => toBuffer(signer.publicKey)),
      readme: readme === undefined ? Buffer.alloc(0) : toBuffer(readme),
      requestId: requestIdToMessage(requestId),
    } satisfies Sent<'RegisterRequest'>
  }

  #receipt(answer: Received<'PublishResponse'>): PublishReceipt {
    this.#caller.session.wrote(answer.historyId, answer.index)
    return {
      id: packageIdFromMessage(required(answer.id, 'id'), 'id'),
      contentHash: answer.contentHash
        ? contentHashFromMessage(answer.contentHash, 'content_hash')
        : undefined,
      created: answer.created,
      ...reflected(answer),
    }
  }

  async #cluster(): Promise<ClusterId> {
    return this.#clusterId ?? ((await this.clusterStatus()).clusterId as ClusterId)
  }

  async #change(
    what: Pick<Change, 'action' | 'id' | 'text'>,
    signer: Signer,
    send: (change: SignedChange) => Promise<Received<'YankResponse'>>,
  ): Promise<ChangeReceipt> {
    const requestId = this.#newRequestId()
    const signedAtMs = this.#caller.clock.wallMs()
    const clusterId = await this.#cluster()
    const form = changeForm({ ...what, clusterId, requestId, signedAtMs })
    const answer = await send({
      id: packageIdToMessage(what.id),
      ...(what.text !== undefined && { text: what.text }),
      signedAtMs,
      signature: signatureToMessage(signer.sign(form)),
      publicKey: toBuffer(signer.publicKey),
      requestId: requestIdToMessage(requestId),
    })
    this.#caller.session.wrote(answer.historyId, answer.index)
    return {
      id: packageIdFromMessage(required(answer.id, 'id'), 'id'),
      changed: answer.changed,
      ...reflected(answer),
    }
  }
}

/** A change as it is sent, its text under the name that its message gives it. */
interface SignedChange {
  readonly id: Sent<'PackageId'>
  readonly text?: string
  readonly signedAtMs: number
  readonly signature: Sent<'Signature'>
  readonly publicKey: Buffer
  readonly requestId: Buffer
}

function reflected(answer: { readonly index: number; readonly historyId: string }): Reflected {
  return { index: answer.index, historyId: answer.historyId }
}
