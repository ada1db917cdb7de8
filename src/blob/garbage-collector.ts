import type { Digest } from '../model/content-hash.js'
import { LIMITS } from '../model/limit.js'
import type { NodeId } from '../model/node-id.js'
import type { PeerTransport } from '../rpc/peer-transport.js'
import type { Clock } from '../runtime/clock.js'
import { type Logger, silentLogger } from '../runtime/logger.js'
import { type MetricsCollector, silentMetrics } from '../runtime/metrics.js'
import type { Random } from '../runtime/random.js'
import {
  COLLECT_PROCEDURE,
  type Collected,
  decodeCollectReply,
  decodeCollectRequest,
  encodeCollectReply,
  encodeCollectRequest,
} from './blob-message.js'
import type { KeptBlobStore } from './kept-blob-store.js'
import { Patience } from './patience.js'

export interface GarbageLimits {
  /** From the start to the first look: others come first then. */
  readonly firstMs: number
  /** Between two looks. */
  readonly intervalMs: number
  /** How long a peer may take to answer about one blob. */
  readonly answerMs: number
}

export const GARBAGE_LIMITS: GarbageLimits = {
  firstMs: 60_000,
  intervalMs: 15 * 60_000,
  answerMs: 5_000,
}

/** Blobs judged by one view of the state, so that none stays open for long. */
const PAGE_DIGESTS = 200

/** A frozen state, as far as garbage asks it. */
export interface Referrer extends AsyncDisposable {
  readonly logTimeMs: number
  isReferenced(digest: Digest): boolean
}

export interface GarbageCollectorOptions {
  readonly self: NodeId
  readonly local: KeptBlobStore
  /** The state that this node has applied. */
  referrer(): Promise<Referrer>
  /** Moves log time on, by an entry in the log. Default: it moves with the writes. */
  tick(): Promise<void>
  /** To be looked for, and fetched where it is missing. */
  wanted(digest: Digest): void
  /** The other members that vote. */
  peers(): readonly NodeId[]
  readonly transport: Pick<PeerTransport, 'call' | 'serve'>
  readonly clock: Clock
  readonly random: Random
  /** How long promises last. Default LIMITS.blobLeaseMs. */
  readonly leaseMs?: number
  readonly logger?: Logger
  readonly metrics?: MetricsCollector
  readonly limits?: Partial<GarbageLimits>
}

/** What one look came to. */
export interface GarbageReport {
  /** Blobs of this node that were looked at. */
  readonly examined: number
  /** Those that nothing refers to, and that are still promised. */
  readonly leased: number
  readonly removed: number
  readonly removedBytes: number
  /** Log time at which the first of the leased ones may go. */
  readonly nextMs: number | undefined
}

/**
 * Removes blobs of this node that nothing refers to, once every promise to keep them is over. It judges by one frozen state:
 * its log time is past the promise and it has no reference. Whoever registers the blob later names holders whose promises
 * reach beyond that log time, or is refused by it; this node is not among them, or its promise was renewed and stops the
 * removal in the store itself. So no copy goes that a version counts on. What another member's version needs here
 * after all is fetched again.
 */
export class GarbageCollector implements AsyncDisposable {
  readonly #limits: GarbageLimits
  readonly #leaseMs: number
  readonly #patience: Patience
  readonly #logger: Logger
  readonly #metrics: MetricsCollector
  /** Promises of lives before, by their latest end; once read. */
  #promised: Promise<Map<Digest, number>> | undefined
  /** Where some record could not be read, everything is promised until then. */
  #floorMs = -1
  #looking: Promise<unknown> = Promise.resolve()

  constructor(private readonly options: GarbageCollectorOptions) {
    this.#limits = { ...GARBAGE_LIMITS, ...options.limits }
    this.#leaseMs = options.leaseMs ?? LIMITS.blobLeaseMs
    this.#patience = new Patience(options.clock)
    this.#logger = options.logger ?? silentLogger
    this.#metrics = options.metrics ?? silentMetrics
    options.transport.serve(COLLECT_PROCEDURE, async (_from, call) => ({
      header: encodeCollectReply((await this.collect(decodeCollectRequest(call.header))).collected),
    }))
  }

