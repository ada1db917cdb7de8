import { afterEach, describe, expect, it } from 'vitest'
import type { MarketplaceClient } from '../../src/client/marketplace-client.js'
import { MarketplaceBuilder } from '../../src/marketplace-builder.js'
import { parsePackageRef } from '../../src/model/package-id.js'
import { newSigner, packageFixture } from './package-fixture.js'
import { eventually, TestCluster } from './test-cluster.js'

/** Long enough for two nodes to stop while the lease lasts, on a machine that does other things too. */
const ELECTION_TICKS = '60'
const NAME = 'lease/package@1.0.0'
const ref = parsePackageRef('lease/package')

let cluster: TestCluster
let client: MarketplaceClient

/** A cluster with one package, all but its leader stopped a moment ago, and a client of that leader. */
async function leaderLeftAlone(reads: 'lease' | 'read-index'): Promise<void> {
  cluster = await TestCluster.start(
    3,
    {},
    {
      GGEN_MARKET_RAFT_ELECTION_TICKS: ELECTION_TICKS,
      GGEN_MARKET_RAFT_READS: reads,
    },
  )
  const leader = await eventually('a leader', async () => {
    for (const [i, { config }] of cluster.nodes.entries()) {
      const facts = (await (await fetch(`http://${config.listen.http}/readyz`)).json()) as { role?: string }
      if (facts.role === 'leader') return i
    }
    return undefined
  })
  const { client: address } = cluster.node(leader).config.listen
  client = new MarketplaceBuilder()
    .withCluster([address])
    .withTimes({ attemptMs: 500, readTotalMs: 500 })
    .build()
  const { metadata } = await packageFixture(NAME, new Uint8Array(1))
  await client.register({ metadata, signers: [newSigner()] })
  await Promise.all([0, 1, 2].filter((i) => i !== leader).map((i) => cluster.stopNode(i)))
}

afterEach(async () => {
  await client.close()
  await cluster[Symbol.asyncDispose]()
})

describe('a linearizable read at a leader that has just been left alone', () => {
  it('is answered under a lease, which asks nobody', async () => {
    await leaderLeftAlone('lease')
    expect((await client.get(ref)).version.metadata.id.version).toBe('1.0.0')
  }, 60_000)

  it('is refused by read index, which asks a majority', async () => {
    await leaderLeftAlone('read-index')
    await expect(client.get(ref)).rejects.toMatchObject({ name: 'MarketplaceError' })
  }, 60_000)
})
