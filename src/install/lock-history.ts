import type { MarketplaceClient, Reflected } from '../client/marketplace-client.js'
import { MarketplaceError } from '../model/error.js'
import type { Lock } from './lock-file.js'
import type { Reporter } from './reporter.js'

/**
 * Compares the registry's answers with the state that a lock was written against. A read sees everything acknowledged: in one history
 * its index never falls. Another history is another registry, or a restore; what the lock says of hashes and keys holds all the same.
 */
export class LockHistory {
  #warned = false

  constructor(
    private readonly lock: Pick<Lock, 'historyId' | 'index'>,
    private readonly reporter: Pick<Reporter, 'note'>,
  ) {}

  /** @throws VERIFICATION_FAILED where the registry is behind the lock */
  readonly met = (answer: Reflected): void => {
    const { historyId, index } = this.lock
    if (historyId === undefined) return
    if (answer.historyId !== historyId) this.#warn(historyId, answer.historyId)
    else if (answer.index < index) {
      throw new MarketplaceError({
        reason: 'VERIFICATION_FAILED',
        message: `the registry is at log index ${answer.index}, but ggen-market.lock was written at ${index}: it was rewound or reset`,
        help: 'ask its operator; where it was reset on purpose, remove historyId from ggen-market.lock',
      })
    }
  }

  /** What is not found may be so because this is another registry: refusals carry no history, so it is asked for. */
  async explain(error: unknown, client: MarketplaceClient): Promise<void> {
    const { historyId } = this.lock
    if (historyId === undefined || !(error instanceof MarketplaceError) || error.code !== 'NOT_FOUND') return
    const status = await client.clusterStatus().catch(() => undefined)
    if (status !== undefined && status.historyId !== historyId) this.#warn(historyId, status.historyId)
  }

  #warn(locked: string, actual: string): void {
    if (!this.#warned)
      this.reporter.note(
        `warning: the registry has another history (${actual}) than ggen-market.lock (${locked}): it was restored, or is another one; hashes and keys of the lock are enforced all the same`,
      )
    this.#warned = true
  }
}
