import { assert } from '../model/assert.js'
import { archiveInvalid } from './entry-path.js'

export const BLOCK_BYTES = 512

/** One ustar header (POSIX.1-1988), as far as packages need it. */
export interface TarHeader {
  readonly name: string
  /** The type flag, one character: `0` file, `5` folder, `x` and `g` pax records, `L` long name. */
  readonly type: string
  readonly sizeBytes: number
  readonly mode: number
}

const NAME = [0, 100] as const
const MODE = [100, 8] as const
const SIZE = [124, 12] as const
const CHECKSUM = [148, 8] as const
const MAGIC = [257, 6] as const
const PREFIX = [345, 155] as const

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @throws ARCHIVE_INVALID */
export function decodeTarHeader(block: Uint8Array): TarHeader {
  const stored = octal(block, CHECKSUM, undefined)
  if (stored !== checksum(block)) throw archiveInvalid(undefined, 'a tar header does not match its checksum')
  const own = text(block, NAME)
  // GNU's magic is "ustar  ", and what lies at the prefix's place is something else there.
  const posix = text(block, MAGIC) === 'ustar'
  const prefix = posix ? text(block, PREFIX) : ''
  const name = prefix === '' ? own : `${prefix}/${own}`
  const flag = block[156] as number
  return {
    name,
    type: flag === 0 ? '0' : String.fromCharCode(flag),
    sizeBytes: octal(block, SIZE, name),
    mode: octal(block, MODE, name),
  }
}

/** A header with owner 0, group 0 and time 0, or undefined where the name does not fit: it then needs a pax record. */
export function encodeTarHeader(header: TarHeader): Uint8Array | undefined {
  const split = splitName(header.name)
  if (split === undefined) return undefined
  const block = new Uint8Array(BLOCK_BYTES)
  block.set(split.name, NAME[0])
  block.set(split.prefix, PREFIX[0])
  putOctal(block, MODE, header.mode)
  putOctal(block, [108, 8], 0)
  putOctal(block, [116, 8], 0)
  putOctal(block, SIZE, header.sizeBytes)
  putOctal(block, [136, 12], 0)
  block[156] = header.type.charCodeAt(0)
  block.set(encoder.encode('ustar\u000000'), MAGIC[0])
  block.set(encoder.encode(`${checksum(block).toString(8).padStart(6, '0')}\0 `), CHECKSUM[0])
  return block
}

/** Records of a pax header block (POSIX.1-2001): `length key=value\n`, the length counting itself. */
export function decodePaxRecords(bytes: Uint8Array): Map<string, string> {
  const records = new Map<string, string>()
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at)
    const digits = space < 0 ? '' : latin1(bytes.subarray(at, space))
    const end = at + Number(digits)
    if (
      !/^[1-9][0-9]{0,8}$/.test(digits) ||
      end > bytes.length ||
      bytes[end - 1] !== 0x0a ||
      end - 1 <= space
    )
      throw archiveInvalid(undefined, 'an extended header is malformed')
    const record = utf8(bytes.subarray(space + 1, end - 1))
    const equals = record.indexOf('=')
    if (equals < 1) throw archiveInvalid(undefined, 'an extended header is malformed')
    records.set(record.slice(0, equals), record.slice(equals + 1))
    at = end
  }
  return records
}

export function encodePaxRecord(key: string, value: string): Uint8Array {
  const rest = encoder.encode(` ${key}=${value}\n`)
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  const record = new Uint8Array(length)
  record.set(encoder.encode(String(length)))
  record.set(rest, length - rest.length)
  return record
}

/** @throws ARCHIVE_INVALID where the bytes are not UTF-8 */
export function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw archiveInvalid(latin1(bytes), 'its name is not UTF-8', cause)
  }
}

type Field = readonly [offset: number, length: number]

function splitName(name: string): { name: Uint8Array; prefix: Uint8Array } | undefined {
  const bytes = encoder.encode(name)
  if (bytes.length <= NAME[1]) return { name: bytes, prefix: new Uint8Array(0) }
  // The first slash that leaves a name that fits; a name never begins with the slash itself.
  for (let at = bytes.length - NAME[1] - 1; at <= PREFIX[1] && at < bytes.length - 1; at++) {
    if (at > 0 && bytes[at] === 0x2f) return { prefix: bytes.subarray(0, at), name: bytes.subarray(at + 1) }
  }
  return undefined
}

function text(block: Uint8Array, [offset, length]: Field): string {
  const field = block.subarray(offset, offset + length)
  const end = field.indexOf(0)
  return utf8(end < 0 ? field : field.subarray(0, end))
}

function octal(block: Uint8Array, [offset, length]: Field, entry: string | undefined): number {
  const field = block.subarray(offset, offset + length)
  // GNU writes what octal cannot hold in base 256, behind a set top bit: 8 GiB and more, beyond every limit here.
  const digits = latin1(field)
    .replace(/[\0 ]+$/, '')
    .trimStart()
  if (!/^[0-7]*$/.test(digits)) throw archiveInvalid(entry, 'a number in its tar header is malformed')
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}

function putOctal(block: Uint8Array, [offset, length]: Field, value: number): void {
  const digits = value.toString(8).padStart(length - 1, '0')
  assert(digits.length === length - 1, () => `${value} does not fit a tar header`)
  block.set(encoder.encode(digits), offset)
}

/** Sum of all bytes, the checksum's own field counted as spaces. */
function checksum(block: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < BLOCK_BYTES; i++)
    sum += i >= CHECKSUM[0] && i < CHECKSUM[0] + CHECKSUM[1] ? 0x20 : (block[i] as number)
  return sum
}

function latin1(bytes: Uint8Array): string {
  let result = ''
  for (const byte of bytes) result += String.fromCharCode(byte)
  return result
}
