import { DecodeError } from '../../model/codec.js'
import type { FileSystem } from '../../runtime/file-system.js'
import type { RecoveredLog } from '../log-store.js'
import { highestWatermark, RECORD_HEADER_BYTES } from './record.js'
import { Replay } from './replay.js'
import type { Segment } from './segment.js'
import {
  decodeSegmentHeader,
  type SegmentHeader,
  SegmentVersionError,
  seedOf,
  WAL_VERSION,
} from './segment-header.js'
import { SUSPECT_NAME, segmentName, sequenceOf } from './segment-name.js'
import { RecordError, type SegmentScan, scanRecords } from './segment-scan.js'
import type { SuspectMarker } from './suspect-marker.js'
import { corrupt, unsupported } from './wal-error.js'

/** Most bytes of a cut tail that are kept aside. */
const TORN_BYTES_MAX = 4 * 1024 * 1024

export interface Recovery {
  readonly log: RecoveredLog
  /** Oldest first; the last one is written on. */
  readonly segments: readonly Segment[]
  /** Records of the last segment above its highest watermark: perhaps only in the page cache, so written again. */
  readonly unproven: { readonly offset: number; readonly bytes: Uint8Array }
  /** What follows the last good record of the last segment and is not zeros. */
  readonly torn: Uint8Array
  /** Segments begun after a failure in this same boot, which held nothing acknowledged. */
  readonly distrusted: readonly string[]
}

/**
 * Reads the segments of a log folder and decides what may be trusted; changes nothing. Undefined where there is no segment.
 * @throws MarketplaceError STORAGE_CORRUPT, VERSION_UNSUPPORTED
 */
export async function recover(
  fileSystem: FileSystem,
  folder: string,
  suspect: SuspectMarker | undefined,
  bootId: string,
): Promise<Recovery | undefined> {
  const all = (await fileSystem.list(folder)).map(sequenceOf).filter((sequence) => sequence !== undefined)
  const sameBoot = suspect !== undefined && suspect.bootId === bootId
  const sequences = sameBoot ? all.filter((sequence) => sequence <= suspect.sequence) : all
  if (sequences.length === 0) {
    if (all.length > 0) throw corrupt(`${folder}/${SUSPECT_NAME}`, 0, 'the segment that it names is missing')
    return undefined
  }
  const reader = new SegmentReader(fileSystem, folder, suspect, sameBoot)
  for (const sequence of sequences) await reader.read(sequence, sequence === sequences.at(-1))
  const distrusted = all.slice(sequences.length).map((sequence) => `${folder}/${segmentName(sequence)}`)
  return { ...reader.finish(), distrusted }
}

class SegmentReader {
  readonly #segments: Segment[] = []
  #replay: Replay | undefined
  #unproven: Recovery['unproven'] = { offset: 0, bytes: new Uint8Array(0) }
  #torn = new Uint8Array(0)

  constructor(
    private readonly fileSystem: FileSystem,
    private readonly folder: string,
    private readonly suspect: SuspectMarker | undefined,
    private readonly sameBoot: boolean,
  ) {}

  async read(sequence: number, last: boolean): Promise<void> {
    const path = `${this.folder}/${segmentName(sequence)}`
    const bytes = await this.fileSystem.readFile(path)
    const { header, sizeBytes: headerBytes } = readHeader(path, bytes)
    if (header.sequence !== sequence) throw corrupt(path, 0, `it calls itself segment ${header.sequence}`)
    this.#checkLink(path, header)
    if (bytes.length < header.fileBytes)
      throw corrupt(
        path,
        bytes.length,
        `the file ends there and had ${header.fileBytes} bytes: it was cut off`,
      )
    // After a failure in this same boot nothing above the last success is read at all.
    const readable = this.sameBoot && last ? this.#trustedPart(path, header, bytes) : bytes
    const scan = scanOf(path, readable, { offset: headerBytes, crc: seedOf(header.segmentId) })
    this.#take(path, header, bytes.length, scan)
    if (last) this.#judgeTail(path, header, headerBytes, bytes, scan)
  }

