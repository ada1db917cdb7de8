import { describe, expect, test } from 'vitest'
import { entry, mark } from '../../../test/conformance/log-store.js'
import { runFor } from '../../../test/sim/run-until.js'
import { claimOf, large, makeWalDisk, SEGMENT_1 } from '../../../test/sim/sim-disk-wal.js'
import { WATERMARK_BYTES } from './record.js'

describe('a tail cut short', () => {
  test('is kept aside, and the log goes on without it', async () => {
    const { open, settle, disk } = makeWalDisk()
    let log = await open()
    await settle(log.append(undefined, [entry(1, 1)]))
    const { end } = claimOf(disk, SEGMENT_1)
    // A group that never got its checksum right.
    const handle = await settle(disk.fileSystem().open(SEGMENT_1, 'open'))
    const torn = Uint8Array.of(40, 0, 0, 0, 2, 0, 0, 0, 1, 2, 3, 4, 5, 6)
    await settle(handle.write(end, [torn], { sync: true }))
    disk.crash()
    log = await open()
    expect(log.recovered.entries).toEqual([entry(1, 1)])
    expect(disk.peek(`wal/torn-0000000000000001-${end}.bin`)).toEqual(torn)
    await settle(log.append(undefined, [entry(2, 1)]))
    disk.crash()
    expect((await open()).recovered.entries).toEqual([entry(1, 1), entry(2, 1)])
  })

  test('what lay behind it does not come back, whatever part of the next opening arrives', async () => {
    const { open, settle, disk } = makeWalDisk()
    const overwrite = async (offset: number, bytes: Uint8Array) => {
      const handle = await settle(disk.fileSystem().open(SEGMENT_1, 'open'))
      await settle(handle.write(offset, [bytes], { sync: true }))
    }
    let log = await open()
    await settle(log.append(undefined, [entry(1, 1)]))
    const { end } = claimOf(disk, SEGMENT_1)
    await settle(log.append(undefined, [entry(2, 1), entry(3, 1)]))
    const lost = disk.peek(SEGMENT_1)
    disk.crash()
    // The beginning of the second group never arrived.
    await overwrite(end, new Uint8Array(WATERMARK_BYTES))
    log = await open()
    expect(log.recovered.entries).toEqual([entry(1, 1)])
    disk.crash()
    // Of the watermark and the zeros that the opening wrote only the watermark arrived.
    await overwrite(end + WATERMARK_BYTES, lost.subarray(end + WATERMARK_BYTES))
    log = await open()
    expect(log.recovered.entries).toEqual([entry(1, 1)])
    await settle(log.append(undefined, [entry(2, 1)]))
    disk.crash()
    expect((await open()).recovered.entries).toEqual([entry(1, 1), entry(2, 1)])
  })
})

