import { rm } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import type { MarketplaceClient } from '../../src/client/marketplace-client.js'
import type { Digest } from '../../src/model/content-hash.js'
import { MarketplaceError } from '../../src/model/error.js'
import type { PackageId } from '../../src/model/package-id.js'
import { collect, newSigner, packageFixture } from './package-fixture.js'
import { eventually, freePorts, TestCluster } from './test-cluster.js'

const signer = newSigner()

async function errorOf(work: Promise<unknown>): Promise<MarketplaceError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof MarketplaceError) return error
  throw new Error(`no error of ours: ${String(error)}`)
}

interface Acknowledged {
  readonly id: PackageId
  readonly sha256: Digest
  readonly bytes: Uint8Array
}

/** Publishes one package after another until told to stop; nothing but an acknowledgement or an error ends a publish. */
function publishing(
  client: MarketplaceClient,
  name: string,
): { stop(): Promise<Acknowledged[]>; count(): number } {
  const acknowledged: Acknowledged[] = []
  let goesOn = true
  const work = (async () => {
    for (let i = 0; goesOn; i++) {
      const { metadata, content, bytes } = await packageFixture(
        `acme/${name}@1.0.${i}`,
        new Uint8Array(2_000).fill(i),
      )
      await client.publish({ metadata, signers: [signer] }, content)
      acknowledged.push({ id: metadata.id as PackageId, sha256: content.sha256, bytes })
    }
  })()
  return {
    count: () => acknowledged.length,
    stop: async () => {
      goesOn = false
      await work
      return acknowledged
    },
  }
}

async function everythingAt(
  cluster: TestCluster,
  i: number,
  acknowledged: readonly Acknowledged[],
): Promise<void> {
  await using reader = cluster.client(i)
  for (const { id, sha256, bytes } of acknowledged) {
    expect((await reader.get(id)).version.content?.sha256).toBe(sha256)
    expect(await collect(reader.download({ sha256 }))).toEqual(bytes)
  }
}

async function grow(cluster: TestCluster, client: MarketplaceClient, id: string): Promise<number> {
  const { i, peer, started } = await cluster.join(id, [cluster.node(0).config.listen.client])
  await client.addPeer(id, peer)
  await started
  const { members } = await client.promotePeer(id)
  expect(members.find((member) => member.id === id)?.voter).toBe(true)
  return i
}

async function leaderOf(client: MarketplaceClient): Promise<string> {
  return eventually('a leader', async () => (await client.clusterStatus()).leader)
}

