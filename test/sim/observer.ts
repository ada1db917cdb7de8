import { bytesToHex } from '../../src/model/codec.js'
import type { Configuration, Member } from '../../src/raft/configuration.js'
import type { RaftStatus } from '../../src/raft/raft.js'
import type { SimNode } from './sim-node.js'

/**
 * Looks at all nodes after every event and remembers what may never change: one leader a term (Raft §5.2), one state hash an
 * index (state-machine safety, §5.4.3), commit indexes that go back on no running node, memory within bounds.
 */
export class Observer {
  readonly #leaders = new Map<number, string>()
  readonly #hashes = new Map<number, { hash: string; by: string }>()
  readonly #commits = new Map<object, number>()
  readonly #seen = new Map<object, number>()
  /** The configuration that each leads with, and since when. */
  readonly #leading = new Map<object, { readonly index: number; readonly configuration: Configuration }>()
  readonly #overlapping = new Set<string>()
  /** Highest term that any node has led in. */
  highestTerm = 0

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
        this.#successive(node, raft)
      } else this.#leading.delete(node)
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

  /** Every majority of a configuration meets every one of the next (thesis §4.3). */
  #successive(node: object, { configuration, configurationIndex: index }: RaftStatus): void {
    const before = this.#leading.get(node)
    if (before?.index === index) return
    this.#leading.set(node, { index, configuration })
    if (before === undefined) return
    const pair = `${nameOf(before.configuration)} to ${nameOf(configuration)}`
    if (this.#overlapping.has(pair)) return
    this.#overlapping.add(pair)
    if (!majoritiesMeet(before.configuration, configuration))
      this.report(`majorities need not meet from configuration ${pair}, at ${index}`)
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

function nameOf({ voters, outgoing }: Configuration): string {
  const names = (members: readonly Member[]) => members.map(({ id }) => id).join(' ')
  return outgoing.length === 0 ? `(${names(voters)})` : `(${names(outgoing)} / ${names(voters)})`
}
