import { assert, defined } from '../../src/model/assert.js'
import type { NodeId } from '../../src/model/node-id.js'
import { bootstrapState, EMPTY_MARK } from '../../src/raft/bootstrap.js'
import type { Effect } from '../../src/raft/effect.js'
import type { MembershipChange } from '../../src/raft/membership-change.js'
import type { Message } from '../../src/raft/message.js'
import { quorumValue } from '../../src/raft/quorum.js'
import { decodeMessage, encodeMessage } from '../../src/rpc/raft-codec.js'
import { CoreNode, type Snapshot } from './core-node.js'

/** A small seeded generator (mulberry32). */
export function seededRandom(seed: number): (limit: number) => number {
  let state = seed >>> 0
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
}

interface Packet {
  readonly from: NodeId
  readonly to: NodeId
  readonly bytes: Uint8Array
}

/**
 * Some cores under one seed's misfortune: messages lost, doubled and shuffled, disks that lag, crashes that lose what was
 * not durable, snapshots, transfers. Every event is checked against what Raft promises (Raft figure 3).
 */
export class RandomRun {
  readonly nodes: CoreNode[]
  readonly #random: (limit: number) => number
  #packets: Packet[] = []
  #snapshots: Snapshot[] = []
  #blocked = new Set<string>()
  #payload = 0
  #context = 0
  #ticks = 0

  /** Leader of each term. */
  readonly #leaders = new Map<number, NodeId>()
  /** Term before, and payload, of every entry ever made, by index and term. */
  readonly #made = new Map<string, string>()
  /** What is committed, by index. */
  readonly #committed = new Map<number, string>()
  #highestCommit = 1
  /** Highest commit of each node's life. */
  readonly #commits = new Map<NodeId, number>()
  /** What a read must reflect at least, by node and context. */
  readonly #reads = new Map<string, number>()
  readsServed = 0
  elections = 0
  installs = 0
  changes = 0