describe('members that come and go', () => {
  test('from one to five and back to one, under load: nothing acknowledged is lost, whoever is left serves it all', async () => {
    await using cluster = await TestCluster.start(1)
    await using client = cluster.client(0)
    await using publisher = cluster.client(0)
    const load = publishing(publisher, 'grown')
    for (const id of ['node-2', 'node-3', 'node-4', 'node-5']) await grow(cluster, client, id)
    const five = await client.clusterStatus()
    expect(five.nodes.map(({ id, voter }) => `${id} ${voter}`)).toEqual(
      [1, 2, 3, 4, 5].map((n) => `node-${n} true`),
    )
    const before = load.count()
    await eventually('the load goes on', () => load.count() > before || undefined)
    const acknowledged = await load.stop()
    await using every = cluster.client()
    for (const id of ['node-2', 'node-1', 'node-4', 'node-3']) {
      const { members } = await every.removePeer(id)
      expect(members.map((member) => member.id)).not.toContain(id)
    }
    await using last = cluster.client(4)
    expect(await leaderOf(last)).toBe('node-5')
    expect((await last.clusterStatus()).nodes.map(({ id }) => id)).toEqual(['node-5'])
    await everythingAt(cluster, 4, acknowledged)
    const { metadata, content } = await packageFixture('acme/alone@1.0.0')
    expect((await last.publish({ metadata, signers: [signer] }, content)).created).toBe(true)
  }, 240_000)

  test('the leader removed steps down, knows it, stays down, and its name is used up', async () => {
    await using cluster = await TestCluster.start(3)
    await using client = cluster.client()
    const leader = await leaderOf(client)
    const i = Number(leader.slice(5)) - 1
    const rest = [0, 1, 2].filter((n) => n !== i)
    await using others = cluster.client(...rest)
    expect((await others.removePeer(leader)).members.map(({ id }) => id)).not.toContain(leader)
    expect((await others.removePeer(leader)).changed).toBe(false)
    expect(await leaderOf(others)).not.toBe(leader)
    await using gone = cluster.client(i)
    const error = await eventually('the removed node says so', async () => {
      const thrown = await errorOf(gone.get({ name: 'nothing', version: '1.0.0' } as PackageId))
      return thrown.reason === 'MEMBER_REMOVED' ? thrown : undefined
    })
    expect(error.message).toMatch(new RegExp(`^${leader} was removed from the cluster`))
    await cluster.stopNode(i)
    expect((await errorOf(cluster.startNode(i))).reason).toBe('MEMBER_REMOVED')
    const reused = await errorOf(others.addPeer(leader, '127.0.0.1:1'))
    expect([reused.reason, reused.message]).toEqual([
      'MEMBER_EXISTS',
      expect.stringMatching(/never used again/),
    ])
    const { metadata, content } = await packageFixture('acme/two-left@1.0.0')
    expect((await others.publish({ metadata, signers: [signer] }, content)).created).toBe(true)
  }, 120_000)

  test('a dead node is replaced in one step by a new one, which gets log and packages first', async () => {
    await using cluster = await TestCluster.start(3)
    await using client = cluster.client(0, 1)
    const load = publishing(client, 'before')
    await eventually('some packages', () => load.count() >= 5 || undefined)
    const acknowledged = await load.stop()
    await cluster.stopNode(2)
    await rm(cluster.node(2).config.dataFolder, { recursive: true })
    const { i, peer, started } = await cluster.join('node-4', cluster.endpoints.slice(0, 2))
    await client.addPeer('node-4', peer)
    await started
    const { members } = await client.promotePeer('node-4', { replacing: 'node-3' })
    expect(members.map(({ id, voter }) => `${id} ${voter}`).sort()).toEqual([
      'node-1 true',
      'node-2 true',
      'node-4 true',
    ])
    // Two of the three are enough again, one of them the new one.
    await cluster.stopNode(0)
    await using two = cluster.client(1, i)
    await everythingAt(cluster, i, acknowledged)
    const { metadata, content } = await packageFixture('acme/after@1.0.0')
    expect((await two.publish({ metadata, signers: [signer] }, content)).created).toBe(true)
    expect((await errorOf(cluster.startNode(2))).reason).toMatch(/^(MEMBER_REMOVED|IDENTITY_LOST)$/)
  }, 120_000)

  test('a member that moved is found at its new address, by those who were away meanwhile too', async () => {
    await using cluster = await TestCluster.start(3)
    await using client = cluster.client(0, 1)
    await client.transferLeadership('node-1')
    await cluster.stopNode(2)
    const moved = `127.0.0.1:${(await freePorts(1))[0]}`
    const { config } = cluster.node(2)
    cluster.node(2).config = { ...config, listen: { ...config.listen, peer: moved } }
    expect((await errorOf(client.addPeer('node-3', moved))).reason).toBe('MEMBER_EXISTS')
    const { members } = await client.addPeer('node-3', moved, { move: true })
    expect(members.find(({ id }) => id === 'node-3')).toEqual({
      id: 'node-3',
      peerAddress: moved,
      voter: true,
    })
    await cluster.startNode(2)
    await cluster.ready(2)
    // The one that goes on with the moved one alone.
    await cluster.stopNode(0)
    await using two = cluster.client(1, 2)
    const { metadata, content } = await packageFixture('acme/moved@1.0.0')
    expect((await two.publish({ metadata, signers: [signer] }, content)).created).toBe(true)
    await cluster.startNode(0)
    await cluster.ready(0)
    await eventually('all are within reach of each other', async () => {
      await using first = cluster.client(0)
      return (await first.clusterStatus()).nodes.every(({ reachable }) => reachable) || undefined
    })
  }, 120_000)

  test('leadership goes to whom the operator names', async () => {
    await using cluster = await TestCluster.start(3)
    await using client = cluster.client()
    const leader = await leaderOf(client)
    const to = ['node-1', 'node-2', 'node-3'].find((id) => id !== leader) ?? ''
    expect(await client.transferLeadership(to)).toMatchObject({ changed: true, leader: to })
    expect(await client.transferLeadership(to)).toMatchObject({ changed: false, leader: to })
    expect((await errorOf(client.transferLeadership('node-9'))).reason).toBe('MEMBER_UNKNOWN')
  }, 60_000)

  test('wishes that cannot be granted are refused by name, and change nothing', async () => {
    await using cluster = await TestCluster.start(1)
    await using client = cluster.client()
    const reasonOf = async (work: Promise<unknown>) => (await errorOf(work)).reason
    expect(await reasonOf(client.promotePeer('node-2'))).toBe('MEMBER_UNKNOWN')
    expect(await reasonOf(client.removePeer('node-1'))).toBe('MEMBERSHIP_REFUSED')
    expect(await reasonOf(client.addPeer('node-1', '127.0.0.1:9'))).toBe('MEMBER_EXISTS')
    expect(await reasonOf(client.addPeer('node-2', 'nowhere'))).toBe('INVALID_ARGUMENT')
    expect(await reasonOf(client.addPeer('Node 2', '127.0.0.1:9'))).toBe('INVALID_ARGUMENT')
    expect((await client.removePeer('node-7')).changed).toBe(false)
    await client.addPeer('node-2', '127.0.0.1:9')
    expect((await client.addPeer('node-2', '127.0.0.1:9')).changed).toBe(false)
    expect(await reasonOf(client.transferLeadership('node-2'))).toBe('MEMBERSHIP_REFUSED')
    const { nodes } = await client.clusterStatus()
    expect(nodes.map(({ id, voter, reachable }) => [id, voter, reachable])).toEqual([
      ['node-1', true, true],
      ['node-2', false, false],
    ])
    // Two operators at once name one address: one of them has it.
    const both = await Promise.allSettled(
      ['node-8', 'node-9'].map((id) => client.addPeer(id, '127.0.0.1:11')),
    )
    const refusals = both.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    expect(refusals).toMatchObject([
      {
        reason: 'MEMBER_EXISTS',
        message: expect.stringMatching(/^127.0.0.1:11 is the address of node-[89], a member/),
      },
    ])
  }, 60_000)
})
