import { createHash } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import type { BlobStore } from '../../src/blob/blob-store.js'
import type { KeptBlobStore, Lease } from '../../src/blob/kept-blob-store.js'
import { type Digest, toDigest } from '../../src/model/content-hash.js'
import { MarketplaceError } from '../../src/model/error.js'
import { LIMITS } from '../../src/model/limit.js'

export interface BlobStoreHarness<T extends BlobStore> {
  readonly store: T
  /** Lets simulated time pass until the promise settles; the promise itself where time is real. */
  settle<V>(promise: Promise<V>): Promise<V>
  cleanUp(): Promise<void>
}

/** Bytes that differ everywhere, so that a shifted or repeated piece is seen. */
export function blobBytes(sizeBytes: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  let state = seed
  for (let i = 0; i < sizeBytes; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

export function digestOf(bytes: Uint8Array): Digest {
  return toDigest(createHash('sha256').update(bytes).digest('hex'))
}

/** A stream of the bytes in pieces; `cut` ends it with an error after so many. */
export async function* streamOf(
  bytes: Uint8Array,
  pieceBytes = 64 * 1024,
  cut?: number,
): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    if (cut !== undefined && offset >= cut) throw new UploadCut('the upload was cut')
    yield bytes.slice(offset, offset + pieceBytes)
  }
}

export class UploadCut extends Error {}

export async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) {
    expect(chunk.length).toBeGreaterThan(0)
    expect(chunk.length).toBeLessThanOrEqual(LIMITS.chunkBytesMax)
    chunks.push(chunk.slice())
  }
  return Uint8Array.from(Buffer.concat(chunks))
}

export async function readAll(store: BlobStore, digest: Digest): Promise<Uint8Array> {
  return bytesOf((await store.read(digest)).body)
}

