import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PackageStore } from '../../src/interface/package-store.js'
import { collect, contentOf } from '../../src/interface/whole-content.js'
import type { Digest } from '../../src/model/content-hash.js'
import { inChunks, sha256 } from '../registry/signed-package.js'
import { expectRefusal, type MarketHarness } from './market.js'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const NOWHERE = 'ab'.repeat(32) as Digest

/**
 * What every PackageStore must do.
 * @param leases whether it belongs to a registry, and keeps what was stored for a version to come
 */
export function packageStoreConformance(
  name: string,
  leases: boolean,
  make: () => Promise<Pick<MarketHarness, 'store' | 'close'>>,
): void {
  describe(`package store: ${name}`, () => {
    let harness: Pick<MarketHarness, 'store' | 'close'>
    let store: PackageStore

    beforeAll(async () => {
      harness = await make()
      store = harness.store
    }, 120_000)
    afterAll(() => harness?.close())

    test('what is stored has its hash for a name, and comes back whole', async () => {
      const bytes = bytesOf('stored')
      const stored = await store.store(bytes)
      expect(stored).toEqual({ sha256: sha256(bytes), sizeBytes: bytes.length })
      expect(Buffer.from(await store.get(stored.sha256)).toString()).toBe('stored')
    })

    test('storing it again is a success', async () => {
      const bytes = bytesOf('stored twice')
      expect(await store.store(bytes)).toEqual(await store.store(bytes))
    })

    test('a stream of many chunks comes back as a stream, and says how far it is', async () => {
      const bytes = new Uint8Array(3 * 1024 * 1024 + 17).map((_, i) => (i * 7919) >> 3)
      const digest = sha256(bytes)
      const stored = await store.uploadStream({
        sha256: digest,
        sizeBytes: bytes.length,
        read: () => inChunks(bytes),
      })
      expect(stored).toEqual({ sha256: digest, sizeBytes: bytes.length })
      const told: number[] = []
      const stream = store.stream(
        { sha256: digest },
        {
          onProgress: (received, sizeBytes) => {
            expect(sizeBytes).toBe(bytes.length)
            told.push(received)
          },
        },
      )
      expect(sha256(await collect(stream))).toBe(digest)
      expect(told.at(-1)).toBe(bytes.length)
      expect(told).toEqual([...told].sort((a, b) => a - b))
    })

    test('a stream may begin anywhere, and ends where the bytes do', async () => {
      const bytes = new Uint8Array(2 * 1024 * 1024 + 5).map((_, i) => (i * 31) >> 2)
      const { sha256: digest } = await store.store(bytes)
      for (const offset of [0, 1, 1024 * 1024, 1_500_000, bytes.length - 1, bytes.length]) {
        const told: number[] = []
        const onProgress = (received: number) => told.push(received)
        const rest = await collect(store.stream({ sha256: digest, offset }, { onProgress }))
        expect(Buffer.from(rest).equals(bytes.subarray(offset))).toBe(true)
        if (rest.length > 0) expect(told.at(-1)).toBe(bytes.length)
      }
    })

    test('bytes that are not what they are said to be are refused, and leave nothing behind', async () => {
      const bytes = bytesOf('something else')
      const said = sha256('what it is said to be')
      await expectRefusal(store.uploadStream(contentOf(bytes, said)), 'HASH_MISMATCH')
      expect(await store.exists(said)).toBe(false)
      expect(await store.exists(sha256(bytes))).toBe(false)
    })

    test('more bytes than said are refused', async () => {
      const bytes = bytesOf('longer than said')
      const content = { ...contentOf(bytes, sha256(bytes)), sizeBytes: 3 }
      await expectRefusal(store.uploadStream(content), 'SIZE_MISMATCH')
      expect(await store.exists(sha256(bytes))).toBe(false)
    })

    test('fewer bytes than said are refused at once, not asked for again', async () => {
      const bytes = bytesOf('shorter than said')
      let reads = 0
      const content = {
        ...contentOf(bytes, sha256(bytes)),
        sizeBytes: bytes.length + 1,
        async *read() {
          reads++
          yield bytes
        },
      }
      await expectRefusal(store.uploadStream(content), 'SIZE_MISMATCH')
      expect(reads).toBe(1)
      expect(await store.exists(sha256(bytes))).toBe(false)
    })

    test('what is there exists and has a size; what is not there is said to be missing', async () => {
      const { sha256: digest } = await store.store(bytesOf('there'))
      expect(await store.exists(digest)).toBe(true)
      expect(await store.metadata(digest)).toEqual({ sha256: digest, sizeBytes: 5 })
      expect(await store.exists(NOWHERE)).toBe(false)
      await expectRefusal(store.metadata(NOWHERE), 'BLOB_NOT_FOUND')
      await expectRefusal(store.get(NOWHERE), 'BLOB_NOT_FOUND')
      await expectRefusal(collect(store.stream({ sha256: NOWHERE })), 'BLOB_NOT_FOUND')
    })

    test('all that is held is listed by hash, page by page, and counted', async () => {
      const before = await store.stats()
      const some = await Promise.all(
        ['first of three', 'second of three', 'third of three'].map((text) => store.store(bytesOf(text))),
      )
      const listed: Digest[] = []
      for (let pageToken: string | undefined; ; ) {
        const page = await store.list({ pageSize: 2, pageToken })
        expect(page.entries.length).toBeLessThanOrEqual(2)
        listed.push(...page.entries.map((entry) => entry.sha256))
        pageToken = page.nextPageToken
        if (pageToken === undefined) break
      }
      expect(listed).toEqual([...listed].sort())
      for (const { sha256: digest } of some) expect(listed).toContain(digest)
      const after = await store.stats()
      expect(after.blobs - before.blobs).toBe(3)
      expect(after.bytes - before.bytes).toBe(some.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))
      expect(after.blobs).toBe(listed.length)
      await expectRefusal(store.list({ pageToken: 'no token' }), 'PAGE_TOKEN_INVALID')
      await expectRefusal(store.list({ pageSize: 100_000 }), 'LIMIT_EXCEEDED')
    })

    test('a check reads all, or one, and finds nothing wrong', async () => {
      const { sha256: digest } = await store.store(bytesOf('checked'))
      const { blobs } = await store.stats()
      const reports = []
      for await (const report of store.verifyIntegrity()) reports.push(report)
      expect(reports.at(-1)).toEqual({ checked: blobs, damaged: [], done: true })
      for await (const report of store.verifyIntegrity(digest))
        expect(report).toEqual({ checked: 1, damaged: [], done: true })
      await expectRefusal(store.verifyIntegrity(NOWHERE)[Symbol.asyncIterator]().next(), 'BLOB_NOT_FOUND')
    })

    test('what nothing needs is removed; what was stored for a version to come is kept for it, until its lease is over', async () => {
      const { sha256: digest } = await store.store(bytesOf('to be removed'))
      await store.delete(NOWHERE)
      if (leases) {
        await expectRefusal(store.delete(digest), 'BLOB_REFERENCED')
        expect(Buffer.from(await store.get(digest)).toString()).toBe('to be removed')
        return
      }
      await store.delete(digest)
      expect(await store.exists(digest)).toBe(false)
      await expectRefusal(store.get(digest), 'BLOB_NOT_FOUND')
    })

    test('a look for garbage takes nothing that is needed', async () => {
      const { sha256: digest } = await store.store(bytesOf('still needed'))
      const { blobs } = await store.stats()
      expect(await store.compact()).toMatchObject({ removed: 0, removedBytes: 0 })
      expect((await store.stats()).blobs).toBe(blobs)
      expect(await store.exists(digest)).toBe(true)
    })

    test('a copy in another store is the same bytes', async () => {
      const { sha256: digest } = await store.store(bytesOf('copied'))
      const held = new Map<string, Uint8Array>()
      const target: Pick<PackageStore, 'uploadStream'> = {
        async uploadStream(content) {
          held.set(content.sha256, await collect(content.read()))
          return { sha256: content.sha256, sizeBytes: content.sizeBytes }
        },
      }
      expect(await store.copyTo(digest, target as PackageStore)).toEqual({ sha256: digest, sizeBytes: 6 })
      expect(Buffer.from(held.get(digest) ?? []).toString()).toBe('copied')
    })
  })
}
