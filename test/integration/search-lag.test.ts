import { expect, test } from 'vitest'
import { runCommand } from './command-line.js'
import { newSigner, packageFixture } from './package-fixture.js'
import { TestCluster } from './test-cluster.js'

test('where the search index is behind the state, a search waits for it; a stale one answers at once and says so', async () => {
  await using cluster = await TestCluster.start(1, {}, { GGEN_MARKET_SEARCH_COMMIT_MS: '60000' })
  await using client = cluster.client()
  const { metadata, content } = await packageFixture('acme/lagging@1.0.0')
  const { index } = await client.publish({ metadata, signers: [newSigner()] }, content)
  const search = (json: boolean, ...args: string[]) =>
    runCommand(['search', 'lagging', ...args], { work: cluster.folder, endpoints: cluster.endpoints, json })
  const stale = await search(true, '--stale')
  expect(stale.json.total).toBe(0)
  expect(stale.json.index).toBeLessThan(index)
  expect(stale.json.stateIndex).toBeGreaterThanOrEqual(index)
  expect((await search(false, '--stale')).err).toMatch(/search index.*behind.*may be missing/)
  const { code, json } = await search(true)
  expect([code, json.total, json.hits[0].id.name]).toEqual([0, 1, 'lagging'])
  expect(json.index).toBeGreaterThanOrEqual(index)
}, 60_000)
