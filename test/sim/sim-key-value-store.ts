import { assert } from '../../src/model/assert.js'
import { MarketplaceError } from '../../src/model/error.js'
import type { Clock } from '../../src/runtime/clock.js'
import type { Random } from '../../src/runtime/random.js'
import type {
  KeyRange,
  KeyValueSnapshot,
  KeyValueStore,
  WriteOperation,
} from '../../src/state/key-value-store.js'
import { stateCorrupt, unseal } from '../../src/state/stored-value.js'
import type { StateFolders } from '../../src/storage/state-folders.js'
import { OrderedVersions } from './sim-key-value-versions.js'

/** Batches that a {@link StateImage} can still lose from the middle. */
const JOURNAL_BATCHES_MAX = 256
const ITERATE_PAIRS_MAX = 64

interface Batch {
  readonly operations: readonly WriteOperation[]
  durable: boolean
}

/** One state folder on the simulated disk: what is durable, and what is only written. */
class StateImage {
  /** Everything older than the journal. */
  readonly #base = new Map<string, Uint8Array>()
  #journal: Batch[] = []

  add(operations: readonly WriteOperation[], sync: boolean): void {
    this.#journal.push({ operations, durable: false })
    if (sync) this.sync()
    while (this.#journal.length > JOURNAL_BATCHES_MAX && this.#journal[0]?.durable === true)
      replay(this.#base, this.#journal.shift() as Batch)
  }

  sync(): void {
    for (const batch of this.#journal) batch.durable = true
  }

  /** Of the batches not synced the first few survive, in order. */
  crash(random: Random): void {
    const durable = this.#journal.filter((batch) => batch.durable)
    const kept = random.below(this.#journal.length - durable.length + 1)
    this.#journal = this.#journal.slice(0, durable.length + kept)
    this.sync()
  }

  /** A damaged page of LevelDB's log: one synced batch since it was opened is gone, and nothing says so. */
  loseFromMiddle(random: Random): boolean {
    if (this.#journal.length < 2) return false
    this.#journal.splice(random.below(this.#journal.length - 1), 1)
    return true
  }

  /** What LevelDB does at every opening, and a sync of all its files to what is complete: its log becomes tables. */
  settle(): void {
    for (const batch of this.#journal) replay(this.#base, batch)
    this.#journal = []
  }

  /** What a reader sees now, all of it durable. */
  copy(): StateImage {
    const copy = new StateImage()
    for (const [key, value] of this.content()) copy.#base.set(key, value)
    return copy
  }

  /** Somebody changes a value at rest. */
  overwrite(key: string, value: Uint8Array): void {
    this.settle()
    this.#base.set(key, value)
  }

  content(): Map<string, Uint8Array> {
    const content = new Map(this.#base)
    for (const batch of this.#journal) replay(content, batch)
    return content
  }
}

function replay(content: Map<string, Uint8Array>, { operations }: Batch): void {
  for (const operation of operations) {
    if (operation.type === 'put') content.set(text(operation.key), operation.value)
    else content.delete(text(operation.key))
  }
}

/** All states of a node at one moment. */
export interface StatesCopy {
  readonly current: number | undefined
  readonly holed: number | undefined
  readonly altered: number | undefined
  readonly rotten: { readonly state: number; readonly keys: Uint8Array[] } | undefined
  readonly condemned: number | undefined
  readonly installing: number | undefined
  readonly images: ReadonlyMap<number, StateImage>
}

export interface SimStateDiskOptions {
  readonly clock: Clock
  readonly random: Random
  /** Longest simulated time of a batch. Default: 5 ms. */
  readonly writeMsMax?: number
}

/** The states of one node. It outlives the process: each start takes a new {@link folders}. */
export class SimStateDisk {
  readonly #images = new Map<number, StateImage>()
  /** What CURRENT names. */
  #current: number | undefined
  /** A state that must not be opened any more. */
  condemned: number | undefined
  /** One that took another's place, while the log has not followed. */
  installing: number | undefined
  #holed: number | undefined
  #altered: number | undefined
  #rotten: { readonly state: number; readonly keys: Uint8Array[] } | undefined
  #life = 1
  readonly #writing = new Set<() => void>()
  /** Makes the next batches fail, as a full or broken disk does. */
  failing = false

  constructor(private readonly options: SimStateDiskOptions) {}

  /** The state folders for one life of a process: until the next crash or kill. */
  folders(clock: Clock = this.options.clock): StateFolders {
    return new LifeFolders(this, this.#life, clock)
  }

  /** Power is lost: synced batches stay; of those under way and those not synced the first few stay, each whole. */
  crash(): void {
    this.#land()
    for (const image of this.#images.values()) image.crash(this.options.random)
  }

  /** The process dies, the machine goes on: batches handed to the system stay. */
  kill(): void {
    this.#land()
    for (const image of this.#images.values()) image.sync()
  }

  /** See {@link StateImage.loseFromMiddle}; between two lives. False where there is nothing to lose. */
  loseFromMiddle(): boolean {
    const lost = this.#images.get(this.#current ?? 0)?.loseFromMiddle(this.options.random) ?? false
    if (lost) this.#holed = this.#current
    return lost
  }

  /** Puts another value under a key of the current state, at rest and for good; between two lives. */
  alter(key: Uint8Array, value: Uint8Array): void {
    assert(this.#current !== undefined, 'a state to alter')
    this.image(this.#current).overwrite(text(key), value)
    this.#altered = this.#current
  }

  /** Whether the current state says something else than its entries led to, with the right checksum. */
  get isAltered(): boolean {
    return this.#current !== undefined && this.#altered === this.#current
  }

  /** Puts a value without its checksum under a key of the current state, at rest; between two lives. */
  rot(key: Uint8Array, value: Uint8Array): void {
    const state = this.#current
    assert(state !== undefined, 'a state to rot')
    this.image(state).overwrite(text(key), value)
    this.#rotten = { state, keys: [...this.#rottenKeys(), key] }
  }

  /** Keys of the current state whose values do not match their checksums. */
  #rottenKeys(): Uint8Array[] {
    if (this.#current === undefined || this.#rotten?.state !== this.#current) return []
    return this.#rotten.keys.filter((key) => !isWhole(key, this.peek(key)))
  }

  get isRotten(): boolean {
    return this.#rottenKeys().length > 0
  }

  /** All that a start would find, sorted by key. */
  pairs(): (readonly [key: Uint8Array, value: Uint8Array])[] {
    const content = this.#images.get(this.#current ?? 0)?.content() ?? new Map<string, Uint8Array>()
    return [...content]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [bytes(key), value] as const)
  }

  /** What somebody takes who copies the disk. */
  copy(): StatesCopy {
    const images = [...this.#images].map(([number, image]) => [number, image.copy()] as const)
    const { condemned, installing } = this
    return {
      current: this.#current,
      holed: this.#holed,
      altered: this.#altered,
      rotten: this.#rotten,
      condemned,
      installing,
      images: new Map(images),
    }
  }

  /** Somebody puts a copy in this disk's place; between two lives. */
  putBack({ current, holed, altered, rotten, condemned, installing, images }: StatesCopy): void {
    this.wipe()
    this.#holed = holed
    this.#altered = altered
    this.#rotten = rotten
    this.condemned = condemned
    this.installing = installing
    for (const [number, image] of images) this.#images.set(number, image.copy())
    this.#current = current
  }

  /** Somebody puts an empty disk in this one's place; between two lives. */
  wipe(): void {
    this.#images.clear()
    this.#current = undefined
    this.#holed = undefined
    this.#altered = undefined
    this.#rotten = undefined
    this.condemned = undefined
    this.installing = undefined
  }

  /** Whether the next opening will find the current state as it should be, and as its node's log led to it. */
  get isSound(): boolean {
    const current = this.#current
    return (
      current !== undefined &&
      !this.isRotten &&
      ![this.#holed, this.condemned, this.installing].includes(current)
    )
  }

  get isInstalling(): boolean {
    return this.#current !== undefined && this.installing === this.#current
  }

  /** What a reader of the current state finds under a key. */
  peek(key: Uint8Array): Uint8Array | undefined {
    return this.#images
      .get(this.#current ?? 0)
      ?.content()
      .get(text(key))
  }

  /** Frozen views that somebody still holds, of all states. */
  openSnapshots = 0

  /** The life ends; a batch under way may have reached the system or not. */
  #land(): void {
    this.#life++
    this.openSnapshots = 0
    for (const write of this.#writing) if (this.options.random.below(2) === 0) write()
    this.#writing.clear()
  }

  alive(life: number): boolean {
    return life === this.#life
  }

  image(number: number): StateImage {
    const image = this.#images.get(number) ?? new StateImage()
    this.#images.set(number, image)
    return image
  }

  numbers(): number[] {
    return [...this.#images.keys()]
  }

  remove(number: number): void {
    this.#images.delete(number)
  }

  get current(): number | undefined {
    return this.#current
  }

  set current(number: number) {
    this.#current = number
  }

  /** Calls run after the time a batch takes, unless the life ends before; and lets a crash call `onCrash` instead. */
  delayed<T>(life: number, clock: Clock, onCrash: () => void, run: () => T): Promise<T> {
    const { random } = this.options
    return new Promise((resolve, reject) => {
      if (!this.alive(life)) return
      this.#writing.add(onCrash)
      clock.after(random.below((this.options.writeMsMax ?? 5) + 1), () => {
        if (!this.alive(life)) return
        this.#writing.delete(onCrash)
        if (this.failing) return reject(failed())
        try {
          resolve(run())
        } catch (error) {
          reject(error)
        }
      })
    })
  }
}

class LifeFolders implements StateFolders {
  #next: number | undefined

  constructor(
    private readonly disk: SimStateDisk,
    private readonly life: number,
    private readonly clock: Clock,
  ) {}

  async openCurrent(): Promise<KeyValueStore> {
    return await this.#atomic(() => {
      const current = this.disk.current ?? 1
      this.disk.current = current
      if (this.disk.condemned === current) throw condemned(current)
      for (const other of this.disk.numbers()) if (other !== current) this.disk.remove(other)
      this.disk.image(current).settle()
      return this.#store(current)
    })
  }

  async createNext(): Promise<KeyValueStore> {
    return await this.#atomic(() => {
      if (this.#next !== undefined) this.disk.remove(this.#next)
      this.#next = Math.max(0, ...this.disk.numbers(), this.disk.current ?? 0) + 1
      return this.#store(this.#next)
    })
  }

  async activateNext(): Promise<void> {
    await this.#atomic(() => {
      const next = this.#next
      assert(next !== undefined, 'activateNext after createNext')
      this.disk.image(next).settle()
      this.disk.current = next
      this.disk.installing = next
      this.#next = undefined
    })
  }

  async installing(): Promise<boolean> {
    return await this.#atomic(() => this.disk.isInstalling)
  }

  async installed(): Promise<void> {
    await this.#atomic(() => {
      this.disk.installing = undefined
    })
  }

  /** Below its pairs this store has nothing that could rot. */
  async checkCurrent(): Promise<void> {
    await this.#atomic(() => {
      if (this.disk.isRotten) throw stateCorrupt('a value does not match its checksum')
    })
  }

  async condemnCurrent(): Promise<void> {
    await this.#atomic(() => {
      this.disk.condemned = this.disk.current
    })
  }

  async syncCurrent(): Promise<void> {
    await this.#atomic(() => this.disk.image(this.disk.current as number).sync())
  }

  #store(number: number): KeyValueStore {
    return new SimKeyValueStore(this.disk, this.life, this.clock, this.disk.image(number))
  }

  /** Happens as a whole at one moment; a crash before it has undone all. */
  #atomic<T>(run: () => T): Promise<T> {
    return this.disk.delayed(this.life, this.clock, () => {}, run)
  }
}

class SimKeyValueStore implements KeyValueStore {
  readonly #versions: OrderedVersions
  /** Batches become visible and durable in the order of their calls. */
  #last: Promise<void> = Promise.resolve()
  #closed = false

  constructor(
    private readonly disk: SimStateDisk,
    private readonly life: number,
    private readonly clock: Clock,
    private readonly image: StateImage,
  ) {
    this.#versions = new OrderedVersions(image.content())
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    assert(!this.#closed, 'the store is closed')
    return this.#versions.get(text(key), this.#versions.now)?.slice()
  }

  write(operations: readonly WriteOperation[], options: { readonly sync: boolean }): Promise<void> {
    assert(!this.#closed, 'the store is closed')
    const copy = operations.map((operation) =>
      operation.type === 'put'
        ? { type: 'put' as const, key: operation.key.slice(), value: operation.value.slice() }
        : { type: 'del' as const, key: operation.key.slice() },
    )
    const done = this.#last.then(() =>
      this.disk.delayed(
        this.life,
        this.clock,
        () => this.image.add(copy, false),
        () => {
          this.image.add(copy, options.sync)
          this.#versions.write(
            copy.map((operation) => [
              text(operation.key),
              operation.type === 'put' ? operation.value : undefined,
            ]),
          )
        },
      ),
    )
    // A batch that failed has not been written; those after it try for themselves.
    this.#last = done.catch(() => {})
    return done
  }

  snapshot(): KeyValueSnapshot {
    assert(!this.#closed, 'the store is closed')
    const { disk, life } = this
    disk.openSnapshots++
    return new SimKeyValueSnapshot(this.#versions, () => {
      if (disk.alive(life)) disk.openSnapshots--
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last
    this.#closed = true
  }
}

class SimKeyValueSnapshot implements KeyValueSnapshot {
  readonly #version: number
  #closed = false

  constructor(
    private readonly versions: OrderedVersions,
    private readonly onClosed: () => void,
  ) {
    this.#version = versions.hold()
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    assert(!this.#closed, 'the snapshot is closed')
    return this.versions.get(text(key), this.#version)?.slice()
  }

  async *iterate(range: KeyRange): AsyncGenerator<(readonly [Uint8Array, Uint8Array])[]> {
    const keys = this.versions.keys(text(range.from), text(range.to))
    if (range.reverse === true) keys.reverse()
    let left = range.limit ?? Number.POSITIVE_INFINITY
    let batch: (readonly [Uint8Array, Uint8Array])[] = []
    for (const key of keys) {
      assert(!this.#closed, 'the snapshot is closed')
      const value = this.versions.get(key, this.#version)
      if (value === undefined) continue
      if (left-- <= 0) break
      batch.push([bytes(key), value.slice()])
      if (batch.length < ITERATE_PAIRS_MAX) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.versions.release(this.#version)
    this.onClosed()
  }
}

function failed(): MarketplaceError {
  return new MarketplaceError({
    reason: 'STORAGE_FAILED',
    message: 'state: simulated input/output error',
    help: 'end the fault',
  })
}

/** One character per byte, so that texts order as bytes do. */
function text(key: Uint8Array): string {
  let out = ''
  for (const byte of key) out += String.fromCharCode(byte)
  return out
}

function bytes(key: string): Uint8Array {
  return Uint8Array.from(key, (character) => character.charCodeAt(0))
}

function isWhole(key: Uint8Array, stored: Uint8Array | undefined): boolean {
  try {
    return stored === undefined || unseal(key, stored).length >= 0
  } catch {
    return false
  }
}

function condemned(state: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'STATE_CORRUPT',
    message: `state ${state} was found damaged in use`,
    help: 'fetch another',
  })
}
