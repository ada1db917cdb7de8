import { DecodeError, Decoder, Encoder } from '../model/codec.js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { SnapshotMark } from '../raft/entry.js'
import type { PeerReply, PeerTransport } from '../rpc/peer-transport.js'
import type { Logger } from '../runtime/logger.js'
import type { KeyValueSnapshot } from '../state/key-value-store.js'
import { readSnapshot, writeSnapshot } from '../state/snapshot.js'
import { snapshotCorrupt, snapshotHeader } from '../state/snapshot-header.js'
import type { StateFolders } from '../storage/state-folders.js'

const PUSH = 'snapshot.push'
const PULL = 'snapshot.pull'

export interface SnapshotTransferOptions {
  /** A whole transfer may take so long. */
  readonly transferMs: number
}

export const SNAPSHOT_TRANSFER_DEFAULTS: SnapshotTransferOptions = { transferMs: 30 * 60_000 }

export interface SnapshotPorts {
  readonly transport: PeerTransport
  readonly folders: StateFolders
  readonly logger: Logger
  /** A frozen view of the current state, to be closed by the caller. */
  snapshot(): Promise<KeyValueSnapshot>
  /** A state lies complete and checked beside the current one. Resolves with true once it was put in force, false if not wanted. */
  onReceived(from: NodeId, term: number, mark: SnapshotMark): Promise<boolean>
}

/**
 * Moves whole states between members: the leader pushes one to a follower that the log no longer reaches, and a node whose
 * own state is lost pulls one before it takes part. A snapshot is a stream over a frozen view, never a second copy on disk.
 */
export class SnapshotTransfer {
  #receiving = false

  constructor(
    private readonly ports: SnapshotPorts,
    private readonly options: SnapshotTransferOptions,
  ) {}

  serve(): void {
    this.ports.transport.serve(PUSH, async (from, call) => {
      const term = decodeTerm(call.header)
      const installed = await this.#receive(from, call.body, (mark) =>
        this.ports.onReceived(from, term, mark),
      )
      return { header: new Encoder(1).bool(installed).finish() }
    })
    this.ports.transport.serve(PULL, () => this.#answerPull())
  }

  /** Streams the current state to a follower. Resolves with the index it holds; rejects where the transfer was cut. */
  async push(to: NodeId, term: number): Promise<number> {
    await using snapshot = await this.ports.snapshot()
    const { index } = snapshotHeader(snapshot)
    this.ports.logger.info({ to, index }, 'sending a snapshot')
    await this.ports.transport.call(
      to,
      PUSH,
      { header: new Encoder(16).uint(term).finish(), body: writeSnapshot(snapshot) },
      { deadlineMs: this.options.transferMs },
    )
    return index
  }

  /**
   * Fetches a state of at least minIndex from a peer and leaves it in the next folder, complete and checked.
   * @throws UNREACHABLE and whatever the check finds.
   */
  async pull(from: NodeId, minIndex: number): Promise<SnapshotMark> {
    const reply = await this.ports.transport.call(
      from,
      PULL,
      { header: new Uint8Array() },
      { deadlineMs: this.options.transferMs },
    )
    return this.#store(reply.body, (mark) => {
      if (mark.index < minIndex) {
        throw new MarketplaceError({
          reason: 'UNREACHABLE',
          message: `${from} holds the state of index ${mark.index}, and ${minIndex} is needed`,
          help: 'another member or a later try may do',
        })
      }
    })
  }

  async #answerPull(): Promise<PeerReply> {
    return { header: new Uint8Array(), body: closing(await this.ports.snapshot()) }
  }

  async #receive(
    from: NodeId,
    body: AsyncIterable<Uint8Array> | undefined,
    install: (mark: SnapshotMark) => Promise<boolean>,
  ): Promise<boolean> {
    if (this.#receiving) {
      throw new MarketplaceError({
        reason: 'OVERLOADED',
        message: 'another snapshot is being received',
        help: 'try again when it is done',
      })
    }
    this.#receiving = true
    try {
      this.ports.logger.info({ from }, 'receiving a snapshot')
      const mark = await this.#store(body, () => {})
      return await install(mark)
    } finally {
      this.#receiving = false
    }
  }

  async #store(
    body: AsyncIterable<Uint8Array> | undefined,
    check: (mark: SnapshotMark) => void,
  ): Promise<SnapshotMark> {
    if (body === undefined) throw snapshotCorrupt('it came without a body')
    const store = await this.ports.folders.createNext()
    try {
      const header = await readSnapshot(body, store)
      const mark = { index: header.index, term: header.term, configuration: header.configuration }
      check(mark)
      return mark
    } finally {
      await store[Symbol.asyncDispose]()
    }
  }
}

/** @throws INVALID_ARGUMENT */
function decodeTerm(header: Uint8Array): number {
  try {
    const input = new Decoder(header)
    const term = input.uint()
    input.end()
    return term
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      message: `${PUSH}: the header does not decode: ${error.message}`,
      help: 'only members of the cluster call this, all of the same release',
    })
  }
}

async function* closing(snapshot: KeyValueSnapshot): AsyncGenerator<Uint8Array> {
  try {
    yield* writeSnapshot(snapshot)
  } finally {
    await snapshot[Symbol.asyncDispose]()
  }
}
