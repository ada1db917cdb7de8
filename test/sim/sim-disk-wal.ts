import { highestWatermark } from '../../src/storage/wal/record.js'
import { decodeSegmentHeader, seedOf } from '../../src/storage/wal/segment-header.js'
import { scanRecords } from '../../src/storage/wal/segment-scan.js'
import { Wal } from '../../src/storage/wal/wal.js'
import { EMPTY_LOG, type WalOptions } from '../../src/storage/wal/wal-options.js'
import { entry } from '../conformance/log-store.js'
import { runUntil } from './run-until.js'
import { SeededRandom } from './seeded-random.js'
import { SimClock } from './sim-clock.js'
import { type DiskOperation, SimDisk } from './sim-disk.js'

/** The first segment. */
export const SEGMENT_1 = 'wal/0000000000000001.wal'

/** One log after another on one simulated disk that notes its operations. */
export function makeWalDisk(seed = 5, options: Partial<WalOptions> = {}) {
  const time = new SimClock()
  const random = new SeededRandom(seed)
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

/** An entry that fills a good part of a small segment. */
export const large = (index: number, bytes = 1500) => entry(index, 1, 'x'.repeat(bytes))

/** The highest offset that a segment's watermarks call durable, and where its records end. */
export function claimOf(disk: SimDisk, path: string): { claimed: number; end: number } {
  const bytes = disk.peek(path)
  const { header, sizeBytes } = decodeSegmentHeader(bytes)
  const { end } = scanRecords(bytes, { offset: sizeBytes, crc: seedOf(header.segmentId) })
  return { claimed: highestWatermark(bytes, header.segmentId), end: end.offset }
}

/** Names of the segment files, in order. */
export const segmentNames = (disk: SimDisk) =>
  disk
    .files()
    .map(({ path }) => path.slice('wal/'.length))
    .filter((name) => /^\d/.test(name))
