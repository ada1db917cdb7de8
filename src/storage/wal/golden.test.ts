import { readFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { entry, mark } from '../../../test/conformance/log-store.js'
import { runUntil } from '../../../test/sim/run-until.js'
import { SeededRandom } from '../../../test/sim/seeded-random.js'
import { SimClock } from '../../../test/sim/sim-clock.js'
import { SimDisk } from '../../../test/sim/sim-disk.js'
import { encodeSegmentHeader } from './segment-header.js'
import { Wal } from './wal.js'
import { EMPTY_LOG, type WalOptions } from './wal-options.js'

const GOLDEN = new URL('./testdata/version-2.wal.hex', import.meta.url)

function make() {
  const time = new SimClock()
  const clock = time.forNode()
  const disk = new SimDisk({ clock, random: new SeededRandom(1) })
  const options = (): WalOptions => ({
    fileSystem: disk.fileSystem(),
    clock,
    random: new SeededRandom(2),
    bootId: disk.bootId,
    segmentBytes: 4096,
    quickSegmentBytes: 4096,
    bootstrap: {
      hardState: { term: 1, vote: undefined, commit: 0 },
      mark: mark(4, 1),
      entries: [entry(5, 1)],
    },
  })
  return { time, disk, options }
}

const HARD_STATE = { term: 3, vote: 'node-b', commit: 5 }

/** The bytes as lines of 32, without the zeros at the end. */
function dump(bytes: Uint8Array): string {
  const text = Buffer.from(bytes)
    .toString('hex')
    .replace(/(00)+$/, '')
  return `${text.match(/.{1,64}/g)?.join('\n')}\n`
}

test('a log of version 2 is written byte for byte as ever', async () => {
  const { time, disk, options } = make()
  const log = await runUntil(time, Wal.open(options()))
  await runUntil(time, log.append(HARD_STATE, [entry(6, 3), { ...entry(7, 3, ''), type: 'empty' }]))
  await runUntil(time, log.append(undefined, [{ ...entry(7, 4), type: 'configuration' }]))
  await runUntil(time, log.compact(mark(5, 1)))
  await runUntil(time, Promise.resolve(log[Symbol.asyncDispose]()))
  expect(dump(disk.peek('wal/0000000000000001.wal'))).toBe(await readFile(GOLDEN, 'utf8'))
})

test('a log of version 2 is read as ever', async () => {
  const { time, disk, options } = make()
  const text = await readFile(GOLDEN, 'utf8')
  const fileSystem = disk.fileSystem()
  const write = async () => {
    await fileSystem.makeFolder('wal')
    const handle = await fileSystem.open('wal/0000000000000001.wal', 'create')
    await handle.write(0, [Buffer.from(text.replaceAll('\n', ''), 'hex')], { sync: true })
    await handle.truncate(4096)
    await handle.sync()
  }
  await runUntil(time, write())
  const log = await runUntil(time, Wal.open({ ...options(), bootstrap: EMPTY_LOG }))
  expect(log.recovered).toEqual({
    hardState: HARD_STATE,
    mark: mark(5, 1),
    entries: [entry(6, 3), { ...entry(7, 4), type: 'configuration' }],
  })
})

test.each([1, 3])('a log of version %d is refused, with the version', async (version) => {
  const { time, disk, options } = make()
  const log = await runUntil(time, Wal.open(options()))
  await runUntil(time, Promise.resolve(log[Symbol.asyncDispose]()))
  const bytes = encodeSegmentHeader({
    segmentId: new Uint8Array(16),
    sequence: 1,
    previous: undefined,
    hardState: HARD_STATE,
    mark: mark(0, 0),
    fileBytes: 4096,
  })
  const view = new DataView(bytes.buffer)
  view.setUint32(8, version, true)
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)), true)
  const rewrite = async () => {
    const handle = await disk.fileSystem().open('wal/0000000000000001.wal', 'open')
    await handle.write(0, [bytes], { sync: true })
  }
  await runUntil(time, rewrite())
  const opening = runUntil(time, Wal.open(options()))
  await expect(opening).rejects.toMatchObject({ reason: 'VERSION_UNSUPPORTED' })
  await expect(opening).rejects.toThrow(`version ${version}`)
})
