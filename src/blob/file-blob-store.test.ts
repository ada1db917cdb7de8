import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import {
  blobBytes,
  bytesOf,
  digestOf,
  keptBlobStoreConformance,
  readAll,
  reasonOf,
  streamOf,
} from '../../test/conformance/blob-store.js'
import { drainMicrotasks, runUntil } from '../../test/sim/run-until.js'
import { SeededRandom } from '../../test/sim/seeded-random.js'
import { SimClock } from '../../test/sim/sim-clock.js'
import { SimDisk } from '../../test/sim/sim-disk.js'
import type { Digest } from '../model/content-hash.js'
import { NodeFileSystem } from '../runtime/node-file-system.js'
import { FileBlobStore } from './file-blob-store.js'

function world(seed = 1) {
  const clock = new SimClock()
  const disk = new SimDisk({ clock: clock.forNode(), random: new SeededRandom(seed) })
  const settle = <V>(promise: Promise<V>) => runUntil(clock, promise)
  const open = () => settle(FileBlobStore.open({ files: disk.fileSystem() }))
  return { clock, disk, settle, open }
}

function pathOf(digest: Digest): string {
  return `blobs/${digest.slice(0, 2)}/${digest.slice(2)}`
}

keptBlobStoreConformance('files on the simulated disk', async () => {
  const { settle, open } = world()
  const store = await open()
  return { store, settle, cleanUp: () => settle(store[Symbol.asyncDispose]()) }
})

keptBlobStoreConformance('files on the disk', async () => {
  const root = await mkdtemp(join(tmpdir(), 'blob-store-'))
  const store = await FileBlobStore.open({ files: new NodeFileSystem(root) })
  return {
    store,
    settle: (promise) => promise,
    cleanUp: async () => {
      await store[Symbol.asyncDispose]()
      await rm(root, { recursive: true })
    },
  }
})

describe('after a power cut', () => {
  test('an acknowledged blob and its lease are there, whatever else was under way', async () => {
    for (let seed = 1; seed <= 150; seed++) {
      const { clock, disk, settle, open } = world(seed)
      const random = new SeededRandom(seed ^ 0x5eed)
      const store = await open()
      const acknowledged = new Map<Digest, number>()
      const everything = new Map<Digest, Uint8Array>()
      for (let i = 0; i < 6; i++) {
        const bytes = blobBytes(random.below(40_000), random.below(4) + 1)
        const digest = digestOf(bytes)
        everything.set(digest, bytes)
        const untilMs = 86_400_000 + i
        store.write(streamOf(bytes, 7000), { digest }, { keepUntilMs: untilMs }).then(
          () => acknowledged.set(digest, untilMs),
          () => {},
        )
      }
      for (let events = random.below(120); events > 0 && clock.pending > 0; events--) {
        clock.runNext()
        await drainMicrotasks()
      }
      if (random.below(2) === 0) {
        disk.kill()
        const between = await open()
        // A blob found after the kill may not be durable yet: keeping it, or writing it again, must make it so.
        const rewritten = random.below(2) === 0
        for (const [digest, bytes] of everything) {
          const kept = rewritten
            ? between.write(streamOf(bytes), {}, { keepUntilMs: 90_000_000 })
            : between.keep(digest, 90_000_000)
          if ((await settle(kept)) !== undefined) acknowledged.set(digest, 90_000_000)
        }
      }
      disk.crash()
      const again = await open()
      for (const digest of everything.keys()) {
        const held = await settle(again.info(digest))
        expect(held !== undefined || !acknowledged.has(digest), `seed ${seed}: ${digest} is lost`).toBe(true)
        if (held !== undefined)
          expect(digestOf(await settle(readAll(again, digest))), `seed ${seed}`).toBe(digest)
      }
      const leases = new Map<Digest, number[]>()
      for await (const lease of settled(settle, again.leases()))
        if (lease !== 'unreadable')
          leases.set(lease.digest, [...(leases.get(lease.digest) ?? []), lease.untilMs])
      for (const [digest, untilMs] of acknowledged)
        expect(leases.get(digest), `seed ${seed}`).toContain(untilMs)
      expect(disk.files().filter(({ path }) => path.startsWith('blobs/tmp/'))).toEqual([])
    }
  })
})

