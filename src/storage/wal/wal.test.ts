import { describe, expect, test } from 'vitest'
import { entry, mark } from '../../../test/conformance/log-store.js'
import { drainMicrotasks, runFor } from '../../../test/sim/run-until.js'
import { claimOf, large, makeWalDisk, SEGMENT_1, segmentNames } from '../../../test/sim/sim-disk-wal.js'
import type { LogStore } from '../log-store.js'
import { EMPTY_LOG } from './wal-options.js'

describe('group commit', () => {
  test('appends that come while one is under way share one write and one sync', async () => {
    const { open, settle, syncs, operations } = makeWalDisk()
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
    const { open, settle, syncs, operations, disk } = makeWalDisk(5, {
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
    const { open, settle, disk, time } = makeWalDisk(5, { idleMs: 50 })
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
    const { open, settle, disk } = makeWalDisk()
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
    const { open, settle, disk } = makeWalDisk()
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
    const { open, settle, disk } = makeWalDisk()
    const log = await open()
    await fill(log, settle, 1, 8)
    const before = segmentNames(disk).length
    await settle(log.compact(mark(1, 1)))
    expect(segmentNames(disk).length).toBe(before)
    await settle(log.compact(mark(3, 1)))
    expect(segmentNames(disk).length).toBeLessThan(before)
  })

  test('a dropped segment is used again, and its old records never come back', async () => {
    const { open, settle, disk, time } = makeWalDisk()
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
    const { open, settle, disk } = makeWalDisk()
    let log = await open()
    await settle(log.append(undefined, [entry(1, 1), large(2, 20_000), entry(3, 1)]))
    disk.crash()
    log = await open()
    expect(log.recovered.entries[1]?.payload.length).toBe(20_000)
    expect(log.stats().segments).toBeGreaterThan(1)
  })

  test('segments are made ahead of use, full of zeros', async () => {
    const { disk, open, time } = makeWalDisk(5, { segmentBytes: 65536, quickSegmentBytes: 4096 })
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
    const { open, settle, disk } = makeWalDisk()
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
    const { open, settle, disk } = makeWalDisk()
    const log = await open()
    await fill(log, settle, 1, 8)
    await settle(log[Symbol.asyncDispose]())
    await settle(disk.fileSystem().remove(SEGMENT_1))
    await expect(open()).rejects.toMatchObject({ reason: 'STORAGE_CORRUPT' })
  })

  test('a segment of another log in the place of one of ours is damage, even if it ends at the same offset', async () => {
    const [ours, theirs] = [makeWalDisk(1), makeWalDisk(2)]
    for (const { open, settle } of [ours, theirs]) {
      const log = await open()
      await fill(log, settle, 1, 3)
      await settle(log[Symbol.asyncDispose]())
    }
    expect(claimOf(ours.disk, SEGMENT_1).end).toBe(claimOf(theirs.disk, SEGMENT_1).end)
    const handle = await ours.settle(ours.disk.fileSystem().open(SEGMENT_1, 'open'))
    await ours.settle(handle.write(0, [theirs.disk.peek(SEGMENT_1)], { sync: true }))
    await expect(ours.open()).rejects.toMatchObject({
      reason: 'STORAGE_CORRUPT',
      details: { file: SEGMENT_1 },
    })
  })

  test('a reset lets all older segments go', async () => {
    const { open, settle, disk } = makeWalDisk()
    const log = await open()
    await fill(log, settle, 1, 8)
    expect(segmentNames(disk).length).toBeGreaterThan(3)
    await settle(log.reset(mark(1, 2)))
    expect(segmentNames(disk).length).toBeLessThanOrEqual(2)
    await settle(log.append(undefined, [large(2), large(3), large(4)]))
    disk.crash()
    expect((await open()).recovered.entries.map(({ index }) => index)).toEqual([2, 3, 4])
  })

  test('a segment whose name only a killed process knew is durable once the log is open again', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { open, settle, disk, time } = makeWalDisk(seed)
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
    const { open, settle, disk } = makeWalDisk()
    const log = await open()
    await fill(log, settle, 1, 3)
    await settle(log[Symbol.asyncDispose]())
    await settle(disk.fileSystem().rename(SEGMENT_1, 'wal/0000000000000009.wal'))
    await expect(open()).rejects.toMatchObject({ reason: 'STORAGE_CORRUPT' })
  })
})

describe('a fresh log', () => {
  test('begins with what it is given, durably', async () => {
    const { open, disk } = makeWalDisk()
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
    const { open } = makeWalDisk()
    await expect(open({ bootstrap: undefined })).rejects.toMatchObject({ reason: 'STORAGE_CORRUPT' })
  })

  test('is there whole or not at all, wherever a crash cuts its making', async () => {
    const bootstrap = { ...EMPTY_LOG, entries: [entry(1, 1), entry(2, 1)] }
    const seen = new Set<string>()
    for (let seed = 0; seed < 300; seed++) {
      const { open, disk, time } = makeWalDisk(seed)
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
