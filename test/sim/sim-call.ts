import { MarketplaceError } from '../../src/model/error.js'
import type { NodeId } from '../../src/model/node-id.js'
import type { PeerCall, PeerReply } from '../../src/rpc/peer-transport.js'
import type { SimEndpoint, SimNetwork } from './sim-network.js'
import { SimStream } from './sim-stream.js'

/**
 * One call from node to node: request, reply, a body either way. Its end at a crashed node stays silent for ever,
 * as a dead program does; the other end learns of it after a while. The deadline is a limit on the other side's silence:
 * waiting for the caller's own body, or for its own reading, does not count.
 */
export class SimCall {
  readonly #answer: Promise<PeerReply>
  #resolve: (reply: PeerReply) => void = () => {}
  #reject: (error: unknown) => void = () => {}
  /** When the last leg in each direction arrives: later ones do not overtake it. */
  readonly #lastMs = new Map<SimEndpoint, number>()
  #request: SimStream | undefined
  #reply: SimStream | undefined
  #cancelDeadline: () => void = () => {}
  #over = false
  /** When the caller last heard of the other side, on its own clock. */
  #heardMs = 0
  /** Nothing more gets through; the ends do not know yet. */
  #broken = false

  constructor(
    private readonly network: SimNetwork,
    private readonly caller: SimEndpoint,
    private readonly callee: SimEndpoint | undefined,
    private readonly to: NodeId,
    private readonly procedure: string,
    private readonly onEnd: () => void,
  ) {
    this.#answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  start(call: PeerCall, deadlineMs: number): Promise<PeerReply> {
    this.#heardMs = this.caller.clock.monotonicMs()
    this.#watch(deadlineMs, deadlineMs)
    const header = call.header.slice()
    const callee = this.callee
    if (callee === undefined || !this.caller.knows(this.to)) {
      this.network.clock.schedule(this.network.latencyMs(this.caller.id, this.to), () =>
        this.#end(this.#error('UNREACHABLE', 'is not reachable')),
      )
      return this.#answer
    }
    this.#carry(this.caller, callee, 0, () => void this.#serve(callee, header))
    if (call.body !== undefined)
      this.#request = this.#stream(call.body, this.caller, callee, {
        onEnd: () => {},
        onFailure: (error) => this.#end(error),
      })
    return this.#answer
  }

  /** Ends the call once the other side was silent for so long. */
  #watch(silenceMs: number, leftMs: number): void {
    const { clock } = this.caller
    const timer = clock.after(leftMs, () => {
      if (this.#request?.waitsForSource || this.#reply?.waitsForReader) this.#heardMs = clock.monotonicMs()
      const silentMs = clock.monotonicMs() - this.#heardMs
      if (silentMs < silenceMs) this.#watch(silenceMs, silenceMs - silentMs)
      else this.#end(this.#error('DEADLINE', `was silent for ${silenceMs} ms`))
    })
    this.#cancelDeadline = () => timer.cancel()
  }

  involves(endpoint: SimEndpoint): boolean {
    return endpoint === this.caller || endpoint === this.callee
  }

  /** Whether the call needs this direction of the link. */
  uses(from: NodeId, to: NodeId): boolean {
    return (from === this.caller.id && to === this.to) || (to === this.caller.id && from === this.to)
  }

  /** Both ends learn, after the network's time to notice, that the other is gone. */
  breakOff(why: string): void {
    if (this.#broken) return
    this.#broken = true
    const delayMs = this.network.faults.detectMs + this.network.latencyMs(this.caller.id, this.to)
    this.network.clock.schedule(delayMs, () => this.#end(this.#error('UNREACHABLE', why)))
  }

  async #serve(callee: SimEndpoint, header: Uint8Array): Promise<void> {
    const handler = callee.handler(this.procedure)
    let reply: PeerReply
    try {
      this.caller.greet(callee)
      if (handler === undefined) throw this.#error('UNSUPPORTED', 'serves no such procedure')
      const body = this.#request?.body()
      reply = await handler(this.caller.id, body === undefined ? { header } : { header, body })
    } catch (error) {
      if (callee.alive) this.#carry(callee, this.caller, 0, () => this.#end(crossed(error, this.procedure)))
      return
    }
    if (!callee.alive || this.#over) {
      await reply.body?.[Symbol.asyncIterator]().return?.()
      return
    }
    const answer = reply.header.slice()
    const source = reply.body
    if (source === undefined) {
      this.#carry(callee, this.caller, 0, () => {
        this.#resolve({ header: answer })
        this.#end(undefined)
      })
      return
    }
    this.#carry(callee, this.caller, 0, () => {
      if (this.#reply !== undefined) this.#resolve({ header: answer, body: this.#reply.body() })
    })
    this.#reply = this.#stream(source, callee, this.caller, {
      onEnd: () => this.#end(undefined),
      onFailure: (error) => this.#reply?.failAfterAll(crossed(error, this.procedure)),
    })
  }

  #stream(
    source: AsyncIterable<Uint8Array>,
    writer: SimEndpoint,
    reader: SimEndpoint,
    told: { onEnd(): void; onFailure(error: unknown): void },
  ): SimStream {
    return new SimStream(
      source,
      {
        toReader: (bytes, arrive) => this.#carry(writer, reader, bytes, arrive),
        toWriter: (arrive) => this.#carry(reader, writer, 0, arrive),
        writerAlive: () => writer.alive,
        readerAlive: () => reader.alive,
      },
      this.network.faults.windowBytes,
      told.onEnd,
      told.onFailure,
    )
  }

  /** Takes one leg of the call from here to there, in order; a broken link or bad luck ends the call instead. */
  #carry(from: SimEndpoint, to: SimEndpoint, bytes: number, arrive: () => void): void {
    if (this.#over || this.#broken || !from.alive) return
    const { faults, clock } = this.network
    if (this.network.isBlocked(from.id, to.id) || this.network.chance(faults.cutPermille)) {
      this.breakOff('the call was cut')
      return
    }
    const earliestMs = clock.now + this.network.latencyMs(from.id, to.id) + bytes / faults.bytesPerMs
    const atMs = this.#inOrder(from, earliestMs)
    clock.scheduleAt(atMs, () => {
      if (this.network.isBlocked(from.id, to.id)) return this.breakOff('the link broke')
      to.due(() => {
        if (this.#over) return
        if (to === this.caller) this.#heardMs = to.clock.monotonicMs()
        arrive()
      })
    })
  }

  #inOrder(from: SimEndpoint, atMs: number): number {
    const inOrderMs = Math.max(atMs, this.#lastMs.get(from) ?? 0)
    this.#lastMs.set(from, inOrderMs)
    return inOrderMs
  }

  /** Ends the call: with an error, which the caller's own body may have thrown, or because all of it has been delivered. */
  #end(error: unknown): void {
    if (this.#over) return
    this.#over = true
    this.onEnd()
    const gone =
      error instanceof MarketplaceError
        ? error
        : this.#error('CANCELLED', 'has no more to do with the caller')
    this.caller.due(() => {
      this.#cancelDeadline()
      if (error !== undefined) this.#reject(error)
      this.#reply?.fail(gone)
      this.#request?.stop()
    })
    this.callee?.due(() => {
      this.#request?.fail(gone)
      this.#reply?.stop()
    })
  }

  #error(reason: 'UNREACHABLE' | 'DEADLINE' | 'UNSUPPORTED' | 'CANCELLED', what: string): MarketplaceError {
    return new MarketplaceError({
      reason,
      message: `${this.to} ${what} (${this.procedure})`,
      help: 'try again, or another node',
    })
  }
}

/** What the other side threw, as it arrives here: its facts without its object. */
function crossed(error: unknown, procedure: string): MarketplaceError {
  if (error instanceof MarketplaceError) {
    const { reason, message, help, field, details } = error
    return new MarketplaceError({ reason, message, help, field, details })
  }
  return new MarketplaceError({
    reason: 'INTERNAL',
    message: `${procedure} failed: ${error instanceof Error ? error.message : String(error)}`,
    help: "look at the other node's log",
  })
}
