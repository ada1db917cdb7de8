import type { KeyValueStore } from '../state/key-value-store.js'

/**
 * Owns `state-<n>/` folders and the `CURRENT` file that names the one in use, so that a received snapshot can be built
 * beside the serving state and swapped in by one atomic rename (raft.md, install).
 */
export interface StateFolders {
  /**
   * Opens the state that CURRENT names, whose files are checked for damage first; makes an empty `state-1` where there is none;
   * removes leftovers of cut installs.
   * @throws STATE_CORRUPT, STORAGE_FAILED
   */
  openCurrent(): Promise<KeyValueStore>
  /** An empty store beside the current one. At most one at a time; an older unfinished one is removed. */
  createNext(): Promise<KeyValueStore>
  /**
   * The next store, closed by the caller, becomes the current one: folder synced, CURRENT replaced by rename, parent synced.
   * After it resolves a restart opens the new state, which is {@link installing} until {@link installed}.
   */
  activateNext(): Promise<void>
  /**
   * Whether the current state took another's place and the log has not followed it yet. Only then may a state be ahead of the
   * log: it was received, and a crash came in between. Survives restarts.
   */
  installing(): Promise<boolean>
  /** The log has followed, durably. */
  installed(): Promise<void>
  /**
   * Checks the files of the current state, in use, for damage: those that an opening or an earlier check has seen already.
   * @throws STATE_CORRUPT, STORAGE_FAILED
   */
  checkCurrent(): Promise<void>
  /**
   * The current state was found damaged in use: from now on, and after any restart, opening it is STATE_CORRUPT until another
   * one has taken its place.
   */
  condemnCurrent(): Promise<void>
  /** Syncs every file of the current folder and the folder itself: before a log segment is dropped. */
  syncCurrent(): Promise<void>
}
