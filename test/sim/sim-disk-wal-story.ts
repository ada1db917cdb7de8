import { expect } from 'vitest'
import type { Entry, HardState, SnapshotMark } from '../../src/raft/entry.js'
import type { RecoveredLog } from '../../src/storage/log-store.js'
import { Wal } from '../../src/storage/wal/wal.js'
import { EMPTY_LOG, type WalOptions } from '../../src/storage/wal/wal-options.js'
import { drainMicrotasks, runFor, runUntil } from './run-until.js'
import { SeededRandom } from './seeded-random.js'
import { SimClock } from './sim-clock.js'
import { SimDisk } from './sim-disk.js'

/** What a log must look like after some of the records that were ever handed to it. */
type Image = RecoveredLog

/** What happened in the stories so far, so that a test can tell that they tell something. */
export interface StoryCounts {
  crashes: number
  kills: number
  replaced: number
  compacted: number
  reset: number
  failures: number
  partial: number
  recycled: number
}

/**
 * One log on one simulated disk through many lives, with a model of what it may hold. Calls are records in order; a log
 * that is opened must hold a first part of them that includes everything acknowledged.
 */
export class WalStory {
  readonly time = new SimClock()
  readonly random: SeededRandom
  readonly disk: SimDisk
  /** One for all lives: a log that drew the same segment ids again would take old records for new. */
  readonly #walRandom: SeededRandom
  readonly #wal: Partial<WalOptions>
  /** Images after 0, 1, 2 … records since the last opening. */
  #images: Image[] = [EMPTY_LOG]
  /** How many of the records are acknowledged. */
  #acknowledged = 0
  #log: Wal | undefined
  #pending = new Set<Promise<void>>()
  #index = 0

  constructor(
    seed: number,
    readonly counts: StoryCounts,
    wal: Partial<WalOptions> = {},
  ) {
    this.random = new SeededRandom(seed)
    this.disk = new SimDisk({ clock: this.time.forNode(), random: this.random.fork('disk') })
    this.#walRandom = this.random.fork('wal')
    this.#wal = wal
  }

  get log(): Wal {
    return this.#log as Wal
  }

  options(): WalOptions {
    return {
      fileSystem: this.disk.fileSystem(),
      clock: this.time.forNode(),
      random: this.#walRandom,
      bootId: this.disk.bootId,
      segmentBytes: 4096,
      quickSegmentBytes: 2048,
      groupBytesMax: 2048,
      bootstrap: EMPTY_LOG,
      ...this.#wal,
    }
  }

  /** Opens the log and checks what it holds. */
  async open(): Promise<void> {
    this.#log = await runUntil(this.time, Wal.open(this.options()))
    const found = describe(this.#log.recovered)
    const allowed = this.#images.slice(this.#acknowledged).map(describe)
    const position = allowed.lastIndexOf(found)
    if (position < 0) expect(found).toBe(allowed[0])
    if (position > 0 && position < allowed.length - 1) this.counts.partial++
    // From now on this is durable, acknowledged or not.
    this.#images = [this.#log.recovered]
    this.#acknowledged = 0
    this.#index = this.#log.recovered.entries.at(-1)?.index ?? this.#log.recovered.mark.index
    this.#pending.clear()
  }

  /** Opens the log and lets the life end before it has opened, perhaps. */
  async openPartly(): Promise<void> {
    let opened = false
    Wal.open(this.options()).then(
      () => {
        opened = true
      },
      () => {},
    )
    await drainMicrotasks()
    for (let events = this.random.below(20); events > 0 && !opened; events--) {
      this.time.runNext()
      await drainMicrotasks()
    }
    this.end()
  }

  /** Hands the log one call at random; does not wait for it. */
  call(): void {
    const { random } = this
    const choice = random.below(20)
    const { mark, entries, hardState } = this.#last()
    if (choice === 0 && entries.length > 0) {
      const { index, term } = entries[random.below(entries.length)] as Entry
      this.#hand(this.#marked({ index, term, configuration: random.bytes(random.below(40)) }), (next) =>
        this.log.compact(next.mark),
      )
      this.counts.compacted++
    } else if (choice === 1 && random.below(3) === 0) {
      const index = mark.index + random.below(entries.length + 30)
      const configuration = random.bytes(random.below(40))
      const next: Image = { hardState, mark: { index, term: hardState.term, configuration }, entries: [] }
      this.#index = index
      this.#hand([next], () => this.log.reset(next.mark))
      this.counts.reset++
    } else this.#append()
  }

