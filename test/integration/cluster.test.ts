import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PackageId } from '../../src/model/package-id.js'
import { collect, contentOf, newSigner, packageFixture } from './package-fixture.js'
import { eventually, TestCluster } from './test-cluster.js'

let cluster: TestCluster
const signer = newSigner()

beforeAll(async () => {
  cluster = await TestCluster.start(3)
}, 60_000)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
})

async function reasonOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'none'
  } catch (error) {
    return (error as { reason?: string }).reason ?? String(error)
  }
}

describe('three nodes', () => {
  test('what one node has acknowledged, every other one serves, bytes and all', async () => {
    const { metadata, content, bytes } = await packageFixture('acme/first@1.0.0', randomBytes(700_000))
    await using publisher = cluster.client(0)
    const receipt = await publisher.publish({ metadata, signers: [signer] }, content)
    expect(receipt.created).toBe(true)
    for (const i of [0, 1, 2]) {
      await using reader = cluster.client(i)
      const { version } = await reader.get(metadata.id as PackageId)
      expect(version.content?.sha256).toBe(content.sha256)
      expect(await collect(reader.download({ sha256: content.sha256 }))).toEqual(bytes)
    }
  })

  test('the same content again is the same answer; other content is refused and names both hashes', async () => {
    const first = await packageFixture('acme/again@1.0.0')
    const other = await packageFixture('acme/again@1.0.0', randomBytes(100))
    await using client = cluster.client()
    const receipt = await client.publish({ metadata: first.metadata, signers: [signer] }, first.content)
    const repeated = await client.publish({ metadata: first.metadata, signers: [signer] }, first.content)
    expect([repeated.created, repeated.index]).toEqual([false, receipt.index])
    await expect(
      client.publish({ metadata: other.metadata, signers: [signer] }, other.content),
    ).rejects.toMatchObject({
      reason: 'VERSION_EXISTS',
      code: 'ALREADY_EXISTS',
      message: expect.stringMatching(new RegExp(`${first.content.sha256}.*${other.content.sha256}`)),
    })
  })

  test('a search right after a publish finds it, on any node', async () => {
    const { metadata, content } = await packageFixture('acme/zeppelin-compass@1.0.0')
    await using publisher = cluster.client(2)
    const { index, historyId } = await publisher.publish({ metadata, signers: [signer] }, content)
    await using searcher = cluster.client(1)
    const found = await searcher.search({
      query: 'zeppelin compass',
      minIndex: index,
      historyId: historyId as never,
    })
    expect(found.hits[0]?.id).toMatchObject({ namespace: 'acme', name: 'zeppelin-compass' })
  })

  test('yanked versions are hidden from resolution and search and stay readable', async () => {
    await using client = cluster.client()
    for (const version of ['1.0.0', '1.1.0']) {
      const { metadata, content } = await packageFixture(`acme/hidden@${version}`)
      await client.publish({ metadata, signers: [signer] }, content)
    }
    const ref = { namespace: 'acme', name: 'hidden' } as PackageId
    const id = { ...ref, version: '1.1.0' } as PackageId
    await client.yank(id, 'it was wrong', signer)
    expect((await client.resolveVersion(ref, '^1.0.0')).version.id.version).toBe('1.0.0')
    const { version } = await client.get(id)
    expect([version.yanked, version.yankReason]).toEqual([true, 'it was wrong'])
    await client.unyank(id, signer)
    expect((await client.resolveVersion(ref, '^1.0.0')).version.id.version).toBe('1.1.0')
  })

  test('another key may not publish into a claimed namespace', async () => {
    const { metadata, content } = await packageFixture('acme/stolen@1.0.0')
    await using client = cluster.client()
    expect(await reasonOf(client.publish({ metadata, signers: [newSigner()] }, content))).toBe('NOT_OWNER')
  })

  test('bytes that do not hash to what was declared leave nothing behind', async () => {
    const { metadata, content } = await packageFixture('acme/liar@1.0.0')
    const lying = { ...contentOf(randomBytes(500)), sha256: content.sha256, sizeBytes: content.sizeBytes }
    await using client = cluster.client()
    expect(await reasonOf(client.publish({ metadata, signers: [signer] }, lying))).toMatch(
      /^(HASH|SIZE)_MISMATCH$/,
    )
    expect(await reasonOf(client.get(metadata.id as PackageId))).toMatch(/NOT_FOUND/)
  })

  test('a manifest that says something else than the metadata is refused', async () => {
    const { content } = await packageFixture('acme/inside@1.0.0')
    const { metadata } = await packageFixture('acme/outside@1.0.0')
    await using client = cluster.client()
    expect(await reasonOf(client.publish({ metadata, signers: [signer] }, content))).toBe('MANIFEST_MISMATCH')
  })

  test('all nodes report one state hash at one index', async () => {
    await using client = cluster.client()
    const nodes = await eventually('equal hashes', async () => {
      const { nodes } = await client.clusterStatus()
      return nodes.every((node) => node.stateHash !== undefined) ? nodes : undefined
    })
    expect(new Set(nodes.map((node) => `${node.stateHash?.index} ${node.stateHash?.hash}`)).size).toBe(1)
    expect(nodes.map((node) => node.blobsMissing)).toEqual([0, 0, 0])
  })

  test('writes and reads go on while one node is down, and it catches up, blobs too', async () => {
    await using client = cluster.client()
    const { leader } = await client.clusterStatus()
    const down = cluster.nodes.findIndex((node) => node.config.nodeId === leader)
    await cluster.stopNode(down)
    const { metadata, content, bytes } = await packageFixture('acme/meanwhile@1.0.0', randomBytes(50_000))
    await client.publish({ metadata, signers: [signer] }, content)
    await cluster.startNode(down)
    await cluster.ready(down)
    await using late = cluster.client(down)
    expect(await collect(late.download({ sha256: content.sha256 }))).toEqual(bytes)
    await eventually('no blob missing', async () => {
      const { nodes } = await late.clusterStatus()
      return nodes.every((node) => node.blobsMissing === 0) || undefined
    })
  })
})
