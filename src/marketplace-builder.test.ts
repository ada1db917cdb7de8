import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { expectRefusal } from '../test/conformance/market.js'
import { TestCluster } from '../test/integration/test-cluster.js'
import { anna, archiveOf, berta, metadataOf, sha256, signedVersion } from '../test/registry/signed-package.js'
import type { MarketplaceClient } from './client/marketplace-client.js'
import { type EmbeddedRegistry, openMemoryRegistry, openPackageStore } from './embedded.js'
import { ForwardingRegistry } from './interface/forwarding-registry.js'
import type { PackageStore } from './interface/package-store.js'
import type { Registry } from './interface/registry.js'
import type { Replication } from './interface/replication.js'
import type { SearchEngine } from './interface/search-engine.js'
import { collect, contentOf } from './interface/whole-content.js'
import { MarketplaceBuilder } from './marketplace-builder.js'
import { MarketplaceError } from './model/error.js'
import { parsePackageRef } from './model/package-id.js'
import type { SignedVersion } from './model/signed-write.js'
import { MemoryMetrics } from './runtime/memory-metrics.js'
import { nodeRandom } from './runtime/node-random.js'
import { PortableCrypto } from './trust/crypto.js'

let folder: string
const open: AsyncDisposable[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ggen-builder-'))
})
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
})

function built(builder: MarketplaceBuilder): MarketplaceClient {
  const client = builder.build()
  open.push(client)
  return client
}

/** Everything that a program does first, whatever the client works on. */
async function tour(client: MarketplaceClient): Promise<void> {
  const metadata = metadataOf('tour/hello@1.0.0', { description: 'a first package' })
  const bytes = await archiveOf(metadata, { 'hello.txt': 'hello' })
  const told: number[] = []
  const receipt = await client.publish({ metadata, signers: [anna] }, contentOf(bytes, sha256(bytes)), {
    onProgress: (sent) => told.push(sent),
  })
  expect(receipt).toMatchObject({ id: metadata.id, created: true })
  expect(told.at(-1)).toBe(bytes.length)
  expect(client.written).toEqual({ index: receipt.index, historyId: receipt.historyId })
  const { version, keyIds } = await client.getVerified(parsePackageRef('tour/hello'), {
    pinned: [anna.keyId],
  })
  expect(keyIds).toEqual([anna.keyId])
  expect(version.content?.sha256).toBe(sha256(bytes))
  const stranger = client.getVerified(parsePackageRef('tour/hello'), { pinned: [berta.keyId] })
  await expectRefusal(stranger, 'VERIFICATION_FAILED')
  const found = await client.search({ query: 'first' })
  expect(found.hits.map(({ id }) => id.name)).toEqual(['hello'])
  const downloaded = await collect(client.download({ sha256: sha256(bytes), id: metadata.id }))
  expect(sha256(downloaded)).toBe(sha256(bytes))
  await client.yank(metadata.id, 'for a test', anna)
  await expectRefusal(client.resolveVersion(parsePackageRef('tour/hello'), ''), 'ALL_YANKED')
  const outcomes = []
  const versions = async function* () {
    for (const name of ['one', 'two'])
      yield { version: { metadata: metadataOf(`tour/${name}@1.0.0`), signers: [anna] } }
  }
  for await (const outcome of client.registerMany(versions())) outcomes.push(outcome)
  expect(outcomes.map((outcome) => 'receipt' in outcome && outcome.receipt.created)).toEqual([true, true])
}

/** A registry of the caller's own: it looks into what the client's store holds, wherever that is. */
class FetchingRegistry extends ForwardingRegistry {
  client: MarketplaceClient | undefined

  constructor(private readonly own: EmbeddedRegistry) {
    super(own.registry)
  }

  override async register(version: SignedVersion) {
    const sha256 = version.contentHash?.digest
    if (sha256 !== undefined && this.client !== undefined)
      await this.own.store.store(await collect(this.client.download({ sha256 })))
    return super.register(version)
  }
}

