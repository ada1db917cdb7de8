import { describe, expect, test } from 'vitest'
import {
  blobBytes,
  blobStoreConformance,
  bytesOf,
  digestOf,
  readAll,
  reasonOf,
  streamOf,
  UploadCut,
} from '../../test/conformance/blob-store.js'
import { drainMicrotasks } from '../../test/sim/run-until.js'
import { SimBlobCluster } from '../../test/sim/sim-blob-cluster.js'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { NodeId } from '../model/node-id.js'
import type { KeptBlobStore } from './kept-blob-store.js'
import { QUORUM_LIMITS } from './quorum-blob-store.js'

blobStoreConformance('a quorum of one', async () => {
  const cluster = await SimBlobCluster.start(1)
  return {
    store: cluster.node(1).store,
    settle: (promise) => cluster.settle(promise),
    cleanUp: () => cluster.close(1),
  }
})

async function holdersOf(cluster: SimBlobCluster, digest: Digest): Promise<number[]> {
  const holders: number[] = []
  for (let i = 1; i <= cluster.ids.length; i++)
    if (
      (await cluster.settle(
        cluster.nodes.get(cluster.id(i))?.local.info(digest) ?? Promise.resolve(undefined),
      )) !== undefined
    )
      holders.push(i)
  return holders
}

async function promisedFor(store: KeptBlobStore): Promise<Digest[]> {
  const digests: Digest[] = []
  for await (const lease of store.leases())
    if (lease !== 'unreadable' && lease.untilMs >= 1_000_000 + LIMITS.blobLeaseMs) digests.push(lease.digest)
  return digests
}

async function errorOf(promise: Promise<unknown>): Promise<MarketplaceError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof MarketplaceError) return error
    throw error
  }
  throw new Error('it did not reject')
}

const bytes = blobBytes(500_000)
const digest = digestOf(bytes)

function pathOf(blob: Digest): string {
  return `blobs/${blob.slice(0, 2)}/${blob.slice(2)}`
}

