import { cp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { PackageId } from '../../src/model/package-id.js'
import { silentLogger } from '../../src/runtime/logger.js'
import { runServer } from '../../src/server.js'
import { newSigner, packageFixture } from './package-fixture.js'
import { TestCluster } from './test-cluster.js'

describe('a node and its data folder', () => {
  test('a second node on the same folder is refused and names the process; the first goes on', async () => {
    await using cluster = await TestCluster.start(1)
    const other = await TestCluster.make(1)
    const config = { ...other.node(0).config, dataFolder: cluster.node(0).config.dataFolder }
    await expect(runServer(config, { logger: silentLogger })).rejects.toMatchObject({
      reason: 'FOLDER_LOCKED',
      message: expect.stringContaining(String(process.pid)),
    })
    await using client = cluster.client()
    expect((await client.clusterStatus()).leader).toBe('node-1')
    await other[Symbol.asyncDispose]()
  })

  test('a folder of another cluster is refused and both are named', async () => {
    await using cluster = await TestCluster.start(1)
    await cluster.stopNode(0)
    const { config } = cluster.node(0)
    const stranger = { ...config, clusterToken: 'quite another cluster' }
    await expect(runServer(stranger, { logger: silentLogger })).rejects.toMatchObject({
      reason: 'FOLDER_FOREIGN',
    })
    await cluster.startNode(0)
    await cluster.ready(0)
  })

  test('a port in use is named', async () => {
    await using cluster = await TestCluster.make(1)
    const { client } = cluster.node(0).config.listen
    const [host, port] = client.split(':')
    const squatter = createServer()
    await new Promise<void>((resolve) => squatter.listen(Number(port), host, resolve))
    try {
      await expect(cluster.startNode(0)).rejects.toMatchObject({
        reason: 'PORT_IN_USE',
        message: expect.stringContaining(client),
      })
    } finally {
      await new Promise((resolve) => squatter.close(resolve))
    }
  })

  test('a voter whose folder was emptied is refused by the others, which go on without it', async () => {
    await using cluster = await TestCluster.start(3)
    const signer = newSigner()
    const { metadata, content } = await packageFixture('acme/kept@1.0.0')
    await using client = cluster.client(0, 1)
    await client.publish({ metadata, signers: [signer] }, content)
    await cluster.stopNode(2)
    await rm(cluster.node(2).config.dataFolder, { recursive: true })
    await expect(cluster.startNode(2)).rejects.toMatchObject({
      reason: 'IDENTITY_LOST',
      message: expect.stringContaining('node-3'),
    })
    const second = await packageFixture('acme/kept@1.1.0')
    await client.publish({ metadata: second.metadata, signers: [signer] }, second.content)
    expect((await client.get(metadata.id as PackageId)).version.content?.sha256).toBe(content.sha256)
  })

  test('an older copy of a data folder that was put back is refused, and what was acknowledged since stays', async () => {
    await using cluster = await TestCluster.start(3)
    const { dataFolder } = cluster.node(0).config
    await cluster.stopNode(0)
    await cp(dataFolder, `${dataFolder}-copy`, { recursive: true })
    await cluster.startNode(0)
    await cluster.ready(0)
    await cluster.stopNode(2)
    const { metadata, content } = await packageFixture('acme/kept@1.0.0')
    await using client = cluster.client(0, 1)
    await client.publish({ metadata, signers: [newSigner()] }, content)
    await cluster.stopNode(0)
    await cluster.stopNode(1)

    await rm(dataFolder, { recursive: true })
    await cp(`${dataFolder}-copy`, dataFolder, { recursive: true })
    // Together they would be a majority that has never heard of the publish.
    const other = cluster.startNode(2)
    const refusal = { reason: 'IDENTITY_LOST', message: expect.stringContaining('older copy') }
    await expect(cluster.startNode(0)).rejects.toMatchObject(refusal)
    await expect(cluster.startNode(0)).rejects.toMatchObject(refusal)

    await cluster.startNode(1)
    await other
    await cluster.ready(2)
    await using reader = cluster.client(2)
    expect((await reader.get(metadata.id as PackageId)).version.content?.sha256).toBe(content.sha256)
  })

  test('two of three start again while the third is off, and show their starts to it when it is back', async () => {
    await using cluster = await TestCluster.start(3)
    await Promise.all([0, 1, 2].map((i) => cluster.stopNode(i)))
    await Promise.all([0, 1].map((i) => cluster.startNode(i)))
    await Promise.all([0, 1].map((i) => cluster.ready(i)))
    await cluster.startNode(2)
    await cluster.ready(2)
  })
})
