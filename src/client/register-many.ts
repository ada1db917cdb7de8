import { type ClientDuplexStream, Metadata } from '@grpc/grpc-js'
import type { MarketplaceError } from '../model/error.js'
import { errorFromMessage } from '../wire/error-details.js'
import type { Received, Sent } from '../wire/message.js'
import { fromCallError, unreachable } from './call-error.js'
import type { Caller } from './caller.js'
import type { Endpoint } from './endpoint.js'
import { stalled } from './publish-call.js'
import { backoffBoundMs, isCurable } from './retry.js'
import { StallGuard } from './stall-guard.js'

/** The end of one registration among many. */
export type RegisterOutcome =
  | { readonly sequence: number; readonly registered: Received<'RegisterResponse'> }
  | { readonly sequence: number; readonly error: MarketplaceError }

/** Requests sent and not answered at any time. */
const IN_FLIGHT_MAX = 256

type Call = ClientDuplexStream<Sent<'RegisterManyRequest'>, Received<'RegisterManyResponse'>>

/**
 * Sends registrations over one stream and yields their outcomes as they come, in any order. A stream that breaks is opened again on
 * another node, and what was not answered is sent again: with the same request ids, so that nothing is done twice.
 * @throws the trouble that lasted longer than the time for writes; what was not yielded by then is undecided
 */
export async function* registerMany(
  caller: Caller,
  requests: AsyncIterator<Sent<'RegisterRequest'>>,
): AsyncGenerator<RegisterOutcome, void, undefined> {
  const pending = new Map<number, Sent<'RegisterRequest'>>()
  let next: Promise<IteratorResult<Sent<'RegisterRequest'>>> | undefined
  let sequence = 0
  let ended = false
  let movedMs = caller.clock.monotonicMs()
  while (!ended || pending.size > 0) {
    const stream = await caller.attempts('write', (endpoint) => openStream(caller, endpoint))
    try {
      for (const [number, register] of pending) stream.send(number, register)
      const again: number[] = []
      while (stream.failure === undefined) {
        for (const answer of stream.take()) {
          const outcome = toOutcome(answer)
          if ('error' in outcome && isCurable(outcome.error)) again.push(outcome.sequence)
          else if (pending.delete(outcome.sequence)) {
            movedMs = caller.clock.monotonicMs()
            yield outcome
          }
        }
        if (again.length > 0) {
          await pauseFor(caller, 1)
          for (const number of again.splice(0)) stream.send(number, pending.get(number) ?? {})
        }
        if (!ended && pending.size < IN_FLIGHT_MAX) next ??= requests.next()
        if (ended && pending.size === 0) break
        const ready = await Promise.race([stream.changed(), ...(next === undefined ? [] : [next])])
        if (ready === undefined) continue
        next = undefined
        if (ready.done) ended = true
        else {
          pending.set(sequence, ready.value)
          stream.send(sequence++, ready.value)
        }
      }
    } finally {
      stream.close()
    }
    if (stream.failure !== undefined) {
      const idleMs = caller.clock.monotonicMs() - movedMs
      if (!isCurable(stream.failure) || idleMs > caller.times.writeTotalMs) throw stream.failure
      caller.pool.leave(stream.endpoint)
      await pauseFor(caller, 2)
    }
  }
}

function toOutcome(answer: Received<'RegisterManyResponse'>): RegisterOutcome {
  const { sequence, registered, error } = answer
  if (registered !== undefined && registered !== null) return { sequence, registered }
  return { sequence, error: errorFromMessage(error as Received<'Error'>) }
}

function pauseFor(caller: Caller, attempt: number): Promise<void> {
  const waitMs = caller.random.below(backoffBoundMs(attempt)) + 1
  return new Promise((resolve) => caller.clock.after(waitMs, resolve))
}

async function openStream(caller: Caller, endpoint: Endpoint): Promise<Stream> {
  return new Stream(caller, endpoint, endpoint.registry.registerMany(new Metadata()) as Call)
}

/** One open stream: answers are queued, and whoever waits is told of every change. */
class Stream {
  failure: MarketplaceError | undefined
  #answers: Received<'RegisterManyResponse'>[] = []
  #wake: () => void = () => {}
  readonly #guard: StallGuard
  #unanswered = 0

  constructor(
    private readonly caller: Caller,
    readonly endpoint: Endpoint,
    private readonly call: Call,
  ) {
    this.#guard = new StallGuard(caller.clock, () => call.cancel())
    call.on('data', (answer: Received<'RegisterManyResponse'>) => {
      this.#answers.push(answer)
      this.#unanswered--
      this.#watch()
      this.#wake()
    })
    call.on('error', (error) => this.#fail(error))
    call.on('end', () => this.#fail(unreachable(endpoint.address, 'it ended the stream')))
  }

  send(sequence: number, register: Sent<'RegisterRequest'>): void {
    this.#unanswered++
    this.#watch()
    this.call.write({ sequence, register })
  }

  take(): Received<'RegisterManyResponse'>[] {
    return this.#answers.splice(0)
  }

  /** Resolves (with undefined) at the next answer or failure; at once where one is there. */
  changed(): Promise<undefined> {
    return new Promise((resolve) => {
      this.#wake = () => resolve(undefined)
      if (this.#answers.length > 0 || this.failure !== undefined) resolve(undefined)
    })
  }

  close(): void {
    this.#guard.stop()
    this.call.end()
    if (this.failure !== undefined) this.call.cancel()
  }

  #watch(): void {
    if (this.#unanswered > 0) this.#guard.moved(this.caller.times.stallMs)
    else this.#guard.stop()
  }

  #fail(error: unknown): void {
    const { address } = this.endpoint
    this.failure ??= this.#guard.stalled ? stalled(address, error) : fromCallError(error, address)
    this.#guard.stop()
    this.#wake()
  }
}
