import { assert } from '../../model/assert.js'
import {
  align,
  chainCrc,
  type EncodedRecord,
  encodeWatermark,
  RECORD_HEADER_BYTES,
  recordBytes,
  TERMINATOR_BYTES,
} from './record.js'

/** Where the next record of a segment goes, and the checksum that it continues. */
export interface ChainEnd {
  readonly offset: number
  readonly crc: number
}

/** Lays records out one after another, each chained to the one before, ready for one write. */
export class Group {
  #bytes: Uint8Array
  #length = 0
  #crc: number

  constructor(
    private readonly segmentId: Uint8Array,
    private readonly start: ChainEnd,
    capacityBytes: number,
  ) {
    assert(start.offset % 8 === 0, () => `group begins at ${start.offset}`)
    this.#bytes = new Uint8Array(capacityBytes + TERMINATOR_BYTES)
    this.#crc = start.crc
  }

  /** Says that everything before syncedOffset is durable. */
  watermark(syncedOffset: number, nonce: Uint8Array): this {
    const offset = this.start.offset + this.#length
    assert(syncedOffset <= offset, () => `watermark at ${offset} for ${syncedOffset}`)
    return this.add(encodeWatermark({ segmentId: this.segmentId, offset, syncedOffset, nonce }))
  }

  add(record: EncodedRecord): this {
    const { head, payload } = record
    const total = recordBytes(record)
    this.#room(total)
    const bytes = this.#bytes.subarray(this.#length, this.#length + total)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    view.setUint32(0, head.length + payload.length, true)
    view.setUint32(4, record.type, true)
    bytes.set(head, RECORD_HEADER_BYTES)
    bytes.set(payload, RECORD_HEADER_BYTES + head.length)
    this.#crc = chainCrc(this.#crc, bytes.subarray(0, 8), bytes.subarray(RECORD_HEADER_BYTES))
    view.setUint32(8, this.#crc, true)
    this.#length += total
    return this
  }

  /** Where the next group begins. */
  get end(): ChainEnd {
    return { offset: this.start.offset + this.#length, crc: this.#crc }
  }

  /** The records and the terminator after them. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length + TERMINATOR_BYTES)
  }

  #room(bytes: number): void {
    const needed = this.#length + bytes + TERMINATOR_BYTES
    if (needed <= this.#bytes.length) return
    const larger = new Uint8Array(align(Math.max(needed, this.#bytes.length * 2)))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}
