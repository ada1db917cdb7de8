import type { Command } from '../../src/model/command.js'
import type { Configuration } from '../../src/raft/configuration.js'
import type { CommandResult } from '../../src/state/command-result.js'
import { StateMachine, type StateMachineOptions } from '../../src/state/state-machine.js'
import { StateView } from '../../src/state/state-view.js'
import { configuration, Log } from './history.js'
import { MemoryKeyValueStore } from './memory-key-value-store.js'

/** A state machine over a store in memory, fed one command at a time. */
export class Replica {
  readonly log = new Log()

  private constructor(
    readonly store: MemoryKeyValueStore,
    public machine: StateMachine,
  ) {}

  /** With three voters in force, unless told otherwise. */
  static async open(
    options: StateMachineOptions & { readonly configuration?: Configuration | 'none' } = {},
  ): Promise<Replica> {
    const store = new MemoryKeyValueStore()
    const replica = new Replica(store, await StateMachine.open(store, options))
    if (options.configuration !== 'none') await replica.configure(options.configuration ?? configuration())
    return replica
  }

  /** Applies and lands one command at a log time. */
  async apply(command: Command, stampMs?: number): Promise<CommandResult> {
    if (stampMs !== undefined) this.log.stampMs = stampMs
    this.log.command(command)
    const result = await this.#land()
    if (result === undefined) throw new Error('a command has a result')
    return result
  }

  async configure(of: Configuration): Promise<void> {
    this.log.configuration(of)
    await this.#land()
  }

  async empty(): Promise<void> {
    this.log.empty()
    await this.#land()
  }

  view(): StateView {
    return StateView.open(this.store)
  }

  async #land(): Promise<CommandResult | undefined> {
    const group = this.machine.apply(this.log.entries.slice(-1))
    await this.machine.land(group)
    return group.results[0]?.result
  }
}
