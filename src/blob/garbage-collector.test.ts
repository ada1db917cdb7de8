import { describe, expect, test } from 'vitest'
import { blobBytes, digestOf, streamOf } from '../../test/conformance/blob-store.js'
import { SimBlobCluster } from '../../test/sim/sim-blob-cluster.js'
import { LIMITS } from '../model/limit.js'
import { REPAIR_LIMITS } from './blob-repair.js'
import { GARBAGE_LIMITS } from './garbage-collector.js'

const bytes = blobBytes(5_000)
const digest = digestOf(bytes)
const other = blobBytes(3_000, 2)

async function uploaded(blob = bytes): Promise<SimBlobCluster> {
  const cluster = await SimBlobCluster.start(3)
  const held = await cluster.settle(cluster.node(1).store.write(streamOf(blob)))
  await until(cluster, 'all three', async () => (await holders(cluster)).length === 3)
  expect(held.holders.length).toBeGreaterThanOrEqual(2)
  return cluster
}

async function until(
  cluster: SimBlobCluster,
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 60_000,
): Promise<void> {
  const endMs = cluster.clock.now + limitMs
  for (;;) {
    const met = condition()
    if (typeof met === 'boolean' ? met : await cluster.settle(met)) return
    expect(cluster.clock.now, what).toBeLessThan(endMs)
    await cluster.run(100)
  }
}

async function holders(cluster: SimBlobCluster, wanted = digest): Promise<number[]> {
  const found: number[] = []
  for (const number of [1, 2, 3])
    if ((await cluster.node(number).local.info(wanted)) !== undefined) found.push(number)
  return found
}

const run = (cluster: SimBlobCluster, number: number) => cluster.settle(cluster.node(number).garbage.run())