/** The reason with which a promise rejects; `none` where it does not. Anything but a MarketplaceError is thrown on. */
export async function reasonOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return 'none'
  } catch (error) {
    if (error instanceof MarketplaceError) return error.reason
    throw error
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** What every blob store must do. */
export function blobStoreConformance(name: string, make: () => Promise<BlobStoreHarness<BlobStore>>): void {
  describe(`blob store: ${name}`, () => {
    let harness: BlobStoreHarness<BlobStore>
    async function start() {
      harness = await make()
      const { store, settle } = harness
      return { store, settle }
    }
    afterEach(async () => await harness.cleanUp())

    for (const sizeBytes of [0, 1, 65_536, 262_144, 262_145, 3_000_001]) {
      test(`a blob of ${sizeBytes} bytes comes back as it was written`, async () => {
        const { store, settle } = await start()
        const bytes = blobBytes(sizeBytes)
        const info = { digest: digestOf(bytes), sizeBytes }
        expect(await settle(store.write(streamOf(bytes)))).toMatchObject(info)
        expect(await settle(store.info(info.digest))).toMatchObject(info)
        const found = await settle(store.read(info.digest))
        expect(found.info).toMatchObject(info)
        expect(digestOf(await settle(bytesOf(found.body)))).toBe(info.digest)
        expect(await settle(store.verify(info.digest))).toBe(true)
      })
    }

    test('a range gives exactly its bytes, cut at the end of the blob', async () => {
      const { store, settle } = await start()
      const bytes = blobBytes(1_000_000)
      const { digest } = await settle(store.write(streamOf(bytes)))
      for (const [offset, lengthBytes] of [
        [0, 10],
        [0, 0],
        [999_999, 5],
        [1_000_000, undefined],
        [123_456, 654_321],
        [500_000, undefined],
      ] as const) {
        const range = lengthBytes === undefined ? { offset } : { offset, lengthBytes }
        const part = await settle(store.read(digest, range).then(({ body }) => bytesOf(body)))
        const wanted = bytes.slice(offset, lengthBytes === undefined ? undefined : offset + lengthBytes)
        expect(digestOf(part), JSON.stringify(range)).toBe(digestOf(wanted))
      }
      for (const range of [{ offset: 1_000_001 }, { offset: -1 }, { offset: 0, lengthBytes: -1 }])
        expect(await settle(reasonOf(store.read(digest, range)))).toBe('INVALID_ARGUMENT')
    })

    test('what is not held is absent, cannot be read, and can be deleted', async () => {
      const { store, settle } = await start()
      const digest = digestOf(blobBytes(5))
      expect(await settle(store.info(digest))).toBeUndefined()
      expect(await settle(reasonOf(store.read(digest)))).toBe('BLOB_NOT_FOUND')
      expect(await settle(reasonOf(store.verify(digest)))).toBe('BLOB_NOT_FOUND')
      await settle(store.delete(digest))
    })

    test('bytes other than the declared ones are refused and leave nothing behind', async () => {
      const { store, settle } = await start()
      const bytes = blobBytes(700_000)
      const digest = digestOf(bytes)
      const other = digestOf(blobBytes(3))
      for (const [reason, expectation] of [
        ['HASH_MISMATCH', { digest: other }],
        ['HASH_MISMATCH', { digest: other, sizeBytes: bytes.length }],
        ['SIZE_MISMATCH', { digest, sizeBytes: bytes.length - 1 }],
        ['SIZE_MISMATCH', { digest, sizeBytes: bytes.length + 1 }],
        ['SIZE_MISMATCH', { sizeBytes: 0 }],
      ] as const) {
        expect(await settle(reasonOf(store.write(streamOf(bytes), expectation)))).toBe(reason)
        for (const absent of [digest, other]) expect(await settle(store.info(absent))).toBeUndefined()
      }
      expect(await settle(store.stats())).toEqual({ blobs: 0, bytes: 0 })
    })

    test('an upload that is cut rejects with its own error and leaves nothing behind', async () => {
      const { store, settle } = await start()
      const bytes = blobBytes(900_000)
      await expect(settle(store.write(streamOf(bytes, 64 * 1024, 600_000)))).rejects.toThrow(UploadCut)
      expect(await settle(store.info(digestOf(bytes)))).toBeUndefined()
      expect(await settle(all(store.list()))).toEqual([])
    })

    test('a stream that outgrows its declared size is not read to its end', async () => {
      const { store, settle } = await start()
      let pulled = 0
      let closed = false
      async function* endless() {
        try {
          for (;;) {
            pulled++
            yield blobBytes(10_000)
          }
        } finally {
          closed = true
        }
      }
      expect(await settle(reasonOf(store.write(endless(), { sizeBytes: 100_000 })))).toBe('SIZE_MISMATCH')
      expect(pulled).toBeLessThan(1000)
      expect(closed).toBe(true)
    })

    test('writing a blob that is held is a success, and its bytes are checked all the same', async () => {
      const { store, settle } = await start()
      const bytes = blobBytes(300_000)
      const digest = digestOf(bytes)
      await settle(store.write(streamOf(bytes)))
      expect(await settle(store.write(streamOf(bytes, 1000), { digest }))).toMatchObject({ digest })
      expect(await settle(reasonOf(store.write(streamOf(blobBytes(300_000, 2)), { digest })))).toBe(
        'HASH_MISMATCH',
      )
      expect(await settle(store.stats())).toEqual({ blobs: 1, bytes: 300_000 })
      expect(digestOf(await settle(readAll(store, digest)))).toBe(digest)
    })

    test('the same blob written eight times at once is held once', async () => {
      const { store, settle } = await start()
      const bytes = blobBytes(400_000)
      const digest = digestOf(bytes)
      const writes = Array.from({ length: 8 }, (_, i) => store.write(streamOf(bytes, 10_000 + i * 7919)))
      for (const info of await settle(Promise.all(writes))) expect(info).toMatchObject({ digest })
      expect(await settle(store.stats())).toEqual({ blobs: 1, bytes: 400_000 })
      expect(digestOf(await settle(readAll(store, digest)))).toBe(digest)
    })

    test('many different blobs written at once are all held, listed in order and counted', async () => {
      const { store, settle } = await start()
      const blobs = Array.from({ length: 40 }, (_, i) => blobBytes(i * 997, i + 1))
      await settle(store.stats())
      await settle(Promise.all(blobs.map((bytes) => store.write(streamOf(bytes)))))
      const wanted = blobs
        .map((bytes) => ({ digest: digestOf(bytes), sizeBytes: bytes.length }))
        .sort((a, b) => (a.digest < b.digest ? -1 : 1))
      expect(await settle(all(store.list()))).toEqual(wanted)
      const after = wanted[17]?.digest as Digest
      expect(await settle(all(store.list(after)))).toEqual(wanted.slice(18))
      expect(await settle(store.stats())).toEqual({
        blobs: 40,
        bytes: wanted.reduce((sum, info) => sum + info.sizeBytes, 0),
      })
    })

    test('a deleted blob is gone from everything, and can be written again', async () => {
      const { store, settle } = await start()
      const bytes = blobBytes(1000)
      const { digest } = await settle(store.write(streamOf(bytes)))
      await settle(store.write(streamOf(blobBytes(10, 9))))
      expect((await settle(store.stats())).blobs).toBe(2)
      await settle(store.delete(digest))
      expect(await settle(store.info(digest))).toBeUndefined()
      expect(await settle(reasonOf(store.read(digest)))).toBe('BLOB_NOT_FOUND')
      expect(await settle(store.stats())).toEqual({ blobs: 1, bytes: 10 })
      expect((await settle(all(store.list()))).length).toBe(1)
      await settle(store.write(streamOf(bytes)))
      expect(digestOf(await settle(readAll(store, digest)))).toBe(digest)
    })

    test('a reader that leaves early disturbs nobody', async () => {
      const { store, settle } = await start()
      const bytes = blobBytes(2_000_000)
      const { digest } = await settle(store.write(streamOf(bytes)))
      const leave = async () => {
        for await (const _ of (await store.read(digest)).body) return
      }
      await settle(Promise.all([leave(), leave(), leave()]))
      expect(digestOf(await settle(readAll(store, digest)))).toBe(digest)
    })
  })
}

/** What a store that keeps promises must do beside. */
export function keptBlobStoreConformance(
  name: string,
  make: () => Promise<BlobStoreHarness<KeptBlobStore>>,
): void {
  blobStoreConformance(name, make)

  describe(`leases: ${name}`, () => {
    let harness: BlobStoreHarness<KeptBlobStore>
    async function start() {
      harness = await make()
      const { store, settle } = harness
      return { store, settle }
    }
    afterEach(async () => await harness.cleanUp())

    test('a promise is listed, whether made with the write or later', async () => {
      const { store, settle } = await start()
      const first = await settle(store.write(streamOf(blobBytes(10)), {}, { keepUntilMs: 86_400_000 }))
      const second = await settle(store.write(streamOf(blobBytes(20))))
      expect(await settle(store.keep(second.digest, 99_000_000))).toEqual(second)
      const wanted: Lease[] = [
        { digest: first.digest, untilMs: 86_400_000 },
        { digest: second.digest, untilMs: 99_000_000 },
      ]
      expect(await settle(all(store.leases()))).toEqual(wanted)
    })

    test('no promise is made for a blob that is not held', async () => {
      const { store, settle } = await start()
      expect(await settle(store.keep(digestOf(blobBytes(1)), 5000))).toBeUndefined()
      expect(await settle(all(store.leases()))).toEqual([])
    })

    test('dropping forgets only what is over', async () => {
      const { store, settle } = await start()
      const { digest } = await settle(store.write(streamOf(blobBytes(10))))
      const hours = [1, 5, 9].map((hour) => hour * 3_600_000 + 1)
      for (const untilMs of hours) await settle(store.keep(digest, untilMs))
      await settle(store.dropLeases(6 * 3_600_000))
      expect(await settle(all(store.leases()))).toEqual([{ digest, untilMs: hours[2] }])
    })

    test('two hundred promises at once are all made', async () => {
      const { store, settle } = await start()
      const blobs = Array.from({ length: 200 }, (_, i) => blobBytes(i + 1))
      await settle(
        Promise.all(
          blobs.map((bytes, i) =>
            store.write(streamOf(bytes), {}, { keepUntilMs: 1000 + (i % 3) * 3_600_000 }),
          ),
        ),
      )
      const leases = (await settle(all(store.leases()))) as Lease[]
      expect(new Set(leases.map((lease) => lease.digest))).toEqual(new Set(blobs.map(digestOf)))
    })

    test('digests lists what list lists', async () => {
      const { store, settle } = await start()
      for (let i = 0; i < 20; i++) await settle(store.write(streamOf(blobBytes(i))))
      const listed = (await settle(all(store.list()))).map((info) => info.digest)
      expect(await settle(all(store.digests()))).toEqual(listed)
      expect(await settle(all(store.digests(listed[7])))).toEqual(listed.slice(8))
    })
  })
}
