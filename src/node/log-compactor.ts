import { MarketplaceError } from '../model/error.js'
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

/** What a compaction asked for has done. */
export interface LogCut {
  /** The state holds everything up to this entry for certain. */
  readonly index: number
  /** First entry that the log still has, or will have next. */
  readonly firstIndex: number
  /** 0: the log was no longer than its tail. */
  readonly entriesDropped: number
}

/**
 * Cuts the log's beginning once the state holds it for certain. LevelDB does not sync a log file that it rotates away from,
 * so every file of the state is synced before a segment of ours is dropped.
 */
export class LogCompactor {
  #running: Promise<void> | undefined
  #held = false

  constructor(
    private readonly parts: CompactorParts,
    private readonly onFault: (error: unknown) => void,
    /** Whether the members' states differ and nobody knows who is right: see MemberGossip. */
    private readonly isUndecided: () => boolean,
  ) {}

  /**
   * Called after every landing, and now and then; starts at most one compaction. None while it is undecided whose state is
   * right: a member that is behind can tell, by entries, and could not by anybody's snapshot.
   */
  consider(): void {
    if (this.#running !== undefined || this.#held || this.isUndecided()) return
    const { raft, options } = this.parts
    const { firstIndex, lastIndex, logBytes } = raft.status()
    const tooLong = lastIndex - firstIndex + 1 > options.compactEntries + options.tailEntries
    const tooLarge = logBytes > options.compactBytes + options.tailBytes
    if (!tooLong && !tooLarge) return
    const index = this.#cutAt()
    if (index < firstIndex) return
    this.#start(index).catch((error: unknown) => this.onFault(error))
  }

  /**
   * Makes the state durable and cuts the log down to its tail, however short it is.
   * @throws SHUTTING_DOWN on a node that stops or has failed, and while a received state is put in force
   */
  async now(): Promise<LogCut> {
    const { raft, folders } = this.parts
    while (this.#running !== undefined) await this.#running.catch(() => {})
    if (this.#held) throw held()
    const before = raft.status().firstIndex
    const index = this.#cutAt()
    if (index >= before) {
      try {
        await this.#start(index)
      } catch (error) {
        this.onFault(error)
        throw error
      }
    } else await folders.syncCurrent()
    const { firstIndex } = raft.status()
    return { index: this.parts.holder.machine.landedIndex, firstIndex, entriesDropped: firstIndex - before }
  }

  /** Resolves when no compaction is under way; none starts until {@link release}. */
  async hold(): Promise<void> {
    this.#held = true
    await this.#running?.catch(() => {})
  }

  release(): void {
    this.#held = false
  }

  /** The tail that slow followers ask for stays. */
  #cutAt(): number {
    const { raft, options, holder } = this.parts
    return Math.min(holder.machine.landedIndex, raft.beforeTail(options.tailEntries, options.tailBytes))
  }

  #start(index: number): Promise<void> {
    this.#running = this.#compact(index).finally(() => {
      this.#running = undefined
    })
    return this.#running
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

function held(): MarketplaceError {
  return new MarketplaceError({
    reason: 'SHUTTING_DOWN',
    message: 'this node stops, has failed, or puts a received state in force: its log cannot be cut now',
    help: 'look at `ggen-market cluster status`, and ask again in a moment',
  })
}