  finish(): Omit<Recovery, 'distrusted'> {
    const log = this.#replay?.finish() ?? 'no segment'
    const first = this.#segments[0] as Segment
    if (typeof log === 'string') throw corrupt(first.path, 0, log)
    return { log, segments: this.#segments, unproven: this.#unproven, torn: this.#torn }
  }

  /** A segment's successor says where it ended: every segment but the last is durable to its end, without exception. */
  #checkLink(path: string, header: SegmentHeader): void {
    const before = this.#segments.at(-1)
    if (before === undefined) return
    if (header.sequence !== before.sequence + 1)
      throw corrupt(`${this.folder}/${segmentName(before.sequence + 1)}`, 0, 'the file is missing')
    const { previous } = header
    if (previous === undefined) throw corrupt(path, 0, 'it calls itself the first segment')
    if (previous.offset !== before.end.offset || previous.crc !== before.end.crc)
      throw corrupt(
        before.path,
        before.end.offset,
        `its records should end at ${previous.offset} with checksum ${previous.crc.toString(16)}`,
      )
  }

  #trustedPart(path: string, header: SegmentHeader, bytes: Uint8Array): Uint8Array {
    if (!this.#isSuspect(header)) throw corrupt(path, 0, 'another segment is marked suspect under its name')
    return bytes.subarray(0, this.suspect?.syncedOffset)
  }

  #isSuspect(header: SegmentHeader): boolean {
    if (this.suspect === undefined || this.suspect.sequence !== header.sequence) return false
    return this.suspect.segmentId.every((byte, position) => byte === header.segmentId[position])
  }

  #take(path: string, header: SegmentHeader, sizeBytes: number, scan: SegmentScan): void {
    this.#replay ??= new Replay(header)
    let maxIndex = 0
    for (const record of scan.records) {
      const refusal = this.#replay.apply(record)
      if (refusal !== undefined) throw corrupt(path, scan.end.offset, refusal)
      if (record.type === 'entry') maxIndex = Math.max(maxIndex, record.entry.index)
      if (record.type === 'mark' && record.reset) {
        maxIndex = 0
        for (const segment of this.#segments) segment.maxIndex = 0
      }
    }
    const { sequence, segmentId } = header
    this.#segments.push({ path, sequence, segmentId, sizeBytes, end: scan.end, maxIndex })
  }

  /** Bad bytes below any watermark are damage; above all of them they are a write that a crash cut short. */
  #judgeTail(
    path: string,
    header: SegmentHeader,
    headerBytes: number,
    bytes: Uint8Array,
    scan: SegmentScan,
  ): void {
    const claims = [headerBytes, highestWatermark(bytes, header.segmentId)]
    if (this.suspect !== undefined && this.#isSuspect(header)) claims.push(this.suspect.syncedOffset)
    const durable = Math.max(...claims)
    const { offset } = scan.end
    if (offset < durable)
      throw corrupt(path, offset, `a wrong checksum in bytes known durable up to ${durable}`)
    this.#unproven = { offset: durable, bytes: bytes.slice(durable, offset) }
    const clean = bytes.subarray(offset, offset + RECORD_HEADER_BYTES).every((byte) => byte === 0)
    if (!clean) this.#torn = withoutTrailingZeros(bytes.subarray(offset, offset + TORN_BYTES_MAX))
  }
}

function readHeader(path: string, bytes: Uint8Array): ReturnType<typeof decodeSegmentHeader> {
  try {
    return decodeSegmentHeader(bytes)
  } catch (error) {
    if (error instanceof SegmentVersionError) throw unsupported(path, error.version, WAL_VERSION)
    if (error instanceof DecodeError) throw corrupt(path, 0, error.message)
    throw error
  }
}

function scanOf(path: string, bytes: Uint8Array, start: { offset: number; crc: number }): SegmentScan {
  try {
    return scanRecords(bytes, start)
  } catch (error) {
    if (error instanceof RecordError) throw corrupt(path, error.offset, error.message)
    throw error
  }
}

function withoutTrailingZeros(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let length = bytes.length
  while (length > 0 && bytes[length - 1] === 0) length--
  return bytes.slice(0, length)
}
