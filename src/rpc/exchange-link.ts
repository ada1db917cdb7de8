import type { ClientDuplexStream } from '@grpc/grpc-js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { Clock, Timer } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'
import type { MetricsCollector } from '../runtime/metrics.js'
import type { Random } from '../runtime/random.js'
import type { ExchangeFrame, ExchangeFrame__Output } from './gen/ggen/raft/v1/ExchangeFrame.js'
import type { PeerServiceClient } from './gen/ggen/raft/v1/PeerService.js'
import { MessageQueue } from './message-queue.js'
import { createPeerChannel } from './peer-channel.js'
import { fromFailure, toFailure } from './peer-failure.js'
import { type Admit, acceptHello, type PeerHello, toHello } from './peer-hello.js'
import type { PeerTiming } from './peer-timing.js'
import type { Lane } from './peer-transport.js'

/** So long a peer that was told why it is refused may take to hang up. */
const PARTING_MS = 500

/** What all connections of one node share. */
export interface PeerContext {
  readonly self: Omit<PeerHello, 'protocol'>
  readonly admit: Admit
  /** Judges whoever was let in again, when it may be a member no more. */
  readonly review: Admit
  /** Told of every refusal by a peer, or of a peer. */
  readonly onRefused: (refusal: MarketplaceError) => void
  /** Told what somebody who made a connection, and was let in, has against us on seeing who we are. */
  readonly onTold: (from: NodeId, refusal: MarketplaceError) => void
  /** A message of somebody who was let in, whoever of us made the connection. */
  readonly deliver: (from: NodeId, lane: Lane, message: Uint8Array) => void
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: MetricsCollector
  readonly timing: PeerTiming
}

/**
 * Our own connection to one peer for one lane, kept up. What the peer sends back over it, since it has none to us, is taken too.
 * Each attempt has a channel of its own, so that no attempt inherits the pauses of the one before.
 */
export class ExchangeLink {
  #attempt: Attempt | undefined
  /** Hangs up on a peer that is being told why it is refused. */
  #part: () => void = () => {}
  #redial: Timer | undefined
  #failures = 0
  #lastTrouble = ''

  constructor(
    private readonly context: PeerContext,
    private readonly peer: NodeId,
    readonly address: string,
    private readonly lane: Lane,
    private readonly onChange: (connected: boolean) => void,
  ) {
    this.#dial()
  }

  /** Whether the other side has accepted this connection, and we it. */
  get connected(): boolean {
    return this.#attempt?.connected === true
  }

  /** Messages wait during a handshake; they are dropped when an attempt fails, since the time for them has passed. */
  send(message: Uint8Array): void {
    if (this.#attempt !== undefined) this.#attempt.queue.add(message)
    else MessageQueue.drop(this.context.metrics, this.peer, this.lane, 1)
  }

  close(): void {
    this.#redial?.cancel()
    this.#part()
    if (this.#attempt !== undefined) this.#end(this.#attempt)
  }

  #dial(): void {
    const { self, clock, timing } = this.context
    const channel = createPeerChannel(this.address, timing)
    const stream = channel.exchange()
    const giveUp = clock.after(timing.connectMs, () =>
      this.#lost(attempt, new Error(`no hello within ${timing.connectMs} ms`)),
    )
    const queue = new MessageQueue(this.context.metrics, this.peer, this.lane, (frame, onWire) =>
      stream.write(frame, onWire),
    )
    const attempt: Attempt = { channel, stream, queue, giveUp, connected: false }
    this.#attempt = attempt
    stream.on('data', (frame: ExchangeFrame__Output) => this.#receive(attempt, frame))
    stream.on('error', (error) => this.#lost(attempt, error))
    stream.on('end', () => this.#lost(attempt, new Error('the peer ended the stream')))
    stream.write({ hello: { ...toHello(self, this.peer, this.lane), takesAnswers: true } })
  }

  #receive(attempt: Attempt, frame: ExchangeFrame__Output): void {
    if (this.#attempt !== attempt) return
    if (frame.failure) return this.#lost(attempt, fromFailure(frame.failure))
    if (attempt.connected && frame.batch) {
      for (const message of frame.batch.messages) this.context.deliver(this.peer, this.lane, message)
      return
    }
    if (!frame.hello || attempt.connected) return this.#lost(attempt, new Error('unexpected frame'))
    try {
      this.context.admit(acceptHello(frame.hello, this.context.self, this.peer))
    } catch (error) {
      if (!(error instanceof MarketplaceError)) throw error
      return this.#lost(attempt, error, error)
    }
    attempt.connected = true
    attempt.giveUp.cancel()
    this.#failures = 0
    this.#lastTrouble = ''
    const { peer, lane, address } = this
    this.context.logger.info({ peer, lane, address }, 'connected to peer')
    this.#gauge(1)
    this.onChange(true)
    attempt.queue.open()
  }

  /** @param verdict of ours on the peer, which is told of it: it may know nobody who could say why it is not listened to */
  #lost(attempt: Attempt, cause: Error, verdict?: MarketplaceError): void {
    if (this.#attempt !== attempt) return
    const wasConnected = attempt.connected
    // Of a peer that is starting, or while we are: no verdict.
    const refused = cause instanceof MarketplaceError && cause.reason !== 'UNREACHABLE'
    this.#end(attempt, refused ? verdict : undefined)
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

  #end(attempt: Attempt, verdict?: MarketplaceError): void {
    this.#attempt = undefined
    attempt.giveUp.cancel()
    attempt.stream.on('error', () => {})
    attempt.queue.close()
    if (verdict === undefined) hangUp(attempt)
    else this.#tell(attempt, verdict)
    if (attempt.connected) {
      this.#gauge(0)
      this.onChange(false)
    }
  }

  #tell(attempt: Attempt, verdict: MarketplaceError): void {
    let parted = false
    const part = () => {
      if (parted) return
      parted = true
      late.cancel()
      hangUp(attempt)
    }
    const late = this.context.clock.after(PARTING_MS, part)
    this.#part = part
    attempt.stream.on('close', part)
    attempt.stream.on('end', part)
    attempt.stream.write({ failure: toFailure(verdict) })
    attempt.stream.end()
  }

  #gauge(value: number): void {
    const labels = { peer: this.peer, lane: this.lane }
    this.context.metrics.gauge('peer_connected', 'Whether the connection to a peer is up.', value, labels)
  }
}

function hangUp({ stream, channel }: Attempt): void {
  stream.cancel()
  channel.close()
}

interface Attempt {
  readonly channel: PeerServiceClient
  readonly stream: ClientDuplexStream<ExchangeFrame, ExchangeFrame__Output>
  readonly queue: MessageQueue
  readonly giveUp: Timer
  connected: boolean
}
