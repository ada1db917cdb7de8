import type { Server } from '@grpc/grpc-js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { Clock } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'
import type { MetricsCollector } from '../runtime/metrics.js'
import type { Random } from '../runtime/random.js'
import { ExchangeLink, type PeerContext } from './exchange-link.js'
import { bindGrpcServer, createGrpcServer, stopGrpcServer } from './grpc-server.js'
import { MessageQueue } from './message-queue.js'
import { PeerCaller } from './peer-caller.js'
import { FRAME_BYTES_MAX } from './peer-channel.js'
import { unreachable } from './peer-failure.js'
import type { Admit, PeerHello } from './peer-hello.js'
import { PeerService } from './peer-service.js'
import { completePeerTiming, PEER_LIMITS, type PeerTiming } from './peer-timing.js'
import type { CallHandler, Lane, PeerCall, PeerReply, PeerTransport } from './peer-transport.js'
import { serviceDefinition } from './services.js'

export interface GrpcTransportOptions {
  /** Who we say we are. */
  readonly self: Omit<PeerHello, 'protocol'>
  /** host:port of our peer service; port 0 picks a free one. */
  readonly listen: string
  /**
   * Judges the other side's membership and incarnation, on both sides of a connection, before anything is delivered.
   * Protocol version, cluster id and addressee have been checked by then.
   */
  readonly admit: Admit
  /** Judges those who were let in once more, at every `setPeers`; default: nobody is sent away. */
  readonly review?: Admit
  /** Told of every handshake that was refused, by either side: again and again, while it goes on. */
  readonly onRefused?: (refusal: MarketplaceError) => void
  /**
   * Told what somebody whom we let in has against us, on seeing who we are: again and again, while it goes on. That it is so, and even
   * who says it, is not proven.
   */
  readonly onTold?: (from: NodeId, refusal: MarketplaceError) => void
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: MetricsCollector
  readonly timing?: Partial<PeerTiming>
}

type MessageHandler = (from: NodeId, lane: Lane, message: Uint8Array) => void

/**
 * Members over gRPC: for each peer two outgoing streams of messages and one connection for calls. To whom there is none,
 * messages go back over the streams that it opened here.
 */
export class GrpcTransport implements PeerTransport {
  readonly #context: PeerContext
  readonly #service: PeerService
  readonly #peers = new Map<NodeId, Peer>()
  readonly #onConnection: ((peer: NodeId, connected: boolean) => void)[] = []
  #closed = false

  private constructor(
    context: PeerContext,
    service: PeerService,
    private readonly handlers: MessageHandler[],
    private readonly server: Server,
    /** host:port that is listened on. */
    readonly address: string,
  ) {
    this.#context = context
    this.#service = service
  }

  /**
   * Listens; peers are dialled once `setPeers` names them.
   * @throws PORT_IN_USE, CONFIG_INVALID
   */
  static async listen(options: GrpcTransportOptions): Promise<GrpcTransport> {
    const { self, admit, review = () => {}, clock, random, logger, metrics } = options
    const timing = completePeerTiming(options.timing)
    const onRefused = options.onRefused ?? (() => {})
    const onTold = options.onTold ?? (() => {})
    const handlers: MessageHandler[] = []
    const deliver: MessageHandler = (from, lane, message) => {
      for (const handler of handlers) handler(from, lane, message)
    }
    const said = { onRefused, onTold, deliver }
    const context = { self, admit, review, ...said, clock, random, logger, metrics, timing }
    const service = new PeerService(context)
    const server = createGrpcServer({
      receiveBytesMax: FRAME_BYTES_MAX,
      streamsMax: PEER_LIMITS.callsMax,
      keepaliveMs: timing.keepaliveMs,
      keepaliveTimeoutMs: timing.keepaliveMs,
    })
    server.addService(serviceDefinition('ggen.raft.v1.PeerService'), {
      Exchange: (stream: Parameters<PeerService['exchange']>[0]) => service.exchange(stream),
      Call: (stream: Parameters<PeerService['call']>[0]) => service.call(stream),
    })
    const address = await bindGrpcServer(server, options.listen, 'peer service', 'listen.peer')
    return new GrpcTransport(context, service, handlers, server, address)
  }

