import { assert } from '../../src/model/assert.js'
import { MarketplaceError } from '../../src/model/error.js'
import type { NodeId } from '../../src/model/node-id.js'
import type { ShownIdentity } from '../../src/model/start-mark.js'
import type { CallHandler, Lane, PeerCall, PeerReply, PeerTransport } from '../../src/rpc/peer-transport.js'
import type { Clock } from '../../src/runtime/clock.js'
import type { Random } from '../../src/runtime/random.js'
import { SimCall } from './sim-call.js'
import type { SimClock } from './sim-clock.js'

/** What the network does to traffic; chances are per thousand. */
export interface NetworkFaults {
  /** One way, drawn evenly. */
  readonly latencyMinMs: number
  readonly latencyMaxMs: number
  /** Messages that never arrive. */
  readonly lossPermille: number
  /** Messages that arrive twice, the second time up to reorderMs later. */
  readonly duplicatePermille: number
  /** Messages that arrive up to reorderMs late, so that later ones overtake them. */
  readonly reorderPermille: number
  readonly reorderMs: number
  /** Legs of a call (request, each piece of a body, reply) that break the call instead of arriving. */
  readonly cutPermille: number
  /** For the bodies of calls. */
  readonly bytesPerMs: number
  /** How long after a link broke its ends learn of it. */
  readonly detectMs: number
  /** Body bytes under way and unread per call before its writer has to wait. */
  readonly windowBytes: number
}

export const CALM_NETWORK: NetworkFaults = {
  latencyMinMs: 0.1,
  latencyMaxMs: 1,
  lossPermille: 0,
  duplicatePermille: 0,
  reorderPermille: 0,
  reorderMs: 20,
  cutPermille: 0,
  bytesPerMs: 200_000,
  detectMs: 300,
  windowBytes: 256 * 1024,
}

export interface SimNetworkOptions {
  readonly clock: SimClock
  readonly random: Random
  readonly faults?: Partial<NetworkFaults>
  /** Told of everything that happens on the wire, one line each. */
  readonly trace?: (line: string) => void
}

export interface ShownMembers {
  /** Of the configuration that it has in force. Default: 0, it knows none. */
  readonly configurationIndex?: number
  /** The newest cluster version that its build knows. Default: 0, it does not say. */
  readonly clusterVersionMax?: number
}

/** What a node shows at the other end of a connection, and whom it lets in by what they show. */
export interface Greeting {
  readonly shown: ShownIdentity & ShownMembers
  /** @throws why not */
  admit(peer: NodeId, shown: ShownIdentity & ShownMembers): void
  /** The same, of somebody who was let in before. */
  review?(peer: NodeId, shown: ShownMembers): void
  /** Another did not let this node in. */
  onRefused?(refusal: MarketplaceError): void
}

/** The wires between simulated nodes. Same clock, same random, same calls: same behaviour. */
export class SimNetwork {
  readonly #endpoints = new Map<NodeId, SimEndpoint>()
  readonly #calls = new Set<SimCall>()
  readonly #blocked = new Set<string>()
  readonly #extraMs = new Map<string, number>()
  #faults: NetworkFaults

  constructor(private readonly options: SimNetworkOptions) {
    this.#faults = { ...CALM_NETWORK, ...options.faults }
  }

  /** Whether a machine that has moved is found at its other addresses too. */
  forwards = false

  get faults(): NetworkFaults {
    return this.#faults
  }

  get clock(): SimClock {
    return this.options.clock
  }

  /** Calls under way. */
  get calls(): number {
    return this.#calls.size
  }

