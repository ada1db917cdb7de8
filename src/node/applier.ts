import { assert } from '../model/assert.js'
import { isCheckpoint } from '../model/command.js'
import type { Entry } from '../raft/entry.js'
import type { AppliedEntry, StateMachine } from '../state/state-machine.js'

export interface ApplierOptions {
  /** Entries of one group, which is one synced LevelDB batch; apply holds the event loop for all of them together. */
  readonly groupEntriesMax: number
  readonly groupBytesMax: number
  /** Groups on their way to the disk at once. With two, results do not wait for the sync of the group before theirs. */
  readonly landingsMax: number
}

export const APPLIER_DEFAULTS: ApplierOptions = {
  groupEntriesMax: 256,
  groupBytesMax: 4 * 1024 * 1024,
  landingsMax: 2,
}

export interface ApplierPorts {
  machine(): StateMachine
  /** Results are known; the group has not landed yet. */
  onApplied(entries: readonly AppliedEntry[]): void
  /** The group is in the store, synced. */
  onLanded(index: number): void
  /** The store holds everything up to a checkpoint and nothing after it, until this returns. */
  onCheckpoint(index: number): void
  /** The state machine or its store gave up: nothing is applied any more. */
  onFault(error: unknown): void
}

/**
 * Takes committed entries to the state machine. A few groups land at a time, in order, and what is committed meanwhile
 * becomes the next group: a busy node writes few large batches, an idle one answers at once.
 */
export class Applier {
  #queue: Entry[] = []
  #landings = 0
  /** Of the newest group, which lands last. */
  #landing: Promise<void> | undefined
  #paused = false
  /** A group that ends in a checkpoint is landing: nothing goes into the store behind it. */
  #checkpoint = false
  #faulty = false

  constructor(
    private readonly ports: ApplierPorts,
    private readonly options: ApplierOptions,
  ) {}

  get queued(): number {
    return this.#queue.length
  }

  enqueue(entries: readonly Entry[]): void {
    for (const entry of entries) this.#queue.push(entry)
    this.#pump()
  }

  /** Stops taking groups; resolves when none is landing. */
  async pause(): Promise<void> {
    this.#paused = true
    await this.#landing
  }

  /** Goes on, leaving out what a received state already holds. */
  resume(): void {
    this.#paused = false
    const applied = this.ports.machine().appliedIndex
    this.#queue = this.#queue.filter((entry) => entry.index > applied)
    this.#pump()
  }

  #pump(): void {
    while (this.#landings < this.options.landingsMax && this.#queue.length > 0) {
      if (this.#paused || this.#faulty || this.#checkpoint) return
      this.#applyNext()
    }
  }

  #applyNext(): void {
    const entries = this.#nextGroup()
    const machine = this.ports.machine()
    assert(
      entries[0]?.index === machine.appliedIndex + 1,
      () => `apply of ${entries[0]?.index} after ${machine.appliedIndex}`,
    )
    try {
      const group = machine.apply(entries)
      this.#checkpoint = endsInCheckpoint(entries)
      this.#landings++
      this.#landing = this.#land(machine.land(group), machine.appliedIndex)
      this.ports.onApplied(group.results)
    } catch (error) {
      this.#fail(error)
    }
  }

  async #land(landing: Promise<void>, index: number): Promise<void> {
    try {
      await landing
    } catch (error) {
      this.#landings--
      this.#fail(error)
      return
    }
    this.#landings--
    if (this.#checkpoint && this.#landings === 0) {
      this.#checkpoint = false
      this.ports.onCheckpoint(index)
    }
    this.ports.onLanded(index)
    this.#pump()
  }

  #nextGroup(): Entry[] {
    let bytes = 0
    let count = 0
    for (const entry of this.#queue) {
      bytes += entry.payload.length
      if (count > 0 && (count >= this.options.groupEntriesMax || bytes > this.options.groupBytesMax)) break
      count++
      if (entry.type === 'command' && isCheckpoint(entry.payload)) break
    }
    return this.#queue.splice(0, count)
  }

  #fail(error: unknown): void {
    if (this.#faulty) return
    this.#faulty = true
    this.ports.onFault(error)
  }
}

function endsInCheckpoint(entries: readonly Entry[]): boolean {
  const last = entries.at(-1)
  return last?.type === 'command' && isCheckpoint(last.payload)
}
