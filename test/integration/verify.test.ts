import { open, readdir, readFile, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MarketplaceBuilder } from '../../src/marketplace-builder.js'
import type { PackageId } from '../../src/model/package-id.js'
import { decodeSegmentHeader } from '../../src/storage/wal/segment-header.js'
import { alterState } from './altered-state.js'
import { type Ran, runCommand } from './command-line.js'
import { newSigner, packageFixture } from './package-fixture.js'
import { eventually, TestCluster } from './test-cluster.js'

const signer = newSigner()
let cluster: TestCluster

beforeAll(async () => {
  // The log is cut soon, so that a wrong state cannot be replayed and has to be fetched.
  cluster = await TestCluster.start(
    3,
    {},
    { GGEN_MARKET_COMPACTION_ENTRIES: '100', GGEN_MARKET_COMPACTION_TAIL_ENTRIES: '0' },
  )
  await using client = cluster.client()
  for (let i = 0; i < 40; i++) await publish(client, i)
  const id = { namespace: 'acme', name: 'kept-0', version: '1.0.0' } as PackageId
  for (let change = 0; change < 40; change++) {
    await client.yank(id, 'now and then', signer)
    await client.unyank(id, signer)
  }
}, 60_000)

afterAll(async () => await cluster?.[Symbol.asyncDispose]())

async function publish(client: ReturnType<TestCluster['client']>, i: number) {
  const { metadata, content } = await packageFixture(`acme/kept-${i}@1.0.0`)
  await client.publish({ metadata, signers: [signer] }, content)
}

const verify = (node = 0, json = true): Promise<Ran> =>
  runCommand(['cluster', 'verify'], {
    work: cluster.folder,
    endpoints: [cluster.node(node).config.listen.client],
    json,
  })

/** Bytes in place, as a disk changes them. */
async function flip(path: string, offset: number): Promise<void> {
  const file = await open(path, 'r+')
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, offset)
  buffer[0] = (buffer[0] as number) ^ 0x20
  await file.write(buffer, 0, 1, offset)
  await file.close()
}

const folderOf = (i: number) => cluster.node(i).config.dataFolder
const ofNode = (ran: Ran, i: number) =>
  ran.json.nodes.find((node: { id: string }) => node.id === `node-${i + 1}`)

test('a whole cluster, busy all the while, is found whole; every node served on', async () => {
  await using client = cluster.client()
  let busy = true
  let published = 0
  const writing = (async () => {
    for (let i = 1_000; busy; i++, published++) await publish(client, i)
  })()
  const ran = await verify()
  const during = published
  busy = false
  await writing
  expect([ran.code, ran.json.ok, ran.json.nodes.length]).toEqual([0, true, 3])
  expect(during).toBeGreaterThan(0)
  const hashes = new Set(ran.json.nodes.map((node: { stateSha256: string }) => node.stateSha256))
  expect([hashes.size, [...hashes][0]]).toEqual([1, expect.stringMatching(/^[0-9a-f]{64}$/)])
  for (const node of ran.json.nodes) {
    expect(node).toMatchObject({ ok: true, reachable: true, findings: [] })
    expect(node.blobs).toBeGreaterThanOrEqual(40)
    expect(node.stateValues).toBeGreaterThan(40)
    expect(node.logSegments).toBeGreaterThan(0)
    expect(node.logEntries).toBeGreaterThan(0)
    expect(node.searchIndex).toBeGreaterThanOrEqual(ran.json.index)
  }
}, 60_000)

test('a member that is down is told, and the rest is verified', async () => {
  await cluster.stopNode(2)
  const ran = await verify()
  expect([ran.code, ran.json.ok, ofNode(ran, 2).reachable]).toEqual([5, false, false])
  expect([ofNode(ran, 0).ok, ofNode(ran, 1).ok]).toEqual([true, true])
  await cluster.startNode(2)
  await cluster.ready(2)
}, 60_000)

test('a last survivor without a majority is read and found whole; that nothing was compared is no damage', async () => {
  const index = (await verify()).json.index
  await cluster.stopNode(1)
  await cluster.stopNode(2)
  const ran = await verify()
  expect([ran.code, ran.json.ok, ran.json.index]).toEqual([5, false, 0])
  expect(ofNode(ran, 0)).toMatchObject({ ok: true, reachable: true, findings: [] })
  expect(ofNode(ran, 0).stateValues).toBeGreaterThan(40)
  expect(ofNode(ran, 0).searchIndex).toBeGreaterThanOrEqual(index)
  expect([ofNode(ran, 1).reachable, ofNode(ran, 2).reachable]).toEqual([false, false])
  const { out } = await verify(0, false)
  expect(out).toMatch(/^node-1 +ok: log /m)
  expect(out).toMatch(/^the states were not compared: no majority /m)
  expect(out).not.toContain('DAMAGED')
  for (const i of [1, 2]) await cluster.startNode(i)
  for (const i of [0, 1, 2]) await cluster.ready(i)
}, 90_000)

