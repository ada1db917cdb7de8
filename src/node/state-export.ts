import type { KeyValueSnapshot } from '../state/key-value-store.js'
import { writeSnapshot } from '../state/snapshot.js'
import { type SnapshotHeader, snapshotHeader } from '../state/snapshot-header.js'
import { checkNotRemoved } from './node-fault.js'
import type { ReplicatedState, ViewOptions } from './replicated-state.js'

/** A whole state at one index, as a stream. Keeps the state frozen until it is disposed of, which whoever opened it must do. */
export interface ExportedState extends AsyncDisposable {
  readonly header: SnapshotHeader
  /** Checked chunks of at most LIMITS.chunkBytesMax, once; see state/snapshot.ts. */
  readonly body: AsyncIterable<Uint8Array>
}

/** Gives whole states away, to be kept elsewhere (backup). Never a second copy: a stream over a frozen view. */
export class StateExport {
  constructor(
    private readonly state: Pick<ReplicatedState, 'view' | 'status'>,
    private readonly snapshot: () => Promise<KeyValueSnapshot>,
  ) {}

  /**
   * @throws as a view; STATE_CORRUPT: a damaged state is not given away; MEMBER_REMOVED: nor is that of a node that is a
   * member no more, not even as `stale`
   */
  async open(options: ViewOptions): Promise<ExportedState> {
    checkNotRemoved(this.state.status())
    // The view says that what was asked for has landed; what is frozen after it holds at least as much.
    const view = await this.state.view(options)
    await view[Symbol.asyncDispose]()
    const snapshot = await this.snapshot()
    try {
      return {
        header: snapshotHeader(snapshot),
        body: writeSnapshot(snapshot),
        [Symbol.asyncDispose]: () => snapshot[Symbol.asyncDispose](),
      }
    } catch (error) {
      await snapshot[Symbol.asyncDispose]()
      throw error
    }
  }
}
