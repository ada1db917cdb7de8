import { expect, test } from 'vitest'
import { runUntil } from '../../../test/sim/run-until.js'
import { noCounts, WalStory } from '../../../test/sim/sim-disk-wal-story.js'
import type { FileErrorCode } from '../../runtime/file-system.js'
import { decodeSegmentHeader, seedOf } from './segment-header.js'
import { sequenceOf } from './segment-name.js'
import { scanRecords } from './segment-scan.js'
import { Wal } from './wal.js'

const SEEDS = Number(process.env.WAL_SEEDS ?? 500)
const FIRST_SEED = Number(process.env.WAL_FIRST_SEED ?? 1)

/** Runs a story for each seed; a failure names its seed. */
async function forSeeds(count: number, story: (seed: number) => Promise<void>): Promise<void> {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + count; seed++) {
    try {
      await story(seed)
    } catch (error) {
      throw new Error(`WAL_FIRST_SEED=${seed} WAL_SEEDS=1: ${(error as Error).message}`, { cause: error })
    }
  }
}

test('whatever a crash or kill cuts short, everything acknowledged is there afterwards and nothing else', async () => {
  const counts = noCounts()
  await forSeeds(SEEDS, async (seed) => {
    const story = new WalStory(seed, counts)
    const { random } = story
    for (let life = 0; life < 4; life++) {
      while (random.below(3) === 0) await story.openPartly()
      await story.open()
      for (let calls = random.below(25); calls > 0; calls--) {
        story.call()
        await story.advance(random.below(5))
      }
      if (random.below(4) === 0) await story.idle()
      await story.advance(random.below(10))
      if (random.below(8) === 0) await story.close()
      else story.end()
    }
    await story.open()
    await story.close()
    await story.open()
  })
  // The stories must tell something.
  expect(counts.crashes).toBeGreaterThan(SEEDS)
  expect(counts.kills).toBeGreaterThan(SEEDS / 2)
  expect(counts.partial).toBeGreaterThan(SEEDS / 20)
  expect(counts.compacted).toBeGreaterThan(SEEDS)
  expect(counts.reset).toBeGreaterThan(SEEDS / 4)
  expect(counts.replaced).toBeGreaterThan(SEEDS)
}, 120_000)

test('after a failing write, sync, rename or full disk nothing acknowledged is missing, in this boot or the next', async () => {
  const counts = noCounts()
  const codes: FileErrorCode[] = ['EIO', 'ENOSPC']
  await forSeeds(SEEDS, async (seed) => {
    const story = new WalStory(seed, counts)
    const { random, disk } = story
    for (let life = 0; life < 4; life++) {
      await story.open()
      let failAfter = random.below(60)
      const once = random.below(2) === 0
      const code = codes[random.below(2)] as FileErrorCode
      disk.fault = ({ type }) => {
        if (type !== 'write' && type !== 'sync' && type !== 'sync-folder' && type !== 'rename')
          return undefined
        failAfter--
        return failAfter === 0 || (failAfter < 0 && !once) ? code : undefined
      }
      for (let calls = random.below(25); calls > 0; calls--) {
        story.call()
        await story.advance(random.below(5))
      }
      if (random.below(2) === 0) await story.settle()
      disk.fault = undefined
      story.end()
    }
    await story.open()
  })
  expect(counts.failures).toBeGreaterThan(SEEDS)
}, 120_000)

test('a bit flipped anywhere below a watermark is found at the next opening, which names file and offset', async () => {
  await forSeeds(Math.ceil(SEEDS / 2), async (seed) => {
    const story = new WalStory(seed, noCounts())
    const { random, disk } = story
    await story.open()
    for (let calls = 5 + random.below(30); calls > 0; calls--) {
      story.call()
      await story.advance(random.below(5))
    }
    if (random.below(2) === 0) await story.close()
    else {
      await story.idle()
      story.end()
    }
    const segments = disk.files().filter(({ path }) => sequenceOf(path.slice('wal/'.length)) !== undefined)
    const { path } = segments[random.below(segments.length)] as { path: string }
    const bytes = disk.peek(path)
    const { header, sizeBytes } = decodeSegmentHeader(bytes)
    const { end } = scanRecords(bytes, { offset: sizeBytes, crc: seedOf(header.segmentId) })
    // The last watermark of the last segment itself is above every watermark.
    const covered = path === segments.at(-1)?.path ? end.offset - 64 : end.offset
    const at = random.below(Math.max(sizeBytes, covered))
    disk.flipBit(path, at, random.below(8))
    const opening = runUntil(story.time, Wal.open(story.options()))
    const error = await opening.then(
      () => expect.fail(`a flip at ${at} of ${path} (${covered} bytes covered) was not found`),
      (refusal: { reason: string; message: string; details: Record<string, string>; help: string }) =>
        refusal,
    )
    expect(error.reason, error.message).toBe('STORAGE_CORRUPT')
    expect(error.details.file).toMatch(/^wal\//)
    expect(error.message).toContain(error.details.offset)
    expect(error.help).toContain('new member')
  })
}, 120_000)

test('a file that was cut short, wherever, is found at the next opening, which names it and where it ends', async () => {
  await forSeeds(Math.ceil(SEEDS / 5), async (seed) => {
    const story = new WalStory(seed, noCounts())
    const { random, disk } = story
    await story.open()
    for (let calls = 5 + random.below(30); calls > 0; calls--) {
      story.call()
      await story.advance(random.below(5))
    }
    await story.close()
    const segments = disk.files().filter(({ path }) => sequenceOf(path.slice('wal/'.length)) !== undefined)
    const { path, sizeBytes } = segments[random.below(segments.length)] as { path: string; sizeBytes: number }
    const at = random.below(sizeBytes)
    disk.loseEnd(path, at, 'cut')
    await expect(runUntil(story.time, Wal.open(story.options()))).rejects.toMatchObject({
      reason: 'STORAGE_CORRUPT',
      message: expect.stringContaining(path),
      details: { file: path },
    })
  })
}, 120_000)
