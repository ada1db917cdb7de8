import { type ChannelCredentials, credentials } from '@grpc/grpc-js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { Clock } from '../runtime/clock.js'
import type { Random } from '../runtime/random.js'
import { Caller, type CallTimes } from './caller.js'
import { Endpoint, EndpointPool } from './endpoint.js'
import { MarketplaceClient } from './marketplace-client.js'
import { Session } from './session.js'
import { webClock, webRandom } from './web-runtime.js'

export const DEFAULT_TIMES: CallTimes = {
  connectMs: 2_000,
  attemptMs: 10_000,
  readTotalMs: 15_000,
  writeTotalMs: LIMITS.retryMs,
  stallMs: 20_000,
}

/** How many nodes a client may be told of. */
const ENDPOINTS_MAX = 64

/** Puts a client together: `new MarketplaceBuilder().withCluster(['127.0.0.1:7401']).build()`. */
export class MarketplaceBuilder {
  #endpoints: readonly string[] = []
  #times: CallTimes = DEFAULT_TIMES
  #clock: Clock = webClock
  #random: Random = webRandom
  #credentials: ChannelCredentials = credentials.createInsecure()

  /**
   * The nodes of a cluster, each `host:port`; one is enough, all let the client go on when one is down.
   * @throws CONFIG_INVALID
   */
  withCluster(endpoints: readonly string[]): this {
    this.#endpoints = [...new Set(endpoints.map(toEndpoint))]
    return this
  }

  /** Other times than {@link DEFAULT_TIMES}. */
  withTimes(times: Partial<CallTimes>): this {
    this.#times = { ...this.#times, ...times }
    return this
  }

  /** Another clock and randomness than the machine's. */
  withRuntime(runtime: { readonly clock?: Clock; readonly random?: Random }): this {
    this.#clock = runtime.clock ?? this.#clock
    this.#random = runtime.random ?? this.#random
    return this
  }

  /** How to speak to the nodes; default plain text, which is for loopback only. */
  withCredentials(channelCredentials: ChannelCredentials): this {
    this.#credentials = channelCredentials
    return this
  }

  /**
   * Nothing is connected before the first call.
   * @throws CONFIG_INVALID where no cluster was named
   */
  build(): MarketplaceClient {
    if (this.#endpoints.length === 0 || this.#endpoints.length > ENDPOINTS_MAX) {
      throw new MarketplaceError({
        reason: 'CONFIG_INVALID',
        field: 'endpoints',
        message: `a client needs 1 to ${ENDPOINTS_MAX} nodes to talk to, not ${this.#endpoints.length}`,
        help: "name them with withCluster(['127.0.0.1:7401', …])",
      })
    }
    const endpoints = this.#endpoints.map((address) => new Endpoint(address, this.#credentials))
    const pool = new EndpointPool(endpoints, this.#random.below(endpoints.length))
    return new MarketplaceClient(new Caller(pool, new Session(), this.#clock, this.#random, this.#times))
  }
}

function toEndpoint(text: string): string {
  const [, host, port] = /^(.+):([0-9]{1,5})$/.exec(text.trim()) ?? []
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535 || /[\s/@]/.test(host)) {
    throw new MarketplaceError({
      reason: 'CONFIG_INVALID',
      field: 'endpoints',
      message: `endpoint ${JSON.stringify(text)} is not host:port`,
      help: 'write for example 127.0.0.1:7401, several separated by commas',
    })
  }
  return `${host}:${port}`
}