describe('a disk that fails', () => {
  for (const type of ['write', 'sync'] as const) {
    test(`a ${type} that fails ends all appends, without another try`, async () => {
      const { open, settle, disk } = makeWalDisk()
      const log = await open()
      await settle(log.append(undefined, [entry(1, 1)]))
      let tries = 0
      disk.fault = (operation) => {
        if (operation.path !== SEGMENT_1 || operation.type !== type) return undefined
        tries++
        return tries === 1 ? 'EIO' : undefined
      }
      const appends = [2, 3].map((index) => log.append(undefined, [entry(index, 1)]))
      for (const outcome of await settle(Promise.allSettled(appends)))
        expect(outcome).toMatchObject({ status: 'rejected', reason: { reason: 'STORAGE_FAILED' } })
      await expect(log.append(undefined, [entry(4, 1)])).rejects.toMatchObject({ reason: 'STORAGE_FAILED' })
      await expect(log.compact(mark(1, 1))).rejects.toMatchObject({ reason: 'STORAGE_FAILED' })
      expect(tries).toBe(1)
      await settle(log[Symbol.asyncDispose]())
      expect(tries).toBe(1)
    })
  }

  test('after a failed sync a restart in the same boot trusts nothing that was not synced before', async () => {
    const { open, settle, disk } = makeWalDisk()
    let log = await open()
    await settle(log.append({ term: 2, vote: 'node-a', commit: 0 }, [entry(1, 1)]))
    disk.fault = ({ path, type }) => (path === SEGMENT_1 && type === 'sync' ? 'EIO' : undefined)
    await expect(settle(log.append({ term: 3, vote: 'node-b', commit: 0 }, [entry(2, 3)]))).rejects.toThrow(
      'EIO',
    )
    disk.fault = undefined
    disk.kill()
    // The page cache shows the entry; the disk may not have it.
    log = await open()
    expect(log.recovered.entries).toEqual([entry(1, 1)])
    expect(log.recovered.hardState.term).toBe(2)
    disk.crash()
    log = await open()
    expect(log.recovered.entries).toEqual([entry(1, 1)])
  })

  test('where even the marker could not be written, what a restart reads back it makes durable before it returns', async () => {
    let readBack = 0
    for (let seed = 0; seed < 30; seed++) {
      const { open, settle, disk } = makeWalDisk(seed)
      let log = await open()
      await settle(log.append(undefined, [entry(1, 1)]))
      disk.fault = ({ path, type }) =>
        (path === SEGMENT_1 && type === 'sync') || path === 'wal/suspect' ? 'EIO' : undefined
      await expect(settle(log.append(undefined, [large(2)]))).rejects.toThrow('EIO')
      disk.fault = undefined
      disk.kill()
      log = await open()
      const { entries } = log.recovered
      readBack += entries.length - 1
      disk.crash()
      expect((await open()).recovered.entries).toEqual(entries)
    }
    expect(readBack).toBe(30)
  })

  test('in the next boot what the disk has is what there is, and the marker is gone', async () => {
    const { open, settle, disk } = makeWalDisk()
    const log = await open()
    await settle(log.append(undefined, [entry(1, 1)]))
    disk.fault = ({ path, type }) => (path === SEGMENT_1 && type === 'sync' ? 'EIO' : undefined)
    await expect(settle(log.append(undefined, [entry(2, 1)]))).rejects.toThrow()
    disk.fault = undefined
    expect(disk.peek('wal/suspect').some((byte) => byte !== 0)).toBe(true)
    disk.crash()
    const again = await open()
    expect(again.recovered.entries[0]).toEqual(entry(1, 1))
    expect(disk.peek('wal/suspect').some((byte) => byte !== 0)).toBe(false)
  })

  test('a full disk refuses the append that needs a new segment; what was acknowledged is there later', async () => {
    const { open, settle, disk } = makeWalDisk(5, { segmentBytes: 8192 })
    const log = await open()
    disk.capacityBytes = disk.files().reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    const done: number[] = []
    let refusal: unknown
    for (let index = 1; refusal === undefined; index++) {
      await settle(log.append(undefined, [large(index)])).then(
        () => done.push(index),
        (error: unknown) => {
          refusal = error
        },
      )
    }
    expect(refusal).toMatchObject({ reason: 'STORAGE_FAILED' })
    expect(String(refusal)).toContain('ENOSPC')
    disk.capacityBytes = Number.POSITIVE_INFINITY
    disk.crash()
    const again = await open()
    expect(again.recovered.entries.map(({ index }) => index)).toEqual(done)
    await settle(again.append(undefined, [large(done.length + 1)]))
  })

  test('a disk too full for a spare serves appends as long as there is room', async () => {
    const { open, settle, disk, time } = makeWalDisk(5, { segmentBytes: 1024 * 1024 })
    disk.capacityBytes = 64 * 1024
    const log = await open()
    await runFor(time, 100)
    for (let index = 1; index <= 10; index++) await settle(log.append(undefined, [large(index)]))
    await runFor(time, 1_000)
    expect(disk.files().some(({ path }) => path.includes('spare-'))).toBe(false)
  })
})