  start(): void {
    this.#patience.beside(() => this.#forEver())
  }

  /** Looks at everything that this node holds, now. */
  run(): Promise<GarbageReport> {
    const mine = this.#looking.then(() => this.#look())
    this.#looking = mine.catch(() => {})
    return mine
  }

  /** Removes one blob of this node, if it may go. */
  async collect(digest: Digest): Promise<{ readonly collected: Collected; readonly bytes: number }> {
    const promised = await this.#promises()
    const collected = await this.#judge(digest, promised)
    if (collected.collected.state === 'gone') await this.#lookBack(digest)
    return collected
  }

  /**
   * Removes one blob here and at the other voters, as far as they can be asked and each finds that it may go.
   * @returns what keeps it, and where; nothing where nobody asked has it any more
   */
  async collectEverywhere(
    digest: Digest,
  ): Promise<readonly { readonly node: NodeId; readonly collected: Collected }[]> {
    const { self, transport } = this.options
    const here = this.collect(digest).then(({ collected }) => ({ node: self, collected }))
    const asked = this.options.peers().map(async (node) => {
      const call = { header: encodeCollectRequest(digest) }
      try {
        const reply = await transport.call(node, COLLECT_PROCEDURE, call, {
          deadlineMs: this.#limits.answerMs,
        })
        return { node, collected: decodeCollectReply(reply.header) }
      } catch (error) {
        // It collects by itself, by the same rule.
        this.#logger.debug({ node, digest, error: String(error) }, 'a peer was not asked to remove a blob')
        return undefined
      }
    })
    const answers = await Promise.all([here, ...asked])
    return answers.filter((answer) => answer !== undefined && answer.collected.state !== 'gone') as {
      node: NodeId
      collected: Collected
    }[]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#patience.close()
  }

  async #forEver(): Promise<void> {
    await this.#patience.sleep(this.#limits.firstMs + this.#jitter(this.#limits.firstMs))
    while (!this.#patience.closed) {
      try {
        const { nextMs } = await this.#patience.orClosed(this.run())
        await this.#hurry(nextMs)
      } catch (error) {
        if (this.#patience.closed) return
        this.#logger.warn({ error: String(error) }, 'looking for garbage failed; it will be tried again')
      }
      await this.#patience.sleep(this.#limits.intervalMs + this.#jitter(this.#limits.intervalMs))
    }
  }

