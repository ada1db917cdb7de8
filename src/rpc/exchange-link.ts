import type { ClientDuplexStream } from '@grpc/grpc-js'
import { assert } from '../model/assert.js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { Clock, Timer } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'
import type { MetricsCollector } from '../runtime/metrics.js'
import type { Random } from '../runtime/random.js'
import { asBuffer } from './frame-bytes.js'
import type { ExchangeFrame, ExchangeFrame__Output } from './gen/ggen/raft/v1/ExchangeFrame.js'
import type { PeerServiceClient } from './gen/ggen/raft/v1/PeerService.js'
import { createPeerChannel } from './peer-channel.js'
import { fromFailure } from './peer-failure.js'
import { type Admit, acceptHello, type PeerHello, toHello } from './peer-hello.js'
import { PEER_LIMITS, type PeerTiming } from './peer-timing.js'
import type { Lane } from './peer-transport.js'

/** What all connections of one node share. */
export interface PeerContext {
  readonly self: Omit<PeerHello, 'protocol'>
  readonly admit: Admit
  /** Judges whoever was let in again, when it may be a member no more. */
  readonly review: Admit
  /** Told of every refusal by a peer, or of a peer. */
  readonly onRefused: (refusal: MarketplaceError) => void
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: MetricsCollector
  readonly timing: PeerTiming
}

/**
 * The outgoing half of one lane to one peer: keeps a connection up, gathers messages into frames, bounds what waits.
 * Each attempt has a channel of its own, so that no attempt inherits the pauses of the one before.
 */
export class ExchangeLink {
  #attempt: Attempt | undefined
  #redial: Timer | undefined
  #failures = 0
  #lastTrouble = ''
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #framesInFlight = 0
  #flushing = false

  constructor(
    private readonly context: PeerContext,
    private readonly peer: NodeId,
    readonly address: string,
    private readonly lane: Lane,
    private readonly onChange: (connected: boolean) => void,
  ) {
    this.#dial()
  }

  /** Messages wait here during a handshake and while frames are on their way; they are dropped when an attempt fails. */
  send(message: Uint8Array): void {
    assert(message.length <= PEER_LIMITS.messageBytesMax, () => `message of ${message.length} bytes`)
    const fits = this.#waitingBytes + message.length <= PEER_LIMITS.sendBufferBytesMax
    if (this.#attempt === undefined || !fits) {
      this.#drop(1)
      return
    }
    this.#waiting.push(message)
    this.#waitingBytes += message.length
    this.#flushSoon()
  }

  close(): void {
    this.#redial?.cancel()
    if (this.#attempt !== undefined) this.#end(this.#attempt)
  }

  #dial(): void {
    const { self, clock, timing } = this.context
    const channel = createPeerChannel(this.address, timing)
    const stream = channel.exchange()
    const giveUp = clock.after(timing.connectMs, () =>
      this.#lost(attempt, new Error(`no hello within ${timing.connectMs} ms`)),
    )
    const attempt: Attempt = { channel, stream, giveUp, connected: false }
    this.#attempt = attempt
    stream.on('data', (frame: ExchangeFrame__Output) => this.#receive(attempt, frame))
    stream.on('error', (error) => this.#lost(attempt, error))
    stream.on('end', () => this.#lost(attempt, new Error('the peer ended the stream')))
    stream.write({ hello: toHello(self, this.peer, this.lane) })
  }

  #receive(attempt: Attempt, frame: ExchangeFrame__Output): void {
    if (this.#attempt !== attempt) return
    if (frame.failure) return this.#lost(attempt, fromFailure(frame.failure))
    if (!frame.hello || attempt.connected) return this.#lost(attempt, new Error('unexpected frame'))
    try {
      this.context.admit(acceptHello(frame.hello, this.context.self, this.peer))
    } catch (error) {
      if (!(error instanceof MarketplaceError)) throw error
      return this.#lost(attempt, error)
    }
    attempt.connected = true
    attempt.giveUp.cancel()
    this.#failures = 0
    this.#lastTrouble = ''
    const { peer, lane, address } = this
    this.context.logger.info({ peer, lane, address }, 'connected to peer')
    this.#gauge(1)
    this.onChange(true)
    this.#flushSoon()
  }

  #lost(attempt: Attempt, cause: Error): void {
    if (this.#attempt !== attempt) return
    const wasConnected = attempt.connected
    this.#end(attempt)
    const refused = cause instanceof MarketplaceError
    if (refused) this.context.onRefused(cause)
    const { timing, clock, random, logger } = this.context
    // Down to half the pause, so that peers which fell silent together do not come back together.
    const pauseMs = refused
      ? timing.refusedRetryMs
      : Math.min(timing.reconnectMaxMs, timing.reconnectMinMs * 2 ** Math.min(this.#failures, 16))
    this.#failures++
    this.#redial = clock.after(pauseMs - random.below(Math.floor(pauseMs / 2) + 1), () => this.#dial())
    const { peer, lane, address } = this
    const trouble = refused ? cause.message : 'unreachable'
    if (wasConnected || trouble !== this.#lastTrouble) {
      const what = refused
        ? 'refused by or refusing peer'
        : wasConnected
          ? 'lost peer'
          : 'peer is not reachable'
      logger.warn({ peer, lane, address, cause: refused ? cause : cause.message }, what)
    }
    this.#lastTrouble = trouble
  }

  /** Ends an attempt; what waits is dropped, since the time for it has passed. */
  #end(attempt: Attempt): void {
    this.#attempt = undefined
    attempt.giveUp.cancel()
    attempt.stream.on('error', () => {})
    attempt.stream.cancel()
    attempt.channel.close()
    this.#drop(this.#waiting.length)
    this.#waiting = []
    this.#waitingBytes = 0
    this.#framesInFlight = 0
    if (attempt.connected) {
      this.#gauge(0)
      this.onChange(false)
    }
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
    const attempt = this.#attempt
    if (attempt === undefined || !attempt.connected) return
    while (this.#waiting.length > 0 && this.#framesInFlight < PEER_LIMITS.framesInFlightMax) {
      const messages = this.#takeBatch()
      this.#framesInFlight++
      this.#count('peer_messages_sent_total', 'Messages sent to peers.', messages.length)
      this.#count('peer_frames_sent_total', 'Frames that carried them.', 1)
      attempt.stream.write({ batch: { messages } }, () => {
        if (this.#attempt !== attempt) return
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

  #drop(messages: number): void {
    if (messages > 0)
      this.#count('peer_messages_dropped_total', 'Messages to peers that were dropped.', messages)
  }

  #count(name: string, help: string, value: number): void {
    this.context.metrics.counter(name, help, value, { peer: this.peer, lane: this.lane })
  }

  #gauge(value: number): void {
    const labels = { peer: this.peer, lane: this.lane }
    this.context.metrics.gauge('peer_connected', 'Whether the connection to a peer is up.', value, labels)
  }
}

interface Attempt {
  readonly channel: PeerServiceClient
  readonly stream: ClientDuplexStream<ExchangeFrame, ExchangeFrame__Output>
  readonly giveUp: Timer
  connected: boolean
}
