import type { MarketplaceError } from '../model/error.js'
import type { ClusterId, HistoryId, NodeId } from '../model/node-id.js'
import type { Raft } from '../raft/raft.js'
import type { PeerTransport } from '../rpc/peer-transport.js'
import type { Clock } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'
import type { MetricsCollector } from '../runtime/metrics.js'
import type { LogStore } from '../storage/log-store.js'
import type { StateFolders } from '../storage/state-folders.js'
import type { MemberList } from './member-list.js'
import type { NodeOptions } from './node-options.js'
import type { StateHolder } from './state-holder.js'

/** Everything a node is made of; `openNode` puts it together. */
export interface NodeParts {
  readonly id: NodeId
  readonly raft: Raft
  readonly log: LogStore
  readonly holder: StateHolder
  readonly folders: StateFolders
  readonly transport: PeerTransport
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: MetricsCollector
  readonly options: NodeOptions
  /** Kept in step with the configuration in force. */
  readonly members: MemberList
  /** Told after every change of that list. */
  readonly onMembers?: () => void
  /** Of a cluster that was joined, as long as the own log holds nothing. */
  readonly origin?: { readonly clusterId: ClusterId; readonly historyId: HistoryId }
  /** Told of the one fault that ends this node's part in the cluster. */
  readonly onFault?: (fault: MarketplaceError) => void
}
