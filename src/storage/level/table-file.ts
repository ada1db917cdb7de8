import { crc32c } from './crc32c.js'
import { unsnappy } from './snappy.js'

const FOOTER_BYTES = 48
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]

interface Handle {
  readonly offset: number
  readonly size: number
}

/**
 * Checks every block of a LevelDB table file (its table_format.md) against its checksum. LevelDB stores them and, as it is
 * built for Node, does not look at them when it reads: a bit that flips in a key or in a filter makes a pair vanish without a
 * word, and no checksum of ours can miss what is not there.
 * @returns what is wrong, or undefined
 */
export function tableDamage(file: Uint8Array): string | undefined {
  const footer = file.subarray(Math.max(0, file.length - FOOTER_BYTES))
  if (footer.length < FOOTER_BYTES || MAGIC.some((byte, at) => footer[40 + at] !== byte)) {
    return 'it does not end as a table'
  }
  const ends = new Reader(footer)
  const roots = [ends.handle(), ends.handle()]
  for (const root of roots) {
    const block = root && blockOf(file, root)
    if (block === undefined) return 'an index block does not match its checksum'
    const leaves = handlesOf(block)
    if (leaves === undefined) return 'an index block does not decode'
    for (const leaf of leaves) {
      if (!isSound(file, leaf)) return `the block at ${leaf.offset} does not match its checksum`
    }
  }
  return undefined
}

function isSound(file: Uint8Array, { offset, size }: Handle): boolean {
  const end = offset + size + 1
  if (end + 4 > file.length - FOOTER_BYTES) return false
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  // Stored rotated and shifted, since a CRC of bytes that hold CRCs is weak.
  const rotated = (view.getUint32(end, true) - 0xa282ead8) >>> 0
  return ((rotated >>> 17) | (rotated << 15)) >>> 0 === crc32c(file, offset, end)
}

function blockOf(file: Uint8Array, handle: Handle): Uint8Array | undefined {
  if (!isSound(file, handle)) return undefined
  const bytes = file.subarray(handle.offset, handle.offset + handle.size)
  return file[handle.offset + handle.size] === 0 ? bytes : unsnappy(bytes)
}

/** What the entries of an index block point to. Keys are of no interest here. */
function handlesOf(block: Uint8Array): Handle[] | undefined {
  if (block.length < 4) return undefined
  const restarts = new DataView(block.buffer, block.byteOffset, block.byteLength).getUint32(
    block.length - 4,
    true,
  )
  const entriesEnd = block.length - 4 - 4 * restarts
  if (entriesEnd < 0) return undefined
  const handles: Handle[] = []
  const input = new Reader(block.subarray(0, entriesEnd))
  while (input.remaining > 0) {
    const [, unshared, valueBytes] = [input.varint(), input.varint(), input.varint()]
    if (unshared === undefined || valueBytes === undefined) return undefined
    input.skip(unshared)
    const before = input.remaining
    const handle = input.handle()
    if (handle === undefined || before - input.remaining !== valueBytes) return undefined
    handles.push(handle)
  }
  return handles
}

class Reader {
  #at = 0

  constructor(private readonly bytes: Uint8Array) {}

  get remaining(): number {
    return this.bytes.length - this.#at
  }

  skip(bytes: number): void {
    this.#at += bytes
  }

  varint(): number | undefined {
    let value = 0
    for (let scale = 1; scale < 2 ** 53; scale *= 0x80) {
      const byte = this.bytes[this.#at++]
      if (byte === undefined) return undefined
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
    return undefined
  }

  handle(): Handle | undefined {
    const [offset, size] = [this.varint(), this.varint()]
    return offset === undefined || size === undefined ? undefined : { offset, size }
  }
}
