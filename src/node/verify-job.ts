import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import { type Clock, pause } from '../runtime/clock.js'
import { digestOfState } from '../state/snapshot-digest.js'
import type { LogStore } from '../storage/log-store.js'
import type { CheckpointState } from './checkpoint-keeper.js'
import type { Node } from './node.js'
import { howToHeal } from './node-fault.js'
import {
  EMPTY_REPORT,
  FINDINGS_MAX,
  type Finding,
  type NodeReport,
  type VerifyOrder,
} from './verification.js'

/** A reading that nobody asks about for so long is given up. */
const UNASKED_MS = 30_000
/** How long the checkpoint, the search index and missing blobs may take to come. */
const COME_MS = 10_000
const LOOK_AGAIN_MS = 200
const PAGE_DIGESTS = 1_000

/** This node's blobs, as far as they are verified. */
export interface VerifiedBlobs {
  list(): AsyncIterable<{ readonly digest: Digest; readonly sizeBytes: number }>
  holds(digest: Digest): Promise<boolean>
  /** Whether one that is not held is on its way: it is being fetched, or has yet to be. */
  isComing(digest: Digest): boolean
  /** False where the bytes are wrong; the file was set aside then, and is fetched from the others. */
  verify(digest: Digest): Promise<boolean>
}

/** This node's search index, as far as it is verified. */
export interface VerifiedSearch {
  appliedIndex(): number
  /** @throws INDEX_NOT_REACHED */
  waitFor(index: number, waitMs: number): Promise<unknown>
}

export interface VerifyPorts {
  readonly node: Pick<Node, 'nodeId' | 'status' | 'view' | 'checkpoints' | 'stateCheck'>
  readonly log: Pick<LogStore, 'check'>
  readonly blobs: VerifiedBlobs
  readonly search: VerifiedSearch
  readonly clock: Clock
}

/**
 * Reads everything that this node has, slowly enough to go on serving: between any two pieces it rests for as long as the
 * pace asks, and never less than a turn of the event loop.
 */
export class VerifyJob {
  #report: NodeReport = EMPTY_REPORT
  #askedMs: number
  /** What ended the node's part meets every look at its state: it is told once. */
  readonly #told = new Set<string>()

  constructor(
    readonly order: VerifyOrder,
    private readonly ports: VerifyPorts,
    private readonly stopped: () => boolean,
  ) {
    this.#askedMs = ports.clock.monotonicMs()
    void this.#run()
  }

  /** How far it is; asking keeps it going. */
  report(): NodeReport {
    this.#askedMs = this.ports.clock.monotonicMs()
    return this.#report
  }

  get done(): boolean {
    return this.#report.done
  }

  /** Nobody wants to know any more. */
  get forgotten(): boolean {
    return this.stopped() || this.ports.clock.monotonicMs() - this.#askedMs > UNASKED_MS
  }

  async #run(): Promise<void> {
    const { fault } = this.ports.node.status()
    if (fault !== undefined) this.#takesNoPart(fault)
    // First the state, whose checkpoint is not kept for long.
    const parts = [
      ['state', () => this.#checkState()],
      ['log', () => this.#checkLog()],
      ['blobs', () => this.#checkBlobs()],
      ['search', () => this.#checkSearch()],
    ] as const
    for (const [area, check] of parts) {
      try {
        await check()
      } catch (error) {
        if (error instanceof Forgotten) return
        if (error instanceof Replaced)
          this.#behind('it received a state from the others while its own was read')
        else this.#failed(area, error)
      }
    }
    this.#note({ done: true })
  }

  async #checkState(): Promise<void> {
    const { node } = this.ports
    if (node.status().fault?.reason !== 'STATE_CORRUPT') {
      const atCheckpoint = await this.#atCheckpoint()
      await using frozen = atCheckpoint ?? (await node.checkpoints.now())
      const { sha256, values } = await digestOfState(frozen.snapshot, async (bytes) => {
        if (frozen.givenUp) throw new Replaced()
        await this.#read(bytes)
      })
      // A hash says nothing to the others unless it was taken at the very same index.
      this.#note({ stateSha256: atCheckpoint && sha256, stateValues: values })
    }
    await node.stateCheck.now()
  }

  /** The state as all are to compare it; undefined where there is no checkpoint, or this node did not come to it. */
  async #atCheckpoint(): Promise<CheckpointState | undefined> {
    const { index } = this.order
    const { node } = this.ports
    if (index === 0) return undefined
    try {
      return await node.checkpoints.take(index, COME_MS)
    } catch (error) {
      if (!isLag(error)) throw error
      const { appliedIndex } = node.status()
      const stands = `its state stands at ${appliedIndex} and`
      this.#behind(
        appliedIndex < index
          ? `${stands} did not come to ${index}, where all are compared, within ${COME_MS / 1_000} s`
          : `${stands} was never at ${index}, where all are compared: it was started since, or received a state from the others`,
      )
      return undefined
    }
  }

