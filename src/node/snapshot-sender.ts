import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { PeerTransport } from '../rpc/peer-transport.js'
import { type Clock, pause } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'
import type { KeyValueSnapshot } from '../state/key-value-store.js'
import { writeSnapshot } from '../state/snapshot.js'
import { snapshotHeader } from '../state/snapshot-header.js'
import type { Bandwidth } from './bandwidth.js'
import type { SnapshotTransferOptions } from './snapshot-options.js'
import { decodePartAnswer, encodePartHeader, type PartAnswer, type TransferId } from './snapshot-part.js'

export const PART = 'snapshot.part'

export interface SnapshotSenderPorts {
  readonly transport: PeerTransport
  readonly clock: Clock
  readonly logger: Logger
  /** A frozen view of the current state, to be closed by the caller. */
  snapshot(): Promise<KeyValueSnapshot>
  /** Resolves when the state may be passed on. @throws UNREACHABLE where it may not: see StateConfirmation */
  confirm(isWanted: () => boolean): Promise<void>
}

/** One snapshot on its way to one peer. */
interface Sending {
  readonly to: NodeId
  readonly id: TransferId
  /** Another one takes its place, or nobody wants it any more. */
  givenUp: boolean
  /** How often its connection broke on the way. */
  cuts: number
  readonly ended: Promise<void>
}

/**
 * Sends states to followers that the log no longer reaches: one snapshot at a time to each, a newer one in the place of an
 * older one. Memory holds one part of the stream. Where a connection breaks in the middle, the transfer goes on at the byte
 * that the follower kept, for as long as this snapshot is held; otherwise the next one begins from the start.
 */
export class SnapshotSender {
  readonly #sending = new Map<NodeId, Sending>()
  #sequence = 0

  constructor(
    private readonly ports: SnapshotSenderPorts,
    private readonly options: SnapshotTransferOptions,
    private readonly bandwidth: Bandwidth,
  ) {}

  /**
   * Sends the current state. Resolves with the index it holds, or undefined where a later push took its place.
   * @throws UNREACHABLE and what the follower found wrong
   */
  async push(to: NodeId, term: number): Promise<number | undefined> {
    let end: () => void = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const sending: Sending = { to, id: { term, sequence: ++this.#sequence }, givenUp: false, cuts: 0, ended }
    const older = this.#sending.get(to)
    this.#sending.set(to, sending)
    try {
      if (older !== undefined) {
        older.givenUp = true
        await older.ended
      }
      const index = await this.#send(sending)
      return this.#sending.get(to) === sending ? index : undefined
    } catch (error) {
      if (this.#sending.get(to) !== sending) return undefined
      throw error
    } finally {
      if (this.#sending.get(to) === sending) this.#sending.delete(to)
      end()
    }
  }

  /** This node leads no more: whoever does sends what is needed. */
  giveUp(): void {
    for (const sending of this.#sending.values()) sending.givenUp = true
  }

  async #send(sending: Sending): Promise<number> {
    const { logger, snapshot: freeze } = this.ports
    await using snapshot = await freeze()
    const { index } = snapshotHeader(snapshot)
    await this.ports.confirm(() => !sending.givenUp)
    logger.info({ to: sending.to, index }, 'sending a snapshot')
    let offset = 0
    for await (const part of partsOf(writeSnapshot(snapshot), this.options.partBytes)) {
      if (await this.#deliver(sending, part, offset)) {
        logger.info({ to: sending.to, index, cuts: sending.cuts }, 'a snapshot arrived')
        return index
      }
      offset += part.length
    }
    throw unreachable(sending.to, 'it has not seen the end of the snapshot')
  }

  /**
   * One part, however often the connection breaks; given up when nothing moves for resumeMs.
   * @returns whether it was the last one
   */
  async #deliver(sending: Sending, part: Uint8Array, offset: number): Promise<boolean> {
    const { clock, logger } = this.ports
    let kept = 0
    let movedMs = clock.monotonicMs()
    while (!sending.givenUp) {
      let answer: PartAnswer
      try {
        answer = await this.#call(sending, part.subarray(kept), offset + kept)
      } catch (error) {
        if (!mayPass(error) || clock.monotonicMs() - movedMs >= this.options.resumeMs) throw error
        sending.cuts++
        logger.info({ to: sending.to, offset, error: error.message }, 'a snapshot was cut and goes on')
        await pause(clock, this.options.retryMs)
        continue
      }
      if (answer.type === 'done') return true
      if (answer.type === 'unknown') throw unreachable(sending.to, 'it knows nothing of this one any more')
      if (answer.type === 'superseded') throw unreachable(sending.to, 'it is being sent a newer one')
      if (answer.offset === offset + part.length) return false
      if (answer.offset < offset || answer.offset > offset + part.length)
        throw unreachable(sending.to, `it asks for byte ${answer.offset}, this part begins at ${offset}`)
      if (answer.offset > offset + kept) movedMs = clock.monotonicMs()
      kept = answer.offset - offset
    }
    throw unreachable(sending.to, 'nobody wants it any more')
  }

  async #call(sending: Sending, bytes: Uint8Array, offset: number): Promise<PartAnswer> {
    const { header } = await this.ports.transport.call(
      sending.to,
      PART,
      { header: encodePartHeader({ ...sending.id, offset }), body: this.#body(sending, bytes) },
      { deadlineMs: this.options.answerMs },
    )
    return decodePartAnswer(header)
  }

  async *#body(sending: Sending, bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      const chunk = bytes.subarray(at, at + CHUNK_BYTES)
      await this.bandwidth.take(chunk.length)
      if (sending.givenUp) throw unreachable(sending.to, 'another snapshot takes the place of this one')
      yield chunk
    }
  }
}

/** What is let pass, sent, checked and kept at once. */
const CHUNK_BYTES = 256 * 1024

/** The stream in pieces of so many bytes, the last one shorter. */
async function* partsOf(chunks: AsyncIterable<Uint8Array>, partBytes: number): AsyncGenerator<Uint8Array> {
  let part = new Uint8Array(partBytes)
  let filled = 0
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const some = chunk.subarray(at, at + partBytes - filled)
      part.set(some, filled)
      filled += some.length
      at += some.length
      if (filled < partBytes) continue
      yield part
      part = new Uint8Array(partBytes)
      filled = 0
    }
  }
  if (filled > 0) yield part.subarray(0, filled)
}

function mayPass(error: unknown): error is MarketplaceError {
  return error instanceof MarketplaceError && (error.reason === 'UNREACHABLE' || error.reason === 'DEADLINE')
}

function unreachable(to: NodeId, why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'UNREACHABLE',
    message: `the snapshot to ${to} did not get through: ${why}`,
    help: 'nothing needs to be done: the leader begins another one',
  })
}
