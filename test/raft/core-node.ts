import { assert, assertNever, defined } from '../../src/model/assert.js'
import type { NodeId } from '../../src/model/node-id.js'
import type { Effect } from '../../src/raft/effect.js'
import type { Entry, HardState, SnapshotMark } from '../../src/raft/entry.js'
import type { RecoveredState } from '../../src/raft/log.js'
import type { Message } from '../../src/raft/message.js'
import type { RaftOptions } from '../../src/raft/options.js'
import { Raft } from '../../src/raft/raft.js'
import { reconcile } from '../../src/raft/recovery.js'

type Persist = Extract<Effect, { type: 'persist' }>

/** What a crash leaves. */
export interface Disk {
  hardState: HardState
  mark: SnapshotMark
  entries: Entry[]
  /** The applied state, durable with every entry it takes: where it stands, and all it was given. */
  state: SnapshotMark
  applied: readonly Entry[]
  /** Whether the state took another's place and the log has not followed. */
  installing: boolean
}

/** A snapshot on its way, with what it would make a receiver's state. */
export interface Snapshot {
  readonly from: NodeId
  readonly to: NodeId
  readonly term: number
  readonly mark: SnapshotMark
  readonly applied: readonly Entry[]
}

/** What the node tells whoever watches it. */
export interface Watcher {
  /** A message leaves. */
  sent(node: CoreNode, message: Message): void
  /** Every effect, before it is carried out. */
  effect(node: CoreNode, effect: Effect): void
}

/** One core with a disk that may lag: it honours "persist, then send" as the real node must. */
export class CoreNode {
  readonly disk: Disk
  /** Writes that were begun and are not durable. */
  pending: Persist[] = []
  /** Finished only by {@link sync} where set; else at once. */
  slowDisk = false
  /** Snapshots that this leader was asked to send, in order. */
  asked: { readonly to: NodeId; readonly term: number }[] = []
  /** Received and wanted, not swapped in yet. */
  installing: Snapshot | undefined
  raft: Raft | undefined
  #received: Snapshot | undefined

  constructor(
    readonly id: NodeId,
    public options: Omit<RaftOptions, 'id'>,
    recovered: RecoveredState,
    readonly watcher: Watcher,
  ) {
    this.disk = {
      hardState: recovered.hardState,
      mark: recovered.mark,
      entries: [...recovered.entries],
      state: recovered.mark,
      applied: [],
      installing: false,
    }
    this.start()
  }

  get up(): Raft {
    return defined(this.raft, `running core of ${this.id}`)
  }

  start(): void {
    const plan = reconcile(this.disk, this.disk.state, this.disk.installing)
    assert(plan.type !== 'state-lost' && plan.type !== 'log-lost', `the disk of ${this.id}: ${plan.type}`)
    this.disk.installing = false
    if (plan.type === 'reset-log') {
      this.disk.mark = plan.recovered.mark
      this.disk.entries = []
    }
    this.raft = new Raft({ id: this.id, ...this.options }, plan.recovered)
  }

  crash(): void {
    this.raft = undefined
    this.pending = []
    this.asked = []
    this.installing = undefined
  }

  /** Carries out what the core wants, as often as that leads to more. */
  run(): void {
    while (this.raft !== undefined) {
      const effects = this.raft.drain()
      if (effects.length === 0) return
      for (const effect of effects) this.#carryOut(effect)
      if (!this.slowDisk) this.sync()
    }
  }

  /** The disk finishes its oldest writes. */
  sync(count = this.pending.length): void {
    for (const persist of this.pending.splice(0, count)) {
      this.#write(persist)
      for (const message of persist.release) this.watcher.sent(this, message)
      this.raft?.persisted(persist.sequence)
    }
  }

  /** What the sender's state is now, on its way to a peer. */
  takeSnapshot({ to, term }: { readonly to: NodeId; readonly term: number }): Snapshot {
    const { state, applied } = this.disk
    return { from: this.id, to, term, mark: state, applied }
  }

  receive(snapshot: Snapshot): void {
    this.#received = snapshot
    this.up.snapshotReceived(snapshot.from, snapshot.term, snapshot.mark)
  }

  /** First half of an install: after it a restart finds the new state beside the old log. */
  swapState(): void {
    const { mark, applied } = defined(this.installing, 'snapshot to install')
    assert(this.pending.length === 0, 'all persists before an install are done')
    this.disk.state = mark
    this.disk.applied = applied
    this.disk.installing = true
  }

  /** Second half: the log begins again at the mark. */
  resetLog(): void {
    const { mark } = defined(this.installing, 'snapshot to install')
    this.disk.mark = mark
    this.disk.entries = []
    this.disk.installing = false
    this.installing = undefined
    this.up.installed(mark)
  }

  compact(index: number): void {
    const mark = this.up.markAt(index)
    this.disk.entries = this.disk.entries.filter((entry) => entry.index > index)
    this.disk.mark = mark
    this.up.compact(index)
  }

  /** Term that the disk holds at index. */
  durableTermAt(index: number): number | undefined {
    const { mark, entries } = this.disk
    return index === mark.index ? mark.term : entries[index - mark.index - 1]?.term
  }

  #write(persist: Persist): void {
    const { disk } = this
    if (persist.hardState !== undefined) disk.hardState = persist.hardState
    const first = persist.entries[0]
    if (first === undefined) return
    const keep = first.index - disk.mark.index - 1
    assert(keep >= 0 && keep <= disk.entries.length, () => `${this.id}: entry ${first.index} leaves a gap`)
    disk.entries = [...disk.entries.slice(0, keep), ...persist.entries]
  }

  #carryOut(effect: Effect): void {
    this.watcher.effect(this, effect)
    switch (effect.type) {
      case 'persist':
        this.pending.push(effect)
        return
      case 'send':
        for (const message of effect.messages) this.watcher.sent(this, message)
        return
      case 'apply':
        return this.#apply(effect.entries)
      case 'send-snapshot':
        this.asked.push(effect)
        return
      case 'install-snapshot':
        this.installing = defined(this.#received, 'received snapshot')
        return
      case 'discard-snapshot':
      case 'read-ready':
      case 'read-failed':
      case 'members':
      case 'role':
      case 'truncated':
      case 'breach':
        return
      default:
        assertNever(effect, 'effect')
    }
  }

  #apply(entries: readonly Entry[]): void {
    const last = defined(entries.at(-1), 'entry')
    const first = defined(entries[0], 'entry')
    assert(first.index === this.disk.state.index + 1, () => `${this.id} applies ${first.index} out of order`)
    this.disk.state = this.up.markAt(last.index)
    this.disk.applied = [...this.disk.applied, ...entries]
    this.up.applied(last.index)
  }
}
