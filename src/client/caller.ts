import { Metadata } from '@grpc/grpc-js'
import { MarketplaceError } from '../model/error.js'
import type { Clock } from '../runtime/clock.js'
import type { Random } from '../runtime/random.js'
import type { Endpoint, EndpointPool } from './endpoint.js'
import { isCurable, NothingSent, withRetry } from './retry.js'
import type { Session } from './session.js'

/** How long things may take; all have defaults in client-builder.ts. */
export interface CallTimes {
  /** Waiting for a connection to one node. */
  readonly connectMs: number
  /** One attempt of one call with one answer. */
  readonly attemptMs: number
  /** All attempts of one read. */
  readonly readTotalMs: number
  /** All attempts of one write; below the 15 minutes for which request ids are remembered. */
  readonly writeTotalMs: number
  /** A stream that moves no byte for this long is broken off. */
  readonly stallMs: number
  /** All calls of the client together, from its beginning: nothing is under way after. Default: without limit. */
  readonly allMs?: number | undefined
}

/** What the last attempt may take beyond all of them, so that it is not cut off before it can succeed. */
const LAST_ATTEMPT_MS = 1_000
/** With less than this left of the time for everything, no attempt begins. */
const ATTEMPT_MS_MIN = 100

/** One attempt of a call with one answer. */
export type Invoke<T> = (
  endpoint: Endpoint,
  metadata: Metadata,
  options: { deadline: number },
  callback: (error: Error | null, value?: T) => void,
) => unknown

/** What every call of a client shares. */
export class Caller {
  /** When the time for everything is over. */
  readonly #overMs: number

  constructor(
    readonly pool: EndpointPool,
    readonly session: Session,
    readonly clock: Clock,
    readonly random: Random,
    readonly times: CallTimes,
  ) {
    this.#overMs = clock.monotonicMs() + (times.allMs ?? Number.POSITIVE_INFINITY)
  }

  /** A call with one answer, tried on node after node. */
  unary<T>(kind: 'read' | 'write', invoke: Invoke<T>): Promise<T> {
    const { clock, times } = this
    const endMs = clock.monotonicMs() + this.#totalMs(kind)
    return this.attempts(kind, (endpoint) =>
      endpoint.unary<T>((callback) => {
        const leftMs = this.#allowed(Math.max(LAST_ATTEMPT_MS, endMs - clock.monotonicMs()))
        const deadline = clock.wallMs() + Math.min(times.attemptMs, leftMs)
        return invoke(endpoint, new Metadata(), { deadline }, callback)
      }),
    )
  }

  /** Any call, tried on node after node. Each attempt must settle by itself. */
  async attempts<T>(kind: 'read' | 'write', attempt: (endpoint: Endpoint) => Promise<T>): Promise<T> {
    const { clock, random, times, pool } = this
    const totalMs = this.#totalMs(kind)
    try {
      return await withRetry({ clock, random, nodes: pool.size, totalMs, kind }, async () => {
        const endpoint = pool.current
        try {
          await endpoint.connected(this.#allowed(times.connectMs))
          return await attempt(endpoint)
        } catch (error) {
          if (error instanceof NothingSent || (error instanceof MarketplaceError && isCurable(error)))
            pool.leave(endpoint)
          throw error
        }
      })
    } catch (error) {
      if (error instanceof MarketplaceError) this.session.met(error)
      throw error
    }
  }

  #totalMs(kind: 'read' | 'write'): number {
    const totalMs = kind === 'read' ? this.times.readTotalMs : this.times.writeTotalMs
    return Math.min(totalMs, Math.max(0, this.#overMs - this.clock.monotonicMs() - ATTEMPT_MS_MIN))
  }

  /** So much of it as is left of the time for everything. */
  #allowed(ms: number): number {
    return Math.max(0, Math.min(ms, this.#overMs - this.clock.monotonicMs()))
  }
}
