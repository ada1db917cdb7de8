import { DecodeError } from '../../model/codec.js'
import type { ChainEnd } from './group.js'
import { align, chainCrc, decodeRecord, RECORD_HEADER_BYTES, type WalRecord } from './record.js'

export interface SegmentScan {
  readonly records: readonly WalRecord[]
  /** Where the chain ends: the offset of the first record that is not there or not right. */
  readonly end: ChainEnd
}

/** A record whose checksum holds and whose content does not decode: never a torn write. */
export class RecordError extends Error {
  override readonly name = 'RecordError'
  constructor(
    readonly offset: number,
    cause: DecodeError,
  ) {
    super(cause.message, { cause })
  }
}

/** Reads records as long as the chain of checksums holds. @throws RecordError */
export function scanRecords(bytes: Uint8Array, start: ChainEnd): SegmentScan {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const records: WalRecord[] = []
  let { offset, crc } = start
  while (offset + RECORD_HEADER_BYTES <= bytes.length) {
    const length = view.getUint32(offset, true)
    const type = view.getUint32(offset + 4, true)
    const next = offset + align(RECORD_HEADER_BYTES + length)
    if (type === 0 || next > bytes.length) break
    const bodyAt = offset + RECORD_HEADER_BYTES
    const nextCrc = chainCrc(crc, bytes.subarray(offset, offset + 8), bytes.subarray(bodyAt, next))
    if (view.getUint32(offset + 8, true) !== nextCrc) break
    try {
      records.push(decodeRecord(type, bytes.subarray(bodyAt, bodyAt + length)))
    } catch (error) {
      if (error instanceof DecodeError) throw new RecordError(offset, error)
      throw error
    }
    offset = next
    crc = nextCrc
  }
  return { records, end: { offset, crc } }
}
