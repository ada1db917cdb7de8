import { assert, defined } from '../model/assert.js'
import type { HardState } from './entry.js'

interface Write {
  readonly sequence: number
  readonly hardState: HardState
  /** What is durable once this write is: lowered when a later truncation takes back what it wrote. */
  lastIndex: number
}

/**
 * What this node's disk is known to hold. Writes are under way side by side with everything else, so a confirmation may
 * speak of entries that were since replaced, even by equal looking ones (A, B, A): a truncation therefore lowers the
 * claim of every write under way, and only writes begun after it can raise it again.
 */
export class Durability {
  #sequence = 0
  #underWay: Write[] = []
  #flushedIndex: number
  #durableIndex: number
  #hardState: HardState

  constructor(hardState: HardState, lastIndex: number) {
    this.#hardState = hardState
    this.#flushedIndex = lastIndex
    this.#durableIndex = lastIndex
  }

  /** Last index handed to a write, done or not. Invariant: durableIndex ≤ flushedIndex ≤ last index of the log. */
  get flushedIndex(): number {
    return this.#flushedIndex
  }

  /** Last index of the log as it is now that would survive a crash. */
  get durableIndex(): number {
    return this.#durableIndex
  }

  /** Term and vote that would survive a crash. */
  get hardState(): HardState {
    return this.#hardState
  }

  get idle(): boolean {
    return this.#underWay.length === 0
  }

  begin(hardState: HardState, lastIndex: number): number {
    assert(lastIndex >= this.#flushedIndex, () => `write to ${lastIndex} after ${this.#flushedIndex}`)
    this.#flushedIndex = lastIndex
    this.#sequence++
    this.#underWay.push({ sequence: this.#sequence, hardState, lastIndex })
    return this.#sequence
  }

  confirm(sequence: number): void {
    assert(sequence <= this.#sequence, () => `persisted ${sequence}, only ${this.#sequence} were asked for`)
    while (this.#underWay.length > 0 && defined(this.#underWay[0], 'write').sequence <= sequence) {
      const write = defined(this.#underWay.shift(), 'write')
      this.#durableIndex = Math.max(this.#durableIndex, write.lastIndex)
      this.#hardState = write.hardState
    }
    assert(
      this.#durableIndex <= this.#flushedIndex,
      () => `durable ${this.#durableIndex} above flushed ${this.#flushedIndex}`,
    )
  }

  /** Entries from index on were dropped from the log. */
  truncated(fromIndex: number): void {
    this.#flushedIndex = Math.min(this.#flushedIndex, fromIndex - 1)
    this.#durableIndex = Math.min(this.#durableIndex, fromIndex - 1)
    for (const write of this.#underWay) write.lastIndex = Math.min(write.lastIndex, fromIndex - 1)
  }

  /** The log begins anew after index, which is durable in another form (an installed snapshot). */
  reset(index: number): void {
    this.truncated(index + 1)
    this.#flushedIndex = index
    this.#durableIndex = index
  }
}
