/**
 * Three nodes, here in one process; on three machines each is a `ggen-market serve`. A client goes on while the leader goes away.
 *
 *     make examples        runs it
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  MarketplaceBuilder,
  type MarketplaceClient,
  parsePackageId,
  parsePackageRef,
  type Signer,
} from 'ggen-marketplace'
import { loadServerConfig, type RunningServer, runServer, type ServerConfig } from 'ggen-marketplace/server'

/** @param say is told what happens, line by line */
export async function distributedSetup(say: (line: string) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ggen-example-'))
  const configs = await threeConfigs(folder)
  const nodes = new Map<string, RunningServer>()
  const start = async (config: ServerConfig) => {
    nodes.set(config.nodeId, await runServer(config))
  }
  // The very first start needs all three: each makes its folder known to the others.
  await Promise.all(configs.map(start))
  const endpoints = configs.map(({ listen }) => listen.client)
  const client = new MarketplaceBuilder().withCluster(endpoints).build()
  try {
    await Promise.all(configs.map(ready))
    const status = await client.clusterStatus()
    const leader = status.leader ?? ''
    say(`three nodes, ${leader} leads`)

    const signer = client.crypto.generateKeypair()
    await publish(client, 1, signer)
    // Graceful here; `make demo` kills a leader, and as little is lost.
    await nodes.get(leader)?.stop()
    nodes.delete(leader)
    await publish(client, 2, signer)
    const after = await client.clusterStatus()
    const reachable = after.nodes.filter((node) => node.reachable).length
    say(`${leader} is gone, ${after.leader} leads, ${reachable} of ${after.nodes.length} nodes answer`)

    // Back with its old folder, it is told what it missed.
    const back = configs.filter(({ nodeId }) => nodeId === leader)
    await Promise.all(back.map(start))
    await Promise.all(back.map(ready))
    await using one = new MarketplaceBuilder().withCluster(back.map(({ listen }) => listen.client)).build()
    const { versions } = await one.listVersions(parsePackageRef('tour/cluster'))
    say(`${leader} is back and has ${versions.length} versions`)
  } finally {
    await client.close()
    await Promise.all([...nodes.values()].map((node) => node.stop()))
    await rm(folder, { recursive: true })
  }
}

async function publish(client: MarketplaceClient, patch: number, signer: Signer): Promise<void> {
  const metadata = {
    id: parsePackageId(`tour/cluster@1.0.${patch}`),
    kind: 'library',
    authors: [],
    keywords: [],
    categories: [],
    capabilities: [],
    dependencies: [],
  }
  await client.register({ metadata, signers: [signer] })
}

/** What an orchestrator asks: does a linearizable read work on this node now? */
async function ready({ listen }: ServerConfig): Promise<void> {
  while (
    !(await fetch(`http://${listen.http}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await new Promise((resolve) => setTimeout(resolve, 50))
}

async function threeConfigs(folder: string): Promise<ServerConfig[]> {
  const ports = await freePorts(9)
  const address = (node: number, kind: number) => `127.0.0.1:${ports[node * 3 + kind]}`
  const members = [0, 1, 2].map((node) => `node-${node + 1}=${address(node, 1)},${address(node, 0)}`)
  return [0, 1, 2].map(
    (node) =>
      loadServerConfig({
        flags: {
          '--node-id': `node-${node + 1}`,
          '--data': join(folder, `node-${node + 1}`),
          '--cluster-token': 'an example',
          '--listen': address(node, 0),
          '--peer-listen': address(node, 1),
          '--http-listen': address(node, 2),
          '--member': members,
        },
        env: { GGEN_MARKET_LOG_LEVEL: 'error' },
        workFolder: folder,
      }).config,
  )
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