/** Verdicts that were asked for are counted. */
class CountingCrypto extends PortableCrypto {
  verdicts = 0

  constructor() {
    super(nodeRandom)
  }

  override verifySignature(...claim: Parameters<PortableCrypto['verifySignature']>): boolean {
    this.verdicts += 1
    return super.verifySignature(...claim)
  }
}

function counted(engine: SearchEngine): SearchEngine & { searches: number } {
  return Object.assign(Object.create(engine) as SearchEngine, {
    searches: 0,
    search(this: { searches: number }, ...request: Parameters<SearchEngine['search']>) {
      this.searches += 1
      return engine.search(...request)
    },
  })
}

async function memoryRegistry(): Promise<EmbeddedRegistry> {
  const own = await openMemoryRegistry()
  open.push(own)
  return own
}

async function countsCalls(client: MarketplaceClient): Promise<void> {
  const families = (await client.metrics?.snapshot()) ?? []
  const calls = families.find(({ name }) => name === 'client_call_seconds')?.series ?? []
  expect(calls.map(({ labels }) => labels.call)).toEqual(expect.arrayContaining(['publish', 'get', 'search']))
}

describe('what goes together works together', () => {
  test('a local registry with files elsewhere, tantivy, OpenSSL and Prometheus', async () => {
    const client = built(
      new MarketplaceBuilder()
        .withPrometheusMetrics()
        .withTantivySearch()
        .withEd25519Crypto()
        .withFileStorage(join(folder, 'packages'))
        .withLocalRegistry(join(folder, 'registry')),
    )
    await tour(client)
    await countsCalls(client)
    expect(await client.metrics?.exportPrometheus()).toContain('ggen_client_call_seconds')
    expect(await client.replication.role()).toBe('leader')
    await client.close()
    const store = await openPackageStore(join(folder, 'packages'))
    open.push(store)
    expect((await store.stats()).blobs).toBe(1)
    expect(await readdir(join(folder, 'registry/search'))).toContain('current')
  })

  test('a local registry with crypto, metrics and a search engine of the caller’s own', async () => {
    const crypto = new CountingCrypto()
    const metrics = new MemoryMetrics()
    const elsewhere = counted((await memoryRegistry()).search)
    const client = built(
      new MarketplaceBuilder()
        .withLocalRegistry(folder)
        .withCrypto(crypto)
        .withMetrics(metrics)
        .withSearchEngine(elsewhere),
    )
    await client.register({ metadata: metadataOf('acme/web@1.0.0'), signers: [anna] })
    await client.getVerified(parsePackageRef('acme/web'))
    expect(crypto.verdicts).toBeGreaterThan(0)
    expect(client.crypto).toBe(crypto)
    expect(client.metrics).toBe(metrics)
    expect((await metrics.snapshot()).map(({ name }) => name)).toContain('client_call_seconds')
    // The engine follows another registry: what this client wrote never comes to it.
    await expectRefusal(client.search({ query: 'web' }), 'HISTORY_MISMATCH')
    expect(elsewhere.searches).toBe(1)
  })

  test('memory with crypto and metrics of the caller’s own', async () => {
    const crypto = new CountingCrypto()
    const client = built(
      new MarketplaceBuilder().withMemoryStorage().withCrypto(crypto).withMetrics(new MemoryMetrics()),
    )
    await tour(client)
    await countsCalls(client)
    expect(crypto.verdicts).toBeGreaterThan(0)
  })

  test('a cluster with tantivy, crypto, metrics, and its own replication', async () => {
    await using cluster = await TestCluster.start(1)
    const crypto = new CountingCrypto()
    const client = built(
      new MarketplaceBuilder()
        .withCluster(cluster.endpoints)
        .withTantivySearch()
        .withCrypto(crypto)
        .withPrometheusMetrics(),
    )
    await tour(client)
    await countsCalls(client)
    expect(crypto.verdicts).toBeGreaterThan(0)
    await client.replication.initialize()
    expect(await client.replication.role()).toBe('leader')
    expect((await client.replication.clusterStatus()).nodes).toHaveLength(1)
    const { index } = await client.replication.replicate(signedVersion(metadataOf('tour/three@1.0.0')))
    expect(client.written.index).toBe(index)
    await client.close()
  }, 120_000)

  test('a cluster with a search engine of the caller’s own', async () => {
    await using cluster = await TestCluster.start(1)
    const plain = built(new MarketplaceBuilder().withCluster(cluster.endpoints))
    const engine = counted(await plain.searchEngine())
    const client = built(new MarketplaceBuilder().withCluster(cluster.endpoints).withSearchEngine(engine))
    await tour(client)
    expect(engine.searches).toBe(1)
    await client.close()
    await plain.close()
  }, 120_000)

  const stores: readonly [string, (builder: MarketplaceBuilder) => MarketplaceBuilder][] = [
    ['in memory', (builder) => builder.withMemoryStorage()],
    ['in files', (builder) => builder.withFileStorage(join(folder, 'packages'))],
  ]
  test.each(stores)('a registry of the caller’s own over packages %s', async (where, withStore) => {
    const own = await memoryRegistry()
    const registry = new FetchingRegistry(own)
    const client = built(
      withStore(new MarketplaceBuilder().withRegistry(registry).withSearchEngine(own.search)),
    )
    registry.client = client
    await tour(client)
    await client.close()
    if (where === 'in memory') return
    const store = await openPackageStore(join(folder, 'packages'))
    open.push(store)
    expect((await store.stats()).blobs).toBe(1)
  })

  test('objects of the caller’s own for all six interfaces', async () => {
    const own = await memoryRegistry()
    const crypto = new CountingCrypto()
    const metrics = new MemoryMetrics()
    const search = counted(own.search)
    const client = built(
      new MarketplaceBuilder()
        .withRegistry(own.registry)
        .withPackageStore(own.store)
        .withSearchEngine(search)
        .withReplication(own.replication)
        .withCrypto(crypto)
        .withMetrics(metrics),
    )
    await tour(client)
    await countsCalls(client)
    expect(crypto.verdicts).toBeGreaterThan(0)
    expect(search.searches).toBe(1)
    const { index } = await client.replication.replicate(signedVersion(metadataOf('tour/three@1.0.0')))
    expect(client.written.index).toBe(index)
    expect((await client.get(parsePackageRef('tour/three'))).index).toBeGreaterThanOrEqual(index)
    await expectRefusal(client.replication.addPeer('node-2', '127.0.0.1:7502'), 'UNSUPPORTED')
    expect(await own.replication.role()).toBe('leader')
    await client.close()
    await expectRefusal(client.replication.role(), 'SHUTTING_DOWN')
    expect((await own.registry.getStats()).versions).toBe(4)
  })
})

