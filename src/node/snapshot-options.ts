export interface SnapshotTransferOptions {
  /** Bytes of snapshots that leave this node in a second, to all peers together; 0: without a limit. */
  readonly bytesPerSecondMax: number
  /** Bytes that one call carries, and that the sender holds in memory for each peer. */
  readonly partBytes: number
  /** How long a transfer that does not move is tried again, and what came of it is kept. */
  readonly resumeMs: number
  readonly retryMs: number
  /** How long the other side may be silent: the last part is answered when the state was checked, synced and put in force. */
  readonly answerMs: number
}

export const SNAPSHOT_TRANSFER_DEFAULTS: SnapshotTransferOptions = {
  bytesPerSecondMax: 64 * 1024 * 1024,
  partBytes: 4 * 1024 * 1024,
  resumeMs: 30_000,
  retryMs: 200,
  answerMs: 10 * 60_000,
}
