import { bytesToHex, Decoder } from '../model/codec.js'
import type { KeyValueSnapshot } from './key-value-store.js'
import { writeSnapshot } from './snapshot.js'
import { FRAME, FrameReader } from './snapshot-frame.js'
import { stateCorrupt } from './stored-value.js'

/** All that a state holds, as one hash. */
export interface StateDigest {
  /** Hex; equal on all members at one index. */
  readonly sha256: string
  readonly values: number
}

/**
 * Reads every value, checks it, and hashes all of them in order: what the state's snapshot would end in.
 * @param each told the bytes of each piece; awaited, so that the caller sets the pace
 * @throws STATE_CORRUPT
 */
export async function digestOfState(
  snapshot: KeyValueSnapshot,
  each: (bytes: number) => Promise<void>,
): Promise<StateDigest> {
  let last = new Uint8Array(0) as Uint8Array
  for await (const chunk of writeSnapshot(snapshot)) {
    last = chunk
    await each(chunk.length)
  }
  const reader = new FrameReader()
  reader.push(last)
  const trailer = reader.next()
  if (trailer?.type !== FRAME.trailer) throw stateCorrupt('the state has no end')
  const input = new Decoder(trailer.payload)
  return { values: input.uint(), sha256: bytesToHex(input.raw(32)) }
}