describe('a client', () => {
  test('of a registry in a folder', () => tour(built(new MarketplaceBuilder().withLocalRegistry(folder))))

  test('of a registry in a folder, with packages elsewhere and tantivy demanded', () =>
    tour(
      built(
        new MarketplaceBuilder()
          .withLocalRegistry(join(folder, 'registry'))
          .withFileStorage(join(folder, 'packages'))
          .withTantivySearch(),
      ),
    ))

  test('of a registry in memory', () => tour(built(new MarketplaceBuilder().withMemoryStorage())))

  test('of a registry, a store and a search engine of the caller’s own, which stay open', async () => {
    const own = await openMemoryRegistry()
    open.push(own)
    const builder = new MarketplaceBuilder()
      .withRegistry(own.registry)
      .withPackageStore(own.store)
      .withSearchEngine(own.search)
    const client = built(builder)
    await tour(client)
    await client.close()
    expect((await own.registry.getStats()).versions).toBe(3)
  })

  test('opens nothing before its first call, and nothing after its end', async () => {
    const path = join(folder, 'not yet')
    const client = built(new MarketplaceBuilder().withLocalRegistry(path))
    await client.close()
    await expectRefusal(client.get(parsePackageRef('x')), 'SHUTTING_DOWN')
    open.push(await openPackageStore(path))
  })

  test('puts content into the store that it was given, whatever the registry would do with it', async () => {
    const own = await openMemoryRegistry()
    open.push(own)
    const registry: Pick<Registry, 'register' | 'publish'> = {
      register: (version) => own.registry.register(version),
      publish: () => Promise.reject(new Error('the store was not asked')),
    }
    const client = built(
      new MarketplaceBuilder().withRegistry(registry as Registry).withPackageStore(own.store),
    )
    const metadata = metadataOf('acme/web@1.0.0')
    const bytes = await archiveOf(metadata)
    await client.publish({ metadata, signers: [anna] }, contentOf(bytes, sha256(bytes)))
    expect(await own.store.exists(sha256(bytes))).toBe(true)
  })

  test('believes no store of the caller’s own', async () => {
    const own = await openMemoryRegistry()
    open.push(own)
    const liar = Object.assign(Object.create(own.store), {
      async *stream() {
        yield Buffer.from('something else')
      },
    }) as PackageStore
    const client = built(new MarketplaceBuilder().withRegistry(own.registry).withPackageStore(liar))
    const { sha256: digest } = await own.store.store(Buffer.from('the real thing'))
    await expectRefusal(collect(client.download({ sha256: digest })), 'VERIFICATION_FAILED')
  })

  test('counts its calls and their failures where it was given something to count with', async () => {
    const client = built(new MarketplaceBuilder().withMemoryStorage().withPrometheusMetrics())
    await client.register({ metadata: metadataOf('acme/web@1.0.0'), signers: [anna] })
    await client.get(parsePackageRef('acme/web'))
    await expectRefusal(client.get(parsePackageRef('acme/none')), 'PACKAGE_NOT_FOUND')
    const families = (await client.metrics?.snapshot()) ?? []
    const seriesOf = (name: string) => families.find((family) => family.name === name)?.series
    expect(seriesOf('client_call_seconds')).toMatchObject([
      { labels: { call: 'register' }, count: 1 },
      { labels: { call: 'get' }, count: 2 },
    ])
    expect(seriesOf('errors_total')).toEqual([
      { labels: { reason: 'PACKAGE_NOT_FOUND', what: 'get' }, value: 1 },
    ])
    expect(built(new MarketplaceBuilder().withMemoryStorage()).metrics).toBeUndefined()
  })

  test('believes no registry of the caller’s own where it is asked to verify', async () => {
    const own = await openMemoryRegistry()
    open.push(own)
    await own.registry.register(signedVersion(metadataOf('acme/web@1.0.0')))
    const liar = Object.assign(Object.create(own.registry), {
      async get(...query: Parameters<Registry['get']>) {
        const answer = await own.registry.get(...query)
        const metadata = { ...answer.version.metadata, license: 'forged' }
        return { ...answer, version: { ...answer.version, metadata } }
      },
    }) as Registry
    const client = built(new MarketplaceBuilder().withRegistry(liar).withPackageStore(own.store))
    await expectRefusal(client.getVerified(parsePackageRef('acme/web')), 'VERIFICATION_FAILED')
  })

  test('without a search engine or replication says that it has none', async () => {
    const own = await openMemoryRegistry()
    open.push(own)
    const client = built(new MarketplaceBuilder().withRegistry(own.registry).withPackageStore(own.store))
    await expectRefusal(client.search({ query: 'x' }), 'UNSUPPORTED')
    const refused = await expectRefusal(client.replication.clusterStatus(), 'UNSUPPORTED')
    expect(refused.help).toContain('withReplication')
  })

  test('of no cluster refuses what is about nodes', async () => {
    const client = built(new MarketplaceBuilder().withMemoryStorage())
    await expectRefusal(client.clusterStatus(), 'UNSUPPORTED')
    await expectRefusal(client.addPeer('node-4', '127.0.0.1:7504'), 'UNSUPPORTED')
  })
})

