import { describe, expect, test } from 'vitest'
import { blobBytes, digestOf, readAll, streamOf } from '../../test/conformance/blob-store.js'
import { SimBlobCluster } from '../../test/sim/sim-blob-cluster.js'
import type { Digest } from '../model/content-hash.js'
import { BlobRepair } from './blob-repair.js'

const bytes = blobBytes(50_000)
const digest = digestOf(bytes)

function pathOf(blob: Digest): string {
  return `blobs/${blob.slice(0, 2)}/${blob.slice(2)}`
}

/** Lets simulated time pass until the condition holds; fails after a minute of it. */
async function until(cluster: SimBlobCluster, what: string, condition: () => boolean): Promise<void> {
  const endMs = cluster.clock.now + 60_000
  while (!condition()) {
    expect(cluster.clock.now, what).toBeLessThan(endMs)
    await cluster.run(10)
  }
}

async function referencedEverywhere(cluster: SimBlobCluster, count: number): Promise<Digest[]> {
  const digests: Digest[] = []
  for (let i = 0; i < count; i++) {
    const blob = blobBytes(1000 + i, i + 1)
    digests.push(digestOf(blob))
    for (let number = 1; number <= cluster.ids.length; number++)
      await cluster.settle(cluster.node(number).local.write(streamOf(blob)))
    cluster.referenced.add(digestOf(blob))
  }
  return digests.sort()
}