describe('what this store says that it holds', () => {
  for (const [how, claim] of [
    ['holds', (store: FileBlobStore, digest: Digest) => store.holds(digest)],
    [
      'digests',
      async (store: FileBlobStore, digest: Digest) => {
        for await (const held of store.digests()) if (held === digest) return true
        return false
      },
    ],
  ] as const) {
    test(`${how}: outlives a loss of power, although its name was given in the moment in which an earlier life was killed`, async () => {
      let claimed = 0
      for (let seed = 1; seed <= 40; seed++) {
        const { clock, disk, settle, open } = world(seed)
        const store = await open()
        const bytes = blobBytes(2_000)
        const digest = digestOf(bytes)
        let named = false
        disk.fault = (operation) => {
          if (operation.type !== 'sync-folder' || operation.path !== `blobs/${digest.slice(0, 2)}`)
            return undefined
          named = true
          disk.fault = undefined
          disk.kill()
          return undefined
        }
        store.write(streamOf(bytes), { digest }).catch(() => {})
        while (!named) {
          clock.runNext()
          await drainMicrotasks()
        }
        const between = await open()
        expect(await settle(between.info(digest))).toBeDefined()
        if (!(await settle(claim(between, digest)))) continue
        claimed++
        disk.crash()
        expect(await settle((await open()).info(digest)), `seed ${seed}`).toBeDefined()
      }
      expect(claimed).toBe(40)
    })
  }
})

/** Iterates while simulated time passes. */
async function* settled<T>(
  settle: <V>(promise: Promise<V>) => Promise<V>,
  items: AsyncIterable<T>,
): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]()
  for (let next = await settle(iterator.next()); next.done !== true; next = await settle(iterator.next()))
    yield next.value
}

describe('a disk that fails', () => {
  const bytes = blobBytes(2_000_000)
  const digest = digestOf(bytes)
  for (const [type, place, code] of [
    ['write', 'blobs/tmp/0', 'ENOSPC'],
    ['sync', 'blobs/tmp/0', 'EIO'],
    ['open', 'blobs/tmp/0', 'EACCES'],
    ['make', `blobs/${digest.slice(0, 2)}`, 'ENOSPC'],
    ['sync-folder', 'blobs', 'EIO'],
    ['rename', 'blobs/tmp/0', 'EIO'],
    ['sync-folder', `blobs/${digest.slice(0, 2)}`, 'EIO'],
  ] as const) {
    test(`${code} on ${type} of ${place}: STORAGE_FAILED, the blob is not held, and the next write succeeds`, async () => {
      const { disk, settle } = world()
      const limits = { sliceBytes: 100_000, syncEveryBytes: 500_000 }
      const store = await settle(FileBlobStore.open({ files: disk.fileSystem(), ...limits }))
      let failures = 0
      disk.fault = (operation) => {
        if (failures > 0 || operation.type !== type || operation.path !== place) return undefined
        failures++
        return code
      }
      expect(await settle(reasonOf(store.write(streamOf(bytes), { digest })))).toBe('STORAGE_FAILED')
      expect(failures).toBe(1)
      expect(await settle(store.info(digest))).toBeUndefined()
      expect(await settle(store.stats())).toEqual({ blobs: 0, bytes: 0 })
      expect(disk.files().filter(({ path }) => path.startsWith('blobs/tmp/'))).toEqual([])
      await settle(store.write(streamOf(bytes), { digest }))
      disk.crash()
      const again = await settle(FileBlobStore.open({ files: disk.fileSystem() }))
      expect(digestOf(await settle(readAll(again, digest)))).toBe(digest)
    })
  }

  test('a lease that could not be written fails the write, and later leases are kept', async () => {
    const { disk, settle, open } = world()
    const store = await open()
    await settle(store.write(streamOf(blobBytes(10)), {}, { keepUntilMs: 1000 }))
    disk.fault = (operation) =>
      operation.type === 'write' && operation.path.includes('leases') ? 'EIO' : undefined
    expect(await settle(reasonOf(store.write(streamOf(blobBytes(20)), {}, { keepUntilMs: 1001 })))).toBe(
      'STORAGE_FAILED',
    )
    disk.fault = undefined
    const { digest } = await settle(store.write(streamOf(blobBytes(30)), {}, { keepUntilMs: 1002 }))
    disk.crash()
    const again = await open()
    const found: number[] = []
    for await (const lease of settled(settle, again.leases()))
      if (lease !== 'unreadable' && lease.digest === digest) found.push(lease.untilMs)
    expect(found).toEqual([1002])
  })
})