describe('writing to a majority', () => {
  test('names the holders and the earliest end of their promises, and reaches all that are up', async () => {
    const cluster = await SimBlobCluster.start(3)
    const held = await cluster.settle(
      cluster.node(2).store.write(streamOf(bytes), { digest, sizeBytes: bytes.length }),
    )
    expect(held).toMatchObject({
      digest,
      sizeBytes: bytes.length,
      leaseEndMs: 1_000_000 + LIMITS.blobLeaseMs,
    })
    expect(held.holders).toContain('node-2')
    expect(held.holders.length).toBeGreaterThanOrEqual(2)
    await cluster.run(2000)
    expect(await holdersOf(cluster, digest)).toEqual([1, 2, 3])
  })

  test('works without a declared digest', async () => {
    const cluster = await SimBlobCluster.start(3)
    const held = await cluster.settle(cluster.node(1).store.write(streamOf(bytes)))
    expect(held.digest).toBe(digest)
    await cluster.run(2000)
    expect(await holdersOf(cluster, digest)).toEqual([1, 2, 3])
  })

  for (const how of ['crashed', 'cut off', 'deaf'] as const) {
    test(`one peer ${how}: the other is enough, and the writer does not wait for it`, async () => {
      const cluster = await SimBlobCluster.start(3)
      if (how === 'crashed') cluster.crash(cluster.id(3))
      if (how === 'cut off') cluster.network.partition([cluster.id(3)], [cluster.id(1), cluster.id(2)])
      if (how === 'deaf') cluster.network.block(cluster.id(1), cluster.id(3))
      const beganMs = cluster.clock.now
      const held = await cluster.settle(cluster.node(1).store.write(streamOf(bytes), { digest }))
      expect(held.holders).toEqual(['node-1', 'node-2'])
      expect(cluster.clock.now - beganMs).toBeLessThan(1000)
    })
  }

  test('one peer that takes the call and never reads: the writer goes on beyond what it holds back', async () => {
    const cluster = await SimBlobCluster.start(3)
    cluster.crash(cluster.id(3))
    const silent = cluster.network.endpoint(cluster.id(3))
    silent.setPeers(cluster.ids.map((id) => ({ id, address: '' })))
    silent.serve('blob.store', () => new Promise(() => {}))
    silent.serve('blob.info', () => new Promise(() => {}))
    await cluster.run(1000)
    const large = blobBytes(3_000_000)
    const held = await cluster.settle(
      cluster.node(1).store.write(streamOf(large), { digest: digestOf(large) }),
    )
    expect(held.holders).toEqual(['node-1', 'node-2'])
  })

  test('a large blob is streamed to no more peers than a majority needs; each peer has its turn', async () => {
    const chosen = new Set<NodeId | undefined>()
    for (let seed = 1; seed <= 8; seed++) {
      const cluster = await SimBlobCluster.start(3, seed, { quorum: { fewestFromBytes: bytes.length } })
      const { store } = cluster.node(1)
      const held = await cluster.settle(store.write(streamOf(bytes), { digest, sizeBytes: bytes.length }))
      await cluster.run(5000)
      expect(await holdersOf(cluster, digest)).toHaveLength(2)
      expect(held.holders).toHaveLength(2)
      chosen.add(held.holders[1])
      const small = bytes.slice(1)
      await cluster.settle(store.write(streamOf(small), { sizeBytes: small.length }))
      await cluster.run(2000)
      expect(await holdersOf(cluster, digestOf(small))).toEqual([1, 2, 3])
    }
    expect([...chosen].sort()).toEqual(['node-2', 'node-3'])
  })

  test('the only peer that a large blob is streamed to fails: another steps in, and the one that failed is asked last from then on', async () => {
    let steppedIn = 0
    for (let seed = 1; seed <= 8; seed++) {
      const cluster = await SimBlobCluster.start(3, seed, { quorum: { fewestFromBytes: 1, stepInMs: 1000 } })
      cluster.network.partition([cluster.id(2)], [cluster.id(1), cluster.id(3)])
      const write = async (blob: Uint8Array) => {
        const beganMs = cluster.clock.now
        const expected = { digest: digestOf(blob), sizeBytes: blob.length }
        const held = await cluster.settle(cluster.node(1).store.write(streamOf(blob), expected))
        expect(held.holders).toEqual(['node-1', 'node-3'])
        return cluster.clock.now - beganMs
      }
      let slow = 0
      for (let n = 0; n < 5; n++) if ((await write(bytes.slice(n))) >= 1000) slow++
      expect(slow).toBeLessThanOrEqual(1)
      steppedIn += slow
    }
    expect(steppedIn).toBeGreaterThan(0)
  })

  test('a peer that stored other bytes is no holder', async () => {
    const cluster = await SimBlobCluster.start(2)
    cluster.crash(cluster.id(2))
    const lying = cluster.network.endpoint(cluster.id(2))
    lying.setPeers(cluster.ids.map((id) => ({ id, address: '' })))
    const { encodeInfoReply, encodeStoreReply } = await import('./blob-message.js')
    const other = { digest: digestOf(blobBytes(1)), sizeBytes: bytes.length, leaseEndMs: 1 }
    lying.serve('blob.store', async (_from, call) => {
      for await (const _ of call.body ?? []);
      return { header: encodeStoreReply(other) }
    })
    lying.serve('blob.info', async () => ({ header: encodeInfoReply({}) }))
    await cluster.run(1000)
    const error = await cluster.settle(errorOf(cluster.node(1).store.write(streamOf(bytes))))
    expect(error).toMatchObject({ reason: 'NO_QUORUM', details: { holders: 'node-1' } })
    expect(error.details.failures).toContain(`node-2: stored ${other.digest} instead`)
  })

  test('no peer in reach: NO_QUORUM names who holds it; the own copy stays, and a second try succeeds', async () => {
    const cluster = await SimBlobCluster.start(3)
    cluster.network.partition([cluster.id(1)], [cluster.id(2), cluster.id(3)])
    const error = await cluster.settle(errorOf(cluster.node(1).store.write(streamOf(bytes), { digest })))
    expect(error).toMatchObject({ reason: 'NO_QUORUM', code: 'UNAVAILABLE', details: { holders: 'node-1' } })
    expect(error.message).toContain('1 of 3 voters (node-1)')
    expect(await holdersOf(cluster, digest)).toEqual([1])
    cluster.network.heal()
    await cluster.run(1000)
    const held = await cluster.settle(cluster.node(1).store.write(streamOf(bytes), { digest }))
    expect(held.holders.length).toBeGreaterThanOrEqual(2)
  })

  test('a majority that comes back within the deadline is enough: the blob is sent again from the own disk', async () => {
    const cluster = await SimBlobCluster.start(3)
    cluster.network.partition([cluster.id(1)], [cluster.id(2), cluster.id(3)])
    const writing = cluster.node(1).store.write(streamOf(bytes), { digest })
    cluster.clock.schedule(3000, () => cluster.network.heal())
    expect((await cluster.settle(writing)).holders).toHaveLength(2)
  })

  test('in a joint configuration a majority of both halves is needed', async () => {
    const cluster = await SimBlobCluster.start(5)
    const [a, b, c, d, e] = cluster.ids as [NodeId, NodeId, NodeId, NodeId, NodeId]
    cluster.halves = [
      [a, b, c],
      [c, d, e],
    ]
    cluster.network.partition([a, b, c], [d, e])
    expect(await cluster.settle(reasonOf(cluster.node(1).store.write(streamOf(bytes), { digest })))).toBe(
      'NO_QUORUM',
    )
    cluster.network.heal()
    cluster.network.partition([a, c, d], [b, e])
    await cluster.run(1000)
    const held = await cluster.settle(cluster.node(1).store.write(streamOf(bytes), { digest }))
    expect(held.holders).toEqual([a, c, d])
  })

  test('a node that has joined and heard of no voter yet refuses at once: nobody is no majority', async () => {
    const cluster = await SimBlobCluster.start(3)
    cluster.halves = []
    const { store } = cluster.node(1)
    for (const work of [
      () => store.write(streamOf(bytes), { digest }),
      () => store.ensure(digest),
      () => store.together([{ digest, sizeBytes: bytes.length, holders: [], leaseEndMs: 1 }]),
    ])
      expect(await cluster.settle(reasonOf(work()))).toBe('NO_QUORUM')
  })

  test('bytes that are not the declared ones are on no disk afterwards', async () => {
    const cluster = await SimBlobCluster.start(3)
    const other = digestOf(blobBytes(5))
    const { store } = cluster.node(1)
    expect(await cluster.settle(reasonOf(store.write(streamOf(bytes), { digest: other })))).toBe(
      'HASH_MISMATCH',
    )
    expect(await cluster.settle(reasonOf(store.write(streamOf(bytes), { sizeBytes: 7 })))).toBe(
      'SIZE_MISMATCH',
    )
    await cluster.run(5000)
    expect(await holdersOf(cluster, other)).toEqual([])
    for (const id of cluster.ids)
      expect(
        cluster.disks
          .get(id)
          ?.files()
          .filter(({ path }) => path.includes('tmp/')),
      ).toEqual([])
  })

  test('an upload that is cut leaves nothing on any disk', async () => {
    const cluster = await SimBlobCluster.start(3)
    const writing = cluster.node(1).store.write(streamOf(bytes, 32 * 1024, 300_000), { digest })
    await expect(cluster.settle(writing)).rejects.toThrow(UploadCut)
    await cluster.run(5000)
    expect(await holdersOf(cluster, digest)).toEqual([])
    for (const id of cluster.ids)
      expect(
        cluster.disks
          .get(id)
          ?.files()
          .filter(({ path }) => path.includes('tmp/')),
      ).toEqual([])
  })

  test('a full own disk is STORAGE_FAILED at once; a full disk of a peer only costs a holder', async () => {
    const cluster = await SimBlobCluster.start(3)
    cluster.disk(1).capacityBytes = 100_000
    expect(await cluster.settle(reasonOf(cluster.node(1).store.write(streamOf(bytes), { digest })))).toBe(
      'STORAGE_FAILED',
    )
    const held = await cluster.settle(cluster.node(2).store.write(streamOf(bytes), { digest }))
    expect(held.holders).toEqual(['node-2', 'node-3'])
  })

  test('the source is not pulled far ahead of a majority that is slow', async () => {
    const cluster = await SimBlobCluster.start(3, 1, { quorum: { stallMs: 600_000 } })
    cluster.network.setFaults({ bytesPerMs: 50, windowBytes: 16 * 1024 })
    let pulled = 0
    async function* source() {
      for await (const piece of streamOf(blobBytes(2_000_000), 16 * 1024)) {
        pulled += piece.length
        yield piece
      }
    }
    void cluster
      .node(1)
      .store.write(source())
      .catch(() => {})
    await cluster.run(2000)
    // Two seconds carry 100 kB to each peer; window and buffers are 64 + 16 KiB.
    expect(pulled).toBeLessThan(300_000)
  })

  test('closing ends a write that waits, with SHUTTING_DOWN', async () => {
    const cluster = await SimBlobCluster.start(3)
    cluster.network.partition([cluster.id(1)], [cluster.id(2), cluster.id(3)])
    const reason = reasonOf(cluster.node(1).store.write(streamOf(bytes), { digest }))
    cluster.clock.schedule(500, () => void cluster.node(1).store[Symbol.asyncDispose]())
    expect(await cluster.settle(reason)).toBe('SHUTTING_DOWN')
    expect(await cluster.settle(reasonOf(cluster.node(1).store.write(streamOf(bytes))))).toBe('SHUTTING_DOWN')
  })
})