  constructor(seed: number) {
    const random = seededRandom(seed)
    this.#random = random
    const size = 3 + random(3)
    const members = Array.from({ length: size }, (_, i) => ({
      id: `n${i + 1}` as NodeId,
      address: `h:${i + 1}`,
    }))
    const lease = random(3) === 0
    const electionTicks = lease ? 10 : 5
    const options = {
      random,
      electionTicks,
      preVote: random(4) > 0,
      checkQuorum: lease || random(4) > 0,
      // No node ticks more often than all together: so long is its election timeout at the least.
      lease: lease ? { monotonicMs: () => this.#ticks, leaseMs: electionTicks } : undefined,
      inflightMessagesMax: 1 + random(4),
      inflightBytesMax: 100 + random(400),
      appendBytesMax: 40 + random(200),
      applyBytesMax: 40 + random(200),
      uncommittedBytesMax: 2_000,
    }
    const watcher = {
      sent: (node: CoreNode, message: Message) => this.#sent(node, message),
      effect: (node: CoreNode, effect: Effect) => this.#effect(node, effect),
    }
    // In the middle of an upgrade, now and then: each member runs with or without what a release may have brought.
    const mixed = !lease && random(3) === 0
    const own = () => (mixed ? { ...options, preVote: random(2) > 0, checkQuorum: random(2) > 0 } : options)
    const founders = members.map(
      ({ id }) => new CoreNode(id, own(), bootstrapState({ clusterToken: 't', members }), watcher),
    )
    // Machines with empty disks, which somebody may add.
    const others = ['x1', 'x2'].map((id) => new CoreNode(id as NodeId, options, emptyDisk(), watcher))
    this.nodes = [...founders, ...others]
    for (const node of this.nodes) node.slowDisk = random(3) > 0
  }

  step(): void {
    const dice = this.#random(1000)
    const node = this.#pick(this.nodes)
    if (dice < 200) this.#tick(node)
    else if (dice < 640) for (let count = this.#random(4); count >= 0; count--) this.#deliver()
    else if (dice < 665) this.#packets.splice(this.#random(this.#packets.length), 1)
    else if (dice < 690) this.#duplicate()
    else if (dice < 820) node.sync(1 + this.#random(node.pending.length + 1))
    else if (dice < 880) this.#propose(node)
    else if (dice < 930) this.#read(node)
    else if (dice < 938) this.#block()
    else if (dice < 946) this.#blocked.clear()
    else if (dice < 956) this.#crash(node)
    else if (dice < 972) this.#compact(node)
    else if (dice < 990) this.#moveSnapshot(node)
    else if (dice < 993) node.raft?.transferLeadership()
    else if (dice < 995) node.raft?.peerUnreachable(this.#pick(this.nodes).id)
    else if (dice < 998) this.#change()
    else for (const each of this.nodes) if (each.raft === undefined) each.start()
    // Several inputs between two drains, now and then.
    if (this.#random(4) > 0) for (const each of this.nodes) each.run()
    this.#check()
  }

  /** The faults end; the cluster has to come back, and to commit. */
  heal(): void {
    this.#blocked.clear()
    for (const node of this.nodes) {
      node.slowDisk = false
      if (node.raft === undefined) node.start()
    }
    this.#switchOffDeparted()
    for (let round = 0; round < 400; round++) {
      for (const node of this.nodes) {
        this.#tick(node)
        this.#settle()
      }
    }
    const leaders = this.nodes.filter((node) => node.raft?.status().role === 'leader')
    const leader = defined(
      leaders.sort((a, b) => b.up.status().term - a.up.status().term)[0],
      'leader after the faults',
    )
    const { voters, outgoing, learners } = leader.up.status().configuration
    assert(outgoing.length === 0, 'a healed cluster has left its joint configuration')
    const members = [...voters, ...learners].map(({ id }) => this.#node(id))
    const proposed = leader.up.propose([new Uint8Array([1])], 1)
    assert(proposed.ok, 'a healed leader takes proposals')
    const context = ++this.#context
    const reader = this.#pick(members)
    this.#settle()
    this.#reads.set(`${reader.id} ${context}`, this.#highestCommit)
    reader.up.readIndex(context)
    const before = this.readsServed
    this.#settle()
    for (let round = 0; round < 3; round++) {
      for (const node of this.nodes) this.#tick(node)
      this.#settle()
    }
    assert(this.readsServed === before + 1, 'a healed cluster serves reads')
    for (const node of members) {
      const { applied, lastIndex } = node.up.status()
      assert(applied === lastIndex, () => `${node.id} applied ${applied} of ${lastIndex}`)
      assert(applied >= proposed.firstIndex, () => `${node.id} stays behind at ${applied}`)
    }
    this.#check()
  }

  /** Who was removed without hearing of it would stand for election for ever, where neither pre-vote nor check-quorum stop it. */
  #switchOffDeparted(): void {
    const states = this.nodes.map((node) => node.up.status())
    const newest = Math.max(...states.map(({ commit }) => commit))
    // What nobody has committed yet may still be.
    const inForce = states.filter(
      ({ commit, configurationIndex }) => commit === newest || configurationIndex > newest,
    )
    const members = inForce.flatMap(({ configuration: { voters, outgoing, learners } }) =>
      [...voters, ...outgoing, ...learners].map(({ id }) => id),
    )
    for (const node of this.nodes) if (!members.includes(node.id)) node.crash()
  }

  #tick(node: CoreNode): void {
    this.#ticks++
    node.raft?.tick()
  }

  #settle(): void {
    for (let round = 0; round < 10_000; round++) {
      for (const node of this.nodes) {
        node.run()
        this.#moveSnapshot(node)
        node.run()
      }
      const packets = this.#packets
      this.#packets = []
      if (packets.length === 0) return
      for (const packet of packets) this.#hand(packet)
    }
    assert(false, 'messages never end')
  }

  #deliver(): void {
    if (this.#packets.length === 0) return
    // Mostly in order, so that there is progress; sometimes from anywhere.
    const at = this.#random(4) === 0 ? this.#random(this.#packets.length) : 0
    const packet = defined(this.#packets.splice(at, 1)[0], 'packet')
    if (!this.#blocked.has(`${packet.from} ${packet.to}`)) this.#hand(packet)
  }

  #hand(packet: Packet): void {
    this.#node(packet.to).raft?.step(decodeMessage(packet.bytes))
    this.#check()
  }

  #duplicate(): void {
    if (this.#packets.length > 0) this.#packets.push(this.#pick(this.#packets))
  }

  #propose(node: CoreNode): void {
    const count = 1 + this.#random(3)
    const payloads = Array.from({ length: count }, () =>
      new Uint8Array(8 + this.#random(60)).fill(this.#payload++),
    )
    node.raft?.propose(payloads, this.#payload)
  }

  /** Whoever leads is asked to change the members, sensibly or not. */
  #change(): void {
    const leader = this.nodes.find((node) => node.raft?.status().role === 'leader')
    if (leader === undefined) return
    const count = 1 + this.#random(2)
    const changes = Array.from({ length: count }, (): MembershipChange => {
      const { id } = this.#pick(this.nodes)
      const member = { id, address: `h:${id}/${this.#random(9)}` }
      const type = this.#pick(['add-learner', 'promote', 'promote', 'remove', 'move'] as const)
      return type === 'promote' || type === 'remove' ? { type, id } : { type, member }
    })
    if (leader.up.changeMembership(changes).ok) this.changes++
  }

  #read(node: CoreNode): void {
    if (node.raft === undefined) return
    const context = ++this.#context
    this.#reads.set(`${node.id} ${context}`, this.#highestCommit)
    node.raft.readIndex(context)
  }

  #block(): void {
    const alone = this.#pick(this.nodes).id
    const oneWay = this.#random(3) === 0
    for (const { id } of this.nodes) {
      this.#blocked.add(`${alone} ${id}`)
      if (!oneWay) this.#blocked.add(`${id} ${alone}`)
    }
  }

  #crash(node: CoreNode): void {
    if (node.raft === undefined) {
      node.start()
      return
    }
    // A write under way may have reached the disk without anyone having been told.
    if (this.#random(2) === 0) {
      node.raft = undefined
      node.sync(this.#random(node.pending.length + 1))
    } else if (node.installing !== undefined) {
      node.sync()
      node.swapState()
    }
    node.crash()
    this.#commits.delete(node.id)
  }

  #compact(node: CoreNode): void {
    if (node.raft === undefined || node.installing !== undefined) return
    const { firstIndex, applied } = node.raft.status()
    if (applied < firstIndex) return
    node.compact(firstIndex + this.#random(applied - firstIndex + 1))
  }

  #moveSnapshot(node: CoreNode): void {
    if (node.raft === undefined) return
    if (node.installing !== undefined) {
      node.sync()
      node.swapState()
      node.resetLog()
      this.installs++
      return
    }
    const asked = node.asked.shift()
    if (asked !== undefined) this.#snapshots.push(node.takeSnapshot(asked))
    if (this.#snapshots.length === 0) return
    const snapshot = defined(this.#snapshots.shift(), 'snapshot')
    const arrives = this.#random(4) > 0 && !this.#blocked.has(`${snapshot.from} ${snapshot.to}`)
    const receiver = this.#node(snapshot.to)
    if (arrives && receiver.raft !== undefined && receiver.installing === undefined) {
      receiver.receive(snapshot)
      receiver.run()
    }
    this.#node(snapshot.from).raft?.snapshotFinished(snapshot.to, arrives, snapshot.mark.index)
  }

  #sent(node: CoreNode, message: Message): void {
    this.#checkPromise(node, message)
    if (node.raft !== undefined || this.#random(2) === 0) {
      this.#packets.push({ from: message.from, to: message.to, bytes: encodeMessage(message) })
    }
  }

  /** What a message promises is on the disk when it leaves. */
  #checkPromise(node: CoreNode, message: Message): void {
    const { hardState } = node.disk
    if (message.type === 'vote-answer' && message.granted) {
      const kept = hardState.term > message.term || hardState.vote === message.to
      assert(hardState.term >= message.term && kept, () => `${node.id} gave a vote that it can forget`)
    }
    if (message.type === 'vote-request') {
      const kept = hardState.term > message.term || hardState.vote === node.id
      assert(hardState.term >= message.term && kept, () => `${node.id} stands in a term that it can forget`)
    }
    if (message.type === 'append-accepted') {
      const { mark, entries } = node.disk
      const last = mark.index + entries.length
      assert(last >= message.index, () => `${node.id} acknowledged ${message.index}, durable ${last}`)
    }
  }

  #effect(node: CoreNode, effect: Effect): void {
    if (effect.type === 'role' && effect.role === 'leader') this.#checkLeader(node, effect.term)
    if (effect.type === 'persist') this.#checkEntries(node, effect)
    assert(
      effect.type !== 'breach',
      () => `${node.id} takes a correct member for a liar: ${JSON.stringify(effect)}`,
    )
    if (effect.type === 'read-ready') {
      const least = defined(this.#reads.get(`${node.id} ${effect.context}`), 'read')
      assert(effect.index >= least, () => `${node.id} read at ${effect.index}, ${least} was committed before`)
      this.#reads.delete(`${node.id} ${effect.context}`)
      this.readsServed++
    }
    if (effect.type === 'read-failed') {
      const known = this.#reads.delete(`${node.id} ${effect.context}`)
      assert(known, () => `${node.id} answered read ${effect.context} twice`)
    }
    if (effect.type === 'apply') {
      for (const entry of effect.entries) {
        const text = `${entry.term} ${entry.payload}`
        assert(
          node.durableTermAt(entry.index) === entry.term,
          () => `${node.id} applies ${entry.index} undurable`,
        )
        const known = this.#committed.get(entry.index) ?? text
        assert(known === text, () => `${node.id} applied ${text} at ${entry.index}, others ${known}`)
        this.#committed.set(entry.index, text)
      }
    }
  }

  /** Election safety and leader completeness. */
  #checkLeader(node: CoreNode, term: number): void {
    const other = this.#leaders.get(term) ?? node.id
    assert(other === node.id, () => `${other} and ${node.id} lead term ${term}`)
    this.#leaders.set(term, node.id)
    this.elections++
    for (const [index, text] of this.#committed) {
      const held = node.up.termAt(index)
      if (index <= node.up.status().firstIndex - 1) continue
      assert(
        String(held) === text.split(' ')[0],
        () => `leader ${node.id} of ${term} lacks ${index} (${text})`,
      )
    }
  }

