import { MarketplaceError } from '../model/error.js'
import type { Raft } from '../raft/raft.js'
import type { Clock, Timer } from '../runtime/clock.js'

export interface ReadBarrierOptions {
  /** Readers waiting at once; beyond it OVERLOADED. */
  readonly readersMax: number
  /** Pause before a failed round is asked again. */
  readonly retryMs: number
  /** A round without an answer (its message was lost) is asked again after this. */
  readonly roundMs: number
}

export const READ_BARRIER_DEFAULTS: ReadBarrierOptions = { readersMax: 50_000, retryMs: 20, roundMs: 500 }

export interface ReadBarrierPorts {
  readonly raft: Pick<Raft, 'readIndex'>
  readonly clock: Clock
  /** Asks the node to call {@link ReadBarrier.flush} before it drains the core. */
  schedule(): void
}

interface Reader {
  readonly resolve: (index: number) => void
  readonly reject: (error: MarketplaceError) => void
  timer: Timer | undefined
  settled: boolean
}

/**
 * Gives each reader a log index that its answer must reflect (ReadIndex, thesis §6.4). Readers that arrive together share
 * one round; a reader never joins a round that began before it.
 */
export class ReadBarrier {
  #gathering: Reader[] = []
  readonly #rounds = new Map<number, { readers: Reader[]; timer: Timer }>()
  #context = 0
  #waiting = 0
  #stopped = false

  constructor(
    private readonly ports: ReadBarrierPorts,
    private readonly options: ReadBarrierOptions,
  ) {}

  /** The index that a linearizable read must reflect. @throws NO_LEADER, OVERLOADED */
  index(deadlineMs: number): Promise<number> {
    if (this.#stopped) return Promise.reject(noLeader('this node is stopping'))
    if (this.#waiting >= this.options.readersMax) {
      return Promise.reject(
        new MarketplaceError({
          reason: 'OVERLOADED',
          message: `${this.#waiting} reads are waiting on this node`,
          help: 'send it again after a short wait, or to another node',
        }),
      )
    }
    this.#waiting++
    return new Promise<number>((resolve, reject) => {
      const reader: Reader = { resolve, reject, timer: undefined, settled: false }
      reader.timer = this.ports.clock.after(deadlineMs, () =>
        this.#reject(reader, noLeader(`no leader confirmed itself within ${Math.round(deadlineMs)} ms`)),
      )
      this.#gathering.push(reader)
      this.ports.schedule()
    })
  }

  /** Starts a round for whoever is waiting. The node calls it before every drain of the core. */
  flush(): void {
    const readers = this.#gathering.filter((reader) => !reader.settled)
    this.#gathering = []
    if (readers.length === 0) return
    const context = ++this.#context
    const timer = this.ports.clock.after(this.options.roundMs, () => this.#again(context, 0))
    this.#rounds.set(context, { readers, timer })
    this.ports.raft.readIndex(context)
  }

  onReady(context: number, index: number): void {
    const round = this.#take(context)
    for (const reader of round) {
      if (reader.settled) continue
      this.#settle(reader)
      reader.resolve(index)
    }
  }

  onFailed(context: number): void {
    this.#again(context, this.options.retryMs)
  }

  stop(): void {
    this.#stopped = true
    const readers = [
      ...this.#gathering,
      ...[...this.#rounds.keys()].flatMap((context) => this.#take(context)),
    ]
    this.#gathering = []
    for (const reader of readers) this.#reject(reader, noLeader('this node is stopping'))
  }

  #again(context: number, delayMs: number): void {
    const readers = this.#take(context).filter((reader) => !reader.settled)
    if (readers.length === 0) return
    this.ports.clock.after(delayMs, () => {
      if (this.#stopped) {
        for (const reader of readers) this.#reject(reader, noLeader('this node is stopping'))
        return
      }
      for (const reader of readers) if (!reader.settled) this.#gathering.push(reader)
      this.ports.schedule()
    })
  }

  #take(context: number): Reader[] {
    const round = this.#rounds.get(context)
    if (round === undefined) return []
    this.#rounds.delete(context)
    round.timer.cancel()
    return round.readers
  }

  #reject(reader: Reader, error: MarketplaceError): void {
    if (reader.settled) return
    this.#settle(reader)
    reader.reject(error)
  }

  #settle(reader: Reader): void {
    reader.settled = true
    reader.timer?.cancel()
    this.#waiting--
  }
}

function noLeader(why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'NO_LEADER',
    message: `a linearizable read was not possible: ${why}`,
    help: 'try again; if it goes on, a majority of the members is not reachable; a read with consistency STALE is still answered',
  })
}
