import { describe, expect, test } from 'vitest'
import { entry, mark } from '../../../test/conformance/log-store.js'
import { drainMicrotasks, runFor, runUntil } from '../../../test/sim/run-until.js'
import { SimClock } from '../../../test/sim/sim-clock.js'
import { type DiskOperation, SimDisk } from '../../../test/sim/sim-disk.js'
import { SimRandom } from '../../../test/sim/sim-random.js'
import type { LogStore } from '../log-store.js'
import { highestWatermark, WATERMARK_BYTES } from './record.js'
import { decodeSegmentHeader, seedOf } from './segment-header.js'
import { scanRecords } from './segment-scan.js'
import { Wal } from './wal.js'
import { EMPTY_LOG, type WalOptions } from './wal-options.js'

const SEGMENT_1 = 'wal/0000000000000001.wal'

function make(seed = 5, options: Partial<WalOptions> = {}) {
  const time = new SimClock()
  const random = new SimRandom(seed)
  const walRandom = random.fork('wal')
  const disk = new SimDisk({ clock: time.forNode(), random: random.fork('disk') })
  const operations: DiskOperation[] = []
  disk.fault = (operation) => {
    operations.push(operation)
    return undefined
  }
  const settle = <T>(promise: PromiseLike<T>) => runUntil(time, Promise.resolve(promise))
  const open = (more: Partial<WalOptions> = {}) =>
    settle(
      Wal.open({
        fileSystem: disk.fileSystem(),
        clock: time.forNode(),
        random: walRandom,
        bootId: disk.bootId,
        segmentBytes: 4096,
        quickSegmentBytes: 4096,
        bootstrap: EMPTY_LOG,
        ...options,
        ...more,
      }),
    )
  const syncs = () => operations.filter(({ type, path }) => type === 'sync' && path === SEGMENT_1).length
  return { time, disk, operations, settle, open, syncs }
}

const large = (index: number, bytes = 1500) => entry(index, 1, 'x'.repeat(bytes))

/** The highest offset that a segment's watermarks call durable, and where its records end. */
function claimOf(disk: SimDisk, path: string): { claimed: number; end: number } {
  const bytes = disk.peek(path)
  const { header, sizeBytes } = decodeSegmentHeader(bytes)
  const { end } = scanRecords(bytes, { offset: sizeBytes, crc: seedOf(header.segmentId) })
  return { claimed: highestWatermark(bytes, header.segmentId), end: end.offset }
}

const segmentNames = (disk: SimDisk) =>
  disk
    .files()
    .map(({ path }) => path.slice('wal/'.length))
    .filter((name) => /^\d/.test(name))

describe('group commit', () => {
  test('appends that come while one is under way share one write and one sync', async () => {
    const { open, settle, syncs, operations } = make()
    const log = await open()
    operations.length = 0
    const first = log.append(undefined, [entry(1, 1)])
    await Promise.resolve()
    await Promise.resolve()
    const rest = Array.from({ length: 20 }, (_, position) => log.append(undefined, [entry(position + 2, 1)]))
    await settle(Promise.all([first, ...rest]))
    expect(syncs()).toBe(2)
  })

  test('a group ends at its limit, and no append resolves before its last record is durable', async () => {
    const { open, settle, syncs, operations, disk } = make(5, {
      groupBytesMax: 1000,
      segmentBytes: 65536,
      quickSegmentBytes: 65536,
    })
    const log = await open()
    operations.length = 0
    await settle(
      log.append(
        { term: 1, vote: undefined, commit: 0 },
        [1, 2, 3, 4].map((index) => large(index, 600)),
      ),
    )
    expect(syncs()).toBeGreaterThanOrEqual(4)
    disk.crash()
    expect((await open()).recovered.entries.length).toBe(4)
  })
})

