import { crc32 } from 'node:zlib'
import { bytesEqual, DecodeError, Decoder, Encoder } from '../../model/codec.js'
import type { HardState, SnapshotMark } from '../../raft/entry.js'
import type { ChainEnd } from './group.js'
import { align, readHardState, readMark, writeHardState, writeMark } from './record.js'

export const WAL_VERSION = 2
const MAGIC = new TextEncoder().encode('GGEN-WAL')
/** Magic, version, length of the body. */
const FIXED_BYTES = 16
const CRC_BYTES = 4

export interface SegmentHeader {
  /** 16 random bytes; the seed of every checksum in the segment. */
  readonly segmentId: Uint8Array
  /** Position in the log, from 1; also the file's name. */
  readonly sequence: number
  /** Where the segment before this one ended; undefined in the very first. */
  readonly previous: ChainEnd | undefined
  /** As they stood when the segment began, so that older ones may go (raft.md, lesson 12). */
  readonly hardState: HardState
  readonly mark: SnapshotMark
  /** Length of the file from the start on, records or not: one that is shorter was cut off. */
  readonly fileBytes: number
}

/** Not of this version: a newer program wrote it. */
export class SegmentVersionError extends DecodeError {
  constructor(readonly version: number) {
    super(`log version ${version}`)
  }
}

/** The checksum that a segment's first record continues. */
export function seedOf(segmentId: Uint8Array): number {
  return crc32(segmentId)
}

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const out = new Encoder().raw(header.segmentId).uint(header.sequence)
  out.optional(header.previous, ({ offset, crc }) => out.uint(offset).uint(crc))
  writeHardState(out, header.hardState)
  writeMark(out, header.mark)
  const body = out.uint(header.fileBytes).finish()
  const bytes = new Uint8Array(align(FIXED_BYTES + body.length + CRC_BYTES))
  const view = new DataView(bytes.buffer)
  bytes.set(MAGIC, 0)
  view.setUint32(8, WAL_VERSION, true)
  view.setUint32(12, body.length, true)
  bytes.set(body, FIXED_BYTES)
  const crcAt = bytes.length - CRC_BYTES
  view.setUint32(crcAt, crc32(bytes.subarray(0, crcAt)), true)
  return bytes
}

/** @throws DecodeError, {@link SegmentVersionError} */
export function decodeSegmentHeader(bytes: Uint8Array): {
  readonly header: SegmentHeader
  readonly sizeBytes: number
} {
  if (bytes.length < FIXED_BYTES || !bytesEqual(bytes.subarray(0, 8), MAGIC))
    throw new DecodeError('no segment header')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const bodyBytes = view.getUint32(12, true)
  const sizeBytes = align(FIXED_BYTES + bodyBytes + CRC_BYTES)
  if (sizeBytes > bytes.length) throw new DecodeError(`segment header of ${bodyBytes} bytes`)
  const crcAt = sizeBytes - CRC_BYTES
  if (view.getUint32(crcAt, true) !== crc32(bytes.subarray(0, crcAt)))
    throw new DecodeError('segment header has a wrong checksum')
  const version = view.getUint32(8, true)
  if (version !== WAL_VERSION) throw new SegmentVersionError(version)
  const input = new Decoder(bytes.subarray(FIXED_BYTES, FIXED_BYTES + bodyBytes))
  const header: SegmentHeader = {
    segmentId: input.raw(16).slice(),
    sequence: input.uint(),
    previous: input.optional(() => ({ offset: input.uint(), crc: input.uint() })),
    hardState: readHardState(input),
    mark: readMark(input),
    fileBytes: input.uint(),
  }
  input.end()
  return { header, sizeBytes }
}
