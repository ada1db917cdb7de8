import { MarketplaceError } from '../model/error.js'

/** So many calls of a kind at once, since each holds memory; one more is refused rather than queued. */
export class CallLimit {
  #open = 0

  constructor(
    private readonly what: string,
    private readonly callsMax: number,
  ) {}

  /** Runs a call if there is room for it. @throws OVERLOADED */
  async hold<T>(call: () => Promise<T>): Promise<T> {
    this.enter()
    try {
      return await call()
    } finally {
      this.leave()
    }
  }

  /** @throws OVERLOADED */
  enter(): void {
    if (this.#open >= this.callsMax) {
      throw new MarketplaceError({
        reason: 'OVERLOADED',
        message: `this node has ${this.#open} ${this.what} under way, the limit`,
        help: 'try again after a short wait, or ask another node',
      })
    }
    this.#open++
  }

  leave(): void {
    this.#open--
  }
}

/** The limits of this node's streams, shared by its services. */
export interface StreamLimits {
  readonly uploads: CallLimit
  readonly downloads: CallLimit
  readonly checks: CallLimit
  readonly backups: CallLimit
  readonly restores: CallLimit
  readonly verifications: CallLimit
  readonly watches: CallLimit
  readonly rebuilds: CallLimit
}

/** An upload holds up to 32 MiB of chunks on their way to disk and peers, a download {@link WINDOW_BYTES_MAX}. */
export function streamLimits(): StreamLimits {
  return {
    uploads: new CallLimit('uploads', 32),
    downloads: new CallLimit('downloads', 512),
    checks: new CallLimit('checks of blobs', 2),
    // Each keeps a frozen state open, which LevelDB's compactions have to leave alone.
    backups: new CallLimit('backups', 2),
    restores: new CallLimit('restores', 1),
    verifications: new CallLimit('verifications of the cluster', 2),
    // Each holds a position and what its connection has not taken yet, no queue.
    watches: new CallLimit('watches', 1_000),
    // One works, the others wait for it.
    rebuilds: new CallLimit('rebuilds of the search index', 4),
  }
}