describe('ensuring a blob that was uploaded before', () => {
  test('it is held by a majority already: its holders are asked and promise anew', async () => {
    const cluster = await SimBlobCluster.start(3)
    await cluster.settle(cluster.node(1).store.write(streamOf(bytes), { digest }))
    await cluster.run(2000)
    cluster.logTimeMs += 50_000
    const held = await cluster.settle(cluster.node(2).store.ensure(digest))
    expect(held).toMatchObject({
      digest,
      sizeBytes: bytes.length,
      leaseEndMs: 1_050_000 + LIMITS.blobLeaseMs,
    })
    expect(held.holders.length).toBeGreaterThanOrEqual(2)
  })

  test('only a peer holds it: it is fetched and pushed on', async () => {
    const cluster = await SimBlobCluster.start(3)
    await cluster.settle(cluster.node(3).local.write(streamOf(bytes)))
    const held = await cluster.settle(cluster.node(1).store.ensure(digest))
    expect(held.holders).toContain('node-1')
    await cluster.run(2000)
    expect((await holdersOf(cluster, digest)).length).toBeGreaterThanOrEqual(2)
  })

  test('nobody holds it: BLOB_MISSING; nobody in reach does: UNREACHABLE', async () => {
    const cluster = await SimBlobCluster.start(3)
    expect(await cluster.settle(reasonOf(cluster.node(1).store.ensure(digest)))).toBe('BLOB_MISSING')
    cluster.crash(cluster.id(3))
    expect(await cluster.settle(reasonOf(cluster.node(1).store.ensure(digest)))).toBe('UNREACHABLE')
  })

  test('no majority in reach: NO_QUORUM', async () => {
    const cluster = await SimBlobCluster.start(3)
    await cluster.settle(cluster.node(1).local.write(streamOf(bytes)))
    cluster.network.partition([cluster.id(1)], [cluster.id(2), cluster.id(3)])
    expect(await cluster.settle(reasonOf(cluster.node(1).store.ensure(digest)))).toBe('NO_QUORUM')
  })
})

