import { MarketplaceError } from '../../model/error.js'
import type { FileHandle, FileSystem } from '../../runtime/file-system.js'
import type { LogStore, RecoveredLog } from '../log-store.js'
import { Group } from './group.js'
import { encodeEntry } from './record.js'
import { type Recovery, recover } from './recovery.js'
import { GROUP_OVERHEAD_BYTES, type Segment, SegmentMaker } from './segment.js'
import { tornName } from './segment-name.js'
import { SpareSegments } from './spare-segments.js'
import { clearSuspectMarker, readSuspectMarker } from './suspect-marker.js'
import type { CompleteWalOptions } from './wal-options.js'

/** Cut tails kept in the folder. */
const TORN_FILES_MAX = 8

/** A log ready to be written on. */
export interface OpenedLog {
  readonly log: RecoveredLog
  /** Where that was found to end. */
  readonly end: LogStore['recoveredEnd']
  readonly older: Segment[]
  readonly current: Segment
  readonly handle: FileHandle
  readonly spares: SpareSegments
  readonly maker: SegmentMaker
}

/** Reads the log, or makes it; when it resolves, all that it returns is durable. */
export async function openLog(options: CompleteWalOptions): Promise<OpenedLog> {
  const { fileSystem, folder, random, bootId } = options
  await fileSystem.makeFolder(folder)
  // Names that a killed process made may live in memory only; what is written below them is acknowledged from now on.
  await fileSystem.syncFolder(parentOf(folder))
  await fileSystem.syncFolder(folder)
  const suspect = await readSuspectMarker(fileSystem, folder)
  const recovery = await recover(fileSystem, folder, suspect, bootId)
  const spares = new SpareSegments(fileSystem, folder, random, options.clock, options.segmentBytes)
  await spares.adopt(await fileSystem.list(folder))
  const maker = new SegmentMaker(fileSystem, folder, random, spares, options.quickSegmentBytes)
  const opened =
    recovery === undefined ? await begin(options, maker) : await carryOn(options, recovery, maker)
  await clearSuspectMarker(fileSystem, folder)
  return { ...opened, spares, maker }
}

type Begun = Pick<OpenedLog, 'log' | 'end' | 'older' | 'current' | 'handle'>

async function begin(options: CompleteWalOptions, maker: SegmentMaker): Promise<Begun> {
  const { bootstrap, folder } = options
  if (bootstrap === undefined)
    throw new MarketplaceError({
      reason: 'STORAGE_CORRUPT',
      message: `there is no log in ${folder}, but this node has had one`,
      help:
        'bring the folder back if it was moved; otherwise the node has lost what it promised: ' +
        'add it again as a new member with an empty data folder (a new node id)',
      details: { file: folder, offset: '0' },
    })
  const { segment, handle } = await maker.create({
    ...bootstrap,
    sequence: 1,
    previous: undefined,
    records: bootstrap.entries.map(encodeEntry),
    recordBytesMin: 0,
  })
  segment.maxIndex = bootstrap.entries.at(-1)?.index ?? 0
  return { log: bootstrap, end: endOf(segment), older: [], current: segment, handle }
}

async function carryOn(options: CompleteWalOptions, recovery: Recovery, maker: SegmentMaker): Promise<Begun> {
  const { fileSystem, folder, random } = options
  const { log, segments, unproven, torn } = recovery
  const older = [...segments]
  const last = older.pop() as Segment
  const end = endOf(last)
  for (const path of [...recovery.distrusted].reverse()) {
    await fileSystem.remove(path)
    await fileSystem.syncFolder(folder)
  }
  if (torn.length > 0) await keepTorn(fileSystem, folder, tornName(last.sequence, last.end.offset), torn)

  const handle = await fileSystem.open(last.path, 'open')
  try {
    // Written again, not only synced: after a failed sync the system takes these pages for clean.
    await handle.write(unproven.offset, [unproven.bytes], { sync: true })
    if (last.end.offset + GROUP_OVERHEAD_BYTES <= last.sizeBytes) {
      // The watermark's nonce parts the chain from whatever was written here before the crash.
      const group = new Group(last.segmentId, last.end, 0)
      group.watermark(last.end.offset, random.bytes(8))
      await handle.write(last.end.offset, [group.finish()], { sync: true })
      last.end = group.end
      return { log, end, older, current: last, handle }
    }
  } catch (error) {
    await handle.close().catch(() => {})
    throw error
  }
  await handle.close()
  const next = await maker.create({
    hardState: log.hardState,
    mark: log.mark,
    sequence: last.sequence + 1,
    previous: last.end,
    records: [],
    recordBytesMin: 0,
  })
  return { log, end, older: [...older, last], current: next.segment, handle: next.handle }
}

async function keepTorn(
  fileSystem: FileSystem,
  folder: string,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const handle = await fileSystem.open(`${folder}/${name}`, 'open-or-create')
  try {
    await handle.truncate(0)
    await handle.write(0, [bytes], { sync: true })
  } finally {
    await handle.close()
  }
  const kept = (await fileSystem.list(folder)).filter((other) => other.startsWith('torn-') && other !== name)
  for (const old of kept.slice(0, Math.max(0, kept.length + 1 - TORN_FILES_MAX)))
    await fileSystem.remove(`${folder}/${old}`)
  await fileSystem.syncFolder(folder)
}

function endOf({ path, end }: Segment): LogStore['recoveredEnd'] {
  return { file: path, offset: end.offset }
}

function parentOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
}
