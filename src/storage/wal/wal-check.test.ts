import { describe, expect, test } from 'vitest'
import { entry, mark } from '../../../test/conformance/log-store.js'
import { claimOf, large, makeWalDisk, SEGMENT_1, segmentNames } from '../../../test/sim/sim-disk-wal.js'

const SIZES = { segmentBytes: 16_384, quickSegmentBytes: 16_384 }

/** A log of several segments, open. */
async function longLog() {
  const story = makeWalDisk(7, SIZES)
  const log = await story.open()
  for (let index = 1; index <= 60; index++) await story.settle(log.append(undefined, [large(index, 1_000)]))
  const read: number[] = []
  const check = () =>
    story.settle(
      log.check(async (bytes) => {
        read.push(bytes)
      }),
    )
  return { ...story, log, check, read }
}

describe('checking a log that is in use', () => {
  test('counts every segment and entry, and reads in pieces', async () => {
    const { check, disk, read } = await longLog()
    const { segments, entries, damages } = await check()
    expect([segments, entries, damages]).toEqual([segmentNames(disk).length, 60, []])
    expect(segments).toBeGreaterThan(2)
    expect(Math.max(...read)).toBeLessThanOrEqual(256 * 1024)
    expect(read.reduce((sum, bytes) => sum + bytes, 0)).toBeGreaterThan(60_000)
  })

  test('a record longer than one piece is read whole', async () => {
    const { open, settle } = makeWalDisk(8, {
      segmentBytes: 4 * 1024 * 1024,
      quickSegmentBytes: 4 * 1024 * 1024,
    })
    const log = await open()
    await settle(log.append(undefined, [large(1, 700 * 1024), entry(2, 1)]))
    expect(await settle(log.check(async () => {}))).toMatchObject({ entries: 2, damages: [] })
  })

  test('a flipped bit anywhere below the end is told with file and an offset at or before it', async () => {
    const { check, disk } = await longLog()
    for (const name of segmentNames(disk)) {
      const path = `wal/${name}`
      const { end } = claimOf(disk, path)
      for (let offset = 0; offset < end; offset += 397) {
        disk.flipBit(path, offset, offset % 8)
        const { damages } = await check()
        expect(damages.length, `${path} at ${offset}`).toBe(1)
        expect(damages[0]?.file).toBe(path)
        expect(damages[0]?.offset).toBeLessThanOrEqual(offset)
        disk.flipBit(path, offset, offset % 8)
      }
    }
    expect((await check()).damages).toEqual([])
  })

  test('a segment that is gone is told; one that was dropped on purpose is not', async () => {
    const { check, disk, log, settle } = await longLog()
    await settle(log.compact(mark(40, 1)))
    const { markIndex, damages } = await check()
    expect([markIndex, damages]).toEqual([40, []])
    const [first = ''] = segmentNames(disk)
    expect(`wal/${first}`).not.toBe(SEGMENT_1)
    await settle(disk.fileSystem().remove(`wal/${first}`))
    expect((await check()).damages).toEqual([
      { file: `wal/${first}`, offset: 0, what: 'the file is missing' },
    ])
  })
})
