/**
 * Takes apart a block that Snappy compressed (format description of the Snappy project, "raw" format): what a check of
 * LevelDB's tables has to read. Undefined where the bytes are no such block.
 */
export function unsnappy(bytes: Uint8Array): Uint8Array | undefined {
  let at = 0
  const next = () => bytes[at++] ?? Number.NaN
  let length = 0
  for (let shift = 0; ; shift += 7) {
    const byte = next()
    if (Number.isNaN(byte) || shift > 28) return undefined
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
  }
  if (length > 64 * bytes.length + 64) return undefined
  const out = new Uint8Array(length)
  let written = 0
  while (at < bytes.length) {
    const tag = next()
    if ((tag & 3) === 0) {
      let size = (tag >>> 2) + 1
      if (size > 60) {
        const extra = size - 60
        size = 1
        for (let i = 0; i < extra; i++) size += next() * 2 ** (8 * i)
      }
      if (!(at + size <= bytes.length && written + size <= length)) return undefined
      out.set(bytes.subarray(at, at + size), written)
      at += size
      written += size
      continue
    }
    const wide = (tag & 3) === 3
    const size = (tag & 3) === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1
    let offset = (tag & 3) === 1 ? ((tag >>> 5) << 8) | next() : next() + next() * 0x100
    if (wide) offset += next() * 0x1_0000 + next() * 0x100_0000
    if (!(offset >= 1 && offset <= written && written + size <= length)) return undefined
    // Byte by byte: a copy may reach into what it writes.
    for (let i = 0; i < size; i++, written++) out[written] = out[written - offset] as number
  }
  return written === length ? out : undefined
}
