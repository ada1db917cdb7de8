/**
 * `empty`: what a new leader appends to commit in its own term (Raft §8); `command`: opaque bytes for the state machine;
 * `configuration`: an encoded {@link ./configuration.js!Configuration}, in force from the moment it is appended.
 */
export type EntryType = 'empty' | 'command' | 'configuration'

/** One record of the replicated log. Never changed after it was made; encoded once. */
export interface Entry {
  readonly term: number
  /** 1 to 2^53−1. */
  readonly index: number
  readonly type: EntryType
  /** Wall clock of the leader that made it, ms since the epoch; the state machine makes log time of it. */
  readonly stampMs: number
  readonly payload: Uint8Array
}

/** What must survive a crash besides the entries (Raft figure 2). */
export interface HardState {
  readonly term: number
  /** Node id voted for in this term, or undefined. */
  readonly vote: string | undefined
  /** A hint: the commit index known when written. */
  readonly commit: number
}

/** Where the log begins: everything up to index is in the applied state. */
export interface SnapshotMark {
  readonly index: number
  readonly term: number
  /** Encoded configuration in force at index. */
  readonly configuration: Uint8Array
}