  send(to: NodeId, lane: Lane, message: Uint8Array): void {
    const peer = this.#peers.get(to)
    if (peer?.isUp(lane) !== true && this.#service.answer(to, lane, message)) return
    if (peer !== undefined) peer.send(lane, message)
    else MessageQueue.drop(this.#context.metrics, to, lane, 1)
  }

  onMessage(handler: MessageHandler): void {
    this.handlers.push(handler)
  }

  onConnection(handler: (peer: NodeId, connected: boolean) => void): void {
    this.#onConnection.push(handler)
  }

  async call(
    to: NodeId,
    procedure: string,
    call: PeerCall,
    options: { readonly deadlineMs: number },
  ): Promise<PeerReply> {
    const peer = this.#peers.get(to)
    if (peer === undefined) throw unreachable(to, 'no address of it is known here')
    return peer.caller.call(procedure, call, options.deadlineMs)
  }

  /**
   * Whether a node is found at an address, which need not be that of a peer.
   * @throws CLUSTER_MISMATCH where another one answers; UNREACHABLE; what it has against us
   */
  async meet({ id, address }: { id: NodeId; address: string }, deadlineMs: number): Promise<void> {
    const caller = new PeerCaller(this.#context, id, address)
    try {
      await caller.meet(deadlineMs)
    } catch (error) {
      // Whoever is called by its own name says that it is the other one: it is this node.
      const isSelf = id === this.#context.self.nodeId && error instanceof MarketplaceError
      if (!isSelf || error.reason !== 'CLUSTER_MISMATCH' || error.details.found !== undefined) throw error
    } finally {
      caller.close()
    }
  }

  serve(procedure: string, handler: CallHandler): void {
    this.#service.serve(procedure, handler)
  }

  setPeers(peers: readonly { readonly id: NodeId; readonly address: string }[]): void {
    if (this.#closed) return
    const wanted = new Map(peers.map((peer) => [peer.id, peer.address]))
    wanted.delete(this.#context.self.nodeId)
    for (const [id, peer] of this.#peers) {
      if (wanted.get(id) === peer.address) continue
      this.#peers.delete(id)
      peer.close()
    }
    for (const [id, address] of wanted) {
      if (!this.#peers.has(id)) this.#peers.set(id, this.#open(id, address))
    }
    this.#service.review()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    for (const peer of this.#peers.values()) peer.close()
    this.#peers.clear()
    await stopGrpcServer(this.server, this.address, 0)
  }

  #open(id: NodeId, address: string): Peer {
    return new Peer(this.#context, id, address, (connected) => {
      for (const handler of this.#onConnection) handler(id, connected)
    })
  }
}

/** All connections to one peer. The forward lane is up only while the raft lane is: a dead peer is dialled once, not twice. */
class Peer {
  readonly caller: PeerCaller
  readonly #raft: ExchangeLink
  #forward: ExchangeLink | undefined

  constructor(
    context: PeerContext,
    id: NodeId,
    readonly address: string,
    onConnection: (connected: boolean) => void,
  ) {
    this.caller = new PeerCaller(context, id, address)
    this.#raft = new ExchangeLink(context, id, address, 'raft', (connected) => {
      this.#forward?.close()
      this.#forward = connected ? new ExchangeLink(context, id, address, 'forward', () => {}) : undefined
      onConnection(connected)
    })
  }

  isUp(lane: Lane): boolean {
    return this.#raft.connected && (lane === 'raft' || this.#forward?.connected === true)
  }

  send(lane: Lane, message: Uint8Array): void {
    const link = lane === 'raft' ? this.#raft : this.#forward
    link?.send(message)
  }

  close(): void {
    this.#raft.close()
    this.#forward?.close()
    this.caller.close()
  }
}
