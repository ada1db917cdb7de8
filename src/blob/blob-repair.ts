import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { Clock, Timer } from '../runtime/clock.js'
import { type Logger, silentLogger } from '../runtime/logger.js'
import { type MetricsCollector, silentMetrics } from '../runtime/metrics.js'
import type { Random } from '../runtime/random.js'
import type { KeptBlobStore } from './kept-blob-store.js'
import { Patience, type Signal } from './patience.js'
import type { QuorumBlobStore } from './quorum-blob-store.js'

export interface RepairLimits {
  /** Blobs fetched at once. */
  readonly fetchesMax: number
  /** Newly referenced blobs that wait to be looked for; beyond it the next scrub finds them, which is begun at once. */
  readonly waitingMax: number
  /** Missing blobs known at once; a scrub that finds more waits. */
  readonly missingMax: number
  /** First pause after fetches failed; doubles while none succeeds. */
  readonly retryMinMs: number
  readonly retryMaxMs: number
  /** Between looking for all referenced blobs. */
  readonly scrubIntervalMs: number
  /** Between reading the bytes of all referenced blobs; 0 never does. */
  readonly verifyIntervalMs: number
  /** How fast they are read at most. */
  readonly verifyBytesPerMs: number
}

export const REPAIR_LIMITS: RepairLimits = {
  fetchesMax: 8,
  waitingMax: 50_000,
  missingMax: 100_000,
  retryMinMs: 500,
  retryMaxMs: 30_000,
  scrubIntervalMs: 15 * 60_000,
  verifyIntervalMs: 24 * 60 * 60_000,
  verifyBytesPerMs: 8 * 1024,
}

/** Digests taken from the state at once, so that no view of it stays open for long. */
const PAGE_DIGESTS = 500

export interface ReferencedBlob {
  readonly digest: Digest
  readonly sizeBytes: number | undefined
}

export interface BlobRepairOptions {
  readonly store: QuorumBlobStore
  readonly local: KeptBlobStore
  /** All blobs that the applied state refers to, by ascending digest, from after `after` on; the size where it is known. */
  referenced(after: Digest | undefined): AsyncIterable<ReferencedBlob>
  readonly clock: Clock
  readonly random: Random
  readonly logger?: Logger
  readonly metrics?: MetricsCollector
  readonly limits?: Partial<RepairLimits>
}

/**
 * Brings blobs that this node should hold and does not: those whose publish did not wait for it, those that were damaged,
 * those of before it joined. Looks for all of them at the start and from time to time, at the start at their sizes too, and
 * reads their bytes slowly for damage.
 */
export class BlobRepair implements AsyncDisposable {
  readonly #limits: RepairLimits
  readonly #patience: Patience
  readonly #logger: Logger
  readonly #metrics: MetricsCollector
  /** Known to be missing, with the scrub that saw it last. */
  readonly #missing = new Map<Digest, number>()
  /** Not known to be held, with the log index at which they were first referred to; 0 where that is not known. */
  readonly #unsure = new Map<Digest, number>()
  /** To be looked for, and fetched where they are missing. */
  #ready = new Set<Digest>()
  /** Missing, and not to be looked for again for a while. */
  #failed = new Set<Digest>()
  /** Missing, and nobody gave it at the last try. */
  readonly #refused = new Set<Digest>()
  #running = 0
  #pauseMs: number
  #retryTimer: Timer | undefined
  #scrubs = 0
  #scrubbed = false
  #scrubAgain = false
  /** Something was not told one by one, and no scrub that began later has ended. */
  #scrubOwed = true
  #started = false
  readonly #scrubNow: Signal

  constructor(private readonly options: BlobRepairOptions) {
    this.#limits = { ...REPAIR_LIMITS, ...options.limits }
    this.#patience = new Patience(options.clock)
    this.#logger = options.logger ?? silentLogger
    this.#metrics = options.metrics ?? silentMetrics
    this.#pauseMs = this.#limits.retryMinMs
    this.#scrubNow = this.#patience.signal()
    options.store.onMissing((digest) => this.wanted([digest]))
  }

