import { crc32c } from './crc32c.js'

const BLOCK_BYTES = 32 * 1024
/** Checksum (4), length (2), type (1). */
const HEAD_BYTES = 7
const RECORD = { full: 1, first: 2, middle: 3, last: 4 } as const
/** Fields of a version edit (LevelDB's version_edit.cc). */
const FIELD = {
  comparator: 1,
  logNumber: 2,
  nextFile: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedFile: 6,
  newFile: 7,
  prevLogNumber: 9,
} as const

/**
 * The numbers of the tables that a LevelDB consists of, as its MANIFEST says. Others may lie beside them: half-written ones of
 * a compaction that was cut by a stop or a crash, which LevelDB removes when it opens.
 * @returns undefined where the manifest cannot be read to its end, which is for LevelDB to judge
 */
export function liveTables(manifest: Uint8Array): ReadonlySet<number> | undefined {
  const live = new Set<number>()
  try {
    for (const edit of recordsOf(manifest)) applyEdit(new EditReader(edit), live)
  } catch (error) {
    if (error instanceof Unreadable) return undefined
    throw error
  }
  return live
}

class Unreadable extends Error {}

/** The log format: records in pieces, none of which crosses a block. A record that was cut at the end was never in force. */
function* recordsOf(file: Uint8Array): Iterable<Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  let pieces: Uint8Array[] = []
  for (let at = 0; at + HEAD_BYTES <= file.length; ) {
    const leftInBlock = BLOCK_BYTES - (at % BLOCK_BYTES)
    if (leftInBlock < HEAD_BYTES) {
      at += leftInBlock
      continue
    }
    const length = view.getUint16(at + 4, true)
    const type = file[at + 6]
    const end = at + HEAD_BYTES + length
    if (end > file.length) return
    if (view.getUint32(at, true) !== masked(crc32c(file, at + 6, end))) throw new Unreadable()
    const data = file.subarray(at + HEAD_BYTES, end)
    at = end
    if (type === RECORD.full || type === RECORD.first) pieces = [data]
    else if (type === RECORD.middle || type === RECORD.last) pieces.push(data)
    else throw new Unreadable()
    if (type === RECORD.full || type === RECORD.last) yield joined(pieces)
  }
}

/** Stored rotated and shifted, since a CRC of bytes that hold CRCs is weak. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

function applyEdit(edit: EditReader, live: Set<number>): void {
  while (edit.hasMore) {
    const field = edit.number()
    switch (field) {
      case FIELD.logNumber:
      case FIELD.nextFile:
      case FIELD.lastSequence:
      case FIELD.prevLogNumber:
        edit.number()
        break
      case FIELD.comparator:
        edit.skipBytes()
        break
      case FIELD.compactPointer:
        edit.number()
        edit.skipBytes()
        break
      case FIELD.deletedFile:
        edit.number()
        live.delete(edit.number())
        break
      case FIELD.newFile:
        edit.number()
        live.add(edit.number())
        edit.number()
        edit.skipBytes()
        edit.skipBytes()
        break
      default:
        throw new Unreadable()
    }
  }
}

class EditReader {
  #at = 0

  constructor(private readonly bytes: Uint8Array) {}

  get hasMore(): boolean {
    return this.#at < this.bytes.length
  }

  /** A varint; those of a manifest are file numbers, sizes and sequences. */
  number(): number {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = this.bytes[this.#at++]
      if (byte === undefined || factor > 2 ** 56) throw new Unreadable()
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }

  skipBytes(): void {
    const length = this.number()
    this.#at += length
    if (this.#at > this.bytes.length) throw new Unreadable()
  }
}
