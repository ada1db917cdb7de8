import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { credentials } from '@grpc/grpc-js'
import { Caller } from '../../src/client/caller.js'
import { DEFAULT_TIMES } from '../../src/client/client-builder.js'
import { Endpoint, EndpointPool } from '../../src/client/endpoint.js'
import type { MarketplaceClient } from '../../src/client/marketplace-client.js'
import { Session } from '../../src/client/session.js'
import { webClock, webRandom } from '../../src/client/web-runtime.js'
import { loadServerConfig, type ServerConfig } from '../../src/config/server-config.js'
import { MarketplaceBuilder } from '../../src/marketplace-builder.js'
import { silentLogger } from '../../src/runtime/logger.js'
import { type RunningServer, runServer } from '../../src/server.js'

const READY_MS = 30_000

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer()
          server.once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** Waits for a condition, with a deadline. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  limitMs = READY_MS,
): Promise<T> {
  const deadline = Date.now() + limitMs
  for (;;) {
    const value = await probe()
    if (value !== undefined) return value
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limitMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

interface TestNode {
  config: ServerConfig
  server: RunningServer | undefined
}

/** Whole nodes in this process, on free ports and folders of their own. */
export class TestCluster implements AsyncDisposable {
  readonly nodes: TestNode[]
  readonly #ended = new AbortController()
  readonly #waiting: Promise<unknown>[] = []

  private constructor(
    readonly folder: string,
    configs: readonly ServerConfig[],
  ) {
    this.nodes = configs.map((config) => ({ config, server: undefined }))
  }

  /** Not started yet. */
  static async make(
    count: number,
    flags: Record<string, string> = {},
    env: Record<string, string> = {},
  ): Promise<TestCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'ggen-market-test-'))
    const ports = await freePorts(count * 3)
    const address = (i: number, kind: number) => `127.0.0.1:${ports[i * 3 + kind]}`
    const members = Array.from({ length: count }, (_, i) => `node-${i + 1}=${address(i, 1)},${address(i, 0)}`)
    const configs = members.map(
      (_, i) =>
        loadServerConfig({
          flags: {
            '--node-id': `node-${i + 1}`,
            '--data': join(folder, `node-${i + 1}`),
            '--cluster-token': 'integration tests',
            '--listen': address(i, 0),
            '--peer-listen': address(i, 1),
            '--http-listen': address(i, 2),
            '--member': members,
            ...flags,
          },
          env,
          workFolder: folder,
        }).config,
    )
    return new TestCluster(folder, configs)
  }

  static async start(
    count: number,
    flags: Record<string, string> = {},
    env: Record<string, string> = {},
  ): Promise<TestCluster> {
    const cluster = await TestCluster.make(count, flags, env)
    try {
      await Promise.all(cluster.nodes.map((_, i) => cluster.startNode(i)))
      await Promise.all(cluster.nodes.map((_, i) => cluster.ready(i)))
      return cluster
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
  }

  get endpoints(): string[] {
    return this.nodes.map(({ config }) => config.listen.client)
  }

  node(i: number): TestNode {
    const node = this.nodes[i]
    if (node === undefined) throw new Error(`no node ${i}`)
    return node
  }

  async startNode(i: number): Promise<void> {
    const node = this.node(i)
    node.server = await runServer(node.config, { logger: silentLogger, signal: this.#ended.signal })
  }

  /**
   * A node with an empty folder that asks those there to be let in; it waits to be added.
   * @returns its number, and its start, which ends once it takes part
   */
  async join(
    id: string,
    through = this.endpoints,
    peerListen?: string,
  ): Promise<{ i: number; peer: string; started: Promise<void> }> {
    const [client, freePeer, http] = (await freePorts(3)).map((port) => `127.0.0.1:${port}`) as [
      string,
      string,
      string,
    ]
    const peer = peerListen ?? freePeer
    const flags = {
      '--node-id': id,
      '--data': join(this.folder, id),
      '--listen': client,
      '--peer-listen': peer,
      '--http-listen': http,
      '--join': through.join(','),
    }
    const { config } = loadServerConfig({ flags, workFolder: this.folder })
    const i = this.nodes.push({ config, server: undefined }) - 1
    const started = this.startNode(i)
    this.#waiting.push(started.catch(() => {}))
    return { i, peer, started }
  }

  async stopNode(i: number): Promise<void> {
    const { server } = this.node(i)
    this.node(i).server = undefined
    await server?.stop()
  }

  async ready(i: number): Promise<void> {
    const { http } = this.node(i).config.listen
    await eventually(`node ${i + 1} ready`, async () => {
      try {
        return (await fetch(`http://${http}/readyz`)).ok || undefined
      } catch {
        return undefined
      }
    })
  }

  /** A client of the nodes named, or of all. */
  client(...nodes: number[]): MarketplaceClient {
    const endpoints =
      nodes.length === 0 ? this.endpoints : nodes.map((i) => this.node(i).config.listen.client)
    return new MarketplaceBuilder().withCluster(endpoints).build()
  }

  /** What a client is made of; to be closed by closing its pool. */
  caller(): Caller {
    const endpoints = this.endpoints.map((address) => new Endpoint(address, credentials.createInsecure()))
    return new Caller(new EndpointPool(endpoints, 0), new Session(), webClock, webRandom, DEFAULT_TIMES)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort()
    await Promise.all(this.#waiting)
    await Promise.all(this.nodes.map((_, i) => this.stopNode(i)))
    await rm(this.folder, { recursive: true, force: true })
  }
}
