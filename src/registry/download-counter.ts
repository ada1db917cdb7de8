import { assert } from '../model/assert.js'
import type { DownloadsCommand } from '../model/command.js'
import { MarketplaceError } from '../model/error.js'
import { formatPackageId, type PackageId } from '../model/package-id.js'
import type { Clock, Timer } from '../runtime/clock.js'
import type { DownloadTally, RegistryContext } from './ports.js'
import { makeRequestId } from './register.js'

export interface DownloadCounterOptions {
  /** Pause between two batches. Default 5,000. */
  readonly intervalMs?: number
  /** Versions in one batch; counting another begins it at once. Default 10,000. */
  readonly batchEntriesMax?: number
}

interface Batch {
  readonly command: DownloadsCommand
  readonly counts: Map<string, Count>
  /** An earlier attempt may have been applied. */
  uncertain: boolean
}

interface Count {
  readonly id: PackageId
  count: number
}

/**
 * Gathers downloads of this node and proposes one batch every few seconds; an idle node proposes nothing. A batch whose outcome
 * is unknown is sent again as it was: its epoch makes a second application harmless. What was not proposed when the node stops
 * is lost, as the contract says of this one write.
 */
export class DownloadCounter implements DownloadTally, AsyncDisposable {
  #gathering = new Map<string, Count>()
  #batch: Batch | undefined
  #epoch = 0
  #timer: Timer | undefined
  #proposing: Promise<void> | undefined
  #stopped = false
  readonly #intervalMs: number
  readonly #batchEntriesMax: number

  constructor(
    private readonly context: Pick<RegistryContext, 'state' | 'clock' | 'random' | 'logger'>,
    options: DownloadCounterOptions = {},
  ) {
    this.#intervalMs = options.intervalMs ?? 5_000
    this.#batchEntriesMax = options.batchEntriesMax ?? 10_000
  }

  count(id: PackageId): void {
    if (this.#stopped) return
    const name = formatPackageId(id)
    const known = this.#gathering.get(name)
    if (known !== undefined) {
      known.count++
      return
    }
    if (this.#gathering.size >= this.#batchEntriesMax) {
      void this.flush()
      // Still full: a batch is under way. Popularity is not worth unbounded memory.
      if (this.#gathering.size >= this.#batchEntriesMax) return
    }
    this.#gathering.set(name, { id, count: 1 })
    this.#timer ??= this.clock.after(this.#intervalMs, () => {
      this.#timer = undefined
      void this.flush()
    })
  }

  /** Proposes what was gathered, unless a batch is under way. Resolves when that attempt has ended, however it did. */
  flush(): Promise<void> {
    if (this.#proposing === undefined) {
      this.#proposing = this.#propose().finally(() => {
        this.#proposing = undefined
      })
    }
    return this.#proposing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.cancel()
    if (this.#stopped) return
    await this.flush()
    this.#stopped = true
    this.#timer?.cancel()
  }

  private get clock(): Clock {
    return this.context.clock
  }

  async #propose(): Promise<void> {
    this.#batch ??= this.#take()
    if (this.#batch === undefined) return
    const batch = this.#batch
    try {
      const { result } = await this.context.state.propose(batch.command)
      assert(result.type === 'counted', () => `a batch of downloads ended in ${result.type}`)
      this.#batch = undefined
      // Passed over at the first attempt: this machine's clock went back between two runs. Counted under a later epoch.
      if (!result.counted && !batch.uncertain) this.#giveBack(batch.counts)
    } catch (error) {
      if (!(error instanceof MarketplaceError)) throw error
      if (error.reason === 'OUTCOME_UNKNOWN') batch.uncertain = true
      this.context.logger.debug({ reason: error.reason }, 'a batch of download counts waits')
    }
    if (this.#batch !== undefined || this.#gathering.size > 0) this.#again()
  }

  #take(): Batch | undefined {
    if (this.#gathering.size === 0) return undefined
    const counts = this.#gathering
    this.#gathering = new Map()
    this.#epoch = Math.max(this.#epoch + 1, this.clock.wallMs())
    return {
      counts,
      uncertain: false,
      command: {
        type: 'dailyDownloads',
        requestId: makeRequestId(this.context.random),
        nodeId: this.context.state.nodeId,
        epoch: this.#epoch,
        counts: [...counts.values()].map(({ id, count }) => ({ id, count })),
      },
    }
  }

  #giveBack(counts: Map<string, Count>): void {
    this.#epoch += EPOCH_LEAP_MS
    for (const [name, { id, count }] of counts) {
      const known = this.#gathering.get(name)
      if (known === undefined) this.#gathering.set(name, { id, count })
      else known.count += count
    }
  }

  #again(): void {
    if (this.#stopped) return
    this.#timer ??= this.clock.after(this.#intervalMs, () => {
      this.#timer = undefined
      void this.flush()
    })
  }
}

/** How far ahead the next epoch is tried after one that was behind: a day. */
const EPOCH_LEAP_MS = 86_400_000
