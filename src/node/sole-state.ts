import { assert, defined } from '../model/assert.js'
import { type Command, encodeCommand } from '../model/command.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { ClusterId, HistoryId, NodeId } from '../model/node-id.js'
import { type Configuration, encodeConfiguration } from '../raft/configuration.js'
import type { Entry, EntryType } from '../raft/entry.js'
import type { Clock } from '../runtime/clock.js'
import type { KeyValueStore } from '../state/key-value-store.js'
import { StateMachine, type StateMachineOptions } from '../state/state-machine.js'
import { StateView } from '../state/state-view.js'
import type { NodeStatus } from './node-status.js'
import type { Applied, ReplicatedState, ViewOptions } from './replicated-state.js'

export interface SoleStateOptions {
  readonly clusterId: ClusterId
  readonly historyId: HistoryId
  readonly nodeId: NodeId
  /** Empty. */
  readonly store: KeyValueStore
  readonly clock: Clock
  readonly machine?: StateMachineOptions
}

/**
 * The real state machine, without log or consensus: what is proposed is applied at once, and is as durable as the store below. For
 * registries that live in memory.
 */
export class SoleState implements ReplicatedState {
  readonly #listeners = new Set<(index: number) => void>()

  protected constructor(
    private readonly options: SoleStateOptions,
    private readonly machine: StateMachine,
  ) {}

  static async open(options: SoleStateOptions): Promise<SoleState> {
    return new SoleState(options, await SoleState.begin(options))
  }

  /** A state machine that knows whose it is. */
  protected static async begin(options: SoleStateOptions): Promise<StateMachine> {
    const machine = await StateMachine.open(options.store, options.machine)
    assert(machine.appliedIndex === 0, 'a sole state begins empty')
    const payload = encodeConfiguration(configurationOf(options))
    const entry: Entry = {
      term: 1,
      index: 1,
      type: 'configuration',
      stampMs: options.clock.wallMs(),
      payload,
    }
    await machine.land(machine.apply([entry]))
    return machine
  }

  get nodeId(): NodeId {
    return this.options.nodeId
  }

  get clusterId(): ClusterId {
    return this.options.clusterId
  }

  get historyId(): HistoryId {
    return this.options.historyId
  }

  async propose(command: Command): Promise<Applied> {
    const { result, index } = await this.#apply('command', encodeCommand(command))
    return { result: defined(result, 'result of a command'), index }
  }

  async view(options: ViewOptions = {}): Promise<StateView> {
    const minIndex = options.minIndex ?? 0
    if (minIndex > this.machine.landedIndex) {
      throw new MarketplaceError({
        reason: 'INDEX_NOT_REACHED',
        field: 'min_index',
        message: `index ${minIndex} was not reached within ${options.deadlineMs ?? LIMITS.indexWaitMs} ms`,
        help: 'ask again later, or for a lower index',
      })
    }
    return StateView.open(this.options.store)
  }

  voterHalves(): readonly (readonly NodeId[])[] {
    return [[this.nodeId]]
  }

  logTimeMs(): number {
    return this.machine.logTimeMs
  }

  status(): NodeStatus {
    const { nodeId } = this
    const index = this.machine.landedIndex
    return {
      id: nodeId,
      role: 'leader',
      term: 1,
      leader: nodeId,
      commitIndex: index,
      appliedIndex: index,
      raft: {
        id: nodeId,
        role: 'leader',
        term: 1,
        leader: nodeId,
        vote: nodeId,
        commit: index,
        applied: index,
        durableIndex: index,
        firstIndex: 1,
        lastIndex: index,
        logBytes: 0,
        configuration: configurationOf(this.options),
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
    const { machine } = this
    const index = machine.appliedIndex + 1
    const entry: Entry = { term: 1, index, type, stampMs: this.options.clock.wallMs(), payload }
    const group = machine.apply([entry])
    await machine.land(group)
    for (const listener of this.#listeners) listener(index)
    return defined(group.results[0], 'result of an entry')
  }
}

function configurationOf({ clusterId, historyId, nodeId }: SoleStateOptions): Configuration {
  return {
    clusterId,
    historyId,
    voters: [{ id: nodeId, address: 'local:0' }],
    outgoing: [],
    learners: [],
  }
}
