import { AssertionFailure, assert, defined } from '../../src/model/assert.js'
import { DecodeError } from '../../src/model/codec.js'
import type { NodeId } from '../../src/model/node-id.js'
import { bootstrapState } from '../../src/raft/bootstrap.js'
import { type BreachRule, isFatal } from '../../src/raft/breach.js'
import type { Effect } from '../../src/raft/effect.js'
import type { EntryType } from '../../src/raft/entry.js'
import type { Message } from '../../src/raft/message.js'
import { decodeMessage, encodeMessage } from '../../src/rpc/raft-codec.js'
import { CoreNode } from './core-node.js'
import { seededRandom } from './random-run.js'

const SELF = 'n1' as NodeId
const OTHERS = ['n2', 'n3'] as NodeId[]
const TYPES: readonly Message['type'][] = [
  'pre-vote-request',
  'pre-vote-answer',
  'vote-request',
  'vote-answer',
  'append',
  'append',
  'append',
  'append-accepted',
  'append-rejected',
  'heartbeat',
  'heartbeat-answer',
  'commit',
  'newer-term',
  'timeout-now',
  'read-request',
  'read-answer',
]

/**
 * One correct core among members that say anything at all, mostly something close to the truth. Whatever they say, it must not
 * fall over, and what it promises by itself must hold.
 */
