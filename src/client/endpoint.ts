import { type ChannelCredentials, type ChannelOptions, type Client, connectivityState } from '@grpc/grpc-js'
import { createServiceClient, type ServiceClients } from '../rpc/services.js'
import { fromCallError, unreachable } from './call-error.js'
import { NothingSent } from './retry.js'

type ServiceName =
  | 'ggen.marketplace.v1.RegistryService'
  | 'ggen.marketplace.v1.PackageStoreService'
  | 'ggen.marketplace.v1.SearchService'
  | 'ggen.marketplace.v1.ClusterService'

const CHANNEL_OPTIONS: ChannelOptions = {
  // grpc-js waits up to two minutes between attempts to connect; a node that was restarted is back in one or two seconds.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
}

/** One node, as a client sees it: a connection that all services share. */
export class Endpoint {
  readonly #clients = new Map<ServiceName, Client>()

  constructor(
    readonly address: string,
    private readonly credentials: ChannelCredentials,
  ) {}

  get registry(): ServiceClients['ggen.marketplace.v1.RegistryService'] {
    return this.#client('ggen.marketplace.v1.RegistryService')
  }

  get store(): ServiceClients['ggen.marketplace.v1.PackageStoreService'] {
    return this.#client('ggen.marketplace.v1.PackageStoreService')
  }

  get search(): ServiceClients['ggen.marketplace.v1.SearchService'] {
    return this.#client('ggen.marketplace.v1.SearchService')
  }

  get cluster(): ServiceClients['ggen.marketplace.v1.ClusterService'] {
    return this.#client('ggen.marketplace.v1.ClusterService')
  }

  /**
   * Resolves once there is a connection.
   * @throws NothingSent where there is none within waitMs
   */
  async connected(waitMs: number): Promise<void> {
    const channel = this.registry.getChannel()
    const deadline = Date.now() + waitMs
    let before = channel.getConnectivityState(false)
    for (;;) {
      // Asking for a connection may give one at once, or a failure: channels to one address share both. What this returns is
      // the state before that, and a watch for a change from there would miss it.
      channel.getConnectivityState(true)
      const state = channel.getConnectivityState(false)
      if (state === connectivityState.READY) return
      // A failure just now is news; one from before is waited for until the next attempt to connect.
      if (state === connectivityState.TRANSIENT_FAILURE && before !== state)
        throw new NothingSent(unreachable(this.address, 'no connection could be made'))
      if (Date.now() >= deadline)
        throw new NothingSent(unreachable(this.address, `no connection within ${waitMs} ms`))
      await new Promise<void>((resolve) => channel.watchConnectivityState(state, deadline, () => resolve()))
      before = state
    }
  }

  /** Whether the last attempt to connect failed and the next is still to come. */
  get isDown(): boolean {
    const registry = this.#clients.get('ggen.marketplace.v1.RegistryService')
    return registry?.getChannel().getConnectivityState(false) === connectivityState.TRANSIENT_FAILURE
  }

  /** Turns one callback-style call into a promise. */
  unary<T>(call: (callback: (error: Error | null, value?: T) => void) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      call((error, value) => {
        if (error !== null || value === undefined) reject(fromCallError(error, this.address))
        else resolve(value)
      })
    })
  }

  close(): void {
    for (const client of this.#clients.values()) client.close()
    this.#clients.clear()
  }

  #client<Name extends ServiceName>(name: Name): ServiceClients[Name] {
    let client = this.#clients.get(name)
    if (client === undefined) {
      client = createServiceClient(name, this.address, this.credentials, CHANNEL_OPTIONS)
      this.#clients.set(name, client)
    }
    return client as ServiceClients[Name]
  }
}

/** The nodes of one cluster. Calls stay with a node as long as it answers. */
export class EndpointPool {
  readonly #endpoints: readonly Endpoint[]
  #current: number

  /** @param first which one to begin with; spread over clients, so that not all begin with the same node */
  constructor(endpoints: readonly Endpoint[], first: number) {
    this.#endpoints = endpoints
    this.#current = first % endpoints.length
  }

  get size(): number {
    return this.#endpoints.length
  }

  get current(): Endpoint {
    return this.#endpoints[this.#current] as Endpoint
  }

  /** Moves on from an endpoint that failed, past those that are down if not all are; another call may have done so already. */
  leave(endpoint: Endpoint): void {
    if (this.current !== endpoint) return
    const others = this.#endpoints.map((_, i) => (this.#current + 1 + i) % this.size).slice(0, -1)
    this.#current = others.find((at) => !this.#endpoints[at]?.isDown) ?? others[0] ?? this.#current
  }

  close(): void {
    for (const endpoint of this.#endpoints) endpoint.close()
  }
}
