/** One piece of memory that many keys and values share. */
const PIECE_BYTES = 16_384
/** What is longer gets memory of its own: little is lost at the end of a piece then. */
const CUT_BYTES_MAX = PIECE_BYTES / 8

let piece = new Uint8Array(PIECE_BYTES)
let used = 0

/**
 * Zeroed bytes cut from a larger piece. An array of its own costs an allocation outside the heap as soon as native code reads it, and
 * apply makes some forty for a version. A cut keeps its piece alive: for what is short-lived; what stays is copied.
 */
export function cutBytes(length: number): Uint8Array {
  if (length > CUT_BYTES_MAX) return new Uint8Array(length)
  if (used + length > PIECE_BYTES) {
    piece = new Uint8Array(PIECE_BYTES)
    used = 0
  }
  used += length
  return piece.subarray(used - length, used)
}
