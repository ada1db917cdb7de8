import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { MarketplaceClient } from '../../src/client/marketplace-client.js'
import { silentLogger } from '../../src/runtime/logger.js'
import { runServer } from '../../src/server.js'
import { eventually, TestCluster } from './test-cluster.js'

async function replace(
  cluster: TestCluster,
  client: MarketplaceClient,
  old: number,
  id: string,
): Promise<void> {
  const { peer, started } = await cluster.join(id, [cluster.node(0).config.listen.client])
  await client.addPeer(id, peer)
  await started
  await client.promotePeer(id, { replacing: `node-${old}` })
}

test('a node with an older folder, all of whose members were replaced, is told by those of now why they refuse it', async () => {
  await using cluster = await TestCluster.start(3)
  const { dataFolder, listen } = cluster.node(2).config
  const older = join(cluster.folder, 'older')
  const newest = join(cluster.folder, 'newest')
  await cluster.stopNode(2)
  await cp(dataFolder, older, { recursive: true })
  await cluster.startNode(2)
  await cluster.ready(2)
  await cluster.stopNode(2)
  await cp(dataFolder, newest, { recursive: true })

  await using client = cluster.client()
  await replace(cluster, client, 2, 'node-4')
  await using left = cluster.client(0, 3)
  await replace(cluster, left, 1, 'node-5')
  await cluster.stopNode(0)
  await cluster.stopNode(1)

  await rm(dataFolder, { recursive: true })
  await cp(older, dataFolder, { recursive: true })
  const asked = new AbortController()
  const told: string[] = []
  const logged: string[] = []
  const logger = {
    ...silentLogger,
    warn: (fields: Record<string, unknown>, message: string) => logged.push(`${message} ${fields.message}`),
  }
  const start = runServer(cluster.node(2).config, {
    logger,
    signal: asked.signal,
    onWaiting: (what) => told.push(what),
  })
  const ended = start.then(
    () => 'it serves',
    (error: { reason?: string }) => error.reason,
  )
  const reasons = await eventually('its health says why', async () => {
    const answer = await fetch(`http://${listen.http}/readyz`).catch(() => undefined)
    const text = (await answer?.text()) ?? ''
    return ['node-4', 'node-5'].every((id) => text.includes(`${id} refuses node-3`)) ? text : undefined
  })
  expect(reasons).toMatch(
    /node-4 refuses node-3 \(IDENTITY_LOST\).*older copy.*bring back the newest data folder of node-3/,
  )
  expect(told).toHaveLength(2)
  expect(logged.filter((line) => /a member refuses this node.*older copy/.test(line))).toHaveLength(2)
  asked.abort()
  expect(await ended).toBe('SHUTTING_DOWN')

  // The right one comes back to the same members.
  await rm(dataFolder, { recursive: true })
  await cp(newest, dataFolder, { recursive: true })
  await cluster.startNode(2)
  await cluster.ready(2)
  await using all = cluster.client(2, 3, 4)
  expect((await all.clusterStatus()).nodes.map(({ id, reachable }) => `${id} ${reachable}`).sort()).toEqual([
    'node-3 true',
    'node-4 true',
    'node-5 true',
  ])
}, 240_000)
