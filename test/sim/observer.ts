import { bytesToHex } from '../../src/model/codec.js'
import type { NodeId } from '../../src/model/node-id.js'
import type { Configuration, Member } from '../../src/raft/configuration.js'
import type { RaftStatus } from '../../src/raft/raft.js'
import type { SimNode } from './sim-node.js'

/** What one node leads with. */
interface Lead {
  readonly index: number
  readonly configuration: Configuration
  /** The newest one that was committed while it led. */
  readonly settled: Configuration
  readonly commit: number
}

/**
 * Looks at all nodes after every event and remembers what may never change: one leader a term (Raft §5.2), elected by majorities
 * and holding all that was committed (§5.4), what it commits held by majorities, one state hash an index (state-machine
 * safety, §5.4.3), commit indexes that go back on no running node. Its counting of majorities is its own.
 */
export class Observer {
  readonly #leaders = new Map<number, string>()
  readonly #hashes = new Map<number, { hash: string; by: string }>()
  readonly #commits = new Map<object, number>()
  readonly #seen = new Map<object, number>()
  readonly #leading = new Map<object, Lead>()
  readonly #overlapping = new Set<string>()
  /** Highest term that any node has led in. */
  highestTerm = 0
  /** Highest index that any node ever knew to be committed. */
  highestCommit = 0
  /** Entries by which some leader changed who votes, and the newest that one knew to be committed. */
  readonly #changes = new Set<string>()
  #newestChange = 0

  constructor(
    private readonly nodes: readonly SimNode[],
    private readonly report: (violation: string) => void,
  ) {}

  /** Cheap: most events change nothing here. */
  look(): void {
    for (const simNode of this.nodes) {
      const { node } = simNode
      if (node === undefined) continue
      const { role, term, commitIndex, appliedIndex, raft } = node.status()
      if (role === 'leader') {
        this.#leads(simNode.id, term)
        this.#decides(simNode.id, node, raft)
      } else this.#leading.delete(node)
      this.highestCommit = Math.max(this.highestCommit, commitIndex)
      const commit = this.#commits.get(node) ?? 0
      if (commitIndex < commit)
        this.report(`${simNode.id} took commit index ${commit} back to ${commitIndex}`)
      this.#commits.set(node, commitIndex)
      if (appliedIndex > commitIndex)
        this.report(`${simNode.id} applied ${appliedIndex} above commit ${commitIndex}`)
      if (raft.peers.some((peer) => peer.match >= peer.next))
        this.report(`${simNode.id}: match not below next`)
      const from = this.#seen.get(node) ?? Math.max(0, appliedIndex - 1)
      for (let index = from + 1; index <= appliedIndex && !simNode.states.isAltered; index++)
        this.#hash(simNode.id, index, node.hashAt(index))
      this.#seen.set(node, appliedIndex)
    }
  }

  #leads(id: string, term: number): void {
    this.highestTerm = Math.max(this.highestTerm, term)
    const known = this.#leaders.get(term)
    if (known === undefined) this.#leaders.set(term, id)
    else if (known !== id) this.report(`term ${term} has two leaders: ${known} and ${id}`)
  }

  #decides(id: NodeId, node: object, raft: RaftStatus): void {
    const { configuration, configurationIndex: index, commit } = raft
    const before = this.#leading.get(node)
    if (before?.index === index && before.commit === commit) return
    let settled = configuration
    if (before === undefined) this.#elected(id, raft)
    else {
      settled = before.index <= commit ? before.configuration : before.settled
      if (nameOf(before.configuration) !== nameOf(configuration)) {
        this.#changes.add(changeAt(index, configuration))
        this.#successive(new Set([before.configuration, settled]), configuration, index)
      }
      if (commit > before.commit) this.#committed(id, commit, before, configuration)
    }
    if (index <= commit) {
      settled = configuration
      if (this.#changes.has(changeAt(index, configuration)))
        this.#newestChange = Math.max(this.#newestChange, index)
    }
    this.#leading.set(node, { index, configuration, settled, commit })
  }

  /**
   * What is new among the committed is held by majorities. A joint configuration may be left in the same moment: it counted
   * its own entry, and what comes after that the one that follows it, which is in force as soon as it is appended.
   */
  #committed(id: NodeId, commit: number, before: Lead, configuration: Configuration): void {
    const isLeft = before.configuration.outgoing.length > 0 && configuration.outgoing.length === 0
    const counts: (readonly [index: number, by: Configuration])[] = isLeft
      ? [
          [Math.min(commit, Math.max(before.index, before.commit)), before.configuration],
          [commit, configuration],
        ]
      : [[commit, before.configuration]]
    for (const [index, by] of counts)
      if (!this.#isHeld(index, by))
        this.report(`${id} takes ${index} for committed, and a majority of ${nameOf(by)} lacks it`)
  }

  /** Whether majorities may have voted for it, and what was committed before is in its log; of a leader that is not late. */
  #elected(id: NodeId, { term, lastIndex, configuration, configurationIndex }: RaftStatus): void {
    if (term < this.highestTerm) return
    if (lastIndex < this.highestCommit)
      this.report(`${id} leads term ${term} with a log to ${lastIndex}; ${this.highestCommit} was committed`)
    if (configurationIndex < this.#newestChange)
      this.report(
        `${id} leads with the members of ${configurationIndex}, and those of ${this.#newestChange} were committed`,
      )
    const voted = (raft: RaftStatus) => raft.term > term || (raft.term === term && raft.vote === id)
    if (!this.#byMajorities(configuration, voted))
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

  /** On disks: it counts for nothing before. */
  #isHeld(index: number, configuration: Configuration): boolean {
    return this.#byMajorities(configuration, ({ durableIndex }) => durableIndex >= index)
  }

  /** Whether it may be so of majorities: of whom nobody can ask, since they are down, it may. */
  #byMajorities({ voters, outgoing }: Configuration, holds: (raft: RaftStatus) => boolean): boolean {
    return [voters, outgoing].every((half) => {
      const without = half.filter(({ id }) => {
        const simNode = this.nodes.find((each) => each.id === id)
        const raft = simNode?.lost === undefined ? simNode?.node?.status().raft : undefined
        return raft !== undefined && !holds(raft)
      })
      return half.length === 0 || (half.length - without.length) * 2 > half.length
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

/** With what it changed to: the entry may be replaced by another, and a log that is cut there gives the index of its first one. */
function changeAt(index: number, configuration: Configuration): string {
  return `${index} ${nameOf(configuration)}`
}

function nameOf({ voters, outgoing }: Configuration): string {
  const names = (members: readonly Member[]) => members.map(({ id }) => id).join(' ')
  return outgoing.length === 0 ? `(${names(voters)})` : `(${names(outgoing)} / ${names(voters)})`
}
