import { assert, defined } from '../model/assert.js'
import { bytesEqual } from '../model/codec.js'
import { Durability } from './durability.js'
import type { Entry, HardState, SnapshotMark } from './entry.js'
import { Membership } from './membership.js'

/** What a start found on the disk. */
export interface RecoveredState {
  readonly hardState: HardState
  readonly mark: SnapshotMark
  /** Everything after the mark, without gaps. */
  readonly entries: readonly Entry[]
  /** What the state machine holds; from the mark's index to the last entry's (see {@link ./recovery.js!reconcile}). */
  readonly appliedIndex: number
}

/** What an entry costs in messages and memory. */
export function entryBytes(entry: Entry): number {
  return entry.payload.length + 32
}

/**
 * The retained log in memory, from the snapshot mark on.
 * Invariants: mark ≤ applied ≤ delivered ≤ commit ≤ last; delivered ≤ durable.
 */
export class RaftLog {
  readonly membership: Membership
  readonly durability: Durability
  #mark: SnapshotMark
  #entries: Entry[]
  #commit: number
  #delivered: number
  #applied: number
  #deliveredBytes = 0
  #lastStampMs = 0
  #bytes = 0

  constructor(recovered: RecoveredState) {
    const { mark, entries, appliedIndex, hardState } = recovered
    this.#mark = mark
    this.#entries = []
    this.membership = new Membership(mark)
    this.append(entries)
    this.durability = new Durability(hardState, this.lastIndex)
    assert(
      mark.index <= appliedIndex && appliedIndex <= this.lastIndex,
      () => `applied ${appliedIndex} outside of log ${mark.index} to ${this.lastIndex}`,
    )
    this.#applied = appliedIndex
    this.#delivered = appliedIndex
    this.#commit = Math.max(appliedIndex, Math.min(hardState.commit, this.lastIndex))
  }

  get mark(): SnapshotMark {
    return this.#mark
  }

  get firstIndex(): number {
    return this.#mark.index + 1
  }

