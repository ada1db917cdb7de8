import type { ClusterId } from '../model/node-id.js'
import type { SignedVersion } from '../model/signed-write.js'
import type { Reflected } from './answer.js'

export type ReplicaRole = 'leader' | 'follower' | 'candidate' | 'learner' | 'unknown'

/** One member; of an unreachable one only who and where it is, and whether it votes. */
export interface ReplicaState {
  readonly id: string
  /** Where the other members reach it; empty where it has none. */
  readonly peerAddress: string
  readonly voter: boolean
  readonly reachable: boolean
  readonly role?: ReplicaRole | undefined
  readonly term?: number | undefined
  readonly commitIndex?: number | undefined
  readonly appliedIndex?: number | undefined
}

export interface ReplicationStatus extends Reflected {
  readonly clusterId: ClusterId
  /** The member that answered. */
  readonly answeredBy: string
  /** Absent while there is none. */
  readonly leader?: string | undefined
  readonly nodes: readonly ReplicaState[]
}

/** How far one member is behind what is committed; of an unreachable one nobody knows. */
export interface ReplicaLag {
  readonly id: string
  readonly voter: boolean
  readonly reachable: boolean
  readonly entriesBehind?: number | undefined
  /** Referenced blobs that it does not hold yet. */
  readonly blobsMissing?: number | undefined
}

/**
 * The replicas of a registry: who they are, how far each is, and who is one. A registry in one process has one, and takes no others.
 * Every implementation passes test/conformance/replication.ts.
 */
export interface Replication {
  /** Resolves once this registry can decide: a majority has a leader, and a read of it works. @throws NO_LEADER, UNREACHABLE, DEADLINE */
  initialize(): Promise<void>
  /** Has a write made on a majority; resolves with the log index that holds it. @throws what Registry.register throws */
  replicate(version: SignedVersion): Promise<Reflected>
  /** Of the member that answers. */
  role(): Promise<ReplicaRole>
  clusterStatus(): Promise<ReplicationStatus>
  /**
   * Adds a member that receives everything and decides nothing yet. Being one already at that address changes nothing.
   * @throws MEMBER_EXISTS at another address; MEMBERSHIP_REFUSED; UNSUPPORTED where there can be one only
   */
  addPeer(id: string, peerAddress: string): Promise<{ readonly changed: boolean }>
  /** Removes a member for good. @throws MEMBERSHIP_REFUSED where nobody would be left to decide; UNSUPPORTED */
  removePeer(id: string): Promise<{ readonly changed: boolean }>
  /** Resolves once the member that answers reflects everything that was acknowledged before. @throws NO_LEADER, INDEX_NOT_REACHED */
  syncFromLeader(): Promise<Reflected>
  replicationLag(): Promise<{ readonly commitIndex: number; readonly members: readonly ReplicaLag[] }>
}
