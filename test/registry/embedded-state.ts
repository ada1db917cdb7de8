import type { Command } from '../../src/model/command.js'
import type { MarketplaceError } from '../../src/model/error.js'
import type { ClusterId, HistoryId, NodeId } from '../../src/model/node-id.js'
import type { Applied } from '../../src/node/replicated-state.js'
import { SoleState } from '../../src/node/sole-state.js'
import type { Clock } from '../../src/runtime/clock.js'
import type { StateMachineOptions } from '../../src/state/state-machine.js'
import { MemoryKeyValueStore } from '../state/memory-key-value-store.js'

/** The state of a registry in memory, with handles for tests of the use cases above it. */
export class EmbeddedState extends SoleState {
  /** Thrown by the next proposals, oldest first, instead of (`before`) or after applying them. */
  readonly failures: { readonly error: MarketplaceError; readonly at: 'before' | 'after' }[] = []
  readonly proposed: Command[] = []

  static async make(clock: Clock, machine: StateMachineOptions): Promise<EmbeddedState> {
    const options = {
      nodeId: 'node-1' as NodeId,
      clusterId: 'c1'.repeat(16) as ClusterId,
      historyId: 'a0'.repeat(16) as HistoryId,
      store: new MemoryKeyValueStore(),
      clock,
      machine,
    }
    return new EmbeddedState(options, await SoleState.begin(options))
  }

  override async propose(command: Command): Promise<Applied> {
    this.proposed.push(command)
    const failure = this.failures.shift()
    if (failure?.at === 'before') throw failure.error
    const applied = await super.propose(command)
    if (failure !== undefined) throw failure.error
    return applied
  }
}
