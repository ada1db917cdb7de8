/** Reflected Castagnoli polynomial (RFC 3720 §12.1). Node's zlib has only the other CRC-32. */
const POLYNOMIAL = 0x82f63b78

/** Table k holds what a byte becomes after k more bytes: eight are folded in at once. */
const TABLES = Array.from({ length: 8 }, () => new Int32Array(256))
for (let byte = 0; byte < 256; byte++) {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
  ;(TABLES[0] as Int32Array)[byte] = crc
}
for (let k = 1; k < 8; k++) {
  const [first, before, own] = [TABLES[0], TABLES[k - 1], TABLES[k]] as [Int32Array, Int32Array, Int32Array]
  for (let byte = 0; byte < 256; byte++) {
    const crc = before[byte] as number
    own[byte] = (crc >>> 8) ^ (first[crc & 0xff] as number)
  }
}
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
]

/** CRC-32C of the bytes from start to end, unsigned. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let crc = -1
  let at = start
  for (; at + 8 <= end; at += 8) {
    const low = crc ^ view.getInt32(at, true)
    const high = view.getInt32(at + 4, true)
    crc =
      (T7[low & 0xff] as number) ^
      (T6[(low >>> 8) & 0xff] as number) ^
      (T5[(low >>> 16) & 0xff] as number) ^
      (T4[low >>> 24] as number) ^
      (T3[high & 0xff] as number) ^
      (T2[(high >>> 8) & 0xff] as number) ^
      (T1[(high >>> 16) & 0xff] as number) ^
      (T0[high >>> 24] as number)
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (T0[(crc ^ (bytes[at] as number)) & 0xff] as number)
  return ~crc >>> 0
}
