import { crc32 } from 'node:zlib'
import { bytesToHex, DecodeError, Decoder, Encoder } from '../model/codec.js'
import { MarketplaceError } from '../model/error.js'
import { cutBytes } from './byte-pool.js'

/** What a table reads through: the body stored under a key, its checksum already verified. */
export interface StateReader {
  get(key: Uint8Array): Uint8Array | undefined
}

/** What a table writes through. Bodies are checksummed on their way to the store. */
export interface StateWriter extends StateReader {
  /** Copies the body. */
  put(key: Uint8Array, body: Uint8Array): void
  delete(key: Uint8Array): void
}

const CRC_BYTES = 4

const scratch = new Encoder(16_384)

/**
 * The one encoder for bodies on their way to `put`, which copies them: encode one, put it, then begin the next. Most bodies
 * are small, and an encoder for each would cost more than what it encodes.
 */
export function bodyEncoder(): Encoder {
  return scratch.reset()
}

/** The stored form: body, then CRC-32 over key and body, little-endian. A body under another key's name is found out. */
export function seal(key: Uint8Array, body: Uint8Array): Uint8Array {
  const { length } = body
  const stored = cutBytes(length + CRC_BYTES)
  stored.set(body)
  const sum = crc32(body, crc32(key))
  // By hand: a view would be one object more for every value.
  stored[length] = sum
  stored[length + 1] = sum >>> 8
  stored[length + 2] = sum >>> 16
  stored[length + 3] = sum >>> 24
  return stored
}

/** The body inside a stored form that is known to be whole. */
export function bodyOf(stored: Uint8Array): Uint8Array {
  return stored.subarray(0, stored.length - CRC_BYTES)
}

/**
 * The body of a stored value.
 * @throws STATE_CORRUPT where the checksum does not match
 */
export function unseal(key: Uint8Array, stored: Uint8Array): Uint8Array {
  if (stored.length < CRC_BYTES) throw stateCorrupt(`value under key ${bytesToHex(key)} is cut short`)
  const body = bodyOf(stored)
  let found = 0
  for (let at = stored.length - 1; at >= body.length; at--)
    found = ((found << 8) | (stored[at] as number)) >>> 0
  if (found !== crc32(body, crc32(key))) {
    throw stateCorrupt(`value under key ${bytesToHex(key)} does not match its checksum`)
  }
  return body
}

/**
 * Decodes a whole body.
 * @throws STATE_CORRUPT where it is not what the table writes
 */
export function decodeBody<T>(key: Uint8Array, body: Uint8Array, read: (input: Decoder) => T): T {
  try {
    const input = new Decoder(body)
    const value = read(input)
    input.end()
    return value
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause
    throw stateCorrupt(`value under key ${bytesToHex(key)} does not decode: ${cause.message}`, cause)
  }
}

/** Reads and decodes what stands under a key. */
export function readBody<T>(
  reader: StateReader,
  key: Uint8Array,
  read: (input: Decoder) => T,
): T | undefined {
  const body = reader.get(key)
  return body === undefined ? undefined : decodeBody(key, body, read)
}

/** The stored state cannot be trusted. The node throws it away and fetches or replays it. */
export function stateCorrupt(message: string, cause?: unknown): MarketplaceError {
  return new MarketplaceError({
    reason: 'STATE_CORRUPT',
    message,
    help: 'check the disk; then `ggen-market cluster heal NODE`, or a restart: the node fetches the state from the others',
    cause,
  })
}
