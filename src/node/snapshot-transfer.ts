import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { SnapshotMark } from '../raft/entry.js'
import { readSnapshot, writeSnapshot } from '../state/snapshot.js'
import { snapshotCorrupt } from '../state/snapshot-header.js'
import { Bandwidth } from './bandwidth.js'
import type { SnapshotTransferOptions } from './snapshot-options.js'
import { decodePartHeader, encodePartAnswer } from './snapshot-part.js'
import { SnapshotReceiver, type SnapshotReceiverPorts } from './snapshot-receiver.js'
import { PART, SnapshotSender, type SnapshotSenderPorts } from './snapshot-sender.js'

const PULL = 'snapshot.pull'

export interface SnapshotPorts extends SnapshotSenderPorts, SnapshotReceiverPorts {}

/**
 * Moves whole states between members: the leader pushes one to a follower that the log no longer reaches, and a node whose
 * own state is lost pulls one before it takes part. A snapshot is a stream over a frozen view, never a second copy on disk.
 */
export class SnapshotTransfer {
  readonly #sender: SnapshotSender
  readonly #receiver: SnapshotReceiver
  readonly #bandwidth: Bandwidth
  #stopped = false

  constructor(
    private readonly ports: SnapshotPorts,
    private readonly options: SnapshotTransferOptions,
  ) {
    this.#bandwidth = new Bandwidth(ports.clock, options.bytesPerSecondMax)
    this.#sender = new SnapshotSender(ports, options, this.#bandwidth)
    // Longer than the sender tries: it is the one to give up.
    this.#receiver = new SnapshotReceiver(ports, 2 * options.resumeMs)
  }

  serve(): void {
    this.ports.transport.serve(PART, async (from, { header, body }) => ({
      header: encodePartAnswer(await this.#receiver.part(from, decodePartHeader(header), body)),
    }))
    this.ports.transport.serve(PULL, async () => {
      await this.ports.confirm(() => !this.#stopped)
      return { header: new Uint8Array(), body: this.#bandwidth.pace(frozen(this.ports)) }
    })
  }

  /**
   * Streams the current state to a follower. Resolves with the index it holds, or undefined where another snapshot took its
   * place; rejects where it did not get through.
   */
  push(to: NodeId, term: number): Promise<number | undefined> {
    return this.#sender.push(to, term)
  }

  /** Pushes, and tells how it ended: not where another snapshot took its place, of which will be told. */
  async send(to: NodeId, term: number, onEnd: (ok: boolean, index: number) => void): Promise<void> {
    let index: number | undefined
    try {
      index = await this.push(to, term)
    } catch (error) {
      this.ports.logger.warn({ to, error: String(error) }, 'a snapshot did not get through')
      return onEnd(false, 0)
    }
    if (index !== undefined) onEnd(true, index)
  }

  /** This node leads no more. */
  giveUp(): void {
    this.#sender.giveUp()
  }

  /** Nothing more is sent or taken in. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#sender.giveUp()
    await this.#receiver.stop()
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
      { deadlineMs: this.options.answerMs },
    )
    if (reply.body === undefined) throw snapshotCorrupt('it came without a body')
    const store = await this.ports.folders.createNext()
    try {
      const { index, term, configuration } = await readSnapshot(reply.body, store)
      if (index >= minIndex) return { index, term, configuration }
      throw new MarketplaceError({
        reason: 'UNREACHABLE',
        message: `${from} holds the state of index ${index}, and ${minIndex} is needed`,
        help: 'another member or a later try may do',
      })
    } finally {
      await store[Symbol.asyncDispose]()
    }
  }
}

/** The current state, frozen when the first byte is asked for: an answer that nobody reads holds nothing open. */
async function* frozen(ports: Pick<SnapshotPorts, 'snapshot'>): AsyncGenerator<Uint8Array> {
  const snapshot = await ports.snapshot()
  try {
    yield* writeSnapshot(snapshot)
  } finally {
    await snapshot[Symbol.asyncDispose]()
  }
}
