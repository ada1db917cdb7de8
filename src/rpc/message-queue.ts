import { assert } from '../model/assert.js'
import type { NodeId } from '../model/node-id.js'
import type { MetricsCollector } from '../runtime/metrics.js'
import { asBuffer } from './frame-bytes.js'
import type { ExchangeFrame } from './gen/ggen/raft/v1/ExchangeFrame.js'
import { PEER_LIMITS } from './peer-timing.js'
import type { Lane } from './peer-transport.js'

/** What waits to leave over one stream: gathered into frames, and bounded. */
export class MessageQueue {
  #state: 'waiting' | 'open' | 'closed' = 'waiting'
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #framesInFlight = 0
  #flushing = false

  /** @param write hands a frame to the stream, which tells when it has taken it */
  constructor(
    private readonly metrics: MetricsCollector,
    private readonly peer: NodeId,
    private readonly lane: Lane,
    private readonly write: (frame: ExchangeFrame, onWire: () => void) => void,
  ) {}

  /** Counts messages for which there is no way. */
  static drop(metrics: MetricsCollector, peer: NodeId, lane: Lane, messages: number): void {
    const help = 'Messages to peers that were dropped.'
    if (messages > 0) metrics.counter('peer_messages_dropped_total', help, messages, { peer, lane })
  }

  /** Leaves in its turn; dropped where too much waits already, or the stream is gone. */
  add(message: Uint8Array): void {
    assert(message.length <= PEER_LIMITS.messageBytesMax, () => `message of ${message.length} bytes`)
    const fits = this.#waitingBytes + message.length <= PEER_LIMITS.sendBufferBytesMax
    if (this.#state === 'closed' || !fits) {
      MessageQueue.drop(this.metrics, this.peer, this.lane, 1)
      return
    }
    this.#waiting.push(message)
    this.#waitingBytes += message.length
    this.#flushSoon()
  }

  /** The handshake is over: what waits leaves. */
  open(): void {
    this.#state = 'open'
    this.#flushSoon()
  }

  /** What waits is dropped. */
  close(): void {
    this.#state = 'closed'
    MessageQueue.drop(this.metrics, this.peer, this.lane, this.#waiting.length)
    this.#waiting = []
  }

  /** At the end of this turn of the event loop: what one turn sends travels in one frame. */
  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#state !== 'open') return
    while (this.#waiting.length > 0 && this.#framesInFlight < PEER_LIMITS.framesInFlightMax) {
      const messages = this.#takeBatch()
      this.#framesInFlight++
      this.#count('peer_messages_sent_total', 'Messages sent to peers.', messages.length)
      this.#count('peer_frames_sent_total', 'Frames that carried them.', 1)
      this.write({ batch: { messages } }, () => {
        this.#framesInFlight--
        this.#flush()
      })
    }
  }

  #takeBatch(): Buffer[] {
    const { batchBytesMax, batchMessagesMax } = PEER_LIMITS
    let bytes = 0
    let count = 0
    for (const message of this.#waiting) {
      if (count > 0 && (bytes + message.length > batchBytesMax || count >= batchMessagesMax)) break
      bytes += message.length
      count++
    }
    this.#waitingBytes -= bytes
    return this.#waiting.splice(0, count).map(asBuffer)
  }

  #count(name: string, help: string, value: number): void {
    this.metrics.counter(name, help, value, { peer: this.peer, lane: this.lane })
  }
}
