import type { PackageStore } from '../interface/package-store.js'
import type { Registry } from '../interface/registry.js'
import type { Replication } from '../interface/replication.js'
import type { SearchEngine } from '../interface/search-engine.js'
import { MarketplaceError } from '../model/error.js'
import type { Caller } from './caller.js'
import { ClusterPackageStore } from './cluster-package-store.js'
import { ClusterRegistry } from './cluster-registry.js'
import { ClusterReplication } from './cluster-replication.js'
import { ClusterSearch } from './cluster-search.js'
import { VerifiedStore } from './verified-store.js'

/** What a client works on, as its builder put it together. */
export interface ClientParts {
  readonly registry: Registry
  readonly store: PackageStore
  readonly search: SearchEngine
  readonly replication: Replication
  /** The store is not the registry's own: a publish is a store of the content, then a registration. */
  readonly storesContentItself: boolean
  /** Of a cluster only. */
  readonly caller?: Caller | undefined
  close(): Promise<void>
}

/** A cluster, with its own store and search. */
export function callerParts(caller: Caller, search: SearchEngine | undefined): ClientParts {
  return {
    registry: new ClusterRegistry(caller),
    store: new ClusterPackageStore(caller),
    search: search ?? new ClusterSearch(caller),
    replication: new ClusterReplication(caller),
    storesContentItself: false,
    caller,
    close: async () => caller.pool.close(),
  }
}

/** Objects of the caller's own, which stay the caller's. */
export function ownParts(
  registry: Registry,
  store: PackageStore,
  { search, replication }: Partial<Pick<ClientParts, 'search' | 'replication'>>,
  close: () => Promise<void> = async () => {},
): ClientParts {
  return {
    registry,
    store: new VerifiedStore(store),
    search: search ?? NO_SEARCH,
    replication: replication ?? NO_REPLICATION,
    storesContentItself: true,
    close,
  }
}

const NO_SEARCH: SearchEngine = {
  search: noSearch,
  suggest: noSearch,
  facets: noSearch,
  similar: noSearch,
  autocorrect: noSearch,
  popularSearches: noSearch,
  async *rebuild() {
    yield await noSearch()
  },
  optimize: noSearch,
  stats: noSearch,
}

const NO_REPLICATION: Replication = {
  initialize: noReplication,
  replicate: noReplication,
  role: noReplication,
  clusterStatus: noReplication,
  addPeer: noReplication,
  removePeer: noReplication,
  syncFromLeader: noReplication,
  replicationLag: noReplication,
}

async function noSearch(): Promise<never> {
  throw broughtAlong('search', 'give it a search engine with withSearchEngine')
}

async function noReplication(): Promise<never> {
  throw broughtAlong('replication', 'give it one with withReplication')
}

function broughtAlong(what: string, help: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'UNSUPPORTED',
    message: `this client was given a registry that brings no ${what} along`,
    help,
  })
}