describe('two blobs of one publish', () => {
  test('that reached different majorities are brought together on one', async () => {
    const cluster = await SimBlobCluster.start(3)
    const [a, b, c] = cluster.ids as [NodeId, NodeId, NodeId]
    cluster.network.partition([c], [a, b])
    const content = await cluster.settle(cluster.node(1).store.write(streamOf(bytes)))
    cluster.network.heal()
    cluster.network.partition([b], [a, c])
    await cluster.run(1000)
    const readme = await cluster.settle(cluster.node(1).store.write(streamOf(blobBytes(50))))
    expect([content.holders, readme.holders]).toEqual([
      [a, b],
      [a, c],
    ])
    const together = await cluster.settle(cluster.node(1).store.together([content, readme]))
    expect(together.holders).toEqual([a, c])
    for (const { digest: blob } of [content, readme])
      expect(await cluster.settle(cluster.node(3).local.verify(blob))).toBe(true)
  })

  test('that are on one majority already cost no call', async () => {
    const cluster = await SimBlobCluster.start(3)
    cluster.crash(cluster.id(3))
    const blobs = [bytes, blobBytes(50)].map((blob) => cluster.node(1).store.write(streamOf(blob)))
    const held = await cluster.settle(Promise.all(blobs))
    const nowMs = cluster.clock.now
    expect(await cluster.settle(cluster.node(1).store.together(held))).toMatchObject({
      holders: ['node-1', 'node-2'],
    })
    expect(cluster.clock.now).toBe(nowMs)
  })
})