  get lastIndex(): number {
    return this.#mark.index + this.#entries.length
  }

  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#mark.term
  }

  get commit(): number {
    return this.#commit
  }

  /** The state machine has taken everything up to here. */
  get applied(): number {
    return this.#applied
  }

  /** Memory that the retained entries take, about. */
  get bytes(): number {
    return this.#bytes
  }

  /** Stamp of the newest entry this node has seen; 0 where it has seen none. */
  get lastStampMs(): number {
    return this.#lastStampMs
  }

  /** Undefined outside of mark to last. */
  termAt(index: number): number | undefined {
    if (index === this.#mark.index) return this.#mark.term
    return this.#entries[index - this.firstIndex]?.term
  }

  /** Entries from index on, up to bytesMax and through; at least one where there is one. */
  slice(fromIndex: number, bytesMax: number, through = this.lastIndex): Entry[] {
    assert(fromIndex >= this.firstIndex, () => `entry ${fromIndex} before first ${this.firstIndex}`)
    const entries: Entry[] = []
    let bytes = 0
    for (let index = fromIndex; index <= Math.min(through, this.lastIndex); index++) {
      const entry = this.#at(index)
      bytes += entryBytes(entry)
      if (entries.length > 0 && bytes > bytesMax) break
      entries.push(entry)
    }
    return entries
  }

  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      assert(
        Number.isSafeInteger(entry.index) && entry.index === this.lastIndex + 1,
        () => `entry ${entry.index} after ${this.lastIndex}`,
      )
      assert(
        entry.term >= this.lastTerm,
        () => `entry ${entry.index} of term ${entry.term} after ${this.lastTerm}`,
      )
      // First, since a configuration that this build does not know must stop it before anything is changed.
      this.membership.appended(entry)
      this.#entries.push(entry)
      this.#bytes += entryBytes(entry)
      this.#lastStampMs = entry.stampMs
    }
  }

  /**
   * Takes what a leader sent after an entry that matched: keeps what is the same, replaces what conflicts (Raft §5.3).
   * @returns the first index that was replaced
   */
  accept(entries: readonly Entry[]): number | undefined {
    const at = entries.findIndex((entry) => this.termAt(entry.index) !== entry.term)
    if (at < 0) return undefined
    const fromIndex = defined(entries[at], 'entry').index
    const replaced = fromIndex <= this.lastIndex
    if (replaced) this.#truncate(fromIndex)
    this.append(entries.slice(at))
    return replaced ? fromIndex : undefined
  }

  commitTo(index: number): void {
    assert(index <= this.lastIndex, () => `commit ${index} above last ${this.lastIndex}`)
    this.#commit = Math.max(this.#commit, index)
  }

  /** Not yet handed to a write. */
  unflushed(): Entry[] {
    const from = this.durability.flushedIndex + 1
    return from > this.lastIndex ? [] : this.#entries.slice(from - this.firstIndex)
  }

  /**
   * Committed entries that the state machine has not been given, up to bytesMax under way. Only durable ones: the applied
   * state must never hold what a crash could take from this node's own log.
   */
  deliver(bytesMax: number): Entry[] {
    const through = Math.min(this.#commit, this.durability.durableIndex)
    if (through <= this.#delivered) return []
    const room = bytesMax - this.#deliveredBytes
    if (room <= 0) return []
    const entries = this.slice(this.#delivered + 1, room, through)
    // The first of a slice always fits; beside others under way it has to wait for room.
    if (this.#deliveredBytes > 0 && entryBytes(defined(entries[0], 'entry')) > room) return []
    for (const entry of entries) this.#deliveredBytes += entryBytes(entry)
    this.#delivered += entries.length
    return entries
  }

  appliedTo(index: number): void {
    assert(index <= this.#delivered, () => `applied ${index}, delivered only ${this.#delivered}`)
    while (this.#applied < index) {
      this.#applied++
      this.#deliveredBytes -= entryBytes(this.#at(this.#applied))
    }
  }

  /** What a snapshot of the state at index is headed by. */
  markAt(index: number): SnapshotMark {
    const term = defined(this.termAt(index), `term at ${index}`)
    return { index, term, configuration: this.membership.encodedAt(index) }
  }

  /** Highest index that can go while the newest entries stay, as many as both limits allow. */
  beforeTail(entriesMax: number, bytesMax: number): number {
    let bytes = 0
    let index = this.lastIndex
    while (index > this.#mark.index && this.lastIndex - index < entriesMax) {
      bytes += entryBytes(this.#at(index))
      if (bytes > bytesMax) break
      index--
    }
    return index
  }

  compact(index: number): void {
    assert(index <= this.#applied, () => `compaction to ${index}, applied ${this.#applied}`)
    if (index <= this.#mark.index) return
    const mark = this.markAt(index)
    for (const entry of this.#entries.splice(0, index - this.#mark.index)) this.#bytes -= entryBytes(entry)
    this.#mark = mark
    this.membership.compacted(mark)
  }

  /** An installed snapshot takes the place of everything. */
  reset(mark: SnapshotMark): void {
    assert(mark.index > this.#commit, () => `snapshot at ${mark.index}, committed ${this.#commit}`)
    this.#entries = []
    this.#bytes = 0
    this.#mark = mark
    this.#commit = mark.index
    this.#delivered = mark.index
    this.#applied = mark.index
    this.#deliveredBytes = 0
    this.membership.reset(mark)
    this.durability.reset(mark.index)
  }

  /** True where a log that ends so holds all that ours does (Raft §5.4.1). */
  isUpToDate(lastIndex: number, lastTerm: number): boolean {
    return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.lastIndex)
  }

  /** First index of the term that the entry at index has, within what is retained and not committed. */
  firstIndexOfTerm(index: number): number {
    const term = this.termAt(index)
    let first = index
    while (first - 1 > this.#commit && this.termAt(first - 1) === term) first--
    return first
  }

  /** Last index at or below `below` whose term is at most term; the mark's at the least. */
  lastIndexUpToTerm(below: number, term: number): number {
    let index = Math.min(below, this.lastIndex)
    while (index > this.#mark.index && (this.termAt(index) as number) > term) index--
    return index
  }

  #truncate(fromIndex: number): void {
    assert(fromIndex > this.#commit, () => `truncation at ${fromIndex}, committed ${this.#commit}`)
    for (const entry of this.#entries.splice(fromIndex - this.firstIndex)) this.#bytes -= entryBytes(entry)
    this.membership.truncated(fromIndex)
    this.durability.truncated(fromIndex)
  }

  #at(index: number): Entry {
    return defined(this.#entries[index - this.firstIndex], `entry ${index}`)
  }
}

/** Two marks that name the same point of the same history. */
export function sameMark(a: SnapshotMark, b: SnapshotMark): boolean {
  return a.index === b.index && a.term === b.term && bytesEqual(a.configuration, b.configuration)
}