describe('finds on a running node', () => {
  test('a bit that flipped in a blob, and one that was cut; both are fetched again', async () => {
    const shards = (await readdir(join(folderOf(1), 'blobs'))).filter((name) => /^[0-9a-f]{2}$/.test(name))
    const [one = '', two = ''] = shards
    const pathOf = async (shard: string) => {
      const [name = ''] = await readdir(join(folderOf(1), 'blobs', shard))
      return join(folderOf(1), 'blobs', shard, name)
    }
    const paths = [await pathOf(one), await pathOf(two)] as const
    await flip(paths[0], 20)
    await truncate(paths[1], 10)
    const ran = await verify()
    expect([ran.code, ofNode(ran, 0).ok, ofNode(ran, 1).ok]).toEqual([6, true, false])
    const files = ofNode(ran, 1).findings.map((finding: { file: string }) => finding.file)
    for (const path of paths) expect(files).toContain(path.slice(folderOf(1).length + 1))
    await eventually('both are whole again', async () => ((await verify()).json.ok ? true : undefined))
  }, 60_000)

  test('a bit that flipped in the log, with file and offset', async () => {
    const [name = ''] = (await readdir(join(folderOf(2), 'wal'))).filter((each) => /^\d+\.wal$/.test(each))
    const path = join(folderOf(2), 'wal', name)
    const { sizeBytes } = decodeSegmentHeader(await readFile(path))
    await flip(path, sizeBytes + 40)
    const ran = await verify()
    expect(ran.code).toBe(6)
    expect(ofNode(ran, 2).findings).toEqual([
      {
        area: 'log',
        file: `wal/${name}`,
        offset: expect.any(Number),
        what: expect.stringMatching(/checksum/),
        remedy: expect.stringContaining('cluster add'),
      },
    ])
    expect(ofNode(ran, 2).findings[0].offset).toBeLessThanOrEqual(sizeBytes + 40)
    await flip(path, sizeBytes + 40)
    expect((await verify()).json.ok).toBe(true)
  }, 60_000)

  test('a bit that flipped in a table of the state: the node serves nothing any more', async () => {
    await cluster.stopNode(2)
    await cluster.startNode(2)
    await cluster.ready(2)
    const state = join(folderOf(2), (await readFile(join(folderOf(2), 'CURRENT'), 'utf8')).trim())
    const [table = ''] = (await readdir(state)).filter((name) => name.endsWith('.ldb'))
    await flip(join(state, table), (await stat(join(state, table))).size >> 1)
    const ran = await verify()
    expect([ran.code, ofNode(ran, 2).ok]).toEqual([6, false])
    expect(JSON.stringify(ofNode(ran, 2).findings)).toMatch(/state-\d+|checksum|Corruption/)
    expect((await fetch(`http://${cluster.node(2).config.listen.http}/readyz`)).status).toBe(503)
    // The first finds it while reading; to the second the node says what it knows.
    for (const { findings } of [ofNode(ran, 2), ofNode(await verify(), 2)]) {
      expect(findings.length).toBeGreaterThan(0)
      for (const { area, remedy } of findings) {
        expect(area).toBe('state')
        expect(remedy).toContain('`ggen-market cluster heal node-3`')
      }
      const whats: string[] = findings.map(({ what }: { what: string }) => what)
      expect(whats.filter((a) => whats.filter((b) => b.includes(a)).length > 1)).toEqual([])
    }
    const { out } = await verify(0, false)
    expect(out).toMatch(/^the states of node-1 and node-2 are equal at log index \d+: sha256 [0-9a-f]{64}$/m)
    expect(out).toMatch(/^the state of node-3 was not compared$/m)
    await cluster.stopNode(2)
    await cluster.startNode(2)
    await cluster.ready(2)
    expect((await verify()).json.ok).toBe(true)
  }, 60_000)
})

test('a state that differs under right checksums is found by comparison; its node stops serving, and a restart heals it', async () => {
  await cluster.stopNode(2)
  await alterState(folderOf(2))
  await cluster.startNode(2)
  await cluster.ready(2)

  const ran = await verify()
  expect([ran.code, ofNode(ran, 0).ok, ofNode(ran, 1).ok, ofNode(ran, 2).ok]).toEqual([6, true, true, false])
  expect(ofNode(ran, 2).findings).toEqual([
    expect.objectContaining({
      area: 'cluster',
      what: expect.stringContaining(ofNode(ran, 0).stateSha256),
      remedy: expect.stringContaining('`ggen-market cluster heal node-3`'),
    }),
  ])
  // Our client would go on asking for long: another node could answer.
  await using wrong = new MarketplaceBuilder()
    .withCluster([cluster.node(2).config.listen.client])
    .withTimes({ readTotalMs: 300 })
    .build()
  await expect(
    wrong.get({ namespace: 'acme', name: 'kept-1', version: '1.0.0' } as PackageId, { consistency: 'stale' }),
  ).rejects.toMatchObject({ reason: 'STATE_CORRUPT', help: expect.stringContaining('cluster heal node-3') })
  await cluster.stopNode(2)
  await cluster.startNode(2)
  await cluster.ready(2)
  expect((await verify(1)).json.ok).toBe(true)
}, 60_000)

test('a removed node that still runs calls nobody unreachable: it says that it was removed, and the next is asked', async () => {
  await using others = cluster.client(0, 1)
  await others.removePeer('node-3')
  const [first = '', , gone = ''] = cluster.endpoints
  const at = (endpoints: string[], ...args: string[]): Promise<Ran> =>
    runCommand(['cluster', ...args], { work: cluster.folder, endpoints })
  const removed = { code: 4, json: { error: { reason: 'MEMBER_REMOVED' } } }
  await eventually('the removed node knows', async () =>
    (await at([gone], 'status')).code === 4 ? true : undefined,
  )
  expect(await at([gone], 'verify')).toMatchObject(removed)
  const elsewhere = await at([gone, first], 'verify')
  expect([elsewhere.code, elsewhere.json.ok, elsewhere.json.nodes.length]).toEqual([0, true, 2])
  const folder = join(cluster.folder, 'backup')
  expect(await at([gone], 'backup', folder, '--stale')).toMatchObject(removed)
  expect(await at([gone, first], 'backup', folder, '--stale')).toMatchObject({ code: 0 })
}, 60_000)