describe('blob repair', () => {
  test('at the start everything that is referenced and missing is fetched; what is held is left alone', async () => {
    const cluster = await SimBlobCluster.start(3)
    const digests = await referencedEverywhere(cluster, 60)
    const lost = digests.filter((_, i) => i % 3 === 0)
    for (const blob of lost) await cluster.settle(cluster.node(1).local.delete(blob))
    const { repair, local } = cluster.node(1)
    expect(repair.scrubbed).toBe(false)
    repair.start()
    let most = 0
    await until(cluster, 'repaired', () => {
      most = Math.max(most, repair.missing())
      return repair.scrubbed && repair.missing() === 0
    })
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(lost.length)
    for (const blob of digests) expect(await cluster.settle(local.verify(blob))).toBe(true)
  })

  test('a newly referenced blob is fetched where it did not arrive, and counted until then', async () => {
    const cluster = await SimBlobCluster.start(3)
    const { repair, local } = cluster.node(3)
    repair.start()
    await until(cluster, 'scrubbed', () => repair.scrubbed)
    cluster.network.partition([cluster.id(3)], [cluster.id(1), cluster.id(2)])
    await cluster.settle(cluster.node(1).store.write(streamOf(bytes), { digest }))
    cluster.referenced.add(digest)
    repair.wanted([digest])
    await until(cluster, 'seen missing', () => repair.missing() === 1)
    await cluster.run(5000)
    expect(repair.missing()).toBe(1)
    cluster.network.heal()
    await until(cluster, 'fetched', () => repair.missing() === 0)
    expect(digestOf(await cluster.settle(readAll(local, digest)))).toBe(digest)
  })

  test('what is missing at an index is not said before everything was looked for, and counts nothing newer', async () => {
    const cluster = await SimBlobCluster.start(3)
    const { repair } = cluster.node(3)
    repair.start()
    expect(repair.missingAt(1_000)).toBeUndefined()
    await until(cluster, 'scrubbed', () => repair.missingAt(1_000) === 0)
    cluster.network.partition([cluster.id(3)], [cluster.id(1), cluster.id(2)])
    await cluster.settle(cluster.node(1).store.write(streamOf(bytes), { digest }))
    cluster.referenced.add(digest)
    repair.wanted([digest], 40)
    expect([repair.missingAt(39), repair.missingAt(40)]).toEqual([0, 1])
    await until(cluster, 'seen missing', () => repair.missing() === 1)
    repair.scrubSoon()
    expect(repair.missingAt(40)).toBeUndefined()
    cluster.network.heal()
    await until(cluster, 'fetched', () => repair.missingAt(40) === 0)
  })

  test('what is missing is said to be coming until it was looked for in vain', async () => {
    const cluster = await SimBlobCluster.start(3)
    const [held, lost] = (await referencedEverywhere(cluster, 2)) as [Digest, Digest]
    for (const blob of [held, lost]) await cluster.settle(cluster.node(3).local.delete(blob))
    for (const number of [1, 2]) await cluster.settle(cluster.node(number).local.delete(lost))
    const { repair, local } = cluster.node(3)
    // Before anything was looked for it may all come.
    expect([held, lost].map((blob) => repair.isComing(blob))).toEqual([true, true])
    repair.start()
    await until(cluster, 'told that nobody has it', () => !repair.isComing(lost))
    await until(cluster, 'all the rest is here', () => repair.scrubbed && repair.missing() === 1)
    await cluster.run(10_000)
    expect(repair.isComing(lost)).toBe(false)
    // Taken away behind its back: nobody fetches what nobody knows to be missing.
    await cluster.settle(local.delete(held))
    expect(repair.isComing(held)).toBe(false)
    repair.wanted([held])
    expect(repair.isComing(held)).toBe(true)
    await until(cluster, 'fetched again', () => !repair.isComing(held))
    expect(await cluster.settle(local.verify(held))).toBe(true)
  })

  test('at the start a file that was cut is found by its size, set aside and fetched; no other is read', async () => {
    const cluster = await SimBlobCluster.start(3)
    const digests = await referencedEverywhere(cluster, 9)
    for (const blob of digests) {
      cluster.sizes.set(blob, (await cluster.settle(cluster.node(1).local.info(blob)))?.sizeBytes ?? 0)
    }
    const { repair, local, store } = cluster.node(2)
    const [cut, emptied, rotten] = digests as [Digest, Digest, Digest]
    for (const [blob, bytesLeft] of [
      [cut, 500],
      [emptied, 0],
    ] as const) {
      const file = await cluster.settle(cluster.disk(2).fileSystem().open(pathOf(blob), 'open'))
      await cluster.settle(file.truncate(bytesLeft))
      await cluster.settle(file.close())
    }
    cluster.disk(2).flipBit(pathOf(rotten), 3, 3)
    repair.start()
    await until(cluster, 'repaired', () => repair.scrubbed && repair.missing() === 0)
    expect(await cluster.settle(local.verify(cut))).toBe(true)
    expect(await cluster.settle(local.verify(emptied))).toBe(true)
    // Its size is right: only reading finds it.
    expect(await cluster.settle(store.verify(rotten))).toBe(false)
  })

  test('a blob that is held costs a look and no fetch', async () => {
    const cluster = await SimBlobCluster.start(3)
    await cluster.settle(cluster.node(1).local.write(streamOf(bytes)))
    const { repair } = cluster.node(1)
    cluster.referenced.add(digest)
    repair.start()
    repair.wanted([digest])
    await cluster.run(1000)
    expect([repair.missing(), repair.scrubbed, cluster.network.calls]).toEqual([0, true, 0])
  })

  test('a blob that a peer is sending just now is not fetched a second time', async () => {
    const cluster = await SimBlobCluster.start(2)
    const { repair, store } = cluster.node(2)
    repair.start()
    await until(cluster, 'scrubbed', () => repair.scrubbed)
    cluster.network.setFaults({ bytesPerMs: 20 })
    let fetches = 0
    const fetch = store.fetch.bind(store)
    store.fetch = (blob) => {
      fetches++
      return fetch(blob)
    }
    const writing = cluster.node(1).store.write(streamOf(bytes), { digest })
    await cluster.run(100)
    expect(store.isArriving(digest)).toBe(true)
    cluster.referenced.add(digest)
    repair.wanted([digest])
    await cluster.settle(writing)
    await until(cluster, 'arrived', () => repair.missing() === 0)
    expect(fetches).toBe(0)
  })

  test('damage that a read finds is repaired', async () => {
    const cluster = await SimBlobCluster.start(3)
    await referencedEverywhere(cluster, 3)
    await cluster.settle(cluster.node(1).store.write(streamOf(bytes)))
    await cluster.run(1000)
    cluster.referenced.add(digest)
    cluster.disk(1).flipBit(pathOf(digest), 3, 3)
    const { repair, store, local } = cluster.node(1)
    repair.start()
    await until(cluster, 'scrubbed', () => repair.scrubbed)
    expect(await cluster.settle(store.verify(digest))).toBe(false)
    let held = false
    void (async () => {
      while ((await local.info(digest)) === undefined)
        await new Promise<void>((r) => cluster.clock.schedule(10, r))
      held = true
    })()
    await until(cluster, 'repaired', () => held && repair.missing() === 0)
    expect(await cluster.settle(local.verify(digest))).toBe(true)
  })

  test.each([1, 3])(
    'of %i nodes none can read its copy for a while: the copies are there again once the disks read',
    async (size) => {
      const cluster = await SimBlobCluster.start(size, 1, { repair: { retryMaxMs: 2_000 } })
      for (let number = 1; number <= size; number++)
        await cluster.settle(cluster.node(number).local.write(streamOf(bytes)))
      cluster.referenced.add(digest)
      for (let number = 1; number <= size; number++) {
        cluster.disk(number).fault = ({ type, path }) =>
          type === 'read' && path.startsWith(pathOf(digest)) ? 'EIO' : undefined
        expect(await cluster.settle(cluster.node(number).local.verify(digest))).toBe(false)
      }
      const repairs = [...cluster.nodes.values()].map(({ repair }) => repair)
      for (const repair of repairs) repair.start()
      await until(cluster, 'seen missing', () => repairs.every((repair) => repair.missing() === 1))
      await cluster.run(5_000)
      expect(repairs.map((repair) => repair.missing())).toEqual(repairs.map(() => 1))
      for (const disk of cluster.disks.values()) disk.fault = undefined
      await until(cluster, 'there again', () => repairs.every((repair) => repair.missing() === 0))
      for (const { local } of cluster.nodes.values())
        expect(digestOf(await cluster.settle(readAll(local, digest)))).toBe(digest)
    },
  )

  test('damage that nobody reads is found by reading everything from time to time, slowly', async () => {
    const cluster = await SimBlobCluster.start(3, 1, {
      repair: { verifyIntervalMs: 60_000, verifyBytesPerMs: 10 },
    })
    const digests = await referencedEverywhere(cluster, 10)
    const victim = digests[6] as Digest
    cluster.disk(2).flipBit(pathOf(victim), 3, 3)
    const { repair, local } = cluster.node(2)
    repair.start()
    await cluster.run(60_000)
    expect((await cluster.settle(local.info(victim)))?.sizeBytes).toBeGreaterThan(0)
    expect(
      cluster
        .disk(2)
        .files()
        .some(({ path }) => path.endsWith('.damaged')),
    ).toBe(false)
    // Ten blobs of a kilobyte at ten bytes a millisecond: a second, and not much less.
    await cluster.run(300)
    expect(
      cluster
        .disk(2)
        .files()
        .some(({ path }) => path.endsWith('.damaged')),
    ).toBe(false)
    await cluster.run(5000)
    expect(
      cluster
        .disk(2)
        .files()
        .some(({ path }) => path.endsWith('.damaged')),
    ).toBe(true)
    expect(await cluster.settle(local.verify(victim))).toBe(true)
  })

  test('what nobody holds stays counted and is tried less and less often; no longer referenced, it is forgotten', async () => {
    const cluster = await SimBlobCluster.start(3, 1, { repair: { scrubIntervalMs: 600_000 } })
    cluster.referenced.add(digest)
    const { repair, store } = cluster.node(1)
    const triesMs: number[] = []
    const fetch = store.fetch.bind(store)
    store.fetch = (blob) => {
      triesMs.push(cluster.clock.now)
      return fetch(blob)
    }
    repair.start()
    await cluster.run(300_000)
    expect(repair.missing()).toBe(1)
    expect(triesMs.length).toBeGreaterThan(5)
    expect(triesMs.length).toBeLessThan(30)
    const last = (triesMs.at(-1) as number) - (triesMs.at(-2) as number)
    expect(last).toBeGreaterThan(((triesMs[1] as number) - (triesMs[0] as number)) * 10)
    cluster.referenced.delete(digest)
    await cluster.run(700_000)
    expect(repair.missing()).toBe(0)
  })

  test('never more fetches at once than allowed', async () => {
    const cluster = await SimBlobCluster.start(2, 1, { repair: { fetchesMax: 3 } })
    const digests = await referencedEverywhere(cluster, 30)
    for (const blob of digests) await cluster.settle(cluster.node(1).local.delete(blob))
    const { repair } = cluster.node(1)
    repair.start()
    let most = 0
    await until(cluster, 'repaired', () => {
      most = Math.max(most, cluster.network.calls)
      return repair.scrubbed && repair.missing() === 0
    })
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(3)
  })

  test('more newly referenced blobs than fit are found by a scrub', async () => {
    const cluster = await SimBlobCluster.start(2, 1, { repair: { waitingMax: 5 } })
    const { repair, local } = cluster.node(1)
    repair.start()
    await until(cluster, 'scrubbed', () => repair.scrubbed)
    const digests = await referencedEverywhere(cluster, 20)
    for (const blob of digests) await cluster.settle(local.delete(blob))
    repair.wanted(digests)
    await cluster.run(5000)
    for (const blob of digests) expect(await cluster.settle(local.verify(blob))).toBe(true)
  })

  test('after a snapshot replaced the state, a scrub that is asked for finds what it refers to', async () => {
    const cluster = await SimBlobCluster.start(2)
    const { repair, local } = cluster.node(1)
    repair.start()
    await until(cluster, 'scrubbed', () => repair.scrubbed)
    const digests = await referencedEverywhere(cluster, 20)
    for (const blob of digests) await cluster.settle(local.delete(blob))
    await cluster.run(5000)
    expect(await cluster.settle(local.stats())).toEqual({ blobs: 0, bytes: 0 })
    repair.scrubSoon()
    await cluster.run(5000)
    expect((await cluster.settle(local.stats())).blobs).toBe(20)
  })

  test('a scrub that is asked for while one is under way follows it', async () => {
    const cluster = await SimBlobCluster.start(2)
    await referencedEverywhere(cluster, 5)
    const { repair, local } = cluster.node(1)
    repair.start()
    await cluster.run(20)
    expect(repair.scrubbed).toBe(false)
    await cluster.settle(cluster.node(2).local.write(streamOf(bytes)))
    expect(repair.scrubbed).toBe(false)
    cluster.referenced.add(digest)
    repair.scrubSoon()
    await cluster.run(10_000)
    expect(await cluster.settle(local.verify(digest))).toBe(true)
  })

  test('a state that cannot be read at first is asked again', async () => {
    const cluster = await SimBlobCluster.start(2)
    await referencedEverywhere(cluster, 3)
    const { store, local, clock } = cluster.node(1)
    let asked = 0
    await using repair = new BlobRepair({
      store,
      local,
      clock,
      random: cluster.random.fork('repair'),
      referenced: async function* () {
        if (++asked < 4) throw new Error('not open yet')
        for (const blob of [...cluster.referenced].sort()) yield { digest: blob, sizeBytes: undefined }
      },
      limits: { verifyIntervalMs: 0 },
    })
    repair.start()
    await until(cluster, 'scrubbed', () => repair.scrubbed)
    expect(asked).toBe(4)
  })

  test('closing ends it at once, in the middle of fetching', async () => {
    const cluster = await SimBlobCluster.start(2)
    const digests = await referencedEverywhere(cluster, 10)
    for (const blob of digests) await cluster.settle(cluster.node(1).local.delete(blob))
    cluster.network.setFaults({ bytesPerMs: 0.1 })
    const { repair } = cluster.node(1)
    repair.start()
    await until(cluster, 'in the middle of it', () => repair.missing() > 0)
    const beganMs = cluster.clock.now
    await cluster.close(1)
    expect(cluster.clock.now - beganMs).toBeLessThan(1000)
  })
})