  /** A node comes up. Its deadlines run on its own clock, where one is given. */
  endpoint(
    id: NodeId,
    options: {
      readonly clock?: Clock
      readonly greeting?: Greeting
      readonly address?: string
      /** Takes what is due to the node's process, to run it now or later. */
      readonly pass?: (callback: () => void) => void
    } = {},
  ): SimEndpoint {
    assert(!this.#endpoints.has(id), () => `${id} is up already; crash or close it first`)
    const clock = options.clock ?? this.clock.forNode()
    const endpoint = new SimEndpoint(this, id, clock, options.greeting, options.address, options.pass)
    this.#endpoints.set(id, endpoint)
    this.linksChanged(0)
    return endpoint
  }

  /** The live endpoint of a node. */
  find(id: NodeId): SimEndpoint | undefined {
    return this.#endpoints.get(id)
  }

  /** Nothing goes from one to the other any more; the other way is not touched. */
  block(from: NodeId, to: NodeId): void {
    this.#blocked.add(link(from, to))
    this.#trace(`block ${from}>${to}`)
    for (const call of this.#calls) if (call.uses(from, to)) call.breakOff('the link broke')
    this.linksChanged(this.#faults.detectMs)
  }

  unblock(from: NodeId, to: NodeId): void {
    this.#blocked.delete(link(from, to))
    this.#trace(`unblock ${from}>${to}`)
    this.linksChanged(this.#faults.detectMs)
  }

  /** Cuts both ways between every node of one side and every node of the other. */
  partition(side: readonly NodeId[], other: readonly NodeId[]): void {
    for (const a of side)
      for (const b of other) {
        this.block(a, b)
        this.block(b, a)
      }
  }

  /** All links work again. */
  heal(): void {
    this.#blocked.clear()
    this.#trace('heal')
    this.linksChanged(this.#faults.detectMs)
  }

  isBlocked(from: NodeId, to: NodeId): boolean {
    return this.#blocked.has(link(from, to))
  }

  /** Adds to the latency of one direction; 0 takes it away. */
  slow(from: NodeId, to: NodeId, extraMs: number): void {
    this.#extraMs.set(link(from, to), extraMs)
  }

  setFaults(faults: Partial<NetworkFaults>): void {
    this.#faults = { ...this.#faults, ...faults }
  }

  /** The node vanishes. What was on its way to it is lost, what it had sent may still arrive; its calls break at the other end. */
  crash(id: NodeId): void {
    const endpoint = this.#endpoints.get(id)
    if (endpoint === undefined) return
    this.#trace(`crash ${id}`)
    this.retire(endpoint, `${id} went away`)
  }

  /** Takes an endpoint off the network. */
  retire(endpoint: SimEndpoint, why: string): void {
    if (this.#endpoints.get(endpoint.id) !== endpoint) return
    this.#endpoints.delete(endpoint.id)
    endpoint.alive = false
    for (const call of this.#calls) if (call.involves(endpoint)) call.breakOff(why)
    this.linksChanged(this.latencyMs(endpoint.id, endpoint.id))
  }

  latencyMs(from: NodeId, to: NodeId): number {
    const { latencyMinMs, latencyMaxMs } = this.#faults
    const spanUs = Math.max(0, Math.round((latencyMaxMs - latencyMinMs) * 1000))
    const drawnUs = spanUs === 0 ? 0 : this.options.random.below(spanUs + 1)
    return latencyMinMs + drawnUs / 1000 + (this.#extraMs.get(link(from, to)) ?? 0)
  }

  chance(permille: number): boolean {
    return permille > 0 && this.options.random.below(1000) < permille
  }

  /** Sends a message, with all that may happen to it on the way. */
  transmit(from: SimEndpoint, to: NodeId, lane: Lane, message: Uint8Array): void {
    const way = this.#way(from, to)
    const what = `${from.id}>${to} ${lane} ${message.length}B`
    if (way === undefined || this.isBlocked(from.id, to) || this.chance(this.#faults.lossPermille)) {
      this.#trace(`lost ${what}`)
      return
    }
    const copy = message.slice()
    const arrive = () => this.#arrive(from, way, lane, copy, what)
    const late = this.chance(this.#faults.reorderPermille)
    const atMs = this.clock.now + this.latencyMs(from.id, to) + (late ? this.#lateMs() : 0)
    this.clock.scheduleAt(late ? atMs : from.inOrder(`${to} ${lane}`, atMs), arrive)
    if (this.chance(this.#faults.duplicatePermille)) {
      this.#trace(`twice ${what}`)
      this.#later(this.latencyMs(from.id, to) + this.#lateMs(), arrive)
    }
  }

  startCall(
    from: SimEndpoint,
    to: NodeId,
    procedure: string,
    call: PeerCall,
    deadlineMs: number,
  ): Promise<PeerReply> {
    this.#trace(`call ${from.id}>${to} ${procedure}`)
    const running: SimCall = new SimCall(this, from, this.#reached(from, to), to, procedure, () =>
      this.#calls.delete(running),
    )
    this.#calls.add(running)
    return running.start(call, deadlineMs)
  }

  /** Ends of connections learn of changes, each after its own delay. */
  linksChanged(delayMs: number): void {
    for (const endpoint of this.#endpoints.values())
      this.#later(delayMs + this.latencyMs(endpoint.id, endpoint.id), () => {
        endpoint.due(() => endpoint.noticeLinks())
      })
  }

  connected(from: NodeId, to: NodeId): boolean {
    const here = this.#endpoints.get(from)
    const there = here === undefined ? this.#endpoints.get(to) : this.#reached(here, to)
    return there !== undefined && !this.isBlocked(from, to) && !this.isBlocked(to, from)
  }

  #reached(from: SimEndpoint, to: NodeId): SimEndpoint | undefined {
    const target = this.#endpoints.get(to)
    return target !== undefined && (this.forwards || from.finds(target)) ? target : undefined
  }

  /** Over its own connection; where that leads nowhere, back over the one that the other has to it. */
  #way(from: SimEndpoint, to: NodeId): Way | undefined {
    const reached = from.knows(to) ? this.#reached(from, to) : undefined
    if (reached !== undefined) return { caller: from, target: reached }
    const target = this.#endpoints.get(to)
    return target?.isConnectedTo(from.id) ? { caller: target, target } : undefined
  }

  #arrive(from: SimEndpoint, { caller, target }: Way, lane: Lane, message: Uint8Array, what: string): void {
    // What a crashed node had sent may still arrive, or not: half and half.
    const gone = !from.alive && this.chance(500)
    if (gone || !target.alive || this.isBlocked(from.id, target.id)) {
      this.#trace(`lost ${what}`)
      return
    }
    target.due(() => {
      const met = caller.meets(caller === from ? target : from)
      this.#trace(`${met ? 'arrive' : 'refused'} ${what}`)
      if (met) target.receive(from.id, lane, message)
    })
  }

  #lateMs(): number {
    return this.options.random.below(Math.max(1, Math.round(this.#faults.reorderMs * 1000))) / 1000
  }

  #later(delayMs: number, callback: () => void): void {
    this.clock.schedule(Math.max(0, delayMs), callback)
  }

  #trace(line: string): void {
    this.options.trace?.(line)
  }
}

/** How a message gets there: over whose connection. */
interface Way {
  readonly caller: SimEndpoint
  readonly target: SimEndpoint
}

function link(from: NodeId, to: NodeId): string {
  return `${from}>${to}`
}

/** One life of one node on the network. */
export class SimEndpoint implements PeerTransport {
  alive = true
  readonly #handlers = new Map<string, CallHandler>()
  readonly #lastArrivalMs = new Map<string, number>()
  readonly #connected = new Map<NodeId, boolean>()
  readonly #onMessage: ((from: NodeId, lane: Lane, message: Uint8Array) => void)[] = []
  readonly #onConnection: ((peer: NodeId, connected: boolean) => void)[] = []
  /** Where this node believes them to be. */
  #peers = new Map<NodeId, string>()
  /** Lives of others with which a connection was made. */
  readonly #met = new WeakSet<SimEndpoint>()

  constructor(
    private readonly network: SimNetwork,
    readonly id: NodeId,
    readonly clock: Clock,
    private readonly greeting?: Greeting,
    /** Where it listens; others find it there only. Undefined: wherever they look. */
    readonly address?: string,
    private readonly pass: (callback: () => void) => void = (callback) => callback(),
  ) {}

  /** Runs this in the process here, when it is there to run anything; never where it is gone by then. */
  due(callback: () => void): void {
    this.pass(() => {
      if (this.alive) callback()
    })
  }

  /** Both ends look at what the other shows, as at the beginning of every call. @throws what one of them has against the other */
  greet(other: SimEndpoint): void {
    if (this.greeting === undefined || other.greeting === undefined) return
    this.#heard(() => other.greeting?.admit(this.id, this.greeting?.shown as Greeting['shown']))
    this.greeting.admit(other.id, other.greeting.shown)
  }

  /** Whether messages get through to it: the connection for them is made once, and lasts. */
  meets(other: SimEndpoint): boolean {
    try {
      if (!this.#met.has(other)) this.greet(other)
      else this.#heard(() => other.greeting?.review?.(this.id, this.greeting?.shown as Greeting['shown']))
    } catch (error) {
      this.#met.delete(other)
      if (error instanceof MarketplaceError) return false
      throw error
    }
    this.#met.add(other)
    return true
  }

  /** A judgement of the other about this node, which hears of it where it is bad. */
  #heard(judge: () => void): void {
    try {
      judge()
    } catch (error) {
      if (error instanceof MarketplaceError) this.greeting?.onRefused?.(error)
      throw error
    }
  }

  send(to: NodeId, lane: Lane, message: Uint8Array): void {
    assert(to !== this.id, () => `${this.id} sends to itself`)
    if (this.alive && (this.#peers.has(to) || this.network.find(to)?.isConnectedTo(this.id)))
      this.network.transmit(this, to, lane, message)
  }

  onMessage(handler: (from: NodeId, lane: Lane, message: Uint8Array) => void): void {
    this.#onMessage.push(handler)
  }

  onConnection(handler: (peer: NodeId, connected: boolean) => void): void {
    this.#onConnection.push(handler)
  }

  call(
    to: NodeId,
    procedure: string,
    call: PeerCall,
    options: { readonly deadlineMs: number },
  ): Promise<PeerReply> {
    assert(to !== this.id, () => `${this.id} calls itself`)
    if (!this.alive) return new Promise(() => {})
    return this.network.startCall(this, to, procedure, call, options.deadlineMs)
  }

  /** Whether that node is found at that address. @throws UNREACHABLE */
  async meet({ id, address }: { readonly id: NodeId; readonly address: string }): Promise<void> {
    const other = this.network.find(id)
    const isThere = other !== undefined && (other.address ?? address) === address
    if (isThere && !this.network.isBlocked(this.id, id) && !this.network.isBlocked(id, this.id)) return
    throw new MarketplaceError({
      reason: 'UNREACHABLE',
      message: `nobody answers at ${address}`,
      help: 'wait',
    })
  }

  serve(procedure: string, handler: CallHandler): void {
    assert(!this.#handlers.has(procedure), () => `${procedure} is served already`)
    this.#handlers.set(procedure, handler)
  }

  setPeers(peers: readonly { readonly id: NodeId; readonly address: string }[]): void {
    this.#peers = new Map(peers.flatMap(({ id, address }) => (id === this.id ? [] : [[id, address]])))
    this.network.linksChanged(0)
  }

  /** Whether the other is where this node looks for it. */
  finds(other: SimEndpoint): boolean {
    const address = this.#peers.get(other.id)
    return address === undefined || other.address === undefined || address === other.address
  }

  /** Whether it has a connection of its own to the other. */
  isConnectedTo(peer: NodeId): boolean {
    return this.#connected.get(peer) === true
  }

  knows(peer: NodeId): boolean {
    return this.#peers.has(peer)
  }

  handler(procedure: string): CallHandler | undefined {
    return this.#handlers.get(procedure)
  }

  receive(from: NodeId, lane: Lane, message: Uint8Array): void {
    for (const handler of this.#onMessage) handler(from, lane, message)
  }

  /** When something sent now may arrive at the earliest without overtaking what was sent before it. */
  inOrder(stream: string, atMs: number): number {
    const inOrderMs = Math.max(atMs, this.#lastArrivalMs.get(stream) ?? 0)
    this.#lastArrivalMs.set(stream, inOrderMs)
    return inOrderMs
  }

  noticeLinks(): void {
    for (const peer of new Set([...this.#connected.keys(), ...this.#peers.keys()])) {
      const connected = this.#peers.has(peer) && this.network.connected(this.id, peer)
      if ((this.#connected.get(peer) ?? false) === connected) continue
      this.#connected.set(peer, connected)
      for (const handler of this.#onConnection) handler(peer, connected)
    }
    for (const peer of [...this.#connected.keys()]) if (!this.#peers.has(peer)) this.#connected.delete(peer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.network.retire(this, `${this.id} closed`)
  }
}
