import { assert, defined } from '../model/assert.js'
import type { NodeId } from '../model/node-id.js'
import { type Configuration, decodeConfiguration, type Member } from './configuration.js'
import type { Entry, SnapshotMark } from './entry.js'

interface Change {
  readonly index: number
  readonly encoded: Uint8Array
  readonly configuration: Configuration
}

/**
 * Which configuration is in force: the newest in the log, committed or not (thesis §4.1). Truncating its entry brings back
 * the one before; compaction moves the oldest into the snapshot mark.
 */
export class Membership {
  /** Oldest first; the first is the mark's own. Never empty. */
  #changes: Change[]

  constructor(mark: SnapshotMark) {
    this.#changes = [ofMark(mark)]
  }

  get current(): Configuration {
    return this.#newest.configuration
  }

  /** Index of the entry that brought the configuration in force; the mark's index where it came with that. */
  get changedAt(): number {
    return this.#newest.index
  }

  /** Encoded configuration in force at index, which is at or above the mark. */
  encodedAt(index: number): Uint8Array {
    return defined(
      this.#changes.findLast((change) => change.index <= index),
      `configuration at ${index}`,
    ).encoded
  }

  appended(entry: Entry): void {
    if (entry.type !== 'configuration') return
    assert(entry.index > this.changedAt, () => `configuration at ${entry.index}, newest ${this.changedAt}`)
    this.#changes.push({
      index: entry.index,
      encoded: entry.payload,
      configuration: decodeConfiguration(entry.payload),
    })
  }

  truncated(fromIndex: number): void {
    this.#changes = this.#changes.filter((change, at) => at === 0 || change.index < fromIndex)
  }

  compacted(mark: SnapshotMark): void {
    this.#changes = [ofMark(mark), ...this.#changes.filter((change) => change.index > mark.index)]
  }

  reset(mark: SnapshotMark): void {
    this.#changes = [ofMark(mark)]
  }

  isVoter(id: NodeId): boolean {
    return this.voters().some((member) => member.id === id)
  }

  /**
   * Whether a member may stand for election: a voter may, and so may who was one before a configuration that it does not know to
   * be committed. Perhaps it alone has that entry, and the others cannot win without its vote, which it owes to no shorter
   * log (thesis §4.2.2). Its own vote counts only where it is a voter.
   */
  mayStand(id: NodeId, commit: number): boolean {
    const inForce = this.#changes.findLastIndex((change) => change.index <= commit)
    return this.#changes
      .slice(Math.max(0, inForce))
      .some(({ configuration }) => votersOf(configuration).some((member) => member.id === id))
  }

  /** Voters of both halves, each once. */
  voters(): readonly Member[] {
    return votersOf(this.current)
  }

  /** Everybody whom a leader replicates to, itself included. */
  members(): readonly Member[] {
    const { voters, outgoing, learners } = this.current
    return unique([...voters, ...outgoing, ...learners])
  }

  get #newest(): Change {
    return defined(this.#changes.at(-1), 'configuration')
  }
}

function votersOf({ voters, outgoing }: Configuration): readonly Member[] {
  return outgoing.length === 0 ? voters : unique([...voters, ...outgoing])
}

function ofMark(mark: SnapshotMark): Change {
  return {
    index: mark.index,
    encoded: mark.configuration,
    configuration:
      mark.configuration.length === 0 ? NO_CONFIGURATION : decodeConfiguration(mark.configuration),
  }
}

/** Before index 1 nobody is a member. */
const NO_CONFIGURATION = {
  clusterId: '00'.repeat(16),
  historyId: '00'.repeat(16),
  voters: [],
  outgoing: [],
  learners: [],
} as unknown as Configuration

function unique(members: readonly Member[]): readonly Member[] {
  return [...new Map(members.map((member) => [member.id, member])).values()]
}
