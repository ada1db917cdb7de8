import { crc32 } from 'node:zlib'
import { snapshotCorrupt } from './snapshot-header.js'

/**
 * A state as a stream: frames of type (1 byte), payload length (4, little-endian), CRC-32 over type, length and payload
 * (4), payload. First the header, then pairs in key order, then a trailer with the number of pairs and the sha256 of all
 * bytes before it. The local table stays behind; values travel with the checksums they are stored with.
 */
export const FRAME = { header: 1, pairs: 2, trailer: 3 } as const
/** Type, length, checksum. */
export const FRAME_HEAD_BYTES = 9
/** A single value may be larger than a chunk, but no state holds one near this. */
const FRAME_BYTES_MAX = 64 * 1024 * 1024

/** A frame whose checksum held. `whole` is all of it, as hashed. */
export interface Frame {
  readonly type: number
  readonly payload: Uint8Array
  readonly whole: Uint8Array
}

/** Puts frames together again from pieces of any length. */
export class FrameReader {
  #pieces: Uint8Array[] = []
  #bytes = 0

  /** Whether part of a frame is waiting for the rest. */
  get pending(): boolean {
    return this.#bytes > 0
  }

  push(piece: Uint8Array): void {
    if (piece.length === 0) return
    this.#pieces.push(piece)
    this.#bytes += piece.length
  }

  next(): Frame | undefined {
    if (this.#bytes < FRAME_HEAD_BYTES) return undefined
    const head = this.#peek(FRAME_HEAD_BYTES)
    const view = new DataView(head.buffer, head.byteOffset, head.length)
    const length = view.getUint32(1, true)
    if (length > FRAME_BYTES_MAX) throw snapshotCorrupt(`a frame of ${length} bytes is too long`)
    if (this.#bytes < FRAME_HEAD_BYTES + length) return undefined
    const whole = this.#peek(FRAME_HEAD_BYTES + length)
    this.#take(whole.length)
    const payload = whole.subarray(FRAME_HEAD_BYTES)
    if (view.getUint32(5, true) !== frameCrc(whole))
      throw snapshotCorrupt('a frame does not match its checksum')
    return { type: whole[0] as number, payload, whole }
  }

  #peek(bytes: number): Uint8Array {
    let first = this.#pieces[0] as Uint8Array
    if (first.length < bytes) {
      first = new Uint8Array(this.#bytes)
      let at = 0
      for (const piece of this.#pieces) {
        first.set(piece, at)
        at += piece.length
      }
      this.#pieces = [first]
    }
    return first.subarray(0, bytes)
  }

  #take(bytes: number): void {
    const rest = (this.#pieces[0] as Uint8Array).subarray(bytes)
    if (rest.length > 0) this.#pieces[0] = rest
    else this.#pieces.shift()
    this.#bytes -= bytes
  }
}

/** One whole frame. */
export function frame(type: number, payload: Uint8Array): Uint8Array {
  const whole = new Uint8Array(FRAME_HEAD_BYTES + payload.length)
  const view = new DataView(whole.buffer)
  whole[0] = type
  view.setUint32(1, payload.length, true)
  whole.set(payload, FRAME_HEAD_BYTES)
  view.setUint32(5, frameCrc(whole), true)
  return whole
}

/** Over type, length and payload. */
function frameCrc(whole: Uint8Array): number {
  return crc32(whole.subarray(FRAME_HEAD_BYTES), crc32(whole.subarray(0, 5)))
}

/** The same bytes in pieces of at most bytesMax. */
export function* pieces(bytes: Uint8Array, bytesMax: number): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += bytesMax) yield bytes.subarray(at, at + bytesMax)
}