  async #checkLog(): Promise<void> {
    const { segments, entries, markIndex, damages } = await this.ports.log.check((bytes) => this.#read(bytes))
    this.#note({ logSegments: segments, logEntries: entries, markIndex })
    for (const { file, offset, what } of damages)
      this.#found({ area: 'log', file, offset, what, remedy: LOG_REMEDY })
    const { appliedIndex } = this.ports.node.status()
    if (markIndex > appliedIndex) {
      const what = `the log begins at ${markIndex}, and the state has come to ${appliedIndex} only`
      this.#found({ area: 'log', what, remedy: howToHeal(this.ports.node.nodeId) })
    }
  }

  async #checkBlobs(): Promise<void> {
    const { blobs } = this.ports
    for await (const { digest, sizeBytes } of blobs.list()) {
      await this.#read(sizeBytes)
      if (await blobs.verify(digest)) {
        this.#note({ blobs: this.#report.blobs + 1, blobBytes: this.#report.blobBytes + sizeBytes })
        continue
      }
      // Removed meanwhile, or set aside because it is wrong.
      const what =
        'its bytes do not hash to its name (it was set aside as ….damaged) or cannot be read (….unread)'
      this.#found({ area: 'blobs', file: blobFile(digest), what, remedy: BLOB_REMEDY })
    }
    let coming = 0
    for (let after: Digest | undefined; ; ) {
      const page = await this.#referenced(after)
      for (const digest of page) {
        await this.#read(0)
        if (await this.#comes(digest, coming > 0)) continue
        if (blobs.isComing(digest)) {
          coming++
          continue
        }
        const what = 'a package refers to it, this node does not hold it, and nobody has given it yet'
        this.#found({ area: 'blobs', file: blobFile(digest), what, remedy: BLOB_REMEDY })
      }
      after = page.at(-1)
      if (page.length < PAGE_DIGESTS) break
    }
    if (coming > 0)
      this.#behind(
        `it is still fetching ${coming === 1 ? 'a blob' : `${coming} blobs`} that packages refer to`,
      )
  }

  async #referenced(after: Digest | undefined): Promise<Digest[]> {
    await using view = await this.ports.node.view({ consistency: 'stale' })
    return (await view.listReferencedBlobs(after, PAGE_DIGESTS)).map(({ digest }) => digest)
  }

  /** One that was published a moment ago, or set aside just now, may still be on its way. @param waited for another one before */
  async #comes(digest: Digest, waited: boolean): Promise<boolean> {
    const { blobs, clock } = this.ports
    const patienceMs = waited || this.#report.findingsInAll > 0 ? LOOK_AGAIN_MS : COME_MS
    const deadline = clock.monotonicMs() + patienceMs
    while (!(await blobs.holds(digest))) {
      if (clock.monotonicMs() >= deadline) return false
      await pause(clock, LOOK_AGAIN_MS)
      await this.#read(0)
    }
    return true
  }

  async #checkSearch(): Promise<void> {
    const { search, node } = this.ports
    // It follows the state, and no state is served once the node takes no part.
    const status = node.status()
    const wanted = status.fault === undefined ? Math.min(this.order.index, status.appliedIndex) : 0
    await search.waitFor(wanted, COME_MS).catch((error: unknown) => {
      if (!(error instanceof MarketplaceError)) throw error
      const at = search.appliedIndex()
      if (isLag(error)) {
        const within = `within ${COME_MS / 1_000} s; if it stays there, restart this node`
        return this.#behind(`its search index stands at ${at} and did not come to ${wanted} ${within}`)
      }
      this.#found({
        area: 'search',
        file: 'search',
        what: `the search index stands at ${at} and does not come to ${wanted}: ${error.message}`,
        remedy:
          'restart this node; if that does not help, remove the folder search while it is down: it is built anew',
      })
    })
    const searchIndex = search.appliedIndex()
    const { appliedIndex } = node.status()
    if (searchIndex > appliedIndex) {
      const what = `the search index stands at ${searchIndex}, beyond the state, which is at ${appliedIndex}`
      const remedy = 'stop this node, remove the folder search, start it again: it is built anew'
      this.#found({ area: 'search', file: 'search', what, remedy })
    }
    this.#note({ searchIndex })
  }

  /** So much was read: rest accordingly. @throws Forgotten */
  async #read(bytes: number): Promise<void> {
    this.#note({ bytesRead: this.#report.bytesRead + bytes })
    await pause(this.ports.clock, bytes / this.order.bytesPerMs)
    if (this.forgotten) throw new Forgotten()
  }

  #note(part: Partial<NodeReport>): void {
    this.#report = { ...this.#report, ...part }
  }

  /** It could not be compared, in part or at all, because it has yet to come so far. */
  #behind(why: string): void {
    // Who takes no part comes to nothing any more.
    const { fault } = this.ports.node.status()
    if (fault !== undefined) return this.#takesNoPart(fault)
    const { behind } = this.#report
    this.#note({ behind: behind === undefined ? why : `${behind}; ${why}` })
  }

  #takesNoPart(fault: MarketplaceError): void {
    this.#failed('state', fault, 'this node takes no part any more: ')
  }

  #failed(area: Finding['area'], error: unknown, before = ''): void {
    const { what, remedy } = inWords(error, this.ports.node.nodeId)
    if (this.#told.has(what)) return
    this.#told.add(what)
    this.#found({ area, what: `${before}${what}`, remedy })
  }

  #found(finding: Pick<Finding, 'area' | 'what' | 'remedy'> & Partial<Finding>): void {
    const { findings, findingsInAll } = this.#report
    const more = findings.length < FINDINGS_MAX ? [{ file: '', offset: undefined, ...finding }] : []
    this.#note({ findings: [...findings, ...more], findingsInAll: findingsInAll + 1 })
  }
}

