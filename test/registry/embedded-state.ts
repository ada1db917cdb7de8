import { type Command, encodeCommand } from '../../src/model/command.js'
import { MarketplaceError } from '../../src/model/error.js'
import { LIMITS } from '../../src/model/limit.js'
import type { ClusterId, HistoryId, NodeId } from '../../src/model/node-id.js'
import type { NodeStatus } from '../../src/node/node-status.js'
import type { Applied, ReplicatedState, ViewOptions } from '../../src/node/replicated-state.js'
import { type Configuration, encodeConfiguration } from '../../src/raft/configuration.js'
import type { Entry, EntryType } from '../../src/raft/entry.js'
import type { Clock } from '../../src/runtime/clock.js'
import { StateMachine, type StateMachineOptions } from '../../src/state/state-machine.js'
import { StateView } from '../../src/state/state-view.js'
import { MemoryKeyValueStore } from '../state/memory-key-value-store.js'

/**
 * The real state machine with a log of one member and no consensus: what it is asked for is applied at once.
 * For tests of the use cases above it.
 */
export class EmbeddedState implements ReplicatedState {
  readonly nodeId = 'node-1' as NodeId
  readonly clusterId = 'c1'.repeat(16) as ClusterId
  readonly historyId = 'a0'.repeat(16) as HistoryId
  readonly #listeners = new Set<(index: number) => void>()
  readonly store = new MemoryKeyValueStore()
  /** Thrown by the next proposals, oldest first, instead of (`before`) or after applying them. */
  readonly failures: { readonly error: MarketplaceError; readonly at: 'before' | 'after' }[] = []
  readonly proposed: Command[] = []
  #machine!: StateMachine

  private constructor(private readonly clock: Clock) {}

  static async open(clock: Clock, options: StateMachineOptions = {}): Promise<EmbeddedState> {
    const state = new EmbeddedState(clock)
    state.#machine = await StateMachine.open(state.store, options)
    await state.#apply('configuration', encodeConfiguration(state.configuration))
    return state
  }

  get configuration(): Configuration {
    return {
      clusterId: this.clusterId,
      historyId: this.historyId,
      voters: [{ id: this.nodeId, address: '127.0.0.1:0' }],
      outgoing: [],
      learners: [],
    }
  }

  async propose(command: Command): Promise<Applied> {
    this.proposed.push(command)
    const failure = this.failures.shift()
    if (failure?.at === 'before') throw failure.error
    const applied = await this.#apply('command', encodeCommand(command))
    if (failure !== undefined) throw failure.error
    if (applied.result === undefined) throw new Error('a command has a result')
    return { result: applied.result, index: applied.index }
  }

  async view(options: ViewOptions = {}): Promise<StateView> {
    const minIndex = options.minIndex ?? 0
    if (minIndex > this.#machine.landedIndex) {
      throw new MarketplaceError({
        reason: 'INDEX_NOT_REACHED',
        field: 'min_index',
        message: `index ${minIndex} was not reached within ${options.deadlineMs ?? LIMITS.indexWaitMs} ms`,
        help: 'ask again later, or for a lower index',
      })
    }
    return StateView.open(this.store)
  }

  voterHalves(): readonly (readonly NodeId[])[] {
    return [[this.nodeId]]
  }

  logTimeMs(): number {
    return this.#machine.logTimeMs
  }

  status(): NodeStatus {
    const index = this.#machine.landedIndex
    return {
      id: this.nodeId,
      role: 'leader',
      term: 1,
      leader: this.nodeId,
      commitIndex: index,
      appliedIndex: index,
      raft: {
        id: this.nodeId,
        role: 'leader',
        term: 1,
        leader: this.nodeId,
        vote: this.nodeId,
        commit: index,
        applied: index,
        durableIndex: index,
        firstIndex: 1,
        lastIndex: index,
        logBytes: 0,
        configuration: this.configuration,
        configurationIndex: 1,
        transferring: undefined,
        installing: false,
        peers: [],
      },
      fault: undefined,
      hasQuorum: true,
    }
  }

  onLanded(listener: (index: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async #apply(type: EntryType, payload: Uint8Array) {
    const machine = this.#machine
    const index = machine.appliedIndex + 1
    const entry: Entry = { term: 1, index, type, stampMs: this.clock.wallMs(), payload }
    const group = machine.apply([entry])
    await machine.land(group)
    for (const listener of this.#listeners) listener(index)
    const [applied] = group.results
    if (applied === undefined) throw new Error('an entry has a result')
    return applied
  }
}
