import type { Reflected } from '../interface/answer.js'
import type { Replication, ReplicationStatus } from '../interface/replication.js'
import type { SignedVersion } from '../model/signed-write.js'

/** How a call reaches the replication that a client works on, once that is open. */
type Reach = <T>(call: string, action: (replication: Replication) => Promise<T>) => Promise<T>

/** A client's {@link Replication}: opens what the client works on with its first call, and has the client remember what it wrote. */
export class ClientReplication implements Replication {
  constructor(
    private readonly reach: Reach,
    private readonly wrote: (written: Reflected) => void,
  ) {}

  initialize(): Promise<void> {
    return this.reach('initialize', (replication) => replication.initialize())
  }

  async replicate(version: SignedVersion): Promise<Reflected> {
    const written = await this.reach('replicate', (replication) => replication.replicate(version))
    this.wrote(written)
    return written
  }

  role() {
    return this.reach('role', (replication) => replication.role())
  }

  clusterStatus(): Promise<ReplicationStatus> {
    return this.reach('clusterStatus', (replication) => replication.clusterStatus())
  }

  addPeer(id: string, peerAddress: string) {
    return this.reach('addPeer', (replication) => replication.addPeer(id, peerAddress))
  }

  removePeer(id: string) {
    return this.reach('removePeer', (replication) => replication.removePeer(id))
  }

  syncFromLeader(): Promise<Reflected> {
    return this.reach('syncFromLeader', (replication) => replication.syncFromLeader())
  }

  replicationLag() {
    return this.reach('replicationLag', (replication) => replication.replicationLag())
  }
}
