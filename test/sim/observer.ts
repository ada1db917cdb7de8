import { bytesToHex } from '../../src/model/codec.js'
import type { NodeId } from '../../src/model/node-id.js'
import type { Configuration, Member } from '../../src/raft/configuration.js'
import type { Raft, RaftStatus } from '../../src/raft/raft.js'
import { CommittedLog } from './committed-log.js'
import type { SimNode } from './sim-node.js'

/** What one node leads with. */
interface Lead {
  readonly index: number
  readonly configuration: Configuration
  /** The newest one that was committed while it led. */
  readonly settled: Configuration
  readonly commit: number
}

/** How far one life of a node has been looked at. */
interface Seen {
  commit: number
  applied: number
  /** With which members its commit index was looked at. */
  configurationIndex: number
  lead: Lead | undefined
}

/**
 * Looks at all nodes after every event and remembers what may never change: one leader a term (Raft §5.2), elected by majorities
 * and holding all that was committed (§5.4), what it commits held by majorities, one entry and one list of members an index, one
 * state hash an index (state-machine safety, §5.4.3), commit indexes that go back on no running node. Its counting of majorities
 * is its own.
 */
export class Observer {
  readonly #leaders = new Map<number, string>()
  readonly #hashes = new Map<number, { hash: string; by: string }>()
  readonly #seen = new WeakMap<Raft, Seen>()
  /** The core of each machine, of its last process where none is up. */
  readonly #cores = new Map<NodeId, Raft>()
  readonly #committed: CommittedLog
  readonly #overlapping = new Set<string>()
  /** Highest term that any node has led in. */
  highestTerm = 0
  /** Highest index that any node ever knew to be committed. */
  highestCommit = 0

  constructor(
    private readonly nodes: readonly SimNode[],
    private readonly report: (violation: string) => void,
  ) {
    this.#committed = new CommittedLog(report)
  }

  /** Cheap: most events change nothing here. */
  look(): void {
    for (const simNode of this.nodes) {
      const { id, node, raft: core } = simNode
      if (node === undefined || core === undefined) continue
      const { role, term, commitIndex, appliedIndex, raft } = node.status()
      const seen = this.#seenOf(id, core, raft, appliedIndex)
      if (commitIndex < seen.commit)
        this.report(`${id} took commit index ${seen.commit} back to ${commitIndex}`)
      this.#commits(id, core, seen, raft)
      if (role === 'leader') {
        this.#leads(id, term)
        this.#decides(id, core, seen, raft)
      } else seen.lead = undefined
      seen.commit = commitIndex
      this.highestCommit = Math.max(this.highestCommit, commitIndex)
      if (appliedIndex > commitIndex) this.report(`${id} applied ${appliedIndex} above commit ${commitIndex}`)
      if (raft.peers.some((peer) => peer.match >= peer.next)) this.report(`${id}: match not below next`)
      for (let index = seen.applied + 1; index <= appliedIndex && !simNode.states.isAltered; index++)
        this.#hash(id, index, node.hashAt(index))
      seen.applied = appliedIndex
    }
  }

