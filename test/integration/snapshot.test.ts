import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from './command-line.js'
import { newSigner, packageFixture } from './package-fixture.js'
import { eventually, TestCluster } from './test-cluster.js'

const TAIL_ENTRIES = 5
const signer = newSigner()
let cluster: TestCluster

beforeAll(async () => {
  cluster = await TestCluster.start(3, {}, { GGEN_MARKET_COMPACTION_TAIL_ENTRIES: String(TAIL_ENTRIES) })
}, 60_000)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
})

async function publishMany(name: string, count: number): Promise<void> {
  await using client = cluster.client()
  for (let i = 0; i < count; i++) {
    const { metadata, content } = await packageFixture(`acme/${name}@1.0.${i}`)
    await client.publish({ metadata, signers: [signer] }, content)
  }
}

async function caughtUp(): Promise<number> {
  await using client = cluster.client()
  return await eventually('all members have everything', async () => {
    const { commitIndex, members } = await client.replicationLag()
    const behind = members.some((member) => !member.reachable || member.entriesBehind > 0)
    return behind ? undefined : commitIndex
  })
}

test('a log cut by hand keeps its tail; nothing is lost, also not for a member that was away meanwhile', async () => {
  await publishMany('before', 20)
  await caughtUp()
  const snapshot = (json: boolean, ...nodes: string[]) =>
    runCommand(['cluster', 'snapshot', ...nodes], {
      endpoints: cluster.endpoints,
      work: cluster.folder,
      json,
    })
  const first = await snapshot(true)
  expect(first.code).toBe(0)
  const { nodes, unreachable } = first.json
  expect(unreachable).toEqual([])
  expect(nodes.map(({ id }: { id: string }) => id)).toEqual(['node-1', 'node-2', 'node-3'])
  for (const { index, firstIndex, entriesDropped } of nodes) {
    expect(entriesDropped).toBeGreaterThan(10)
    expect(index - firstIndex).toBeLessThan(TAIL_ENTRIES)
  }

  await cluster.stopNode(2)
  await publishMany('away', 2 * TAIL_ENTRIES)
  const named = await snapshot(false, 'node-1', 'node-2')
  expect(named.out).toMatch(/node-1: everything up to index \d+ .*dropped.*\n.*node-2: .*dropped/)
  const all = await snapshot(false)
  expect([all.code, all.err]).toEqual([0, expect.stringContaining('node-3 does not run')])
  expect(all.out).toContain('the log was short already')
  const away = await snapshot(false, 'node-3')
  expect([away.code, away.err]).toEqual([5, expect.stringContaining('node-3 does not run')])
  const unknown = await snapshot(false, 'node-9')
  expect([unknown.code, unknown.err]).toEqual([3, expect.stringContaining('node-9 is no member')])

  await using client = cluster.client(0, 1)
  const lag = await client.replicationLag()
  expect(lag.members[2]).toEqual({ id: 'node-3', voter: true, reachable: false })
  await cluster.startNode(2)
  await cluster.ready(2)
  await caughtUp()
  await using late = cluster.client(2)
  const { metadata } = await packageFixture(`acme/away@1.0.${2 * TAIL_ENTRIES - 1}`)
  expect((await late.get(metadata.id)).version.metadata.id).toEqual(metadata.id)
}, 60_000)