describe('what does not go together is refused with a remedy', () => {
  const registry = {} as Registry
  const store = {} as PackageStore
  const search = {} as SearchEngine
  const replication = {} as Replication
  const builder = () => new MarketplaceBuilder()
  const cluster = () => builder().withCluster(['127.0.0.1:7401'])
  const local = () => builder().withLocalRegistry('/nowhere')
  const mixes: readonly [string, MarketplaceBuilder, RegExp][] = [
    ['nothing at all', builder(), /withCluster.*withLocalRegistry/],
    ['two registries: local, cluster', local().withCluster(['127.0.0.1:7401']), /choose one/],
    ['two registries: own, cluster', cluster().withRegistry(registry), /choose one/],
    ['two registries: own, local', local().withRegistry(registry), /choose one/],
    ['a local registry in memory', local().withMemoryStorage(), /leave one/],
    ['a cluster with files', cluster().withFileStorage('/nowhere'), /keeps its packages itself/],
    ['a cluster in memory', cluster().withMemoryStorage(), /keeps its packages itself/],
    ['a cluster with an own store', cluster().withPackageStore(store), /keeps its packages itself/],
    ['a local registry with an own store', local().withPackageStore(store), /withFileStorage/],
    ['two stores', builder().withRegistry(registry).withFileStorage('/x').withMemoryStorage(), /one place/],
    [
      'an own store and files',
      builder().withRegistry(registry).withPackageStore(store).withFileStorage('/x'),
      /leave one/,
    ],
    ['an own registry without a store', builder().withRegistry(registry), /withFileStorage/],
    ['a store without a registry', builder().withPackageStore(store), /withRegistry/],
    ['files without a registry', builder().withFileStorage('/x'), /withLocalRegistry/],
    ['tantivy in memory', builder().withMemoryStorage().withTantivySearch(), /withLocalRegistry/],
    [
      'tantivy over an own registry',
      builder().withRegistry(registry).withPackageStore(store).withTantivySearch(),
      /withLocalRegistry/,
    ],
    ['a cluster with other replicas', cluster().withReplication(replication), /leave withReplication out/],
    ['a local registry with other replicas', local().withReplication(replication), /withRegistry/],
    [
      'a registry in memory with other replicas',
      builder().withMemoryStorage().withReplication(replication),
      /withRegistry/,
    ],
    ['replicas of nothing', builder().withReplication(replication), /withCluster.*withLocalRegistry/],
    ['a search engine over nothing', builder().withSearchEngine(search), /withCluster.*withLocalRegistry/],
    [
      'an own store and memory',
      builder().withRegistry(registry).withPackageStore(store).withMemoryStorage(),
      /leave one/,
    ],
    ['no node of a cluster', builder().withCluster([]), /withCluster/],
    ['two search engines of a cluster', cluster().withTantivySearch().withSearchEngine(search), /leave one/],
    ['two search engines', local().withTantivySearch().withSearchEngine(search), /leave one/],
  ]
  test.each(mixes)('%s', (_, mix, remedy) => {
    try {
      mix.build()
    } catch (error) {
      expect(error).toBeInstanceOf(MarketplaceError)
      expect(error).toMatchObject({ reason: 'CONFIG_INVALID', help: expect.stringMatching(remedy) })
      return
    }
    throw new Error('it was built')
  })

  test.each([
    ['withLocalRegistry', () => builder().withLocalRegistry('')],
    ['withFileStorage', () => builder().withFileStorage('')],
    ['withCluster', () => builder().withCluster(['127.0.0.1'])],
  ])('%s of a place that is none', (_, mix) => {
    expect(mix).toThrow(MarketplaceError)
  })
})
