import { assert } from '../../model/assert.js'
import type { HardState, SnapshotMark } from '../../raft/entry.js'
import type { FileHandle, FileSystem } from '../../runtime/file-system.js'
import type { Random } from '../../runtime/random.js'
import { type ChainEnd, Group } from './group.js'
import { type EncodedRecord, recordBytes, TERMINATOR_BYTES, WATERMARK_BYTES } from './record.js'
import { encodeSegmentHeader, seedOf } from './segment-header.js'
import { segmentName } from './segment-name.js'
import type { SpareSegments } from './spare-segments.js'

/** One file of the log, as the running log knows it. */
export interface Segment {
  readonly path: string
  readonly sequence: number
  readonly segmentId: Uint8Array
  readonly sizeBytes: number
  /** Where its records end. */
  end: ChainEnd
  /** Highest index of any entry in it, 0 for none: it may go once the snapshot mark is there. */
  maxIndex: number
}

export interface SegmentStart {
  readonly sequence: number
  readonly previous: ChainEnd | undefined
  readonly hardState: HardState
  readonly mark: SnapshotMark
  /** Written together with the header. */
  readonly records: readonly EncodedRecord[]
  /** Room for one more record of this many bytes, at least. */
  readonly recordBytesMin: number
}

/** Bytes that a group needs besides its records. */
export const GROUP_OVERHEAD_BYTES = WATERMARK_BYTES + TERMINATOR_BYTES
/** Kept free by records, so that the watermark that follows the last of them always has room. */
export const RESERVED_BYTES = GROUP_OVERHEAD_BYTES

export class SegmentMaker {
  constructor(
    private readonly fileSystem: FileSystem,
    private readonly folder: string,
    private readonly random: Random,
    private readonly spares: SpareSegments,
    /** Size of a segment made when no spare is ready. */
    private readonly quickBytes: number,
  ) {}

  /**
   * Makes the next segment. Its name appears only when header and records are durable, so a segment file is whole or
   * not there; when this resolves, name and content are durable.
   */
  async create(start: SegmentStart): Promise<{ readonly segment: Segment; readonly handle: FileHandle }> {
    const segmentId = this.random.bytes(16)
    const headerOf = (fileBytes: number) => encodeSegmentHeader({ ...start, segmentId, fileBytes })
    const recordsBytes = start.records.reduce((sum, record) => sum + recordBytes(record), 0)
    const needed =
      headerOf(Number.MAX_SAFE_INTEGER).length +
      recordsBytes +
      GROUP_OVERHEAD_BYTES +
      start.recordBytesMin +
      RESERVED_BYTES
    const file = await this.spares.take(needed, this.quickBytes)
    const header = headerOf(file.sizeBytes)
    const group = new Group(segmentId, { offset: header.length, crc: seedOf(segmentId) }, recordsBytes)
    for (const record of start.records) group.add(record)

    const path = `${this.folder}/${segmentName(start.sequence)}`
    assert((await this.fileSystem.stat(path)) === undefined, () => `segment ${path} is there already`)
    await writeSynced(this.fileSystem, file.path, [header, group.finish()])
    await this.fileSystem.rename(file.path, path)
    await this.fileSystem.syncFolder(this.folder)
    // Opened under its own name, which is what errors say.
    const handle = await this.fileSystem.open(path, 'open')
    const { sequence } = start
    const { sizeBytes } = file
    return { segment: { path, sequence, segmentId, sizeBytes, end: group.end, maxIndex: 0 }, handle }
  }
}

async function writeSynced(
  fileSystem: FileSystem,
  path: string,
  chunks: readonly Uint8Array[],
): Promise<void> {
  const handle = await fileSystem.open(path, 'open')
  try {
    await handle.write(0, chunks, { sync: true })
  } finally {
    await handle.close()
  }
}