describe('reading', () => {
  test('what is not here is streamed from a peer and kept', async () => {
    const cluster = await SimBlobCluster.start(3)
    await cluster.settle(cluster.node(3).local.write(streamOf(bytes)))
    expect(await cluster.settle(cluster.node(1).store.info(digest))).toEqual({
      digest,
      sizeBytes: bytes.length,
    })
    const { info, body } = await cluster.settle(cluster.node(1).store.read(digest))
    expect(info).toEqual({ digest, sizeBytes: bytes.length })
    expect(digestOf(await cluster.settle(bytesOf(body)))).toBe(digest)
    await cluster.run(1000)
    expect(await holdersOf(cluster, digest)).toEqual([1, 3])
  })

  test('a part of what is not here comes from a peer, and the blob is reported missing', async () => {
    const cluster = await SimBlobCluster.start(3)
    await cluster.settle(cluster.node(3).local.write(streamOf(bytes)))
    const missing: Digest[] = []
    cluster.node(1).store.onMissing((blob) => missing.push(blob))
    const reading = cluster.node(1).store.read(digest, { offset: 1000, lengthBytes: 100_000 })
    const part = await cluster.settle(reading.then(({ body }) => bytesOf(body)))
    expect(digestOf(part)).toBe(digestOf(bytes.slice(1000, 101_000)))
    expect(missing).toEqual([digest])
  })

  test('nobody has it: BLOB_NOT_FOUND; some cannot be asked: UNREACHABLE', async () => {
    const cluster = await SimBlobCluster.start(3)
    expect(await cluster.settle(reasonOf(cluster.node(1).store.read(digest)))).toBe('BLOB_NOT_FOUND')
    expect(await cluster.settle(cluster.node(1).store.info(digest))).toBeUndefined()
    cluster.crash(cluster.id(2))
    expect(await cluster.settle(reasonOf(cluster.node(1).store.read(digest)))).toBe('UNREACHABLE')
  })

  test('a dead peer does not hold up a read that a live one can serve', async () => {
    const cluster = await SimBlobCluster.start(3)
    await cluster.settle(cluster.node(3).local.write(streamOf(bytes)))
    cluster.network.block(cluster.id(1), cluster.id(2))
    const beganMs = cluster.clock.now
    await cluster.settle(readAll(cluster.node(1).store, digest))
    expect(cluster.clock.now - beganMs).toBeLessThan(300)
  })

  test('a peer that dies in the middle is replaced by the next, without a byte lost or repeated', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = await SimBlobCluster.start(3, seed)
      for (const number of [2, 3]) await cluster.settle(cluster.node(number).local.write(streamOf(bytes)))
      const { body } = await cluster.settle(cluster.node(1).store.read(digest))
      cluster.network.setFaults({ bytesPerMs: 2000 })
      const reading = bytesOf(body)
      cluster.clock.schedule(60, () => cluster.crash(cluster.id(2 + (seed % 2))))
      expect(digestOf(await cluster.settle(reading))).toBe(digest)
      await cluster.run(1000)
      expect(await holdersOf(cluster, digest)).toContain(1)
    }
  })

  test('a peer that stalls in the middle is replaced by the next', async () => {
    const cluster = await SimBlobCluster.start(3)
    for (const number of [2, 3]) await cluster.settle(cluster.node(number).local.write(streamOf(bytes)))
    cluster.crash(cluster.id(2))
    const stalling = cluster.network.endpoint(cluster.id(2))
    stalling.setPeers(cluster.ids.map((id) => ({ id, address: '' })))
    const { decodeFetchRequest, encodeFetchReply, encodeInfoReply } = await import('./blob-message.js')
    stalling.serve('blob.info', async () => ({
      header: encodeInfoReply({ found: { sizeBytes: bytes.length, leaseEndMs: 0 } }),
    }))
    stalling.serve('blob.fetch', async (_from, call) => {
      const { offset } = decodeFetchRequest(call.header)
      async function* body() {
        yield bytes.slice(offset, offset + 10_000)
        await new Promise(() => {})
      }
      return { header: encodeFetchReply({ sizeBytes: bytes.length }), body: body() }
    })
    cluster.network.slow(cluster.id(3), cluster.id(1), 50)
    await cluster.run(1000)
    const beganMs = cluster.clock.now
    expect(digestOf(await cluster.settle(readAll(cluster.node(1).store, digest)))).toBe(digest)
    expect(cluster.clock.now - beganMs).toBeLessThan(10_000)
  })

  test('a peer that sends wrong bytes is found out before the last piece, and nothing of it is kept', async () => {
    const cluster = await SimBlobCluster.start(2)
    cluster.crash(cluster.id(2))
    const lying = cluster.network.endpoint(cluster.id(2))
    lying.setPeers(cluster.ids.map((id) => ({ id, address: '' })))
    const { encodeFetchReply, encodeInfoReply } = await import('./blob-message.js')
    const wrong = bytes.slice()
    wrong[100] = (wrong[100] as number) ^ 1
    lying.serve('blob.info', async () => ({
      header: encodeInfoReply({ found: { sizeBytes: bytes.length, leaseEndMs: 0 } }),
    }))
    lying.serve('blob.fetch', async () => ({
      header: encodeFetchReply({ sizeBytes: bytes.length }),
      body: streamOf(wrong),
    }))
    await cluster.run(1000)
    const { body } = await cluster.settle(cluster.node(1).store.read(digest))
    let received = 0
    const reading = (async () => {
      for await (const piece of body) received += piece.length
    })()
    expect(await cluster.settle(reasonOf(reading))).toBe('BLOB_CORRUPT')
    expect(received).toBeLessThan(bytes.length)
    await cluster.run(1000)
    expect(await holdersOf(cluster, digest)).toEqual([])
    expect(await cluster.settle(reasonOf(cluster.node(1).store.fetch(digest)))).toBe('BLOB_CORRUPT')
  })

  test('an own copy that is damaged is set aside: a small blob comes from a peer at once, a large one at the next read', async () => {
    const small = blobBytes(5000)
    for (const [blob, first] of [
      [small, 'none'],
      [bytes, 'BLOB_CORRUPT'],
    ] as const) {
      const cluster = await SimBlobCluster.start(3)
      const blobDigest = digestOf(blob)
      await cluster.settle(cluster.node(1).store.write(streamOf(blob)))
      await cluster.run(1000)
      cluster.disk(1).flipBit(pathOf(blobDigest), blob.length - 10, 1)
      expect(await cluster.settle(reasonOf(readAll(cluster.node(1).store, blobDigest)))).toBe(first)
      expect(digestOf(await cluster.settle(readAll(cluster.node(1).store, blobDigest)))).toBe(blobDigest)
    }
  })

  test('a reader that leaves early leaves nothing behind', async () => {
    const cluster = await SimBlobCluster.start(3)
    await cluster.settle(cluster.node(3).local.write(streamOf(bytes)))
    const leave = async () => {
      for await (const _ of (await cluster.node(1).store.read(digest)).body) return
    }
    await cluster.settle(leave())
    await cluster.run(2000)
    expect(cluster.network.calls).toBe(0)
    expect(
      cluster
        .disk(1)
        .files()
        .filter(({ path }) => path.includes('tmp/')),
    ).toEqual([])
  })
})

