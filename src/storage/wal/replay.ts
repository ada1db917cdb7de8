import type { Entry, HardState, SnapshotMark } from '../../raft/entry.js'
import type { RecoveredLog } from '../log-store.js'
import type { WalRecord } from './record.js'
import type { SegmentHeader } from './segment-header.js'

/** Builds the log from its records in order: later ones supersede earlier ones. */
export class Replay {
  #hardState: HardState
  #mark: SnapshotMark
  #entries: Entry[] = []

  constructor(first: SegmentHeader) {
    this.#hardState = first.hardState
    this.#mark = first.mark
  }

  /** Undefined, or why the record cannot follow the ones before it. */
  apply(record: WalRecord): string | undefined {
    switch (record.type) {
      case 'hard-state':
        this.#hardState = record.hardState
        return undefined
      case 'mark':
        this.#mark = record.mark
        if (record.reset) this.#entries = []
        return undefined
      case 'entry':
        return this.#put(record.entry)
      case 'watermark':
        return undefined
    }
  }

  /** The log, or why it is not one. */
  finish(): RecoveredLog | string {
    const entries = this.#entries.filter((entry) => entry.index > this.#mark.index)
    const first = entries[0]
    if (first !== undefined && first.index !== this.#mark.index + 1)
      return `entries begin at ${first.index}, the snapshot mark is ${this.#mark.index}: a segment is missing`
    return { hardState: this.#hardState, mark: this.#mark, entries }
  }

  #put(entry: Entry): string | undefined {
    const first = this.#entries[0]
    if (first === undefined || entry.index < first.index) {
      this.#entries = [entry]
      return undefined
    }
    const position = entry.index - first.index
    if (position > this.#entries.length)
      return `entry ${entry.index} follows entry ${first.index + this.#entries.length - 1}`
    this.#entries.length = position
    this.#entries.push(entry)
    return undefined
  }
}