  /** On an idle cluster log time stands still: where garbage is due by the clock, an entry moves it on. */
  async #hurry(nextMs: number | undefined): Promise<void> {
    if (nextMs === undefined || nextMs >= Math.floor(this.options.clock.wallMs())) return
    {
      await using state = await this.options.referrer()
      if (state.logTimeMs > nextMs) return
    }
    await this.#patience.orClosed(this.options.tick())
    await this.#patience.orClosed(this.run())
  }

  async #look(): Promise<GarbageReport> {
    const { local } = this.options
    const promised = await this.#promises()
    let [examined, leased, removed, removedBytes] = [0, 0, 0, 0]
    let nextMs: number | undefined
    let logTimeMs = -1
    for (let after: Digest | undefined; !this.#patience.closed; ) {
      const page: Digest[] = []
      for await (const digest of local.digests(after)) if (page.push(digest) === PAGE_DIGESTS) break
      const gone: Digest[] = []
      {
        await using state = await this.options.referrer()
        if (logTimeMs < 0) logTimeMs = state.logTimeMs
        for (const digest of page) {
          examined++
          const { collected, bytes } = await this.#judge(digest, promised, state)
          if (collected.state === 'leased') {
            leased++
            nextMs = Math.min(nextMs ?? collected.untilMs, collected.untilMs)
          }
          if (collected.state !== 'gone') continue
          gone.push(digest)
          removed++
          removedBytes += bytes
        }
      }
      for (const digest of gone) await this.#lookBack(digest)
      after = page.at(-1)
      if (page.length < PAGE_DIGESTS) break
    }
    if (!this.#patience.closed && logTimeMs >= 0) await this.#forget(promised, logTimeMs)
    if (removed > 0) this.#logger.info({ removed, removedBytes }, 'unreferenced blobs were removed')
    return { examined, leased, removed, removedBytes, nextMs }
  }

  /** Decides by one frozen state, and removes. */
  async #judge(
    digest: Digest,
    promised: ReadonlyMap<Digest, number>,
    given?: Referrer,
  ): Promise<{ readonly collected: Collected; readonly bytes: number }> {
    const { local } = this.options
    const state = given ?? (await this.options.referrer())
    try {
      if (state.isReferenced(digest)) return { collected: { state: 'referenced' }, bytes: 0 }
      const info = await local.info(digest)
      const known = Math.max(promised.get(digest) ?? -1, local.promisedUntil(digest) ?? -1, this.#floorMs)
      if (info !== undefined && known < 0) return { collected: await this.#promise(digest), bytes: 0 }
      if (known >= state.logTimeMs) return { collected: { state: 'leased', untilMs: known }, bytes: 0 }
      if (!(await local.collect(digest, state.logTimeMs))) {
        const untilMs = local.promisedUntil(digest) ?? known
        return { collected: { state: 'leased', untilMs }, bytes: 0 }
      }
      if (info !== undefined) {
        this.#logger.debug({ digest }, 'an unreferenced blob was removed')
        this.#metrics.counter('blob_collected_total', 'Unreferenced blobs removed by this node.')
      }
      return { collected: { state: 'gone' }, bytes: info?.sizeBytes ?? 0 }
    } finally {
      if (given === undefined) await state[Symbol.asyncDispose]()
    }
  }

  /** Nothing on the disk says how long it was promised, so it gets a full lease, which later lives will know of. */
  async #promise(digest: Digest): Promise<Collected> {
    const untilMs = (await this.#nowMs()) + this.#leaseMs
    const held = await this.options.local.keep(digest, untilMs)
    return held === undefined ? { state: 'gone' } : { state: 'leased', untilMs }
  }

  /** A version may have come to need it while it was removed: the feed of changes found it still here then. */
  async #lookBack(digest: Digest): Promise<void> {
    await using state = await this.options.referrer()
    if (state.isReferenced(digest)) this.options.wanted(digest)
  }

  /** What lives before promised, read once; what this life promises the store knows. */
  #promises(): Promise<Map<Digest, number>> {
    this.#promised ??= this.#readPromises().catch((error: unknown) => {
      this.#promised = undefined
      throw error
    })
    return this.#promised
  }

  async #readPromises(): Promise<Map<Digest, number>> {
    const promised = new Map<Digest, number>()
    let unreadable = 0
    for await (const lease of this.options.local.leases()) {
      if (lease === 'unreadable') unreadable++
      else promised.set(lease.digest, Math.max(lease.untilMs, promised.get(lease.digest) ?? 0))
    }
    if (unreadable > 0) {
      this.#floorMs = (await this.#nowMs()) + this.#leaseMs
      this.#logger.warn({ unreadable }, 'promises to keep blobs could not be read: all get a full lease')
    }
    return promised
  }

  /** An idle log's time stands still: a lease counted from it could be over before its time. */
  async #nowMs(): Promise<number> {
    await using state = await this.options.referrer()
    return Math.max(state.logTimeMs, Math.floor(this.options.clock.wallMs()))
  }

  async #forget(promised: Map<Digest, number>, logTimeMs: number): Promise<void> {
    for (const [digest, untilMs] of promised) if (untilMs < logTimeMs) promised.delete(digest)
    await this.options.local.dropLeases(logTimeMs)
  }

  #jitter(ofMs: number): number {
    return this.options.random.below(Math.max(1, Math.ceil(ofMs / 4)))
  }
}