  /** Begins to look for what is missing, and to fetch it. */
  start(): void {
    if (this.#started || this.#patience.closed) return
    this.#started = true
    this.#patience.beside(() => this.#scrubForEver())
    if (this.#limits.verifyIntervalMs > 0) this.#patience.beside(() => this.#verifyForEver())
    this.#pump()
  }

  /** The applied state refers to these, since that log index where it is known. Cheap; never throws, never waits. */
  wanted(digests: readonly Digest[], index = 0): void {
    for (const digest of digests) {
      if (this.#ready.size >= this.#limits.waitingMax) {
        this.scrubSoon()
        break
      }
      this.#ready.add(digest)
      if (!this.#unsure.has(digest)) this.#unsure.set(digest, index)
    }
    this.#pump()
  }

  /** A peer came within reach: what failed is tried again at once. */
  peersChanged(): void {
    this.#retryFailed()
  }

  /** Looks for everything again now: the state changed by more than `wanted` was told, as a snapshot does. */
  scrubSoon(): void {
    this.#scrubAgain = true
    this.#scrubOwed = true
    this.#scrubNow.wake()
  }

  /** Blobs that the state refers to and this node is known not to hold. */
  missing(): number {
    return this.#missing.size
  }

  /**
   * Of the blobs that the state referred to at that log index, those not known to be held; undefined while not all of them
   * have been looked for. Whoever asks has made sure that `wanted` was told of everything up to there.
   */
  missingAt(index: number): number | undefined {
    if (this.#scrubOwed) return undefined
    let count = 0
    for (const since of this.#unsure.values()) if (since <= index) count++
    return count
  }

  /** Whether a blob that is not held may well come: it was not tried to be fetched in vain, or has yet to be looked for. */
  isComing(digest: Digest): boolean {
    return !this.#refused.has(digest) && (this.#unsure.has(digest) || this.#scrubOwed)
  }

  /** All referenced blobs have been looked for once: `missing` counts them all. */
  get scrubbed(): boolean {
    return this.#scrubbed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#retryTimer?.cancel()
    await this.#patience.close()
  }

  #pump(): void {
    if (!this.#started || this.#patience.closed) return
    for (const digest of this.#ready) {
      if (this.#running >= this.#limits.fetchesMax) return
      this.#ready.delete(digest)
      this.#running++
      this.#patience.beside(async () => {
        await this.#bring(digest)
        this.#running--
        this.#pump()
      })
    }
    if (this.#running === 0 && this.#failed.size > 0) this.#retryLater()
  }

  /** Looks for one blob and fetches it where it is missing. */
  async #bring(digest: Digest): Promise<void> {
    const { local, store } = this.options
    try {
      if (!(await local.holds(digest))) {
        this.#isMissing(digest)
        // Its publisher is sending it: fetching it too would be work twice.
        if (store.isArriving(digest)) {
          this.#failed.add(digest)
          return
        }
        if (await this.#patience.orClosed(store.fetch(digest))) {
          this.#logger.info({ digest }, 'a missing blob was fetched')
          this.#metrics.counter('blob_repairs_total', 'Missing or damaged blobs fetched from peers.')
        }
      }
      this.#pauseMs = this.#limits.retryMinMs
      this.#isHeld(digest)
    } catch (error) {
      this.#failed.add(digest)
      if (this.#patience.closed) return
      this.#refused.add(digest)
      this.#metrics.counter('blob_repair_failures_total', 'Fetches of missing blobs that failed.', 1, {
        reason: error instanceof MarketplaceError ? error.reason : 'INTERNAL',
      })
      this.#logger.debug({ digest, error: String(error) }, 'a missing blob could not be fetched')
    }
  }

  #retryLater(): void {
    if (this.#retryTimer !== undefined) return
    const jitterMs = this.options.random.below(Math.max(1, Math.ceil(this.#pauseMs / 4)))
    this.#retryTimer = this.options.clock.after(this.#pauseMs + jitterMs, () => {
      this.#pauseMs = Math.min(this.#limits.retryMaxMs, this.#pauseMs * 2)
      this.#retryFailed()
    })
  }

  #retryFailed(): void {
    this.#retryTimer?.cancel()
    this.#retryTimer = undefined
    for (const digest of this.#failed) this.#ready.add(digest)
    this.#failed = new Set()
    this.#pump()
  }

  #isMissing(digest: Digest): void {
    this.#missing.set(digest, this.#scrubs)
    if (!this.#unsure.has(digest)) this.#unsure.set(digest, 0)
  }

  #isHeld(digest: Digest): void {
    this.#missing.delete(digest)
    this.#unsure.delete(digest)
    this.#refused.delete(digest)
  }

  async #scrubForEver(): Promise<void> {
    let pauseMs = this.#limits.retryMinMs
    while (!this.#patience.closed) {
      this.#scrubAgain = false
      try {
        await this.#scrub()
        if (this.#patience.closed) return
        this.#scrubbed = true
        if (!this.#scrubAgain) this.#scrubOwed = false
        pauseMs = this.#limits.retryMinMs
        if (!this.#scrubAgain) await this.#scrubNow.wait(this.#limits.scrubIntervalMs)
      } catch (error) {
        this.#logger.warn(
          { error: String(error) },
          'looking for missing blobs failed; it will be tried again',
        )
        await this.#patience.sleep(pauseMs)
        pauseMs = Math.min(this.#limits.retryMaxMs, pauseMs * 2)
      }
    }
  }

  /** Compares what the state refers to with what lies on the disk, both in order. */
  async #scrub(): Promise<void> {
    const scrub = ++this.#scrubs
    const held = this.options.local.digests()[Symbol.asyncIterator]()
    try {
      let next = await held.next()
      for await (const { digest, sizeBytes } of this.#referenced()) {
        while (next.done !== true && next.value < digest) next = await held.next()
        if (next.done !== true && next.value === digest) {
          if (!this.#scrubbed && sizeBytes !== undefined) await this.#checkSize(digest, sizeBytes)
          continue
        }
        this.#isMissing(digest)
        this.#ready.add(digest)
        this.#pump()
        while (this.#missing.size >= this.#limits.missingMax && !this.#patience.closed)
          await this.#patience.sleep(this.#limits.retryMinMs)
      }
    } finally {
      await held.return?.()
    }
    if (this.#patience.closed) return
    // What no scrub sees any more, nothing refers to any more.
    for (const [digest, seen] of this.#missing)
      if (seen < scrub && !this.#ready.has(digest)) {
        this.#failed.delete(digest)
        this.#isHeld(digest)
      }
  }

  /** A file that was cut while this node was down is set aside now, not when somebody reads it. */
  async #checkSize(digest: Digest, sizeBytes: number): Promise<void> {
    const info = await this.options.local.info(digest)
    if (info === undefined) this.wanted([digest])
    else if (info.sizeBytes !== sizeBytes) await this.#patience.orClosed(this.options.store.verify(digest))
  }

  async #verifyForEver(): Promise<void> {
    while (!this.#patience.closed) {
      await this.#patience.sleep(this.#limits.verifyIntervalMs)
      try {
        for await (const { digest } of this.#referenced()) await this.#verify(digest)
      } catch (error) {
        this.#logger.warn({ error: String(error) }, 'reading blobs for damage failed; it will begin anew')
      }
    }
  }

  /** Reads one blob's bytes, then rests for as long as its size asks. */
  async #verify(digest: Digest): Promise<void> {
    const { local, store } = this.options
    const info = await local.info(digest)
    if (info === undefined) return this.wanted([digest])
    try {
      await this.#patience.orClosed(store.verify(digest))
    } catch (error) {
      this.#logger.warn({ digest, error: String(error) }, 'a blob could not be read')
    }
    await this.#patience.sleep(Math.ceil(info.sizeBytes / this.#limits.verifyBytesPerMs) + 1)
  }

  /** All referenced blobs, by pages. */
  async *#referenced(): AsyncGenerator<ReferencedBlob> {
    for (let after: Digest | undefined; !this.#patience.closed; ) {
      const page: ReferencedBlob[] = []
      for await (const blob of this.options.referenced(after)) {
        page.push(blob)
        if (page.length === PAGE_DIGESTS) break
      }
      for (const blob of page) {
        if (this.#patience.closed) return
        yield blob
      }
      after = page.at(-1)?.digest
      if (page.length < PAGE_DIGESTS) return
    }
  }
}
