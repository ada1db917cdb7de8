import type { Command } from '../model/command.js'
import type { ClusterId, HistoryId, NodeId } from '../model/node-id.js'
import type { CommandResult } from '../state/command-result.js'
import type { StateView } from '../state/state-view.js'
import type { NodeStatus } from './node-status.js'

/** What a command came to: its result as every replica computed it, and the log index that holds it. */
export interface Applied {
  readonly result: CommandResult
  readonly index: number
}

export interface ViewOptions {
  /** Default `linearizable`. */
  readonly consistency?: 'linearizable' | 'stale' | undefined
  /** The view reflects at least this log index. */
  readonly minIndex?: number | undefined
  /** How long to wait, from now. Default LIMITS.indexWaitMs. */
  readonly deadlineMs?: number | undefined
}

/** The replicated state as use cases see it: propose commands, open frozen views. */
export interface ReplicatedState {
  readonly nodeId: NodeId
  readonly clusterId: ClusterId
  readonly historyId: HistoryId
  /**
   * Proposes a command here or through the leader. Resolves once this node has applied it; a refusal of the state machine
   * is a result, not an error.
   * @throws NOT_PROPOSED: surely not; safe to send again. OUTCOME_UNKNOWN: send again with the same request id.
   *   OVERLOADED: too much under way here.
   */
  propose(command: Command, options?: { readonly deadlineMs?: number | undefined }): Promise<Applied>
  /**
   * A frozen view of the state, to be closed by the caller (`await using`).
   * @throws INDEX_NOT_REACHED, NO_LEADER, STATE_CORRUPT
   */
  view(options?: ViewOptions): Promise<StateView>
  /** Voters in force: one list, or two when the configuration is joint. */
  voterHalves(): readonly (readonly NodeId[])[]
  /** Log time as last applied here, ms since the epoch. */
  logTimeMs(): number
  status(): NodeStatus
  /** Called after a group has landed, with the applied index. Returns what takes the listener off again. */
  onLanded(listener: (index: number) => void): () => void
}
