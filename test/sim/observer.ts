import { bytesToHex } from '../../src/model/codec.js'
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
      if (role === 'leader') this.#leading(simNode.id, term)
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

  #leading(id: string, term: number): void {
    this.highestTerm = Math.max(this.highestTerm, term)
    const known = this.#leaders.get(term)
    if (known === undefined) this.#leaders.set(term, id)
    else if (known !== id) this.report(`term ${term} has two leaders: ${known} and ${id}`)
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