  /** Log matching: index and term name one entry and one entry before it. */
  #checkEntries(node: CoreNode, effect: Extract<Effect, { type: 'persist' }>): void {
    for (const entry of effect.entries) {
      const text = `${node.up.termAt(entry.index - 1)} ${entry.payload}`
      const key = `${entry.index} ${entry.term}`
      const known = this.#made.get(key) ?? text
      assert(known === text, () => `${node.id} holds ${text} at ${key}, others ${known}`)
      this.#made.set(key, text)
    }
  }

  #check(): void {
    const leads = (node: CoreNode) => (node.raft?.status().role === 'leader' ? 0 : 1)
    for (const node of [...this.nodes].sort((a, b) => leads(a) - leads(b))) {
      if (node.raft === undefined) continue
      const { commit, applied, role, term, configuration } = node.raft.status()
      const before = this.#commits.get(node.id) ?? 0
      assert(
        commit >= before && applied <= commit,
        () => `${node.id} commit ${commit}, was ${before}, applied ${applied}`,
      )
      this.#commits.set(node.id, commit)
      if (commit <= this.#highestCommit) continue
      this.#highestCommit = commit
      // New to everybody: the leader's own word. A majority must hold it where no crash can take it.
      assert(role === 'leader', () => `${node.id}, ${role} of ${term}, is the first to commit ${commit}`)
      const entryTerm = node.raft.termAt(commit)
      const durable = quorumValue(configuration, (id) => {
        const peer = this.#node(id)
        const beyond = peer.disk.mark.index >= commit
        return beyond || peer.durableTermAt(commit) === entryTerm ? 1 : 0
      })
      assert(durable === 1, () => `${node.id} committed ${commit} below a durable majority`)
    }
  }

  #node(id: NodeId): CoreNode {
    return defined(
      this.nodes.find((node) => node.id === id),
      `node ${id}`,
    )
  }

  #pick<T>(items: readonly T[]): T {
    return defined(items[this.#random(items.length)], 'choice')
  }
}

function emptyDisk() {
  return {
    hardState: { term: 0, vote: undefined, commit: 0 },
    mark: EMPTY_MARK,
    entries: [],
    appliedIndex: 0,
  }
}
