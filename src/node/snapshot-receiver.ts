import type { NodeId } from '../model/node-id.js'
import type { SnapshotMark } from '../raft/entry.js'
import type { Clock, Timer } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'
import type { KeyValueStore } from '../state/key-value-store.js'
import { SnapshotReception } from '../state/snapshot.js'
import { snapshotCorrupt } from '../state/snapshot-header.js'
import type { StateFolders } from '../storage/state-folders.js'
import { isNewer, type PartAnswer, type PartHeader, type TransferId } from './snapshot-part.js'

export interface SnapshotReceiverPorts {
  readonly folders: StateFolders
  readonly clock: Clock
  readonly logger: Logger
  /** A state lies complete and checked beside the current one. Resolves with true once it was put in force, false if not wanted. */
  onReceived(from: NodeId, term: number, mark: SnapshotMark): Promise<boolean>
}

/** A snapshot that is on its way here. */
interface Incoming {
  readonly id: TransferId
  readonly from: NodeId
  readonly store: KeyValueStore
  readonly reception: SnapshotReception
  /** Bytes of the stream that are checked and in the store. */
  offset: number
  /** Of the calls that brought parts, the newest; an older one that still hangs somewhere adds nothing. */
  turn: number
  closed: boolean
  /** Once all is here: whether it was put in force. */
  outcome: Promise<boolean> | undefined
}

/** Takes snapshots in, part by part, one at a time: the newest one wins, and what came of an older one is thrown away. */
export class SnapshotReceiver {
  #incoming: Incoming | undefined
  #idle: Timer | undefined
  /** What touches the next state's folder happens one after the other. */
  #last: Promise<unknown> = Promise.resolve()
  #stopped = false

  constructor(
    private readonly ports: SnapshotReceiverPorts,
    /** An unfinished snapshot of which nothing is heard for so long is thrown away. */
    private readonly idleMs: number,
  ) {}

  /** @throws STATE_CORRUPT where the bytes are no snapshot; what the store throws */
  async part(
    from: NodeId,
    part: PartHeader,
    body: AsyncIterable<Uint8Array> | undefined,
  ): Promise<PartAnswer> {
    const found = await this.#inTurn(() => this.#find(from, part))
    if ('type' in found) return found
    const turn = found.turn
    try {
      if (part.offset === found.offset && body !== undefined) {
        for await (const chunk of body) {
          if (!(await this.#inTurn(() => this.#take(found, turn, chunk)))) return { type: 'superseded' }
        }
      }
    } finally {
      this.#waitIdle(found)
    }
    if (!found.reception.isComplete) return { type: 'go-on', offset: found.offset }
    found.outcome ??= this.#conclude(found)
    return { type: 'done', installed: await found.outcome }
  }

  /** Throws away what is unfinished. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#idle?.cancel()
    await this.#inTurn(() => this.#discard())
  }

  async #find(from: NodeId, part: PartHeader): Promise<Incoming | PartAnswer> {
    const known = this.#incoming
    if (this.#stopped) return { type: 'unknown' }
    if (known !== undefined && isNewer(known.id, part)) return { type: 'superseded' }
    if (known === undefined || isNewer(part, known.id)) {
      if (part.offset > 0) return { type: 'unknown' }
      await this.#begin(from, part)
    }
    const incoming = this.#incoming as Incoming
    incoming.turn++
    this.#idle?.cancel()
    return incoming
  }

  async #begin(from: NodeId, { term, sequence }: TransferId): Promise<void> {
    const older = this.#incoming
    // It lies in the same place, and is perhaps just being put in force.
    await older?.outcome?.catch(() => {})
    await this.#discard()
    this.ports.logger.info({ from, insteadOf: older?.from }, 'receiving a snapshot')
    const store = await this.ports.folders.createNext()
    const reception = new SnapshotReception(store)
    const id = { term, sequence }
    this.#incoming = { id, from, store, reception, offset: 0, turn: 0, closed: false, outcome: undefined }
  }

  /** @returns false where another call, or another snapshot, has taken over */
  async #take(incoming: Incoming, turn: number, chunk: Uint8Array): Promise<boolean> {
    if (this.#incoming !== incoming || incoming.turn !== turn) return false
    try {
      await incoming.reception.take(chunk)
    } catch (error) {
      await this.#discard()
      throw error
    }
    incoming.offset += chunk.length
    return true
  }

  async #conclude(incoming: Incoming): Promise<boolean> {
    const mark = await this.#inTurn(async () => {
      if (this.#incoming !== incoming) throw snapshotCorrupt('it was thrown away for another one')
      try {
        const { index, term, configuration } = await incoming.reception.finish()
        await close(incoming)
        return { index, term, configuration }
      } catch (error) {
        await this.#discard()
        throw error
      }
    })
    return this.ports.onReceived(incoming.from, incoming.id.term, mark)
  }

  #waitIdle(incoming: Incoming): void {
    if (this.#incoming !== incoming || this.#stopped || incoming.reception.isComplete) return
    this.#idle?.cancel()
    this.#idle = this.ports.clock.after(this.idleMs, () => {
      void this.#inTurn(async () => {
        if (this.#incoming !== incoming) return
        this.ports.logger.warn(
          { from: incoming.from, bytes: incoming.offset },
          'a snapshot never came to its end',
        )
        await this.#discard()
      }).catch((error: unknown) => {
        this.ports.logger.warn({ error: String(error) }, 'an unfinished snapshot could not be closed')
      })
    })
  }

  async #discard(): Promise<void> {
    const incoming = this.#incoming
    this.#incoming = undefined
    this.#idle?.cancel()
    if (incoming !== undefined) await close(incoming)
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => {})
    return done
  }
}

async function close(incoming: Incoming): Promise<void> {
  if (incoming.closed) return
  incoming.closed = true
  await incoming.store[Symbol.asyncDispose]()
}
