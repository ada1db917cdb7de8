import { DecodeError } from '../../model/codec.js'
import type { FileHandle, FileSystem } from '../../runtime/file-system.js'
import type { LogDamage } from '../log-store.js'
import { align, RECORD_HEADER_BYTES } from './record.js'
import type { Segment } from './segment.js'
import { decodeSegmentHeader, seedOf } from './segment-header.js'
import { RecordError, scanRecords } from './segment-scan.js'

/** Read at once: the thread that appends waits for no more than this. */
const WINDOW_BYTES = 256 * 1024
/** A header with a large configuration. */
const HEADER_BYTES_MAX = 1024 * 1024

/** What one segment's file was found to hold. */
export interface CheckedSegment {
  readonly entries: number
  readonly bytes: number
  readonly damage: LogDamage | undefined
}

/**
 * Reads a segment of a running log from its first byte to where its records are known to end, and holds every record
 * against its checksum.
 * @param each told the bytes of each piece read; awaited, so that the caller sets the pace
 * @throws FileError where the disk refuses
 */
export async function checkSegment(
  files: FileSystem,
  { path, segmentId, sequence, end }: Readonly<Segment>,
  each: (bytes: number) => Promise<void>,
): Promise<CheckedSegment> {
  const handle = await files.open(path, 'open')
  let entries = 0
  let offset = 0
  const damaged = (what: string): CheckedSegment => ({
    entries,
    bytes: offset,
    damage: { file: path, offset, what },
  })
  try {
    const found = await readHeader(handle)
    if (typeof found === 'string') return damaged(found)
    const { header, sizeBytes } = found
    if (header.sequence !== sequence || !header.segmentId.every((byte, at) => byte === segmentId[at]))
      return damaged(`it calls itself segment ${header.sequence}`)
    offset = sizeBytes
    let crc = seedOf(segmentId)
    for (let windowBytes = WINDOW_BYTES; offset < end.offset; ) {
      const window = await handle.read(offset, Math.min(windowBytes, end.offset - offset))
      await each(window.length)
      const scan = scanRecords(window, { offset: 0, crc })
      for (const record of scan.records) if (record.type === 'entry') entries++
      offset += scan.end.offset
      crc = scan.end.crc
      if (scan.end.offset > 0) {
        windowBytes = WINDOW_BYTES
        continue
      }
      const wanted = recordBytesAt(window)
      if (wanted <= window.length || wanted > end.offset - offset)
        return damaged('a record does not match its checksum')
      windowBytes = wanted
    }
    if (crc !== end.crc) return damaged('its records end in another checksum than they were written with')
    return { entries, bytes: offset, damage: undefined }
  } catch (error) {
    if (error instanceof RecordError) {
      offset += error.offset
      return damaged(error.message)
    }
    throw error
  } finally {
    await handle.close()
  }
}

/** The length that the record at the beginning claims; 0 where there is none. */
function recordBytesAt(window: Uint8Array): number {
  if (window.length < RECORD_HEADER_BYTES) return 0
  const view = new DataView(window.buffer, window.byteOffset, window.byteLength)
  return align(RECORD_HEADER_BYTES + view.getUint32(0, true))
}

async function readHeader(handle: FileHandle): Promise<ReturnType<typeof decodeSegmentHeader> | string> {
  try {
    return decodeSegmentHeader(await handle.read(0, HEADER_BYTES_MAX))
  } catch (error) {
    if (error instanceof DecodeError) return error.message
    throw error
  }
}
