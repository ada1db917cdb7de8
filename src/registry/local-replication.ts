import type { Reflected } from '../interface/answer.js'
import type { ReplicaRole, Replication, ReplicationStatus } from '../interface/replication.js'
import { MarketplaceError } from '../model/error.js'
import type { SignedVersion } from '../model/signed-write.js'
import type { RegistryContext } from './ports.js'
import { register } from './register.js'

/** The one replica of a registry in this process as {@link Replication}. */
export class LocalReplication implements Replication {
  constructor(private readonly context: RegistryContext) {}

  async initialize(): Promise<void> {
    await this.syncFromLeader()
  }

  async replicate(version: SignedVersion): Promise<Reflected> {
    const { index } = await register(this.context, version)
    return { index, historyId: this.context.state.historyId }
  }

  async role(): Promise<ReplicaRole> {
    const { role } = this.context.state.status()
    return role === 'pre-candidate' ? 'candidate' : role
  }

  async clusterStatus(): Promise<ReplicationStatus> {
    const { nodeId, clusterId, historyId } = this.context.state
    const { term, leader, commitIndex, appliedIndex } = this.context.state.status()
    const self = { id: nodeId, peerAddress: '', voter: true, reachable: true }
    return {
      index: appliedIndex,
      historyId,
      clusterId,
      answeredBy: nodeId,
      leader,
      nodes: [{ ...self, role: await this.role(), term, commitIndex, appliedIndex }],
    }
  }

  addPeer(): Promise<never> {
    return Promise.reject(alone())
  }

  removePeer(): Promise<never> {
    return Promise.reject(alone())
  }

  async syncFromLeader(): Promise<Reflected> {
    await using view = await this.context.state.view()
    return { index: view.appliedIndex, historyId: this.context.state.historyId }
  }

  async replicationLag() {
    const { nodeId } = this.context.state
    const { commitIndex, appliedIndex } = this.context.state.status()
    const entriesBehind = commitIndex - appliedIndex
    return {
      commitIndex,
      members: [{ id: nodeId, voter: true, reachable: true, entriesBehind, blobsMissing: 0 }],
    }
  }
}

function alone(): MarketplaceError {
  return new MarketplaceError({
    reason: 'UNSUPPORTED',
    message: 'this registry lives in one process and has no other members',
    help: 'run nodes with `ggen-market serve` to have several',
  })
}
