import { assert, defined } from '../../src/model/assert.js'
import type { NodeId } from '../../src/model/node-id.js'
import { bootstrapConfiguration, bootstrapState, EMPTY_MARK } from '../../src/raft/bootstrap.js'
import { type Configuration, encodeConfiguration, type Member } from '../../src/raft/configuration.js'
import type { Entry } from '../../src/raft/entry.js'
import type { RecoveredState } from '../../src/raft/log.js'
import type { MembershipChange } from '../../src/raft/membership-change.js'
import type { Message } from '../../src/raft/message.js'
import type { RaftOptions } from '../../src/raft/options.js'
import { CoreNode, type Snapshot } from './core-node.js'
import { forgedMark, forgedMessage, wordsOf } from './forged-message.js'
import { effectText, entryText, membersText, messageText, peersText, statusText } from './scenario-text.js'

type Options = { -readonly [Name in keyof Omit<RaftOptions, 'id'>]: RaftOptions[Name] }

/** Plays a story on a few cores. README.md beside the stories lists the commands. */
export class Scenario {
  #nodes = new Map<string, CoreNode>()
  #members: Member[] = []
  #options: Options = { random: () => 0 }
  #packets: Message[] = []
  #delayed: Message[] = []
  #cut = new Set<string>()
  #lines: string[] = []
  #snapshots = new Map<string, Snapshot>()
  /** What all clocks show; only `clock` moves it. */
  #clockMs = 0

  /** One line of the story. @returns what it led to */
  play(line: string): string[] {
    this.#lines = []
    const [command = '', ...words] = line.trim().split(/\s+/)
    if (command === 'quiet') {
      this.play(words.join(' '))
      return []
    }
    this.#command(command, words)
    this.#run()
    // That the first entry is applied at every start tells nobody anything.
    return command === 'cluster' || command === 'given' || command === 'empty' ? [] : this.#lines
  }