const LOG_REMEDY =
  'this node can no longer vouch for what it promised: stop it, keep its data folder aside, and let it join again with an empty one ' +
  '(`ggen-market cluster add`, under a new node id), then remove the old member'
const BLOB_REMEDY =
  'it is fetched from the others by itself; verify again, and if it is still missing, see whether a member that holds it is up'

/** It may well come later: no damage. */
function isLag(error: unknown): boolean {
  return error instanceof MarketplaceError && error.reason === 'INDEX_NOT_REACHED'
}

/** Nobody asks any more, or the node stops. */
class Forgotten extends Error {}

/** Another state took the place of the one that was read. */
class Replaced extends Error {}

function blobFile(digest: Digest): string {
  return `blobs/${digest.slice(0, 2)}/${digest.slice(2)}`
}

function inWords(error: unknown, node: NodeId): Pick<Finding, 'what' | 'remedy'> {
  if (error instanceof MarketplaceError) {
    // Damage that a read met says nothing of the node; a state that differs says more.
    const unnamed = error.reason === 'STATE_CORRUPT' && error.details.node === undefined
    return { what: error.message, remedy: unnamed ? `check its disk; then ${howToHeal(node)}` : error.help }
  }
  return {
    what: `it could not be read: ${String(error)}`,
    remedy: 'look at the disk and the log of this node',
  }
}