test('through crashes, cuts and damage, what was acknowledged is on a majority of disks and right', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const fewestFromBytes = seed % 2 === 0 ? 50_000 : QUORUM_LIMITS.fewestFromBytes
    const cluster = await SimBlobCluster.start(3, seed, { quorum: { fewestFromBytes } })
    const { random } = cluster
    cluster.network.setFaults({ cutPermille: 15 })
    const acknowledged = new Map<Digest, readonly NodeId[]>()
    for (let round = 0; round < 12; round++) {
      const number = 1 + random.below(3)
      const node = cluster.nodes.get(cluster.id(number))
      if (node === undefined) {
        await cluster.boot(cluster.id(number))
        continue
      }
      const blob = blobBytes(random.below(200_000), random.below(1000) + 1)
      const blobDigest = digestOf(blob)
      const declared = { digest: blobDigest, sizeBytes: blob.length }
      const writing = node.store.write(streamOf(blob, 9000), declared).then(
        (held) => acknowledged.set(blobDigest, held.holders),
        () => {},
      )
      const luck = random.below(4)
      if (luck === 0)
        cluster.clock.schedule(random.below(200), () => cluster.crash(cluster.id(1 + random.below(3))))
      if (luck === 1) cluster.network.block(cluster.id(1 + random.below(3)), cluster.id(1 + random.below(3)))
      if (luck === 2) cluster.network.heal()
      await Promise.race([cluster.run(20_000), writing])
      await drainMicrotasks()
    }
    for (const id of cluster.ids) cluster.crash(id)
    cluster.network.heal()
    cluster.network.setFaults({ cutPermille: 0 })
    for (const id of cluster.ids) await cluster.boot(id)
    for (const [blobDigest, holders] of acknowledged) {
      expect(holders.length, `seed ${seed}`).toBeGreaterThanOrEqual(2)
      for (const holder of holders) {
        const local = cluster.nodes.get(holder)?.local
        expect(local, `seed ${seed}`).toBeDefined()
        if (local === undefined) continue
        expect(digestOf(await cluster.settle(readAll(local, blobDigest))), `seed ${seed}`).toBe(blobDigest)
        expect(await cluster.settle(promisedFor(local)), `seed ${seed}`).toContain(blobDigest)
      }
    }
  }
}, 60_000)
