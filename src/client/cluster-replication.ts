import type { Reflected } from '../interface/answer.js'
import type { ReplicaRole, Replication } from '../interface/replication.js'
import type { SignedVersion } from '../model/signed-write.js'
import type { Caller } from './caller.js'
import { ClusterAdministration } from './cluster-administration.js'
import { ClusterRegistry } from './cluster-registry.js'

/** A cluster's ClusterService as {@link Replication}. */
export class ClusterReplication extends ClusterAdministration implements Replication {
  readonly #caller: Caller
  readonly #registry: ClusterRegistry

  constructor(caller: Caller) {
    super()
    this.#caller = caller
    this.#registry = new ClusterRegistry(caller)
  }

  async initialize(): Promise<void> {
    await this.syncFromLeader()
  }

  async replicate(version: SignedVersion): Promise<Reflected> {
    const { index, historyId } = await this.#registry.register(version)
    return { index, historyId }
  }

  async role(): Promise<ReplicaRole> {
    const { nodes, answeredBy } = await this.clusterStatus()
    return nodes.find(({ id }) => id === answeredBy)?.role ?? 'unknown'
  }

  /** A linearizable read waits for exactly that. */
  async syncFromLeader(): Promise<Reflected> {
    const { index, historyId } = await this.#registry.getStats()
    return { index, historyId }
  }

  protected override async cluster(): Promise<Caller> {
    return this.#caller
  }
}
