import { type ChannelCredentials, credentials } from '@grpc/grpc-js'
import type { CryptoVerifier } from '../interface/crypto-verifier.js'
import type { PackageStore } from '../interface/package-store.js'
import type { Registry } from '../interface/registry.js'
import type { Replication } from '../interface/replication.js'
import type { SearchEngine } from '../interface/search-engine.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { Clock } from '../runtime/clock.js'
import type { MetricsCollector } from '../runtime/metrics.js'
import type { Random } from '../runtime/random.js'
import { PortableCrypto } from '../trust/crypto.js'
import { Caller, type CallTimes } from './caller.js'
import { type ClientParts, callerParts, ownParts } from './client-parts.js'
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

/**
 * Puts a client together of what needs no disk of this machine: a cluster over the network, or objects of the caller's own. The public
 * builder adds registries embedded in this process.
 */
export class ClientBuilder {
  #endpoints: readonly string[] = []
  #times: CallTimes = DEFAULT_TIMES
  #clock: Clock = webClock
  #random: Random = webRandom
  #credentials: ChannelCredentials = credentials.createInsecure()
  #registry: Registry | undefined
  #store: PackageStore | undefined
  #search: SearchEngine | undefined
  #replication: Replication | undefined
  #metrics: MetricsCollector | undefined
  #crypto: CryptoVerifier = new PortableCrypto(webRandom)

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

  /** A registry of the caller's own; it stays the caller's, also to close. It needs a package store beside it. */
  withRegistry(registry: Registry): this {
    this.#registry = registry
    return this
  }

  /** Where a registry of the caller's own has its packages kept; what is read from it is hashed by the client. */
  withPackageStore(store: PackageStore): this {
    this.#store = store
    return this
  }

  /** What searches, instead of what the registry brings along. */
  withSearchEngine(search: SearchEngine): this {
    this.#search = search
    return this
  }

  /** Who the replicas of a registry of the caller's own are: `client.replication`. Other registries know theirs. */
  withReplication(replication: Replication): this {
    this.#replication = replication
    return this
  }

  /** What checks signatures, and `client.crypto`; every implementation gives the same verdicts. Default: one that runs anywhere. */
  withCrypto(crypto: CryptoVerifier): this {
    this.#crypto = crypto
    return this
  }

  /** Where the client counts its calls and their failures, and a registry in this process what it does. */
  withMetrics(metrics: MetricsCollector): this {
    this.#metrics = metrics
    return this
  }

  /**
   * Nothing is connected or opened before the first call (or `open()`).
   * @throws CONFIG_INVALID where no registry was named, or what was named does not go together
   */
  build(): MarketplaceClient {
    const session = new Session()
    const open = this.opening(session)
    return new MarketplaceClient(open, {
      session,
      clock: this.#clock,
      random: this.#random,
      crypto: this.#crypto,
      metrics: this.#metrics,
    })
  }

  /** What was chosen, for the rules of what goes together. */
  protected get chosen(): Chosen {
    return {
      cluster: this.#endpoints.length > 0,
      registry: this.#registry,
      store: this.#store,
      search: this.#search,
      replication: this.#replication,
      metrics: this.#metrics,
    }
  }

  /** Checks what was chosen, and says how it is opened. @throws CONFIG_INVALID */
  protected opening(session: Session): () => Promise<ClientParts> {
    const { cluster, registry, store, search, replication } = this.chosen
    if (registry !== undefined) {
      if (cluster) throw contradiction('withCluster', 'withRegistry', ONE_REGISTRY)
      if (store === undefined) throw noStore()
      return async () => ownParts(registry, store, { search, replication })
    }
    if (store !== undefined) {
      throw cluster
        ? contradiction(
            'withCluster',
            'withPackageStore',
            'a cluster keeps its packages itself: leave the store out',
          )
        : contradiction('withPackageStore', 'no registry', 'add a registry of your own with withRegistry')
    }
    if (cluster && replication !== undefined) throw itsOwnReplicas('withCluster')
    const caller = this.#caller(session)
    return async () => callerParts(caller, search)
  }

  #caller(session: Session): Caller {
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
    return new Caller(pool, session, this.#clock, this.#random, this.#times)
  }
}

/** What a builder was told so far. */
export interface Chosen {
  readonly cluster: boolean
  readonly registry: Registry | undefined
  readonly store: PackageStore | undefined
  readonly search: SearchEngine | undefined
  readonly replication: Replication | undefined
  readonly metrics: MetricsCollector | undefined
}

export const ONE_REGISTRY = 'a client works on one registry: choose one of them'

/** What was chosen does not go together. */
export function contradiction(one: string, other: string, help: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'CONFIG_INVALID',
    field: one,
    message: `${one} and ${other} do not go together`,
    help,
  })
}

/** Whoever is told of other replicas than those that hold what is written is told nothing true. */
export function itsOwnReplicas(registry: string): MarketplaceError {
  return contradiction(
    'withReplication',
    registry,
    `what ${registry} names knows its own replicas: leave withReplication out, or give a registry of your own with withRegistry`,
  )
}

function noStore(): MarketplaceError {
  return new MarketplaceError({
    reason: 'CONFIG_INVALID',
    field: 'withRegistry',
    message: 'a registry of your own was given, and nothing that keeps its packages',
    help: 'add withFileStorage(folder), withMemoryStorage() or withPackageStore(yours)',
  })
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