  /** Lets some events happen. */
  async advance(events: number): Promise<void> {
    for (let count = 0; count < events; count++) {
      if (!this.time.runNext()) return
      await drainMicrotasks()
    }
  }

  /** Waits until all calls have an answer. */
  async settle(): Promise<void> {
    await runUntil(this.time, Promise.allSettled([...this.#pending]))
  }

  /** The process or the machine goes down, now. */
  end(how: 'crash' | 'kill' = this.random.below(3) === 0 ? 'kill' : 'crash'): void {
    if (how === 'crash') this.disk.crash()
    else this.disk.kill()
    if (how === 'crash') this.counts.crashes++
    else this.counts.kills++
  }

  /** Closes the log properly. */
  async close(): Promise<void> {
    await this.settle()
    await runUntil(this.time, this.log[Symbol.asyncDispose]())
    this.disk.kill()
  }

  async idle(): Promise<void> {
    await this.settle()
    await runFor(this.time, 1_000)
  }

  #last(): Image {
    return this.#images.at(-1) as Image
  }

  #append(): void {
    const { random } = this
    let { hardState } = this.#last()
    const images: Image[] = []
    let withHardState: HardState | undefined
    if (random.below(2) === 0) {
      const vote = random.below(2) === 0 ? undefined : `node-${random.below(5)}`
      hardState = { term: hardState.term + random.below(2), vote, commit: hardState.commit + random.below(3) }
      withHardState = hardState
      images.push({ ...this.#last(), hardState })
    }
    const { mark } = this.#last()
    if (random.below(6) === 0 && this.#index > mark.index) {
      this.#index -= random.below(Math.min(4, this.#index - mark.index)) + 1
      this.counts.replaced++
    }
    const entries: Entry[] = []
    for (let count = random.below(4); count > 0; count--) {
      const entry: Entry = {
        index: ++this.#index,
        term: hardState.term,
        type: 'command',
        stampMs: random.below(1000),
        payload: random.bytes(random.below(12) === 0 ? random.below(3000) : random.below(200)),
      }
      entries.push(entry)
      const before = images.at(-1) ?? this.#last()
      const kept = before.entries.filter(({ index }) => index < entry.index)
      images.push({ ...before, entries: [...kept, entry] })
    }
    if (entries.length === 0) this.#index = this.#last().entries.at(-1)?.index ?? mark.index
    this.#hand(images, () => this.log.append(withHardState, entries))
  }

  #marked(mark: SnapshotMark): Image[] {
    const before = this.#last()
    return [{ ...before, mark, entries: before.entries.filter(({ index }) => index > mark.index) }]
  }

  #hand(images: Image[], call: (last: Image) => Promise<void>): void {
    this.#images.push(...images)
    const records = this.#images.length - 1
    const pending = call(this.#last()).then(
      () => {
        // Answers come in order, so everything before is acknowledged as well.
        expect(records).toBeGreaterThanOrEqual(this.#acknowledged)
        this.#acknowledged = records
      },
      (error: { reason?: string }) => {
        expect(error.reason).toBe('STORAGE_FAILED')
        this.counts.failures++
      },
    )
    this.#pending.add(pending)
  }
}

export function noCounts(): StoryCounts {
  return {
    crashes: 0,
    kills: 0,
    replaced: 0,
    compacted: 0,
    reset: 0,
    failures: 0,
    partial: 0,
    recycled: 0,
  }
}

function describe({ hardState, mark, entries }: Image): string {
  const head = `${hardState.term} ${hardState.vote} ${hardState.commit} | ${mark.index} ${mark.term} ${hex(mark.configuration)}`
  const list = entries.map(
    (entry) => `${entry.index}/${entry.term}/${entry.type[0]}/${entry.stampMs}/${hex(entry.payload)}`,
  )
  return `${head} | ${list.join(' ')}`
}

/** Enough to tell random bytes apart. */
function hex(bytes: Uint8Array): string {
  return `${Buffer.from(bytes.subarray(0, 4)).toString('hex')}*${bytes.length}`
}
