import { AssertionFailure, assert } from '../../model/assert.js'
import { MarketplaceError } from '../../model/error.js'
import type { Entry, HardState, SnapshotMark } from '../../raft/entry.js'
import type { Timer } from '../../runtime/clock.js'
import { FileError, type FileHandle } from '../../runtime/file-system.js'
import type { LogCheck, LogDamage, LogStore, RecoveredLog } from '../log-store.js'
import { Group } from './group.js'
import {
  type EncodedRecord,
  encodeEntry,
  encodeHardState,
  encodeMark,
  recordBytes,
  type WalRecord,
} from './record.js'
import { GROUP_OVERHEAD_BYTES, RESERVED_BYTES, type Segment } from './segment.js'
import { tryWriteSuspectMarker } from './suspect-marker.js'
import { checkSegment } from './wal-check.js'
import { failed } from './wal-error.js'
import { type OpenedLog, openLog } from './wal-open.js'
import { type CompleteWalOptions, completeWalOptions, type WalOptions } from './wal-options.js'

interface QueuedRecord {
  readonly record: WalRecord
  readonly encoded: EncodedRecord
}

/** One call's records; they may be spread over several groups. */
interface Waiting {
  readonly records: readonly QueuedRecord[]
  /** How many of them a group has taken. */
  taken: number
  resolve(): void
  reject(error: Error): void
}

/**
 * The durable log in segment files (README.md beside this file). One group is under way at a time; what is appended
 * meanwhile makes up the next. The queue is bounded by the core's limit of uncommitted bytes.
 */
export class Wal implements LogStore {
  readonly recovered: RecoveredLog
  readonly recoveredEnd: LogStore['recoveredEnd']
  readonly #options: CompleteWalOptions
  readonly #maker: OpenedLog['maker']
  readonly #spares: OpenedLog['spares']
  readonly #older: Segment[]
  #current: Segment
  #handle: FileHandle
  /** As of the last durable record; what the next segment's header says. */
  #hardState: HardState
  #mark: SnapshotMark
  #lastIndex: number
  readonly #queue: Waiting[] = []
  #running: Promise<void> | undefined
  #failure: MarketplaceError | AssertionFailure | undefined
  #closed = false
  /** Whether anything was synced that no watermark covers. */
  #unclaimed = false
  #idleTimer: Timer | undefined

  /**
   * @throws MarketplaceError STORAGE_CORRUPT (names file and offset), VERSION_UNSUPPORTED, STORAGE_FAILED
   */
  static async open(options: WalOptions): Promise<Wal> {
    const complete = completeWalOptions(options)
    try {
      return new Wal(complete, await openLog(complete))
    } catch (error) {
      if (error instanceof FileError) throw failed(complete.folder, error)
      throw error
    }
  }

  private constructor(options: CompleteWalOptions, opened: OpenedLog) {
    this.#options = options
    this.#maker = opened.maker
    this.#spares = opened.spares
    this.#older = opened.older
    this.#current = opened.current
    this.#handle = opened.handle
    this.recovered = opened.log
    this.recoveredEnd = opened.end
    this.#hardState = opened.log.hardState
    this.#mark = opened.log.mark
    this.#lastIndex = opened.log.entries.at(-1)?.index ?? opened.log.mark.index
    this.#spares.prepare()
  }

  append(hardState: HardState | undefined, entries: readonly Entry[]): Promise<void> {
    const records: QueuedRecord[] = []
    if (hardState !== undefined)
      records.push({ record: { type: 'hard-state', hardState }, encoded: encodeHardState(hardState) })
    entries.forEach((entry, position) => {
      assert(position === 0 || entry.index === (entries[position - 1] as Entry).index + 1, 'entries in order')
      records.push({ record: { type: 'entry', entry }, encoded: encodeEntry(entry) })
    })
    return this.#enqueue(records)
  }

  compact(mark: SnapshotMark): Promise<void> {
    return this.#enqueueMark(mark, false)
  }