describe('garbage', () => {
  test('is kept for its lease and removed after it, on every node by itself', async () => {
    const cluster = await uploaded()
    cluster.logTimeMs += LIMITS.blobLeaseMs
    expect(await run(cluster, 1)).toMatchObject({ examined: 1, leased: 1, removed: 0 })
    cluster.logTimeMs += 1
    expect(await run(cluster, 1)).toEqual({
      examined: 1,
      leased: 0,
      removed: 1,
      removedBytes: bytes.length,
      nextMs: undefined,
    })
    expect(await cluster.settle(holders(cluster))).toEqual([2, 3])
    for (const number of [2, 3]) await run(cluster, number)
    expect(await cluster.settle(holders(cluster))).toEqual([])
  })

  test('that a version refers to is none, however old its lease', async () => {
    const cluster = await uploaded()
    cluster.referenced.add(digest)
    cluster.logTimeMs += LIMITS.blobLeaseMs * 10
    for (const number of [1, 2, 3])
      expect(await run(cluster, number)).toMatchObject({ examined: 1, leased: 0, removed: 0 })
  })

  test('whose promise is renewed starts its lease anew, also in the moment of its removal', async () => {
    const cluster = await uploaded()
    cluster.logTimeMs += LIMITS.blobLeaseMs + 1
    const [ensured, report] = await cluster.settle(
      Promise.all([cluster.node(1).store.ensure(digest), cluster.node(1).garbage.run()]),
    )
    const copies = await cluster.settle(holders(cluster))
    expect(copies).toEqual(expect.arrayContaining(ensured.holders.map((id) => Number(id.slice(5)))))
    expect(report.removed).toBe(copies.includes(1) ? 0 : 1)
    cluster.logTimeMs += LIMITS.blobLeaseMs - 2
    expect(await run(cluster, 1)).toMatchObject({ removed: 0 })
  })

  test('is remembered over a restart by what the lease records say', async () => {
    const cluster = await uploaded()
    await cluster.close(2)
    await cluster.boot(cluster.id(2))
    cluster.logTimeMs += LIMITS.blobLeaseMs
    expect(await run(cluster, 2)).toMatchObject({ leased: 1, removed: 0 })
    cluster.logTimeMs += 1
    expect(await run(cluster, 2)).toMatchObject({ removed: 1 })
  })

  test('without any record gets a full lease, which a later life knows of', async () => {
    const cluster = await uploaded()
    const { local, garbage } = cluster.node(3)
    await cluster.settle(local.write(streamOf(other)))
    const nowMs = Math.max(cluster.logTimeMs, Math.floor(cluster.node(3).clock.wallMs()))
    const report = await cluster.settle(garbage.run())
    expect(report).toMatchObject({ leased: 2, removed: 0 })
    await cluster.close(3)
    await cluster.boot(cluster.id(3))
    cluster.logTimeMs = nowMs + LIMITS.blobLeaseMs
    const later = await run(cluster, 3)
    expect([later.leased, later.removed]).toEqual([1, 1])
    expect(await cluster.settle(cluster.node(3).local.info(digestOf(other)))).toBeDefined()
    cluster.logTimeMs += 1
    cluster.logTimeMs = Math.max(cluster.logTimeMs, later.nextMs ?? 0) + 1
    expect(await run(cluster, 3)).toMatchObject({ removed: 1 })
  })

  test('gets a full lease where a record of promises cannot be read', async () => {
    const cluster = await uploaded()
    await cluster.close(2)
    const files = cluster.disk(2).fileSystem()
    const [name] = await cluster.settle(files.list('blobs/leases'))
    const path = `blobs/leases/${name}`
    const file = await cluster.settle(files.open(path, 'open'))
    await cluster.settle(file.write(8, [new Uint8Array(44).fill(7)], { sync: true }))
    await cluster.settle(file.close())
    await cluster.boot(cluster.id(2))
    cluster.logTimeMs += LIMITS.blobLeaseMs + 1
    expect(await run(cluster, 2)).toMatchObject({ leased: 1, removed: 0 })
  })

  test('on an idle cluster goes too: somebody moves log time on', async () => {
    const cluster = await uploaded()
    cluster.logTimeMs = Math.floor(cluster.node(1).clock.wallMs())
    const { store } = cluster.node(1)
    await cluster.settle(store.write(streamOf(other)))
    for (const number of [1, 2, 3]) cluster.node(number).garbage.start()
    await cluster.run(LIMITS.blobLeaseMs)
    expect(cluster.ticks).toBe(0)
    await until(
      cluster,
      'gone',
      async () => (await holders(cluster, digestOf(other))).length === 0,
      GARBAGE_LIMITS.intervalMs * 4,
    )
    expect(cluster.ticks).toBeGreaterThan(0)
    const { ticks } = cluster
    await cluster.run(GARBAGE_LIMITS.intervalMs * 4)
    expect(cluster.ticks).toBe(ticks)
  })

  test('that a version came to need while it was removed is fetched again at once', async () => {
    const cluster = await uploaded()
    const { garbage, local, repair } = cluster.node(1)
    repair.start()
    await until(cluster, 'scrubbed', () => repair.scrubbed)
    cluster.logTimeMs += LIMITS.blobLeaseMs + 1
    const collect = local.collect.bind(local)
    local.collect = async (...wanted) => {
      cluster.referenced.add(digest)
      repair.wanted([digest])
      return collect(...wanted)
    }
    await cluster.settle(garbage.run())
    const limitMs = REPAIR_LIMITS.scrubIntervalMs / 2
    await until(cluster, 'back', async () => (await local.info(digest)) !== undefined, limitMs)
  })

  test('asked to go everywhere goes from all who can be asked; else says what keeps it, and where', async () => {
    const cluster = await uploaded()
    const { garbage } = cluster.node(1)
    const kept = await cluster.settle(garbage.collectEverywhere(digest))
    expect(kept.map(({ node, collected }) => [node, collected.state])).toEqual([
      [cluster.id(1), 'leased'],
      [cluster.id(2), 'leased'],
      [cluster.id(3), 'leased'],
    ])
    cluster.logTimeMs += LIMITS.blobLeaseMs + 1
    cluster.referenced.add(digest)
    expect((await cluster.settle(garbage.collectEverywhere(digest)))[0]?.collected.state).toBe('referenced')
    cluster.referenced.clear()
    cluster.crash(cluster.id(3))
    expect(await cluster.settle(garbage.collectEverywhere(digest))).toEqual([])
    expect(await cluster.settle(cluster.node(2).local.info(digest))).toBeUndefined()
  })
})