describe('damaged bytes', () => {
  async function damaged(sizeBytes: number) {
    const { clock, disk, settle, open } = world()
    const store = await open()
    const bytes = blobBytes(sizeBytes)
    const { digest } = await settle(store.write(streamOf(bytes)))
    disk.flipBit(pathOf(digest), sizeBytes >> 1, 3)
    return { clock, disk, settle, open, store, bytes, digest }
  }

  test('a read of the whole blob fails before its last piece, and the file is set aside', async () => {
    const { disk, settle, store, digest } = await damaged(1_000_000)
    const { body } = await settle(store.read(digest))
    let received = 0
    const reading = (async () => {
      for await (const chunk of body) received += chunk.length
    })()
    expect(await settle(reasonOf(reading))).toBe('BLOB_CORRUPT')
    expect(received).toBeLessThan(1_000_000)
    expect(await settle(store.info(digest))).toBeUndefined()
    expect(disk.files().map(({ path }) => path)).toContain(`${pathOf(digest)}.damaged`)
    expect(await settle(store.stats())).toEqual({ blobs: 0, bytes: 0 })
  })

  test('verify says so once, sets the file aside, and good bytes can be written in its place', async () => {
    const { settle, store, bytes, digest } = await damaged(300_000)
    expect((await settle(store.stats())).blobs).toBe(1)
    expect(await settle(store.verify(digest))).toBe(false)
    expect(await settle(reasonOf(store.verify(digest)))).toBe('BLOB_NOT_FOUND')
    expect((await settle(store.stats())).blobs).toBe(0)
    await settle(store.write(streamOf(bytes)))
    expect(await settle(store.verify(digest))).toBe(true)
    await settle(store.delete(digest))
  })

  test('a blob that rotted unseen is made whole by the next write of its bytes', async () => {
    const { settle, store, bytes, digest } = await damaged(300_000)
    await settle(store.stats())
    await settle(store.write(streamOf(bytes)))
    expect(await settle(store.verify(digest))).toBe(true)
    expect(await settle(store.stats())).toEqual({ blobs: 1, bytes: 300_000 })
  })

  test('a failed sync of the folder does not take away a copy that was there before', async () => {
    const { disk, settle, open } = world()
    const store = await open()
    const bytes = blobBytes(1000)
    const { digest } = await settle(store.write(streamOf(bytes)))
    disk.fault = (operation) =>
      operation.type === 'sync-folder' && operation.path === pathOf(digest).slice(0, 8) ? 'EIO' : undefined
    expect(await settle(reasonOf(store.write(streamOf(bytes))))).toBe('STORAGE_FAILED')
    disk.fault = undefined
    expect(await settle(store.info(digest))).toEqual({ digest, sizeBytes: 1000 })
    disk.crash()
    expect(digestOf(await settle(readAll(await open(), digest)))).toBe(digest)
  })

  test('a file cut short is replaced by the next write of its bytes', async () => {
    const { disk, settle, store, bytes, digest } = await damaged(300_000)
    const file = await settle(disk.fileSystem().open(pathOf(digest), 'open'))
    await settle(file.truncate(1000))
    await settle(file.close())
    await settle(store.write(streamOf(bytes)))
    expect(digestOf(await settle(readAll(store, digest)))).toBe(digest)
  })

  test('two readers of one damaged blob do not set aside the good bytes that came between', async () => {
    const { settle, store, bytes, digest } = await damaged(1_000_000)
    const slow = (await settle(store.read(digest))).body[Symbol.asyncIterator]()
    await settle(slow.next())
    expect(await settle(store.verify(digest))).toBe(false)
    await settle(store.write(streamOf(bytes)))
    const rest = (async () => {
      while ((await slow.next()).done !== true);
    })()
    expect(await settle(reasonOf(rest))).toBe('BLOB_CORRUPT')
    expect(digestOf(await settle(bytesOf((await settle(store.read(digest))).body)))).toBe(digest)
  })

  /** Reads of this blob, under whichever name, fail for as long as the fault is there. */
  async function unreadable() {
    const { clock, disk, settle, open } = world()
    const store = await open()
    const { digest } = await settle(store.write(streamOf(blobBytes(300_000))))
    disk.fault = (operation) =>
      operation.type === 'read' && operation.path.startsWith(pathOf(digest)) ? 'EIO' : undefined
    expect(await settle(store.verify(digest))).toBe(false)
    expect(await settle(store.info(digest))).toBeUndefined()
    expect(await settle(store.takeBack(digest))).toBe(false)
    expect(await settle(store.info(digest))).toBeUndefined()
    return { clock, disk, settle, open, store, digest }
  }

  test('a file that could not be read is set aside, and taken back once its bytes can be read and are right', async () => {
    const { disk, settle, open, store, digest } = await unreadable()
    await settle(store.stats())
    disk.fault = undefined
    expect(await settle(store.takeBack(digest))).toBe(true)
    expect(await settle(store.stats())).toEqual({ blobs: 1, bytes: 300_000 })
    disk.crash()
    expect(digestOf(await settle(readAll(await open(), digest)))).toBe(digest)
  })

  test('a file that was set aside unread is taken back in a later life, too', async () => {
    const { disk, settle, open, digest } = await unreadable()
    disk.crash()
    disk.fault = undefined
    const again = await open()
    expect(await settle(again.takeBack(digest))).toBe(true)
    expect(await settle(again.verify(digest))).toBe(true)
  })

  test('a file that was set aside unread and is wrong is not taken back, nor read a second time', async () => {
    const { disk, settle, store, digest } = await unreadable()
    disk.flipBit(`${pathOf(digest)}.unread`, 5, 5)
    let reads = 0
    disk.fault = ({ type }) => {
      if (type === 'read') reads++
      return undefined
    }
    expect(await settle(store.takeBack(digest))).toBe(false)
    expect(reads).toBeGreaterThan(0)
    expect(disk.files().map(({ path }) => path)).toContain(`${pathOf(digest)}.damaged`)
    reads = 0
    expect(await settle(store.takeBack(digest))).toBe(false)
    expect(reads).toBe(0)
  })

  test('bytes that a write has brought meanwhile stay, whatever was set aside', async () => {
    const { disk, settle, store, digest } = await unreadable()
    disk.fault = undefined
    disk.flipBit(`${pathOf(digest)}.unread`, 5, 5)
    await settle(store.write(streamOf(blobBytes(300_000))))
    expect(await settle(store.takeBack(digest))).toBe(true)
    expect(await settle(store.verify(digest))).toBe(true)
  })

  test('a blob that is deleted leaves nothing, whatever was set aside', async () => {
    const { disk, settle, store, digest } = await unreadable()
    await settle(store.delete(digest))
    expect(disk.files().filter(({ path }) => path.startsWith(pathOf(digest)))).toEqual([])
    disk.fault = undefined
    expect(await settle(store.takeBack(digest))).toBe(false)
  })

  test('a damaged lease record is reported, the others are read', async () => {
    const { disk, settle, store } = await damaged(10)
    const { digest } = await settle(store.write(streamOf(blobBytes(11)), {}, { keepUntilMs: 1 }))
    await settle(store.keep(digest, 2))
    await settle(store.keep(digest, 3))
    const file = disk.files().find(({ path }) => path.includes('leases/'))?.path as string
    disk.flipBit(file, 8 + 44 + 5, 0)
    const found: unknown[] = []
    for await (const lease of settled(settle, store.leases())) found.push(lease)
    expect(found).toEqual([{ digest, untilMs: 1 }, 'unreadable', { digest, untilMs: 3 }])
  })
})

