import { createHash } from 'node:crypto'
import { open, readdir, readFile, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MarketplaceClient } from '../../src/client/marketplace-client.js'
import { MarketplaceBuilder } from '../../src/marketplace-builder.js'
import type { PackageId } from '../../src/model/package-id.js'
import { newSigner, packageFixture } from './package-fixture.js'
import { eventually, TestCluster } from './test-cluster.js'

const VERSIONS = 12
const signer = newSigner()
let cluster: TestCluster

beforeAll(async () => {
  // The log is cut soon, so that a lost state cannot be replayed and has to be fetched.
  cluster = await TestCluster.start(
    3,
    {},
    { GGEN_MARKET_COMPACTION_ENTRIES: '100', GGEN_MARKET_COMPACTION_TAIL_ENTRIES: '0' },
  )
  await using client = cluster.client()
  for (let i = 0; i < VERSIONS; i++) await publish(client, i)
  for (let change = 0; change < 60; change++) {
    await client.yank(idOf(0), 'now and then', signer)
    await client.unyank(idOf(0), signer)
  }
}, 60_000)

afterAll(async () => await cluster[Symbol.asyncDispose]())

const idOf = (i: number) => ({ namespace: 'acme', name: `kept-${i}`, version: '1.0.0' }) as PackageId

async function publish(client: MarketplaceClient, i: number): Promise<void> {
  const { metadata, content } = await packageFixture(`acme/kept-${i}@1.0.0`)
  await client.publish({ metadata, signers: [signer] }, content)
}

async function stateFolder(i: number): Promise<string> {
  const root = cluster.node(i).config.dataFolder
  return join(root, (await readFile(join(root, 'CURRENT'), 'utf8')).trim())
}

async function filesOf(folder: string, kind: RegExp): Promise<string[]> {
  return (await readdir(folder)).filter((name) => kind.test(name)).map((name) => join(folder, name))
}

/** Every byte but the footer, in place, as a disk does it: LevelDB has tables mapped. */
async function spoil(path: string): Promise<void> {
  const file = await open(path, 'r+')
  const bytes = await readFile(path)
  const spoilt = bytes.subarray(0, Math.max(0, bytes.length - 48)).map((byte) => byte ^ 0x10)
  await file.write(spoilt, 0, spoilt.length, 0)
  await file.close()
}

async function servesEverything(i: number): Promise<void> {
  await using client = cluster.client(i)
  for (let version = 0; version < VERSIONS; version++) {
    expect((await client.get(idOf(version))).version.metadata.id.name).toBe(`kept-${version}`)
  }
}

describe('a node whose state was damaged while it was down fetches it from another, and serves', () => {
  const damages: [string, RegExp, (path: string) => Promise<void>][] = [
    ['a table is gone', /\.ldb$/, (path) => rm(path)],
    ['a table is cut', /\.ldb$/, async (path) => truncate(path, (await stat(path)).size >> 1)],
    ['a table has other bits', /\.ldb$/, spoil],
    ['the manifest is gone', /^MANIFEST/, (path) => rm(path)],
    ['the manifest is cut', /^MANIFEST/, (path) => truncate(path, 9)],
    ['CURRENT is empty', /^CURRENT$/, (path) => truncate(path, 0)],
    ['its log is gone', /\.log$/, (path) => rm(path)],
  ]
  test.each(damages)(
    '%s',
    async (_, kind, damage) => {
      // A start moves what lies in the log into tables: there is one of each kind.
      await cluster.stopNode(2)
      await cluster.startNode(2)
      await cluster.ready(2)
      await cluster.stopNode(2)
      for (const path of await filesOf(await stateFolder(2), kind)) await damage(path)
      await cluster.startNode(2)
      await cluster.ready(2)
      await servesEverything(2)
    },
    60_000,
  )
})

test('bits that flip under a running node: no wrong answer, then it stops and says why; a restart heals it', async () => {
  await cluster.stopNode(2)
  await cluster.startNode(2)
  await cluster.ready(2)
  const { listen, nodeId } = cluster.node(2).config
  {
    await using all = cluster.client()
    await all.transferLeadership(nodeId)
  }
  const tables = await filesOf(await stateFolder(2), /\.ldb$/)
  expect(tables.length).toBeGreaterThan(0)
  for (const table of tables) await spoil(table)
  // Our client would go on asking for long: another node could answer.
  await using client = new MarketplaceBuilder()
    .withCluster([listen.client])
    .withTimes({ readTotalMs: 300 })
    .build()
  const reasons = await eventually('a read that meets the damage', async () => {
    const seen: unknown[] = []
    for (let i = 0; i < VERSIONS; i++) {
      try {
        expect((await client.get(idOf(i), { consistency: 'stale' })).version.metadata.id.name).toBe(
          `kept-${i}`,
        )
      } catch (error) {
        seen.push((error as { reason?: string }).reason)
      }
    }
    return seen.length > 0 ? seen : undefined
  })
  expect(new Set(reasons)).toEqual(new Set(['STATE_CORRUPT']))
  // From the first damage on nothing is served, not even what is still good in memory.
  const ready = await fetch(`http://${listen.http}/readyz`)
  expect([ready.status, await ready.json()]).toEqual([
    503,
    // It led, and does not say so any more.
    expect.objectContaining({
      role: 'follower',
      reasons: [expect.stringMatching(/state-\d|checksum|Corruption/)],
    }),
  ])
  await expect(client.get(idOf(0), { consistency: 'stale' })).rejects.toMatchObject({
    reason: 'STATE_CORRUPT',
  })
  await using others = cluster.client(0, 1)
  await publish(others, VERSIONS)
  const before = await stateFolder(2)
  await cluster.stopNode(2)
  await cluster.startNode(2)
  await cluster.ready(2)
  expect(await stateFolder(2)).not.toBe(before)
  await servesEverything(2)
}, 60_000)

test('blob files that were cut or lost while a node was down are whole again soon after its start, though nobody reads them', async () => {
  const { sha256, sizeBytes } = (await packageFixture('acme/kept-0@1.0.0')).content
  const other = (await packageFixture('acme/kept-1@1.0.0')).content.sha256
  await cluster.stopNode(2)
  const blobs = join(cluster.node(2).config.dataFolder, 'blobs')
  const pathOf = (digest: string) => join(blobs, digest.slice(0, 2), digest.slice(2))
  await truncate(pathOf(sha256), 10)
  await rm(pathOf(other))
  await cluster.startNode(2)
  for (const digest of [sha256, other]) {
    await eventually(`${digest} is whole`, async () => {
      const bytes = await readFile(pathOf(digest)).catch(() => Buffer.alloc(0))
      return createHash('sha256').update(bytes).digest('hex') === digest || undefined
    })
  }
  expect((await stat(pathOf(sha256))).size).toBe(sizeBytes)
}, 60_000)
