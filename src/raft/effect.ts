import type { NodeId } from '../model/node-id.js'
import type { Breach } from './breach.js'
import type { Entry, HardState, SnapshotMark } from './entry.js'
import type { Message } from './message.js'

export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader'

/**
 * What the core wants done. The node drains the list after every input and carries effects out **in order of the list**,
 * with one freedom: a `persist` need not be finished before later effects start. Contract ("persist, then send"):
 * the messages in `release` leave only after that persist and all persists before it are durable.
 */
export type Effect =
  | {
      /**
       * Make durable, in one write. Entries replace whatever the log holds from entries[0].index on. Where there is neither
       * hard state nor entry it is a barrier: release waits for the persists before it, and no sync of its own is needed.
       */
      readonly type: 'persist'
      /** Rises by one per persist; the node answers with `persisted(sequence)` once durable. */
      readonly sequence: number
      readonly hardState: HardState | undefined
      readonly entries: readonly Entry[]
      /** Messages that promise what is persisted here: votes, append acknowledgements. */
      readonly release: readonly Message[]
    }
  /** Messages that promise nothing about this node's disk; may leave at once. */
  | { readonly type: 'send'; readonly messages: readonly Message[] }
  /** Committed and durable here, in order, each exactly once. The node answers with `applied(index)`. */
  | { readonly type: 'apply'; readonly entries: readonly Entry[] }
  /** The read may be served once the state machine has applied index (ReadIndex, thesis §6.4). */
  | { readonly type: 'read-ready'; readonly context: number; readonly index: number }
  /** The read found no leader that could confirm itself; the caller may try again. */
  | { readonly type: 'read-failed'; readonly context: number; readonly leader: NodeId | undefined }
  /** The follower is behind the log's beginning: stream it a snapshot as the leader of this term, then call `snapshotFinished`. */
  | { readonly type: 'send-snapshot'; readonly to: NodeId; readonly term: number }
  /**
   * A received snapshot is newer than all we have: after all persists before it, swap the state, reset the log store to the
   * mark, then call `installed(mark)`. Until then no entries are persisted or applied (hard states may be persisted).
   */
  | { readonly type: 'install-snapshot'; readonly mark: SnapshotMark; readonly from: NodeId }
  /** A received snapshot is not wanted (stale term, or nothing new in it): throw it away. */
  | { readonly type: 'discard-snapshot'; readonly mark: SnapshotMark }
  /** Role, term or known leader changed. For logs, metrics and waiters. */
  | { readonly type: 'role'; readonly role: Role; readonly term: number; readonly leader: NodeId | undefined }
  /**
   * Who is a member changed, or that was committed, or one who left is replicated to no more: look at `status()` for whom to
   * keep connections to. A restart begins with what it recovered and says nothing of it.
   */
  | { readonly type: 'members' }
  /**
   * Entries from index on were replaced in our log. No verdict on them: until something is committed there, another
   * member may still lead and commit what we dropped (Raft figure 8, read backwards). A proposal (term, index) surely
   * failed only once an entry of another term is *applied* at its index.
   */
  | { readonly type: 'truncated'; readonly fromIndex: number }
  /**
   * A member said what no correct member could have said. It was dropped; where it is fatal
   * ({@link ./breach.js!isFatal}) the core takes no part from now on, and the node has to say so and stop serving.
   */
  | { readonly type: 'breach'; readonly breach: Breach }
