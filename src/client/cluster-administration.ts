import type { ReadDemand } from '../model/read-demand.js'
import { type Received, textOrAbsent } from '../wire/message.js'
import { openStateStream, type StateStream } from './backup-call.js'
import { BlobCalls } from './blob-calls.js'
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
import { QuotaCalls } from './quota-calls.js'
import { type BackupToRestore, type RestoreAnswer, sendBackup } from './restore-call.js'
import { type Verification, verifyCluster } from './verify-call.js'

/** What only a cluster can be asked, being about its nodes. Of any other registry all of it is UNSUPPORTED. */
export abstract class ClusterAdministration {
  /** @throws UNSUPPORTED where the registry is no cluster */
  protected abstract cluster(): Promise<Caller>

  /** Upkeep of the bytes of packages. */
  readonly blobs = new BlobCalls(() => this.cluster())

  /** What namespaces may hold. */
  readonly quotas = new QuotaCalls(() => this.cluster())

  /** How every node is, as far as the answering one can reach it. */
  async clusterStatus(): Promise<ClusterStatus> {
    const answer = await (await this.cluster()).unary<Received<'StatusResponse'>>(
      'read',
      ({ cluster }, ...rest) => cluster.status({}, ...rest),
    )
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
    return this.changeMembers(({ cluster }, ...rest) => cluster.addPeer(request, ...rest))
  }

  /**
   * Lets a member vote once it holds everything; `replacing` leaves in the same step, and may be dead.
   * @throws MEMBER_UNKNOWN; NOT_CAUGHT_UP where time was over first, and nothing was changed; those of addPeer
   */
  promotePeer(id: string, options: { readonly replacing?: string } = {}): Promise<MembersAnswer> {
    const request = { id, replacing: options.replacing ?? '' }
    return this.changeMembers(({ cluster }, ...rest) => cluster.promotePeer(request, ...rest))
  }

  /**
   * Removes a member for good, the leader too, once the others hold everything without it.
   * @throws NOT_CAUGHT_UP, and those of addPeer; MEMBERSHIP_REFUSED where nobody would be left to decide
   */
  removePeer(id: string): Promise<MembersAnswer> {
    return this.changeMembers(({ cluster }, ...rest) => cluster.removePeer({ id }, ...rest))
  }

  /**
   * Hands leadership over, to the most caught-up voter where none is named.
   * @throws MEMBER_UNKNOWN; MEMBERSHIP_REFUSED where it does not vote; NOT_PROPOSED, NO_LEADER, OUTCOME_UNKNOWN
   */
  async transferLeadership(to?: string): Promise<TransferAnswer> {
    const answer = await (await this.cluster()).unary<Received<'TransferLeadershipResponse'>>(
      'write',
      ({ cluster }, ...rest) => cluster.transferLeadership({ to: to ?? '' }, ...rest),
    )
    return { changed: answer.changed, leader: answer.leader, term: answer.term }
  }

  private async changeMembers(invoke: Invoke<Received<'AddPeerResponse'>>): Promise<MembersAnswer> {
    return membersAnswerFromMessage(await (await this.cluster()).unary('write', invoke))
  }

  /** How far every member is behind, as far as the answering node can reach it. */
  async replicationLag(): Promise<ReplicationLag> {
    const caller = await this.cluster()
    return replicationLagFromMessage(
      await caller.unary('read', ({ cluster }, ...rest) => cluster.replicationLag({}, ...rest)),
    )
  }

  /**
   * Has the node that this client talks to make its state durable and cut its log down to the tail. Name one node only.
   * @throws SHUTTING_DOWN
   */
  async snapshot(): Promise<SnapshotAnswer> {
    const caller = await this.cluster()
    const { nodeId, historyId, index, firstIndex, entriesDropped } = await caller.unary<
      Received<'SnapshotResponse'>
    >('read', ({ cluster }, ...rest) => cluster.snapshot({}, ...rest))
    return { nodeId, historyId, index, firstIndex, entriesDropped }
  }

  /** The whole state at one index, from whichever node gives it; with the blobs that it refers to it is a backup. */
  async stateStream(demand?: ReadDemand): Promise<StateStream> {
    return openStateStream(await this.cluster(), demand)
  }

  /**
   * Has the node that this client talks to, fresh and alone, begin anew with a backup, in a history of its own; it does so a moment after
   * the answer. Name one node only. Remember nothing of it from before: use another client for what follows.
   * @throws RESTORE_REFUSED where it is not alone, or holds packages; VERIFICATION_FAILED where the backup is not whole; UPLOAD_INCOMPLETE, …
   */
  async restore(backup: BackupToRestore): Promise<RestoreAnswer> {
    return sendBackup(await this.cluster(), backup)
  }

  /** Has the node that this client talks to fetch its state anew, where that is wrong. Name one node only. */
  async heal(): Promise<{
    readonly nodeId: string
    readonly begun: boolean
    readonly fault?: string | undefined
  }> {
    const { nodeId, begun, fault } = await (await this.cluster()).unary<Received<'HealResponse'>>(
      'read',
      ({ cluster }, ...rest) => cluster.heal({}, ...rest),
    )
    return { nodeId, begun, fault: textOrAbsent(fault) }
  }

  /**
   * Has every node read all that it holds and compares them. Yields the whole picture, again and again; the last is the result.
   * @param options.bytesPerSecond what each node reads at most; default 64 MiB
   */
  async *verifyCluster(
    options: { readonly bytesPerSecond?: number } = {},
  ): AsyncGenerator<Verification, void, undefined> {
    yield* verifyCluster(await this.cluster(), options.bytesPerSecond ?? 0)
  }
}
