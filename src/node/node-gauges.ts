import type { MetricsCollector } from '../runtime/metrics.js'
import type { Node } from './node.js'

/** Gauges that are read when somebody looks. */
export function observeNode(metrics: MetricsCollector, node: Node, blobsMissing: number): void {
  const { role, term, leader, commitIndex, appliedIndex, raft, hasQuorum } = node.status()
  const gauge = (name: string, help: string, value: number, labels?: Record<string, string>) =>
    metrics.gauge(name, help, value, labels)
  gauge('raft_term', 'current term', term)
  gauge('raft_is_leader', '1 on the leader', role === 'leader' ? 1 : 0)
  gauge('raft_has_leader', '1 where a leader is known', leader === undefined ? 0 : 1)
  gauge('raft_has_quorum', '1 where a quorum is within reach and the state is good', hasQuorum ? 1 : 0)
  gauge('raft_commit_index', 'highest index known to be committed', commitIndex)
  gauge('raft_applied_index', 'highest index in the state', appliedIndex)
  gauge('raft_log_entries', 'entries retained in memory', raft.lastIndex - raft.firstIndex + 1)
  gauge('blobs_missing', 'blobs that the state refers to and this node does not hold yet', blobsMissing)
  for (const peer of raft.peers) {
    gauge('raft_peer_lag_entries', 'entries that a peer lacks', raft.lastIndex - peer.match, {
      peer: peer.id,
    })
    gauge('raft_peer_inflight', 'append messages without an answer', peer.inflight, { peer: peer.id })
  }
}
