import { crc32 } from 'node:zlib'
import { assert } from '../../model/assert.js'
import { bytesEqual, DecodeError, Decoder, Encoder } from '../../model/codec.js'
import type { Entry, EntryType, HardState, SnapshotMark } from '../../raft/entry.js'

/** Every record begins at a multiple of this, so that a search for watermarks knows where to look. */
export const RECORD_ALIGNMENT = 8
/** Length, type and checksum, 32 bits each, little-endian. */
export const RECORD_HEADER_BYTES = 12
/** Zeros after a group: a reader that finds them where a record would begin is at the end. */
export const TERMINATOR_BYTES = 16

export const RECORD_TYPE = { hardState: 1, entry: 2, mark: 3, watermark: 4 } as const

export type WalRecord =
  | { readonly type: 'hard-state'; readonly hardState: HardState }
  | { readonly type: 'entry'; readonly entry: Entry }
  /** `reset`: the entries held go too (a received snapshot took their place). */
  | { readonly type: 'mark'; readonly mark: SnapshotMark; readonly reset: boolean }
  | { readonly type: 'watermark' }

/** A record ready to be written: its body in two parts, so that a payload is copied once only. */
export interface EncodedRecord {
  readonly type: number
  readonly head: Uint8Array
  readonly payload: Uint8Array
}

const ENTRY_TYPES: readonly EntryType[] = ['empty', 'command', 'configuration']
const NOTHING = new Uint8Array(0)

export function encodeHardState(hardState: HardState): EncodedRecord {
  const head = writeHardState(new Encoder(64), hardState).finish()
  return { type: RECORD_TYPE.hardState, head, payload: NOTHING }
}

export function encodeEntry(entry: Entry): EncodedRecord {
  const head = new Encoder(40)
    .uint(entry.term)
    .uint(entry.index)
    .byte(ENTRY_TYPES.indexOf(entry.type))
    .uint(entry.stampMs)
    .finish()
  return { type: RECORD_TYPE.entry, head, payload: entry.payload }
}

export function encodeMark(mark: SnapshotMark, reset: boolean): EncodedRecord {
  const head = writeMark(new Encoder().bool(reset), mark).finish()
  return { type: RECORD_TYPE.mark, head, payload: NOTHING }
}

/** Bytes that the record takes in a segment. */
export function recordBytes(record: EncodedRecord): number {
  return align(RECORD_HEADER_BYTES + record.head.length + record.payload.length)
}

export function align(bytes: number): number {
  return Math.ceil(bytes / RECORD_ALIGNMENT) * RECORD_ALIGNMENT
}

/** @throws DecodeError */
export function decodeRecord(type: number, body: Uint8Array): WalRecord {
  const input = new Decoder(body)
  switch (type) {
    case RECORD_TYPE.hardState: {
      const hardState = readHardState(input)
      input.end()
      return { type: 'hard-state', hardState }
    }
    case RECORD_TYPE.entry: {
      const term = input.uint()
      const index = input.uint()
      const entryType = ENTRY_TYPES[input.byte()]
      if (entryType === undefined) throw new DecodeError('entry of unknown type')
      const stampMs = input.uint()
      // A copy: the segment's memory must not live as long as one of its entries.
      const payload = input.raw(input.remaining).slice()
      return { type: 'entry', entry: { term, index, type: entryType, stampMs, payload } }
    }
    case RECORD_TYPE.mark: {
      const reset = input.bool()
      const mark = readMark(input)
      input.end()
      return { type: 'mark', mark, reset }
    }
    case RECORD_TYPE.watermark:
      return { type: 'watermark' }
    default:
      throw new DecodeError(`record of unknown type ${type}`)
  }
}

export function writeHardState(out: Encoder, { term, vote, commit }: HardState): Encoder {
  return out
    .uint(term)
    .optional(vote, (id) => out.text(id))
    .uint(commit)
}

export function readHardState(input: Decoder): HardState {
  return { term: input.uint(), vote: input.optional(() => input.text()), commit: input.uint() }
}

export function writeMark(out: Encoder, mark: SnapshotMark): Encoder {
  return out.uint(mark.index).uint(mark.term).bytes(mark.configuration)
}

export function readMark(input: Decoder): SnapshotMark {
  return { index: input.uint(), term: input.uint(), configuration: input.bytes().slice() }
}

/** Running checksum: over everything before, the record's length and type, and its body with the padding. */
export function chainCrc(previousCrc: number, lengthAndType: Uint8Array, paddedBody: Uint8Array): number {
  return crc32(paddedBody, crc32(lengthAndType, previousCrc))
}

const WATERMARK_MAGIC = new Uint8Array([0xd7, 0x47, 0x47, 0x57, 0x4d, 0x52, 0x4b, 0x31])
const WATERMARK_BODY_BYTES = 52
export const WATERMARK_BYTES = align(RECORD_HEADER_BYTES + WATERMARK_BODY_BYTES)
const SEGMENT_ID_BYTES = 16
const NONCE_BYTES = 8
/**
 * What the watermark's own checksum covers. The nonce comes behind it: a CRC over bytes that end in their own CRC is
 * the same whatever the bytes, so a nonce before it would leave no trace in the chain.
 */
const CHECKED_BYTES = 40

export interface Watermark {
  readonly segmentId: Uint8Array
  /** Where the watermark itself begins. */
  readonly offset: number
  /** Everything before this offset of the segment was durable when the watermark was written. */
  readonly syncedOffset: number
  /** Random: what follows a watermark can never be taken for what once followed other bytes there. */
  readonly nonce: Uint8Array
}

/**
 * A watermark is checked by itself, besides by the chain: it must be found where the chain before it is broken, since
 * only it tells whether the broken bytes had been durable.
 */
export function encodeWatermark(watermark: Watermark): EncodedRecord {
  const head = new Uint8Array(WATERMARK_BODY_BYTES)
  const view = new DataView(head.buffer)
  assert(watermark.segmentId.length === SEGMENT_ID_BYTES, 'segment id of 16 bytes')
  assert(watermark.nonce.length === NONCE_BYTES, 'nonce of 8 bytes')
  head.set(WATERMARK_MAGIC, 0)
  head.set(watermark.segmentId, 8)
  view.setBigUint64(24, BigInt(watermark.offset), true)
  view.setBigUint64(32, BigInt(watermark.syncedOffset), true)
  view.setUint32(CHECKED_BYTES, crc32(head.subarray(0, CHECKED_BYTES)), true)
  head.set(watermark.nonce, CHECKED_BYTES + 4)
  return { type: RECORD_TYPE.watermark, head, payload: NOTHING }
}

/** The highest offset that any watermark of this segment calls durable, wherever in the bytes it lies; 0 if none does. */
export function highestWatermark(bytes: Uint8Array, segmentId: Uint8Array): number {
  let highest = 0
  const first = WATERMARK_MAGIC[0] as number
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    const offset = at - RECORD_HEADER_BYTES
    if (offset < 0 || offset % RECORD_ALIGNMENT !== 0) continue
    const body = bytes.subarray(at, at + WATERMARK_BODY_BYTES)
    if (body.length < WATERMARK_BODY_BYTES || !bytesEqual(body.subarray(0, 8), WATERMARK_MAGIC)) continue
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
    if (view.getUint32(CHECKED_BYTES, true) !== crc32(body.subarray(0, CHECKED_BYTES))) continue
    if (!bytesEqual(body.subarray(8, 24), segmentId) || Number(view.getBigUint64(24, true)) !== offset)
      continue
    highest = Math.max(highest, Number(view.getBigUint64(32, true)))
  }
  return highest
}