  #command(command: string, words: readonly string[]): void {
    const [first = '', ...rest] = words
    switch (command) {
      case 'cluster':
        return this.#cluster(Number(first), rest)
      case 'given':
        return this.#given(first, rest)
      case 'empty':
        return this.#empty(first)
      case 'tick':
        return this.#tick(first, Number(rest[0] ?? 1))
      case 'clock':
        this.#clockMs += Number(first)
        return
      case 'campaign':
        return this.#up(first).campaign()
      case 'propose':
        return this.#propose(first, rest)
      case 'read':
        for (const context of rest) this.#up(first).readIndex(Number(context))
        return
      case 'transfer': {
        const { ok, to } = this.#up(first).transferLeadership(rest[0] as NodeId | undefined)
        return this.#say(ok ? `${first} hands over to ${to}` : `${first} cannot hand over`)
      }
      case 'change':
        return this.#change(first, rest)
      case 'unreachable':
        return this.#up(first).peerUnreachable(rest[0] as NodeId)
      case 'compact':
        return this.#node(first).compact(Number(rest[0]))
      case 'forge':
        return this.#forge(first, rest)
      case 'disk':
        return this.#disk(first, rest[0] ?? '')
      case 'crash':
        return this.#node(first).crash()
      case 'restart':
        return this.#restart(first, rest)
      case 'snapshot':
        return this.#snapshot(first, rest[0] ?? 'arrives')
      case 'install':
        return this.#install(first, rest[0] ?? 'whole')
      case 'status':
        return this.#each(words, (node) => this.#say(statusText(node.up.status())))
      case 'log':
        return this.#each(words, (node) => this.#say(`${node.id} log ${this.#logText(node)}`))
      case 'members':
        return this.#each(words, (node) => this.#say(membersText(node.up.status())))
      case 'peers':
        return this.#each(words, (node) => {
          for (const text of peersText(node.up.status())) this.#say(text)
        })
      default:
        return this.#network(command, words)
    }
  }

  #network(command: string, words: readonly string[]): void {
    const [where] = words
    switch (command) {
      case 'deliver':
        return this.#deliver(where)
      case 'drop':
        this.#take(where)
        return
      case 'delay':
        this.#delayed.push(...this.#take(where))
        return
      case 'arrive': {
        const late = this.#delayed.filter((message) => matches(message, where))
        this.#delayed = this.#delayed.filter((message) => !matches(message, where))
        return this.#hand(late)
      }
      case 'duplicate':
        this.#packets.push(...this.#packets.filter((message) => matches(message, where)))
        return
      case 'cut':
        for (const word of words) this.#cut.add(word)
        return
      case 'heal':
        return this.#cut.clear()
      case 'waiting':
        for (const message of this.#packets) this.#say(messageText(message))
        return
      default:
        throw new Error(`unknown command ${command}`)
    }
  }

  #cluster(size: number, words: readonly string[]): void {
    for (const word of words) Object.assign(this.#options, this.#option(word))
    this.#members = Array.from({ length: size }, (_, i) => ({
      id: `${i + 1}` as NodeId,
      address: `h:${i + 1}`,
    }))
    for (const { id } of this.#members) {
      this.#make(id, bootstrapState({ clusterToken: 'story', members: this.#members }))
    }
  }

  /** `given 2 log=1,1,4 term=6 vote=3 commit=1 mark=2 voters=1,2,3 learners=4`: what node 2 finds on its disk. */
  #given(id: string, words: readonly string[]): void {
    const values = new Map(words.map((word) => word.split('=') as [string, string]))
    const terms = (values.get('log') ?? '1').split(',').map(Number)
    const configuration = encodeConfiguration(this.#configuration(values))
    const entries = terms.map((term, at): Entry => {
      const index = at + 1
      if (index === 1) return { term, index, type: 'configuration', stampMs: 0, payload: configuration }
      return {
        term,
        index,
        type: 'command',
        stampMs: 0,
        payload: new TextEncoder().encode(`c${term}.${index}`),
      }
    })
    const markIndex = Number(values.get('mark') ?? 0)
    const mark =
      markIndex === 0
        ? { index: 0, term: 0, configuration: new Uint8Array(0) }
        : { index: markIndex, term: defined(terms[markIndex - 1], 'term'), configuration }
    this.#make(id as NodeId, {
      hardState: {
        term: Number(values.get('term') ?? Math.max(...terms)),
        vote: values.get('vote'),
        commit: Number(values.get('commit') ?? 1),
      },
      mark,
      entries: entries.slice(markIndex),
      appliedIndex: markIndex,
    })
  }

  #configuration(values: ReadonlyMap<string, string>): Configuration {
    const base = bootstrapConfiguration({ clusterToken: 'story', members: this.#members })
    const named = (name: string) =>
      values
        .get(name)
        ?.split(',')
        .map((id) => ({ id: id as NodeId, address: `h:${id}` }))
    return {
      ...base,
      voters: named('voters') ?? base.voters,
      outgoing: named('outgoing') ?? [],
      learners: named('learners') ?? [],
    }
  }

  /** Perhaps as another release, or with another configuration: `restart 3 pre-vote=off`. */
  #restart(id: string, words: readonly string[]): void {
    const node = this.#node(id)
    for (const word of words) node.options = { ...node.options, ...this.#option(word) }
    node.start()
  }

  #option(word: string): Partial<RaftOptions> {
    const [name = '', value = ''] = word.split('=')
    switch (name) {
      case 'pre-vote':
        return { preVote: value === 'on' }
      case 'check-quorum':
        return { checkQuorum: value === 'on' }
      case 'election':
        return { electionTicks: Number(value) }
      case 'inflight':
        return { inflightMessagesMax: Number(value) }
      case 'inflight-bytes':
        return { inflightBytesMax: Number(value) }
      case 'append-bytes':
        return { appendBytesMax: Number(value) }
      case 'uncommitted-bytes':
        return { uncommittedBytesMax: Number(value) }
      case 'lease':
        return { lease: { monotonicMs: () => this.#clockMs, leaseMs: Number(value) } }
      case 'reads':
        return { readContextsMax: Number(value) }
      case 'priority':
        return { priority: Number(value) }
      default:
        throw new Error(`unknown option ${word}`)
    }
  }

  #make(id: NodeId, recovered: RecoveredState): void {
    const node = new CoreNode(id, { ...this.#options }, recovered, {
      sent: (_, message) => this.#packets.push(message),
      effect: (from, effect) => {
        const text = effectText(from, effect)
        if (text !== undefined) this.#say(text)
      },
    })
    this.#nodes.set(id, node)
  }

  #tick(who: string, count: number): void {
    for (let tick = 0; tick < count; tick++) {
      for (const node of this.#nodes.values()) {
        if (who === 'all' || node.id === who) node.raft?.tick()
        node.run()
      }
    }
  }

  #propose(id: string, words: readonly string[]): void {
    const result = this.#up(id).propose(
      words.map((word) => new TextEncoder().encode(word)),
      0,
    )
    if (!result.ok) this.#say(`${id} refuses: ${result.reason}, leader ${result.leader ?? '-'}`)
  }

  /** `change 1 add=4 promote=5 remove=2 move=3`: all in one go. */
  #change(id: string, words: readonly string[]): void {
    const changes = words.map((word): MembershipChange => {
      const [type = '', name = ''] = word.split('=')
      const member = { id: name as NodeId, address: `h:${name}` }
      if (type === 'add') return { type: 'add-learner', member }
      if (type === 'move') return { type: 'move', member: { ...member, address: `moved:${name}` } }
      if (type === 'promote' || type === 'remove') return { type, id: member.id }
      throw new Error(`unknown change ${word}`)
    })
    const result = this.#up(id).changeMembership(changes)
    if (!result.ok)
      this.#say(`${id} refuses: ${result.reason} ${result.id ?? '-'}, leader ${result.leader ?? '-'}`)
  }

  /** `empty 4`: a machine with an empty disk, which waits to be added. */
  #empty(id: string): void {
    this.#make(id as NodeId, {
      hardState: { term: 0, vote: undefined, commit: 0 },
      mark: EMPTY_MARK,
      entries: [],
      appliedIndex: 0,
    })
  }

  /** `forge 3->1 heartbeat term=2 commit=99`: a message that 3 did not send reaches 1 under its name; so a `snapshot`. */
  #forge(link: string, [type = '', ...words]: readonly string[]): void {
    const [from = '', to = ''] = link.split('->')
    const given = wordsOf(words)
    if (type !== 'snapshot') return this.#hand([forgedMessage(type, from, to, given)])
    const node = this.#node(to)
    const mark = forgedMark(given, node.up.markAt(node.up.status().commit).configuration)
    node.receive({ from: from as NodeId, to: node.id, term: Number(given.get('term')), mark, applied: [] })
  }

  #disk(id: string, what: string): void {
    const node = this.#node(id)
    if (what === 'slow') node.slowDisk = true
    else if (what === 'fast') node.slowDisk = false
    else if (what === 'sync') node.sync()
    else node.sync(Number(what))
  }

  /** `snapshot 1->3` hands over what the leader was asked to send; `lost` and `late` are its other fates. */
  #snapshot(link: string, fate: string): void {
    const [from = '', to = ''] = link.split('->')
    const sender = this.#node(from)
    let snapshot = this.#snapshots.get(link)
    if (snapshot === undefined) {
      const at = sender.asked.findIndex((asked) => asked.to === to)
      snapshot = sender.takeSnapshot(
        defined(sender.asked.splice(at, 1)[0], `snapshot asked of ${from} for ${to}`),
      )
    }
    this.#snapshots.delete(link)
    if (fate === 'late') {
      this.#snapshots.set(link, snapshot)
      return
    }
    if (fate === 'arrives') this.#node(to).receive(snapshot)
    sender.raft?.snapshotFinished(to as NodeId, fate === 'arrives', snapshot.mark.index)
  }

  #install(id: string, how: string): void {
    const node = this.#node(id)
    node.sync()
    node.swapState()
    if (how === 'whole') node.resetLog()
  }

  /** Without a link: everything, and what it leads to, until all is quiet. With one: what waits on it now. */
  #deliver(where: string | undefined): void {
    if (where !== undefined && where !== 'once') return this.#hand(this.#take(where))
    for (let round = 0; this.#packets.length > 0; round++) {
      assert(round < 1_000, 'messages never end')
      this.#hand(this.#take(undefined))
      this.#run()
      if (where === 'once') return
    }
  }

  #hand(messages: readonly Message[]): void {
    for (const message of messages) {
      if (this.#isCut(message)) continue
      const receiver = this.#nodes.get(message.to)?.raft
      if (receiver === undefined) continue
      this.#say(messageText(message))
      receiver.step(message)
      this.#run()
    }
  }

  #take(where: string | undefined): Message[] {
    const taken = this.#packets.filter((message) => matches(message, where))
    this.#packets = this.#packets.filter((message) => !matches(message, where))
    return taken
  }

  #isCut(message: Message): boolean {
    const { from, to } = message
    return this.#cut.has(from) || this.#cut.has(to) || this.#cut.has(`${from}->${to}`)
  }

  #run(): void {
    for (const node of this.#nodes.values()) node.run()
  }

  #logText(node: CoreNode): string {
    const { firstIndex, lastIndex } = node.up.status()
    if (lastIndex < firstIndex) return `empty after ${lastIndex}/${node.up.termAt(lastIndex)}`
    return node.up.entriesFrom(firstIndex, Number.MAX_SAFE_INTEGER).map(entryText).join(' ')
  }

  #each(ids: readonly string[], tell: (node: CoreNode) => void): void {
    const nodes = ids.length > 0 ? ids.map((id) => this.#node(id)) : [...this.#nodes.values()]
    for (const node of nodes) if (node.raft !== undefined) tell(node)
  }

  #up(id: string) {
    return this.#node(id).up
  }

  #node(id: string): CoreNode {
    return defined(this.#nodes.get(id), `node ${id}`)
  }

  #say(line: string): void {
    this.#lines.push(line)
  }
}

/** `1->3`, `1->` (from 1), `->3` (to 3), or nothing for all. */
function matches(message: Message, where: string | undefined): boolean {
  if (where === undefined) return true
  const [from, to] = where.split('->')
  return (from === '' || from === message.from) && (to === '' || to === undefined || to === message.to)
}
