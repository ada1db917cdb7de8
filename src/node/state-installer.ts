import { assert } from '../model/assert.js'
import type { NodeId } from '../model/node-id.js'
import { decodeConfiguration } from '../raft/configuration.js'
import type { SnapshotMark } from '../raft/entry.js'
import type { Raft } from '../raft/raft.js'
import type { Logger } from '../runtime/logger.js'
import type { LogStore } from '../storage/log-store.js'
import type { Applier } from './applier.js'
import type { LogCompactor } from './log-compactor.js'
import type { StateHolder } from './state-holder.js'

export interface StateInstallerPorts {
  readonly raft: Raft
  readonly log: LogStore
  readonly holder: StateHolder
  readonly applier: Applier
  readonly compactor: LogCompactor
  readonly logger: Logger
  /** The error of a node that takes no part any more. */
  halted(): Error | undefined
  /** The new state is in force, at this index. */
  onInstalled(index: number): void
  onFault(error: unknown): void
  schedule(): void
}

/** Puts a received state in force, once the core wants it: one at a time, and nothing is applied meanwhile. */
export class StateInstaller {
  #waiting: { readonly mark: SnapshotMark; readonly decided: (wanted: boolean) => void } | undefined

  constructor(private readonly ports: StateInstallerPorts) {}

  /** A state lies complete and checked in the next folder. Resolves with whether it was put in force. */
  received(from: NodeId, term: number, mark: SnapshotMark): Promise<boolean> {
    const halted = this.ports.halted()
    if (halted !== undefined) return Promise.reject(halted)
    return new Promise((resolve) => {
      this.#waiting = { mark, decided: resolve }
      this.ports.raft.snapshotReceived(from, term, mark)
      this.ports.schedule()
    })
  }

  /** The core does not want it, or this node is going. */
  discard(): void {
    this.#waiting?.decided(false)
    this.#waiting = undefined
  }

  /** New state in force and synced, then the log's mark, then the core: a crash between any two is met by the next start. */
  async install(mark: SnapshotMark): Promise<void> {
    const { raft, log, holder, applier, compactor, logger } = this.ports
    const waiting = this.#waiting
    assert(waiting?.mark.index === mark.index, 'what is installed was received')
    try {
      await applier.pause()
      await compactor.hold()
      await holder.swap(() => log.reset(mark))
    } catch (error) {
      return this.ports.onFault(error)
    }
    if (this.ports.halted() !== undefined) return
    const voters = decodeConfiguration(mark.configuration).voters.length
    logger.info({ index: mark.index, voters }, 'installed a snapshot')
    raft.installed(mark)
    this.ports.onInstalled(holder.machine.appliedIndex)
    applier.resume()
    compactor.release()
    this.#waiting = undefined
    waiting.decided(true)
    this.ports.schedule()
  }
}