  #seenOf(id: NodeId, core: Raft, { firstIndex }: RaftStatus, appliedIndex: number): Seen {
    const known = this.#seen.get(core)
    if (known !== undefined) return known
    // What a start found retained is looked at too, from the log's mark on.
    const seen = {
      commit: Math.max(0, firstIndex - 2),
      applied: Math.max(0, appliedIndex - 1),
      configurationIndex: -1,
      lead: undefined,
    }
    this.#seen.set(core, seen)
    this.#cores.set(id, core)
    return seen
  }

  #leads(id: string, term: number): void {
    this.highestTerm = Math.max(this.highestTerm, term)
    const known = this.#leaders.get(term)
    if (known === undefined) this.#leaders.set(term, id)
    else if (known !== id) this.report(`term ${term} has two leaders: ${known} and ${id}`)
  }

  /** What is committed, and who the members are there, is the same for all. */
  #commits(
    id: NodeId,
    core: Raft,
    seen: Seen,
    { commit, configuration, configurationIndex }: RaftStatus,
  ): void {
    if (commit === seen.commit && configurationIndex === seen.configurationIndex) return
    seen.configurationIndex = configurationIndex
    this.#committed.entries(id, seen.commit, commit, (index) => core.termAt(index))
    if (configurationIndex <= commit) this.#committed.members(id, configurationIndex, commit, configuration)
  }

  #decides(id: NodeId, core: Raft, seen: Seen, raft: RaftStatus): void {
    const { configuration, configurationIndex: index, commit } = raft
    const before = seen.lead
    if (before?.index === index && before.commit === commit) return
    let settled = configuration
    if (before === undefined) this.#elected(id, core, raft)
    else {
      settled = before.index <= commit ? before.configuration : before.settled
      // A leader's log is never cut back: what it had was in force until it appended another.
      if (before.index <= commit)
        this.#committed.members(
          id,
          before.index,
          Math.max(before.index, Math.min(commit, index - 1)),
          before.configuration,
        )
      if (nameOf(before.configuration) !== nameOf(configuration))
        this.#successive(new Set([before.configuration, settled]), configuration, index)
      if (commit > before.commit) this.#majoritiesHold(id, core, raft, before)
    }
    if (index <= commit) settled = configuration
    seen.lead = { index, configuration, settled, commit }
  }

  /**
   * What is new among the committed is held by majorities. A joint configuration may be left in the same moment: it counted its own
   * entry and the first new one of this leader's term, or it would not have been left; what comes after that is counted by the
   * one that follows it, which is in force as soon as it is appended. No less is safe, and no more is promised: once majorities of
   * both halves hold the joint one, nobody is elected without a majority of the new half (thesis §4.3).
   */
  #majoritiesHold(id: NodeId, core: Raft, { term, commit, configuration }: RaftStatus, before: Lead): void {
    const isLeft = before.configuration.outgoing.length > 0 && configuration.outgoing.length === 0
    let left = Math.max(before.index, before.commit + 1)
    while (left < commit && (core.termAt(left) ?? term) < term) left++
    const counts: (readonly [index: number, by: Configuration])[] = isLeft
      ? [
          [Math.min(commit, left), before.configuration],
          [commit, configuration],
        ]
      : [[commit, before.configuration]]
    for (const [index, by] of counts)
      if (!this.#isHeld(index, core.termAt(index), by))
        this.report(`${id} takes ${index} for committed, and a majority of ${nameOf(by)} lacks it`)
  }

  /** Whether majorities may have voted for it, and what was committed before is in its log; of a leader that is not late. */
  #elected(id: NodeId, core: Raft, raft: RaftStatus): void {
    const { term, firstIndex, lastIndex, configuration, configurationIndex } = raft
    if (term < this.highestTerm) return
    const lack = this.#committed.lackOf(firstIndex, (index) => core.termAt(index))
    if (lack !== undefined)
      this.report(
        `${id} leads term ${term} with a log to ${lastIndex} without entry ${lack.index} of term ${lack.term}, which was committed`,
      )
    if (configurationIndex <= this.highestCommit)
      this.#committed.members(id, configurationIndex, this.highestCommit, configuration)
    if (!this.#byMajorities(configuration, (each) => mayHaveVoted(each.status(), id, term)))
      this.report(`${id} leads term ${term} without the votes of ${nameOf(configuration)}`)
  }

  /** Every majority of a configuration meets every one of the next, and of the last one that was committed (thesis §4.3). */
  #successive(earliers: ReadonlySet<Configuration>, configuration: Configuration, index: number): void {
    for (const earlier of earliers) {
      const pair = `${nameOf(earlier)} to ${nameOf(configuration)}`
      if (this.#overlapping.has(pair)) continue
      this.#overlapping.add(pair)
      if (!majoritiesMeet(earlier, configuration))
        this.report(`majorities need not meet from configuration ${pair}, at ${index}`)
    }
  }

  /** This entry, and no other in its place. On disks: it counts for nothing before. Who is down had on its disk no more than in memory. */
  #isHeld(index: number, term: number | undefined, configuration: Configuration): boolean {
    return this.#byMajorities(configuration, (core, isUp) => {
      const { durableIndex, lastIndex } = core.status()
      return index <= (isUp ? durableIndex : lastIndex) && (core.termAt(index) ?? term) === term
    })
  }

  /**
   * Whether it may be so of majorities. Who is down is judged by what its process had in memory when it ended, which is never less
   * than it told anybody. Of whoever lost what its disk had promised to keep, it may be so.
   */
  #byMajorities({ voters, outgoing }: Configuration, holds: (core: Raft, isUp: boolean) => boolean): boolean {
    return [voters, outgoing].every((half) => {
      const holders = half.filter(({ id }) => {
        const simNode = this.nodes.find((each) => each.id === id)
        if (simNode?.lost !== undefined) return true
        const core = this.#cores.get(id)
        return core !== undefined && holds(core, simNode?.raft === core)
      })
      return half.length === 0 || holders.length * 2 > half.length
    })
  }

  #hash(id: string, index: number, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) return
    const hash = bytesToHex(bytes)
    const known = this.#hashes.get(index)
    if (known === undefined) this.#hashes.set(index, { hash, by: id })
    else if (known.hash !== hash) {
      this.report(
        `state hash at ${index} is ${hash.slice(0, 12)} on ${id} and ${known.hash.slice(0, 12)} on ${known.by}`,
      )
    }
  }
}

/** Whether no group decides by one configuration while all others decide by another: every group of members is tried. */
export function majoritiesMeet(a: Configuration, b: Configuration): boolean {
  const halves = [a.voters, a.outgoing, b.voters, b.outgoing]
  const ids = [...new Set(halves.flat().map(({ id }) => id))]
  const decides = (group: number, { voters, outgoing }: Configuration) =>
    [voters, outgoing].every((half) => half.length === 0 || isMajority(group, half))
  const isMajority = (group: number, half: readonly Member[]) =>
    half.filter(({ id }) => (group >> ids.indexOf(id)) & 1).length * 2 > half.length
  const everybody = (1 << ids.length) - 1
  for (let group = 0; group <= everybody; group++)
    if (decides(group, a) && decides(everybody & ~group, b)) return false
  return true
}

/** A vote is known to the core before it is on the disk, and on the disk before it is given. */
function mayHaveVoted(raft: RaftStatus, candidate: NodeId, term: number): boolean {
  return raft.term > term || (raft.term === term && raft.vote === candidate)
}

function nameOf({ voters, outgoing }: Configuration): string {
  const names = (members: readonly Member[]) => members.map(({ id }) => id).join(' ')
  return outgoing.length === 0 ? `(${names(voters)})` : `(${names(outgoing)} / ${names(voters)})`
}