test('a closed store refuses to write and to promise', async () => {
  const { settle, open } = world()
  const store = await open()
  const { digest } = await settle(store.write(streamOf(blobBytes(10))))
  await settle(store[Symbol.asyncDispose]())
  expect(await settle(reasonOf(store.write(streamOf(blobBytes(11)))))).toBe('SHUTTING_DOWN')
  expect(await settle(reasonOf(store.keep(digest, 1)))).toBe('SHUTTING_DOWN')
})

test('a stray file among the blobs is neither listed nor counted nor touched', async () => {
  const { disk, settle, open } = world()
  const store = await open()
  const { digest } = await settle(store.write(streamOf(blobBytes(10))))
  const files = disk.fileSystem()
  await settle(files.open(`blobs/${digest.slice(0, 2)}/notes`, 'create').then((file) => file.close()))
  const listed: unknown[] = []
  for await (const info of settled(settle, (await open()).list())) listed.push(info)
  expect(listed).toEqual([{ digest, sizeBytes: 10 }])
  expect(await settle(store.stats())).toEqual({ blobs: 1, bytes: 10 })
})

describe('memory', () => {
  let root: string
  afterEach(async () => await rm(root, { recursive: true, force: true }))

  test('a fast source is held back to two slices while the disk is slow', async () => {
    root = await mkdtemp(join(tmpdir(), 'blob-memory-'))
    const { clock, disk, settle } = world()
    const store = await settle(FileBlobStore.open({ files: disk.fileSystem(), sliceBytes: 100_000 }))
    let pulled = 0
    async function* source() {
      for (let i = 0; i < 100; i++) {
        pulled++
        yield blobBytes(10_000, i + 1)
      }
    }
    const writing = store.write(source())
    await drainMicrotasks()
    for (let slices = 0; slices < 8 && clock.pending > 0; slices++) {
      const written = disk.files().find(({ path }) => path.startsWith('blobs/tmp/'))?.sizeBytes ?? 0
      expect(pulled * 10_000 - written).toBeLessThanOrEqual(210_000)
      clock.runNext()
      await drainMicrotasks()
    }
    await settle(writing)
    expect(pulled).toBe(100)
  })
})