  reset(mark: SnapshotMark): Promise<void> {
    return this.#enqueueMark(mark, true)
  }

  async check(each: (bytes: number) => Promise<void>): Promise<LogCheck> {
    const { fileSystem } = this.#options
    const damages: LogDamage[] = []
    let segments = 0
    let entries = 0
    // As they are now: what is appended meanwhile is another check's.
    for (const segment of [...this.#older, this.#current].map((each) => ({ ...each }))) {
      const isHeld = () =>
        segment.sequence === this.#current.sequence ||
        this.#older.some((each) => each.sequence === segment.sequence)
      try {
        const checked = await checkSegment(fileSystem, segment, each)
        // One that was dropped in the middle is written over by now.
        if (!isHeld()) continue
        segments++
        entries += checked.entries
        if (checked.damage !== undefined) damages.push(checked.damage)
      } catch (error) {
        if (!isHeld()) continue
        if (!(error instanceof FileError)) throw error
        const what = error.code === 'ENOENT' ? 'the file is missing' : `it cannot be read: ${error.message}`
        damages.push({ file: segment.path, offset: 0, what })
      }
    }
    return { segments, entries, markIndex: this.#mark.index, damages }
  }

  stats(): { readonly segments: number; readonly bytes: number; readonly entries: number } {
    const segments = [...this.#older, this.#current]
    return {
      segments: segments.length,
      bytes: segments.reduce((sum, segment) => sum + segment.sizeBytes, 0),
      entries: Math.max(0, this.#lastIndex - this.#mark.index),
    }
  }

  /** Finishes what was appended, leaves a watermark behind it and closes the files. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#idleTimer?.cancel()
    await this.#running
    if (this.#failure === undefined && this.#unclaimed) await this.#attempt(() => this.#writeGroup([]))
    await this.#spares.stop()
    await this.#handle.close().catch(() => {})
  }

  #enqueueMark(mark: SnapshotMark, reset: boolean): Promise<void> {
    return this.#enqueue([{ record: { type: 'mark', mark, reset }, encoded: encodeMark(mark, reset) }])
  }

  #enqueue(records: readonly QueuedRecord[]): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      if (this.#closed) return reject(closed(this.#options.folder))
      this.#queue.push({ records, taken: 0, resolve, reject })
      this.#start()
    })
  }

  #start(): void {
    this.#idleTimer?.cancel()
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      // A call that came between the last look at the queue and this moment.
      if (this.#queue.length > 0 && this.#failure === undefined) this.#start()
    })
  }

  async #run(): Promise<void> {
    // Calls of one turn go together.
    await undefined
    while (this.#queue.length > 0 && this.#failure === undefined) {
      await this.#attempt(() => this.#commitGroup())
    }
    if (this.#unclaimed && this.#failure === undefined && !this.#closed)
      this.#idleTimer = this.#options.clock.after(this.#options.idleMs, () => this.#claim())
  }

  /** Nothing was appended for a while: says that all of it is durable. */
  #claim(): void {
    if (this.#running !== undefined || this.#closed || this.#failure !== undefined) return
    this.#running = this.#attempt(() => this.#writeGroup([])).finally(() => {
      this.#running = undefined
      if (this.#queue.length > 0 && this.#failure === undefined) this.#start()
    })
  }

  async #attempt(run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      await this.#fail(error)
    }
  }

  async #commitGroup(): Promise<void> {
    const first = this.#firstUntaken()
    if (first !== undefined && recordBytes(first.encoded) > this.#roomBytes())
      await this.#rotate(recordBytes(first.encoded))
    const group = this.#takeGroup()
    await this.#writeGroup(group)
    if (group.some(({ record }) => record.type === 'mark')) await this.#dropOld()
    const finished = this.#queue.findIndex(({ taken, records }) => taken < records.length)
    const done = this.#queue.splice(0, finished < 0 ? this.#queue.length : finished)
    for (const waiting of done) waiting.resolve()
  }

  #firstUntaken(): QueuedRecord | undefined {
    for (const { records, taken } of this.#queue) if (taken < records.length) return records[taken]
    return undefined
  }

  /** As many records in order as the group's limit and the segment's room allow, at least one if there is one. */
  #takeGroup(): QueuedRecord[] {
    const limit = Math.min(this.#options.groupBytesMax, this.#roomBytes())
    const group: QueuedRecord[] = []
    let bytes = 0
    for (const waiting of this.#queue) {
      while (waiting.taken < waiting.records.length) {
        const next = waiting.records[waiting.taken] as QueuedRecord
        bytes += recordBytes(next.encoded)
        if (group.length > 0 && bytes > limit) return group
        group.push(next)
        waiting.taken++
      }
    }
    return group
  }

  /** Writes and syncs a watermark and the records after it; none: the watermark alone, if it has anything to say. */
  async #writeGroup(records: readonly QueuedRecord[]): Promise<void> {
    if (records.length === 0 && !this.#unclaimed) return
    const { segmentId, end } = this.#current
    const bytes = records.reduce((sum, { encoded }) => sum + recordBytes(encoded), GROUP_OVERHEAD_BYTES)
    const group = new Group(segmentId, end, bytes).watermark(end.offset, this.#options.random.bytes(8))
    for (const { encoded } of records) group.add(encoded)
    assert(group.end.offset <= this.#current.sizeBytes, () => `group ends at ${group.end.offset}`)
    await this.#handle.write(end.offset, [group.finish()], { sync: true })
    this.#current.end = group.end
    this.#unclaimed = records.length > 0
    for (const { record } of records) this.#note(record)
  }

  #note(record: WalRecord): void {
    switch (record.type) {
      case 'hard-state':
        this.#hardState = record.hardState
        return
      case 'entry':
        this.#lastIndex = record.entry.index
        this.#current.maxIndex = Math.max(this.#current.maxIndex, record.entry.index)
        return
      case 'mark':
        this.#mark = record.mark
        if (!record.reset) return
        this.#lastIndex = record.mark.index
        for (const segment of [...this.#older, this.#current]) segment.maxIndex = 0
        return
      case 'watermark':
        return
    }
  }

  /** Room for records in the current segment. */
  #roomBytes(): number {
    return this.#current.sizeBytes - this.#current.end.offset - GROUP_OVERHEAD_BYTES - RESERVED_BYTES
  }

  async #rotate(recordBytesMin: number): Promise<void> {
    const { segment, handle } = await this.#maker.create({
      sequence: this.#current.sequence + 1,
      previous: this.#current.end,
      hardState: this.#hardState,
      mark: this.#mark,
      records: [],
      recordBytesMin,
    })
    const full = this.#handle
    this.#older.push(this.#current)
    this.#current = segment
    this.#handle = handle
    // Its header vouches for all before it.
    this.#unclaimed = false
    await full.close()
    this.#spares.prepare()
  }

  /** One after another, oldest first, each durable before the next: a gap can only be damage. */
  async #dropOld(): Promise<void> {
    for (;;) {
      const oldest = this.#older[0]
      if (oldest === undefined || oldest.maxIndex > this.#mark.index) return
      await this.#spares.recycle(oldest.path, oldest.sizeBytes)
      this.#older.shift()
    }
  }

  /** After a failed write or sync nothing is known of the bytes: no retry, ever. */
  async #fail(cause: unknown): Promise<void> {
    const { folder, fileSystem, bootId } = this.#options
    this.#failure = cause instanceof AssertionFailure ? cause : failed(folder, cause)
    const { sequence, segmentId, end } = this.#current
    const marker = { bootId, sequence, segmentId, syncedOffset: end.offset }
    await tryWriteSuspectMarker(fileSystem, folder, marker)
    for (const waiting of this.#queue.splice(0)) waiting.reject(this.#failure)
  }
}

function closed(folder: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'STORAGE_FAILED',
    message: `the log in ${folder} is closed`,
    help: 'this node is shutting down; send again to another',
  })
}
