import type { ServerDuplexStream } from '@grpc/grpc-js'
import type { NodeId } from '../model/node-id.js'
import type { MetricsCollector } from '../runtime/metrics.js'
import type { ExchangeFrame, ExchangeFrame__Output } from './gen/ggen/raft/v1/ExchangeFrame.js'
import { MessageQueue } from './message-queue.js'
import { PEER_LIMITS } from './peer-timing.js'
import type { Lane } from './peer-transport.js'

/** A stream of messages that another member opened here. */
export type ExchangeStream = ServerDuplexStream<ExchangeFrame__Output, ExchangeFrame>

/**
 * The way back to whoever was let in here, for as long as its connection lasts: nothing is ever dialled because somebody
 * else says so.
 */
export class AnswerStreams {
  readonly #open = new Map<ExchangeStream, { readonly key: string; readonly queue: MessageQueue }>()
  /** The newest of each peer and lane: an older one may be dead without our knowing it yet. */
  readonly #newest = new Map<string, ExchangeStream>()

  constructor(private readonly metrics: MetricsCollector) {}

  /** The handshake on it is over. Where {@link PEER_LIMITS.answeredStreamsMax} are open, it is read and not answered. */
  add(peer: NodeId, lane: Lane, stream: ExchangeStream): void {
    if (this.#open.size >= PEER_LIMITS.answeredStreamsMax) return
    const queue = new MessageQueue(this.metrics, peer, lane, (frame, onWire) => stream.write(frame, onWire))
    const key = keyOf(peer, lane)
    this.#open.set(stream, { key, queue })
    this.#newest.set(key, stream)
    queue.open()
  }

  remove(stream: ExchangeStream): void {
    const gone = this.#open.get(stream)
    if (gone === undefined) return
    gone.queue.close()
    this.#open.delete(stream)
    if (this.#newest.get(gone.key) === stream) this.#newest.delete(gone.key)
  }

  /** False where there is no such stream. */
  send(peer: NodeId, lane: Lane, message: Uint8Array): boolean {
    const stream = this.#newest.get(keyOf(peer, lane))
    const found = stream === undefined ? undefined : this.#open.get(stream)
    found?.queue.add(message)
    return found !== undefined
  }
}

function keyOf(peer: NodeId, lane: Lane): string {
  return `${peer} ${lane}`
}