export class LyingRun {
  readonly met = new Map<BreachRule, number>()
  leaderships = 0
  commits = 0
  installs = 0
  readonly #random: (limit: number) => number
  readonly #configuration: Uint8Array
  #node: CoreNode
  /** Whom it voted for, by term; itself where it stood. */
  readonly #votes = new Map<number, NodeId>()
  /** Of this life. */
  #commit = 0
  #stopped = false

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.#node = this.#newNode()
    this.#configuration = this.#node.up.markAt(1).configuration
  }

  step(): void {
    const node = this.#node
    const dice = this.#random(100)
    if (dice < 55) this.#lie()
    else if (dice < 70) node.up.tick()
    else if (dice < 80) node.sync(this.#random(node.pending.length + 1))
    else if (dice < 85) node.up.propose([new Uint8Array(this.#random(50))], 1)
    else if (dice < 88) node.up.readIndex(this.#random(1_000))
    else if (dice < 91) this.#snapshot()
    else if (dice < 93) this.#install()
    else if (dice < 95) this.#compact()
    else if (dice < 96) node.up.peerUnreachable(this.#pick(OTHERS))
    else if (dice < 97) node.up.transferLeadership()
    else if (dice < 98) this.#finishSnapshot()
    else if (dice < 99) this.#restart()
    else node.slowDisk = this.#random(2) === 0
    if (this.#random(4) > 0) node.run()
    this.#check()
    if (this.#stopped) this.#begin()
  }

  #lie(): void {
    let message = this.#message(this.#pick(TYPES), this.#pick(OTHERS))
    if (this.#random(4) === 0) {
      const flipped = this.#flipped(message)
      // As the node does with what comes under another name.
      if (flipped === undefined || flipped.to !== SELF || !OTHERS.includes(flipped.from)) return
      message = flipped
    }
    this.#node.up.step(message)
  }

  /** The same in bytes, one of them wrong: as long as it still decodes. */
  #flipped(message: Message): Message | undefined {
    let bytes: Uint8Array
    try {
      bytes = encodeMessage(message)
    } catch (error) {
      if (error instanceof AssertionFailure) return undefined
      throw error
    }
    const at = this.#random(bytes.length)
    bytes[at] = (bytes[at] as number) ^ (1 << this.#random(8))
    try {
      return decodeMessage(bytes)
    } catch (error) {
      if (error instanceof DecodeError) return undefined
      throw error
    }
  }

  #message(type: Message['type'], from: NodeId): Message {
    const { lastIndex } = this.#node.up.status()
    const term = this.#term()
    const prevIndex = this.#index()
    const commit = this.#index()
    const known = this.#node.up.termAt(prevIndex)
    const prevTerm = known === undefined || this.#random(8) === 0 ? this.#entryTerm() : known
    const conflictIndex = this.#random(2) === 0 ? prevIndex : this.#index()
    return {
      type,
      from,
      to: SELF,
      term,
      prevIndex,
      prevTerm,
      entries: type === 'append' ? this.#entries(prevIndex, prevTerm, term) : [],
      commit,
      index: this.#random(9) === 0 ? undefined : this.#index(),
      lastIndex: this.#random(3) === 0 ? this.#index() : lastIndex + 5,
      lastTerm: this.#random(3) === 0 ? this.#entryTerm() : Math.max(0, term - 1),
      transfer: this.#random(2) === 0,
      granted: this.#random(3) > 0,
      conflictTerm: this.#random(2) === 0 ? 0 : this.#entryTerm(),
      conflictIndex,
      round: this.#random(4),
      id: this.#random(1_000),
    } as unknown as Message
  }

  #entries(prevIndex: number, prevTerm: number, term: number) {
    let last = { index: prevIndex, term: prevTerm }
    return Array.from({ length: this.#random(5) }, () => {
      const type: EntryType = this.#random(12) === 0 ? 'configuration' : 'command'
      const payload =
        type === 'configuration' && this.#random(2) > 0
          ? this.#configuration
          : new Uint8Array(this.#random(30))
      const entryTerm = this.#random(12) === 0 ? this.#entryTerm() : this.#random(4) === 0 ? term : last.term
      const index = this.#random(25) === 0 ? this.#index() : last.index + 1
      last = { index, term: entryTerm }
      return { ...last, type, payload, stampMs: this.#random(40) === 0 ? this.#odd() : 5 }
    })
  }

  /** Near what matters here, or anything. */
  #index(): number {
    const { commit, applied, firstIndex, lastIndex, durableIndex } = this.#node.up.status()
    if (this.#random(40) === 0) return this.#odd()
    const near = this.#pick([commit, applied, firstIndex, lastIndex, durableIndex])
    return Math.max(0, near + this.#random(5) - 2)
  }

  #term(): number {
    const { term } = this.#node.up.status()
    if (this.#random(60) === 0) return this.#odd()
    return Math.max(0, term + this.#pick([-1, 0, 0, 0, 0, 0, 0, 1]))
  }

  #entryTerm(): number {
    return Math.max(0, this.#node.up.status().term - this.#random(3))
  }

  #odd(): number {
    return this.#pick([
      -1,
      0.5,
      Number.NaN,
      2 ** 53,
      2 ** 53 - 1,
      2 ** 32,
      2 ** 48 + 1,
      Number.POSITIVE_INFINITY,
    ])
  }

  #snapshot(): void {
    if (this.#node.installing !== undefined) return
    const configuration = this.#random(6) === 0 ? new Uint8Array(this.#random(9)) : this.#configuration
    const index = this.#index()
    const mark = { index, term: this.#node.up.termAt(index) ?? this.#entryTerm(), configuration }
    const from = this.#pick(OTHERS)
    this.#node.receive({ from, to: SELF, term: this.#term(), mark, applied: [] })
    // The next one is not taken before the core has said what becomes of this one.
    this.#node.run()
  }

  #install(): void {
    const node = this.#node
    node.run()
    if (this.#stopped || node.installing === undefined) return
    node.sync()
    node.swapState()
    node.resetLog()
    this.installs++
  }

  #compact(): void {
    const { applied, firstIndex } = this.#node.up.status()
    if (this.#node.installing !== undefined || applied < firstIndex || this.#stopped) return
    this.#node.compact(firstIndex + this.#random(applied - firstIndex + 1))
  }

  #finishSnapshot(): void {
    const asked = this.#node.asked.shift()
    if (asked !== undefined)
      this.#node.up.snapshotFinished(asked.to, this.#random(2) === 0, this.#node.disk.state.index)
  }

  #restart(): void {
    this.#node.crash()
    this.#node.start()
    this.#commit = 0
  }

  #check(): void {
    const { commit, applied, lastIndex, role, term } = this.#node.up.status()
    assert(commit >= this.#commit, () => `commit ${commit} after ${this.#commit}`)
    assert(
      applied <= commit && commit <= lastIndex,
      () => `applied ${applied}, commit ${commit}, last ${lastIndex}`,
    )
    assert(Number.isSafeInteger(term), () => `term ${term}`)
    if (commit > this.#commit) this.commits++
    if (role === 'leader') this.leaderships++
    this.#commit = commit
  }

  #sent(node: CoreNode, message: Message): void {
    if (message.type === 'vote-answer' && message.granted) this.#voted(message.term, message.to)
    if (message.type === 'vote-request') this.#voted(message.term, SELF)
    if (message.type === 'append-accepted') {
      const last = node.disk.mark.index + node.disk.entries.length
      assert(last >= message.index, () => `acknowledged ${message.index}, durable ${last}`)
    }
    // What it says must be something that can be said.
    encodeMessage(message)
  }

  #voted(term: number, candidate: NodeId): void {
    const other = this.#votes.get(term) ?? candidate
    assert(other === candidate, () => `votes for ${other} and ${candidate} in term ${term}`)
    this.#votes.set(term, candidate)
  }

  #effect(effect: Effect): void {
    if (effect.type !== 'breach') return
    const { breach } = effect
    this.met.set(breach.rule, (this.met.get(breach.rule) ?? 0) + 1)
    if (isFatal(breach)) this.#stopped = true
  }

  /** What has stopped stays stopped, whatever comes; then another node takes its place. */
  #begin(): void {
    const before = this.#node.up.status()
    for (let i = 0; i < 20; i++) {
      this.#lie()
      this.#node.up.tick()
      this.#node.up.campaign()
    }
    const after = this.#node.up.status()
    assert(after.term === before.term && after.role === 'follower', 'a stopped member takes part again')
    this.#stopped = false
    this.#votes.clear()
    this.#commit = 0
    this.#node = this.#newNode()
  }

  #newNode(): CoreNode {
    const members = [SELF, ...OTHERS].map((id) => ({ id, address: `h:${id}` }))
    const options = {
      random: this.#random,
      electionTicks: 3,
      preVote: this.#random(2) === 0,
      checkQuorum: this.#random(2) === 0,
      inflightMessagesMax: 1 + this.#random(4),
      appendBytesMax: 40 + this.#random(200),
      applyBytesMax: 40 + this.#random(200),
      readContextsMax: 5,
    }
    const node = new CoreNode(SELF, options, bootstrapState({ clusterToken: 't', members }), {
      sent: (from, message) => this.#sent(from, message),
      effect: (_, effect) => this.#effect(effect),
    })
    node.slowDisk = this.#random(2) === 0
    return node
  }

  #pick<T>(items: readonly T[]): T {
    return defined(items[this.#random(items.length)], 'choice')
  }
}
