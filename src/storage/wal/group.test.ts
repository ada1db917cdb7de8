import { expect, test } from 'vitest'
import { entry } from '../../../test/conformance/log-store.js'
import { Group } from './group.js'
import {
  encodeEntry,
  encodeHardState,
  highestWatermark,
  RECORD_ALIGNMENT,
  WATERMARK_BYTES,
} from './record.js'
import { seedOf } from './segment-header.js'
import { RecordError, scanRecords } from './segment-scan.js'

const ID = new Uint8Array(16).fill(7)
const OTHER_ID = new Uint8Array(16).fill(8)
const NONCE = new Uint8Array(8).fill(9)
const startOf = (id: Uint8Array, offset = 0) => ({ offset, crc: seedOf(id) })

function records(id: Uint8Array) {
  const group = new Group(id, startOf(id), 0)
  for (let index = 1; index <= 3; index++) group.add(encodeEntry(entry(index, 1, 'x'.repeat(index * 3))))
  return group
}

test('records come back in order, each begins at a multiple of the alignment, and zeros end them', () => {
  const group = records(ID)
  const bytes = group.finish()
  const { records: found, end } = scanRecords(bytes, startOf(ID))
  expect(found.map((record) => record.type === 'entry' && record.entry.index)).toEqual([1, 2, 3])
  expect(end).toEqual(group.end)
  expect(end.offset % RECORD_ALIGNMENT).toBe(0)
  expect(bytes.subarray(end.offset)).toEqual(new Uint8Array(16))
})

test('records of another segment never continue a chain, at no place of theirs', () => {
  const foreign = records(OTHER_ID).finish()
  expect(scanRecords(foreign, startOf(ID)).records).toEqual([])
  const own = new Group(ID, startOf(ID), 0).add(encodeEntry(entry(1, 1, 'xxx')))
  const spliced = foreign.slice()
  spliced.set(own.finish().subarray(0, own.end.offset))
  expect(scanRecords(spliced, startOf(ID)).records.length).toBe(1)
})

test('the same record after other bytes is not the same link of the chain', () => {
  const one = records(ID).finish()
  const other = new Group(ID, startOf(ID), 0).add(encodeEntry(entry(1, 1, 'yyy')))
  const spliced = one.slice()
  spliced.set(other.finish().subarray(0, other.end.offset))
  expect(scanRecords(spliced, startOf(ID)).records.length).toBe(1)
})

test('every single changed bit of a record ends the chain at or before it', () => {
  const group = records(ID)
  const bytes = group.finish()
  for (let bit = 0; bit < group.end.offset * 8; bit++) {
    const changed = bytes.slice()
    changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7))
    expect(scanRecords(changed, startOf(ID)).end.offset).toBeLessThanOrEqual(bit >> 3)
  }
})

test('a record whose checksum holds but whose content does not decode is no torn write', () => {
  const group = new Group(ID, startOf(ID), 0)
  group.add(encodeHardState({ term: 1, vote: undefined, commit: 0 }))
  const { offset } = group.end
  group.add({ type: 2, head: Uint8Array.of(0x80), payload: new Uint8Array(0) })
  expect(() => scanRecords(group.finish(), startOf(ID))).toThrow(RecordError)
  const unknown = new Group(ID, startOf(ID), 0).add({
    type: 99,
    head: new Uint8Array(3),
    payload: new Uint8Array(0),
  })
  expect(() => scanRecords(unknown.finish(), startOf(ID))).toThrow('unknown type 99')
  expect(offset).toBeGreaterThan(0)
})

test('the random bytes of a watermark part the chains that follow it', () => {
  const after = (nonce: number) =>
    new Group(ID, startOf(ID), 0).watermark(0, new Uint8Array(8).fill(nonce)).end.crc
  expect(after(1)).not.toBe(after(2))
})

test('watermarks are found wherever they lie, also behind a broken chain', () => {
  const group = new Group(ID, startOf(ID), 0).watermark(0, NONCE).add(encodeEntry(entry(1, 1)))
  const second = group.end.offset
  group.watermark(second, NONCE).add(encodeEntry(entry(2, 1)))
  const bytes = group.finish().slice()
  expect(highestWatermark(bytes, ID)).toBe(second)
  bytes[WATERMARK_BYTES + 20]! ^= 1
  expect(scanRecords(bytes, startOf(ID)).end.offset).toBe(WATERMARK_BYTES)
  expect(highestWatermark(bytes, ID)).toBe(second)
})

test('a watermark of another segment, at another place, or with a changed bit says nothing', () => {
  const group = new Group(ID, startOf(ID, 64), 0).watermark(64, NONCE)
  const bytes = new Uint8Array(256)
  bytes.set(group.finish(), 64)
  expect(highestWatermark(bytes, ID)).toBe(64)
  expect(highestWatermark(bytes, OTHER_ID)).toBe(0)
  const moved = new Uint8Array(256)
  moved.set(group.finish(), 128)
  expect(highestWatermark(moved, ID)).toBe(0)
  // Its random bytes at the end are the chain's business.
  for (let bit = 12 * 8; bit < (12 + 44) * 8; bit++) {
    const changed = bytes.slice()
    changed[64 + (bit >> 3)] = changed[64 + (bit >> 3)]! ^ (1 << (bit & 7))
    expect(highestWatermark(changed, ID)).toBe(0)
  }
})
