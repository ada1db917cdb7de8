import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { callerParts } from '../../src/client/client-parts.js'
import {
  type EmbeddedRegistry,
  openLocalRegistry,
  openMemoryRegistry,
  openPackageStore,
} from '../../src/embedded.js'
import { MarketplaceBuilder } from '../../src/marketplace-builder.js'
import { TestCluster } from '../integration/test-cluster.js'
import type { MarketHarness } from './market.js'
import { packageStoreConformance } from './package-store.js'
import { registryConformance } from './registry.js'
import { replicationConformance } from './replication.js'
import { searchEngineConformance } from './search-engine.js'

function embedded(opened: EmbeddedRegistry, cleanUp: () => Promise<void> = async () => {}): MarketHarness {
  const { registry, store, search, replication } = opened
  return {
    registry,
    store,
    search,
    replication,
    close: async () => {
      await opened[Symbol.asyncDispose]()
      await cleanUp()
    },
  }
}

async function inFolder<T>(
  open: (folder: string) => Promise<T>,
): Promise<{ opened: T; cleanUp: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'ggen-market-conformance-'))
  // A merge of the search index that was dropped may write one more file.
  const cleanUp = () => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  return { opened: await open(folder), cleanUp }
}

async function local(search: 'tantivy' | 'memory'): Promise<MarketHarness> {
  const { opened, cleanUp } = await inFolder((folder) => openLocalRegistry({ folder, search }))
  return embedded(opened, cleanUp)
}

async function clustered(nodes: number): Promise<MarketHarness & { readonly endpoints: readonly string[] }> {
  const cluster = await TestCluster.start(nodes)
  const caller = cluster.caller()
  const parts = callerParts(caller, undefined)
  return {
    ...parts,
    endpoints: cluster.endpoints,
    close: async () => {
      await parts.close()
      await cluster[Symbol.asyncDispose]()
    },
  }
}

const markets: Record<string, { members: number | null; make: () => Promise<MarketHarness> }> = {
  'in memory': { members: null, make: async () => embedded(await openMemoryRegistry()) },
  'embedded in a folder, tantivy': { members: null, make: () => local('tantivy') },
  'embedded in a folder, index in memory': { members: null, make: () => local('memory') },
  'a cluster of one, over gRPC': { members: 1, make: () => clustered(1) },
  'a cluster of three, over gRPC': { members: 3, make: () => clustered(3) },
}

/** What a client says of its replicas, beside the registry that it works on. */
const clients: Record<string, { members: number | null; make: () => Promise<MarketHarness> }> = {
  'a client of a registry and a replication of the caller’s own': {
    members: null,
    make: async () => {
      const own = await openMemoryRegistry()
      const client = new MarketplaceBuilder()
        .withRegistry(own.registry)
        .withPackageStore(own.store)
        .withReplication(own.replication)
        .build()
      return { ...embedded(own, () => client.close()), replication: client.replication }
    },
  },
  'a client of a cluster of three': {
    members: 3,
    make: async () => {
      const harness = await clustered(3)
      const client = new MarketplaceBuilder().withCluster(harness.endpoints).build()
      const close = async () => {
        await client.close()
        await harness.close()
      }
      return { ...harness, replication: client.replication, close }
    },
  },
}
for (const [name, { members, make }] of Object.entries(clients)) replicationConformance(name, members, make)

for (const [name, { members, make }] of Object.entries(markets)) {
  registryConformance(name, make)
  packageStoreConformance(name, true, make)
  searchEngineConformance(name, make)
  replicationConformance(name, members, make)
}

packageStoreConformance('packages only, in memory', false, async () => {
  const store = await openPackageStore(undefined)
  return { store, close: async () => store[Symbol.asyncDispose]() }
})
packageStoreConformance('packages only, in a folder', false, async () => {
  const { opened: store, cleanUp } = await inFolder((folder) => openPackageStore(folder))
  return {
    store,
    close: async () => {
      await store[Symbol.asyncDispose]()
      await cleanUp()
    },
  }
})