describe('watermarks', () => {
  test('when nothing follows, a watermark soon covers the last group', async () => {
    const { open, settle, disk, time } = make(5, { idleMs: 50 })
    const log = await open()
    await settle(log.append(undefined, [entry(1, 1)]))
    const before = claimOf(disk, SEGMENT_1)
    expect(before.claimed).toBeLessThan(before.end)
    await runFor(time, 100)
    const after = claimOf(disk, SEGMENT_1)
    expect(after.claimed).toBe(before.end)
    await runFor(time, 1000)
    expect(claimOf(disk, SEGMENT_1)).toEqual(after)
  })

  test('closing leaves one behind everything', async () => {
    const { open, settle, disk } = make()
    const log = await open()
    await settle(log.append(undefined, [entry(1, 1)]))
    const { end } = claimOf(disk, SEGMENT_1)
    await settle(log[Symbol.asyncDispose]())
    expect(claimOf(disk, SEGMENT_1).claimed).toBe(end)
  })
})

describe('segments', () => {
  async function fill(
    log: LogStore,
    settle: <T>(promise: Promise<T>) => Promise<T>,
    from: number,
    to: number,
  ) {
    for (let index = from; index <= to; index++) await settle(log.append(undefined, [large(index)]))
  }

  test('term and vote outlive the segment in which they were written', async () => {
    const { open, settle, disk } = make()
    let log = await open()
    await settle(log.append({ term: 9, vote: 'node-c', commit: 4 }, []))
    await fill(log, settle, 1, 8)
    await settle(log.compact(mark(8, 1)))
    expect(segmentNames(disk).length).toBeLessThan(3)
    expect(segmentNames(disk)).not.toContain('0000000000000001.wal')
    disk.crash()
    log = await open()
    expect(log.recovered.hardState).toEqual({ term: 9, vote: 'node-c', commit: 4 })
    expect(log.recovered.mark).toEqual(mark(8, 1))
  })

  test('a segment with an entry above the mark stays', async () => {
    const { open, settle, disk } = make()
    const log = await open()
    await fill(log, settle, 1, 8)
    const before = segmentNames(disk).length
    await settle(log.compact(mark(1, 1)))
    expect(segmentNames(disk).length).toBe(before)
    await settle(log.compact(mark(3, 1)))
    expect(segmentNames(disk).length).toBeLessThan(before)
  })

  test('a dropped segment is used again, and its old records never come back', async () => {
    const { open, settle, disk, time } = make()
    const log = await open()
    await fill(log, settle, 1, 8)
    const files = new Set(disk.files().map(({ path }) => path))
    await settle(log.compact(mark(8, 1)))
    await fill(log, settle, 9, 11)
    await runFor(time, 100)
    expect(disk.files().filter(({ path }) => path.includes('spare')).length).toBeLessThanOrEqual(2)
    expect(files.size).toBeGreaterThan(3)
    disk.crash()
    const again = await open()
    expect(again.recovered.entries.map(({ index }) => index)).toEqual([9, 10, 11])
    // Some file in use still holds records of its former life behind its end.
    const reused = segmentNames(disk).some((name) => {
      const bytes = disk.peek(`wal/${name}`)
      const { end } = claimOf(disk, `wal/${name}`)
      return bytes.subarray(end + 16).some((byte) => byte !== 0)
    })
    expect(reused).toBe(true)
  })

  test('a record larger than a segment gets a segment of its own size', async () => {
    const { open, settle, disk } = make()
    let log = await open()
    await settle(log.append(undefined, [entry(1, 1), large(2, 20_000), entry(3, 1)]))
    disk.crash()
    log = await open()
    expect(log.recovered.entries[1]?.payload.length).toBe(20_000)
    expect(log.stats().segments).toBeGreaterThan(1)
  })

  test('segments are made ahead of use, full of zeros', async () => {
    const { disk, open, time } = make(5, { segmentBytes: 65536, quickSegmentBytes: 4096 })
    await open()
    expect(disk.files().find(({ path }) => path === SEGMENT_1)?.sizeBytes).toBe(4096)
    await runFor(time, 100)
    expect(
      disk
        .files()
        .filter(({ path }) => path.includes('spare-'))
        .map(({ sizeBytes }) => sizeBytes),
    ).toEqual([65536])
  })

  test('a missing segment in the middle is damage, by name', async () => {
    const { open, settle, disk } = make()
    const log = await open()
    await fill(log, settle, 1, 8)
    await settle(log[Symbol.asyncDispose]())
    await settle(disk.fileSystem().remove('wal/0000000000000002.wal'))
    await expect(open()).rejects.toMatchObject({
      reason: 'STORAGE_CORRUPT',
      details: { file: 'wal/0000000000000002.wal', offset: '0' },
    })
  })

  test('a missing first segment is damage where its entries are needed', async () => {
    const { open, settle, disk } = make()
    const log = await open()
    await fill(log, settle, 1, 8)
    await settle(log[Symbol.asyncDispose]())
    await settle(disk.fileSystem().remove(SEGMENT_1))
    await expect(open()).rejects.toMatchObject({ reason: 'STORAGE_CORRUPT' })
  })

  test('a segment whose name only a killed process knew is durable once the log is open again', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { open, settle, disk, time } = make(seed)
      const log = await open()
      await fill(log, settle, 1, 2)
      // The process dies between the rename and the sync of the folder.
      let killed = false
      disk.fault = ({ type }) => {
        if (type === 'sync-folder') {
          disk.kill()
          killed = true
        }
        return undefined
      }
      void log.append(undefined, [large(3)])
      await drainMicrotasks()
      while (!killed && time.runNext()) await drainMicrotasks()
      expect(killed).toBe(true)
      disk.fault = undefined
      const again = await open()
      await settle(again.append(undefined, [large(3)]))
      disk.crash()
      expect((await open()).recovered.entries.length).toBe(3)
    }
  })

  test('a segment under another’s name is damage', async () => {
    const { open, settle, disk } = make()
    const log = await open()
    await fill(log, settle, 1, 3)
    await settle(log[Symbol.asyncDispose]())
    await settle(disk.fileSystem().rename(SEGMENT_1, 'wal/0000000000000009.wal'))
    await expect(open()).rejects.toMatchObject({ reason: 'STORAGE_CORRUPT' })
  })
})

