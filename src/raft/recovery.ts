import type { Entry, HardState, SnapshotMark } from './entry.js'
import type { RecoveredState } from './log.js'

/** What the log store holds at a start. */
export interface HeldLog {
  readonly hardState: HardState
  readonly mark: SnapshotMark
  readonly entries: readonly Entry[]
}

/**
 * Log and state after a crash at any moment.
 * - `start`: they fit; begin with `recovered`.
 * - `reset-log`: a snapshot was swapped in and the crash came before the log's mark; the caller resets the log store to
 *   the state's mark first, then begins with `recovered`.
 * - `state-lost`: the state is older than the log's beginning; only a snapshot from a peer, at or above the log's mark,
 *   brings it back. The log and its promises stay as they are.
 * - `log-lost`: the state is ahead of the log, or they part ways, and no install was under way. A node applies only what is
 *   durable in its own log, so the log has lost its end: what it acknowledged there, and perhaps a vote.
 */
export type Reconciliation =
  | { readonly type: 'start' | 'reset-log'; readonly recovered: RecoveredState }
  | { readonly type: 'state-lost' }
  | { readonly type: 'log-lost' }

/**
 * @param state index and term of the last entry that the state holds, with the configuration in force there
 * @param installing whether a received state was put in the place of another, and the log has not followed for certain
 */
export function reconcile(log: HeldLog, state: SnapshotMark, installing: boolean): Reconciliation {
  if (state.index < log.mark.index) return { type: 'state-lost' }
  const { hardState, mark, entries } = log
  const term = state.index === mark.index ? mark.term : entries[state.index - mark.index - 1]?.term
  if (term === state.term) {
    return { type: 'start', recovered: { hardState, mark, entries, appliedIndex: state.index } }
  }
  if (!installing) return { type: 'log-lost' }
  // The state holds committed entries only, so it is right.
  return {
    type: 'reset-log',
    recovered: { hardState, mark: state, entries: [], appliedIndex: state.index },
  }
}
