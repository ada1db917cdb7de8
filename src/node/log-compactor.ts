import type { Raft } from '../raft/raft.js'
import type { Logger } from '../runtime/logger.js'
import type { LogStore } from '../storage/log-store.js'
import type { StateFolders } from '../storage/state-folders.js'
import type { NodeOptions } from './node-options.js'
import type { StateHolder } from './state-holder.js'

export interface CompactorParts {
  readonly raft: Raft
  readonly log: LogStore
  readonly folders: StateFolders
  readonly holder: StateHolder
  readonly logger: Logger
  readonly options: NodeOptions
}

/**
 * Cuts the log's beginning once the state holds it for certain. LevelDB does not sync a log file that it rotates away from,
 * so every file of the state is synced before a segment of ours is dropped.
 */
export class LogCompactor {
  #running: Promise<void> | undefined

  constructor(
    private readonly parts: CompactorParts,
    private readonly onFault: (error: unknown) => void,
  ) {}

  /** Called after every landing; starts at most one compaction. */
  consider(): void {
    if (this.#running !== undefined) return
    const { raft, options, holder } = this.parts
    const status = raft.status()
    const entries = status.lastIndex - status.firstIndex + 1
    const tooLong = entries > options.compactEntries + options.tailEntries
    const tooLarge = status.logBytes > options.compactBytes + options.tailBytes
    if (!tooLong && !tooLarge) return
    const index = Math.min(
      holder.machine.landedIndex,
      raft.beforeTail(options.tailEntries, options.tailBytes),
    )
    if (index < status.firstIndex) return
    this.#running = this.#compact(index).then(
      () => {
        this.#running = undefined
      },
      (error: unknown) => {
        this.#running = undefined
        this.onFault(error)
      },
    )
  }

  /** Resolves when no compaction is under way. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #compact(index: number): Promise<void> {
    const { folders, log, raft, logger } = this.parts
    await folders.syncCurrent()
    const mark = raft.markAt(index)
    await log.compact(mark)
    raft.compact(index)
    logger.debug({ index }, 'log compacted')
  }
}