describe('a fresh log', () => {
  test('begins with what it is given, durably', async () => {
    const { open, disk } = make()
    const bootstrap = {
      hardState: { term: 1, vote: undefined, commit: 1 },
      mark: mark(0, 0),
      entries: [entry(1, 1)],
    }
    await open({ bootstrap })
    disk.crash()
    const log = await open({ bootstrap: EMPTY_LOG })
    expect(log.recovered).toEqual(bootstrap)
    expect(log.stats().entries).toBe(1)
  })

  test('is not begun where a log must be', async () => {
    const { open } = make()
    await expect(open({ bootstrap: undefined })).rejects.toMatchObject({ reason: 'STORAGE_CORRUPT' })
  })

  test('is there whole or not at all, wherever a crash cuts its making', async () => {
    const bootstrap = { ...EMPTY_LOG, entries: [entry(1, 1), entry(2, 1)] }
    const seen = new Set<string>()
    for (let seed = 0; seed < 300; seed++) {
      const { open, disk, time } = make(seed)
      const first = open({ bootstrap }).catch(() => {})
      await drainMicrotasks()
      let events = seed % 30
      while (events-- > 0 && time.runNext()) await drainMicrotasks()
      disk.crash()
      const names = disk.files().map(({ path }) => path)
      const log = await open({ bootstrap: EMPTY_LOG })
      expect([0, 2]).toContain(log.recovered.entries.length)
      seen.add(`${names.includes(SEGMENT_1)} ${log.recovered.entries.length}`)
      void first
    }
    expect([...seen].sort()).toEqual(['false 0', 'true 2'])
  })
})

describe('a tail cut short', () => {
  test('is kept aside, and the log goes on without it', async () => {
    const { open, settle, disk } = make()
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
    const { open, settle, disk } = make()
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
      const { open, settle, disk } = make()
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
    const { open, settle, disk } = make()
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
      const { open, settle, disk } = make(seed)
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
    const { open, settle, disk } = make()
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
    const { open, settle, disk } = make(5, { segmentBytes: 8192 })
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
    const { open, settle, disk, time } = make(5, { segmentBytes: 1024 * 1024 })
    disk.capacityBytes = 64 * 1024
    const log = await open()
    await runFor(time, 100)
    for (let index = 1; index <= 10; index++) await settle(log.append(undefined, [large(index)]))
    expect(disk.files().some(({ path }) => path.includes('spare-'))).toBe(false)
  })
})
