import { resolve } from 'node:path'
import {
  type Chosen,
  ClientBuilder,
  contradiction,
  itsOwnReplicas,
  ONE_REGISTRY,
} from './client/client-builder.js'
import { type ClientParts, ownParts } from './client/client-parts.js'
import type { Session } from './client/session.js'
import type { EmbeddedRegistry, LocalRegistryOptions } from './embedded.js'
import { MarketplaceError } from './model/error.js'
import { nodeRandom } from './runtime/node-random.js'
import { PrometheusMetrics } from './runtime/prometheus-metrics.js'
import { OpensslCrypto } from './trust/crypto.js'

/**
 * Puts a client together: of a cluster (`withCluster`), of a registry in this process (`withLocalRegistry`, `withMemoryStorage`), or of
 * objects of the caller's own (`withRegistry` …). What comes of it is used alike.
 *
 * ```ts
 * await using client = new MarketplaceBuilder().withLocalRegistry('./registry').build()
 * ```
 */
export class MarketplaceBuilder extends ClientBuilder {
  #folder: string | undefined
  #packagesFolder: string | undefined
  #memory = false
  #tantivy = false
  #lockOptions: Pick<LocalRegistryOptions, 'lockWaitMs' | 'onLockWait'> = {}

  constructor() {
    super()
    this.withEd25519Crypto()
  }

  /**
   * A registry in a folder of this machine, in this process: no network, every write on the disk when it is acknowledged. One process at a
   * time; another waits for it.
   * @param folder made where it is missing
   * @param options.lockWaitMs how long; default 10,000
   * @param options.onLockWait is told, once, whom it waits for
   * @throws CONFIG_INVALID
   */
  withLocalRegistry(
    folder: string,
    options: Pick<LocalRegistryOptions, 'lockWaitMs' | 'onLockWait'> = {},
  ): this {
    this.#folder = named(folder, 'withLocalRegistry')
    this.#lockOptions = options
    return this
  }

  /**
   * Keeps packages as files in this folder: those of the local registry, or of a registry of the caller's own.
   * @throws CONFIG_INVALID
   */
  withFileStorage(folder: string): this {
    this.#packagesFolder = named(folder, 'withFileStorage')
    return this
  }

  /** Keeps everything in memory: packages, and the registry where no other one is named. For tests; ends with the client. */
  withMemoryStorage(): this {
    this.#memory = true
    return this
  }

  /** Demands the tantivy index for the local registry, where an index in memory would otherwise do. Clusters have it always. */
  withTantivySearch(): this {
    this.#tantivy = true
    return this
  }

  /** Checks signatures with OpenSSL's Ed25519, some fifty times faster than what runs anywhere. The default here. */
  withEd25519Crypto(): this {
    return this.withCrypto(new OpensslCrypto(nodeRandom))
  }

  /** Counts what the client and a registry in this process do, for Prometheus: `client.metrics.exportPrometheus()`. */
  withPrometheusMetrics(): this {
    return this.withMetrics(new PrometheusMetrics({ process: false }))
  }

  protected override opening(session: Session): () => Promise<ClientParts> {
    const { chosen } = this
    this.#check(chosen)
    const folder = this.#folder
    if (folder !== undefined) {
      const options = {
        folder,
        packagesFolder: this.#packagesFolder,
        search: this.#tantivy ? ('tantivy' as const) : undefined,
        ...this.#lockOptions,
        metrics: chosen.metrics,
      }
      return async () =>
        embeddedParts(await (await import('./embedded.js')).openLocalRegistry(options), chosen)
    }
    const { registry } = chosen
    if (registry !== undefined && (this.#memory || this.#packagesFolder !== undefined)) {
      const packagesFolder = this.#packagesFolder
      return async () => {
        const { openPackageStore } = await import('./embedded.js')
        const store = await openPackageStore(packagesFolder)
        return ownParts(registry, store, chosen, async () => store[Symbol.asyncDispose]())
      }
    }
    if (this.#memory)
      return async () => embeddedParts(await (await import('./embedded.js')).openMemoryRegistry(), chosen)
    return super.opening(session)
  }

  #check({ cluster, registry, store, search, replication }: Chosen): void {
    const local = this.#folder !== undefined
    const files = this.#packagesFolder !== undefined
    if (!cluster && !local && !files && !this.#memory && registry === undefined && store === undefined)
      throw noRegistry()
    if (local && cluster) throw contradiction('withLocalRegistry', 'withCluster', ONE_REGISTRY)
    if (local && registry !== undefined)
      throw contradiction('withLocalRegistry', 'withRegistry', ONE_REGISTRY)
    if (local && this.#memory)
      throw contradiction(
        'withLocalRegistry',
        'withMemoryStorage',
        'a local registry is kept in its folder: leave one of them out',
      )
    if (files && this.#memory)
      throw contradiction(
        'withFileStorage',
        'withMemoryStorage',
        'packages are kept in one place: leave one of them out',
      )
    if (cluster && (files || this.#memory)) {
      const other = files ? 'withFileStorage' : 'withMemoryStorage'
      throw contradiction('withCluster', other, `a cluster keeps its packages itself: leave ${other} out`)
    }
    if (store !== undefined && (local || files || this.#memory)) {
      const other = local ? 'withLocalRegistry' : files ? 'withFileStorage' : 'withMemoryStorage'
      throw contradiction(
        'withPackageStore',
        other,
        `leave one of them out${local ? '; withFileStorage says where a local registry keeps its packages' : ''}`,
      )
    }
    if (files && !local && registry === undefined)
      throw contradiction(
        'withFileStorage',
        'no registry',
        'add withLocalRegistry(folder), or a registry of your own with withRegistry',
      )
    if (replication !== undefined && registry === undefined)
      throw itsOwnReplicas(cluster ? 'withCluster' : local ? 'withLocalRegistry' : 'withMemoryStorage')
    if (!this.#tantivy) return
    if (search !== undefined)
      throw contradiction('withTantivySearch', 'withSearchEngine', 'leave one of them out')
    if (!local && !cluster)
      throw contradiction(
        'withTantivySearch',
        registry === undefined ? 'withMemoryStorage' : 'withRegistry',
        'its index lies in a folder beside the registry that it follows: choose withLocalRegistry(folder)',
      )
  }
}

/** A setting that is not set must not become the folder that the program happens to run in. */
function named(folder: string, field: string): string {
  if (folder !== '') return resolve(folder)
  throw new MarketplaceError({
    reason: 'CONFIG_INVALID',
    field,
    message: `${field} was given an empty path`,
    help: "name a folder; '.' is the one that this program runs in",
  })
}

function noRegistry(): MarketplaceError {
  return new MarketplaceError({
    reason: 'CONFIG_INVALID',
    field: 'registry',
    message: 'a client needs a registry to work on, and none was named',
    help: "name one: withCluster(['127.0.0.1:7401', …]), withLocalRegistry(folder), withMemoryStorage(), or your own with withRegistry",
  })
}

function embeddedParts(opened: EmbeddedRegistry, { search }: Chosen): ClientParts {
  return {
    registry: opened.registry,
    store: opened.store,
    search: search ?? opened.search,
    replication: opened.replication,
    storesContentItself: false,
    close: async () => opened[Symbol.asyncDispose](),
  }
}
