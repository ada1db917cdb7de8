import { assert } from './assert.js'

/** Bytes that do not decode. The reader of the file or stream turns it into an error that names the place. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
}

/** Up to here a loop beats the platform's encoder, whose call alone costs as much; and the length is one byte. */
const LOOP_WRITES_LENGTH = 64
/** Up to here a loop beats the platform's decoder. */
const LOOP_READS_LENGTH = 16

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Writes the one canonical binary encoding: every value has exactly one form, so equal values are equal bytes.
 * Integers are little-endian base-128 varints (shortest form) up to 2^53−1, text and bytes carry a varint length,
 * options a 0/1 byte, lists a varint count. No floats.
 */
export class Encoder {
  #bytes: Uint8Array
  #length = 0

  constructor(capacityBytes = 256) {
    this.#bytes = new Uint8Array(capacityBytes)
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length
  }

  byte(value: number): this {
    assert(Number.isInteger(value) && value >= 0 && value <= 255, () => `byte ${value}`)
    this.#room(1)
    this.#bytes[this.#length++] = value
    return this
  }

  /** Unsigned integer, 0 to 2^53−1. */
  uint(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0, () => `unsigned integer ${value}`)
    this.#room(8)
    let rest = value
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes[this.#length++] = rest
    return this
  }

  bool(value: boolean): this {
    return this.byte(value ? 1 : 0)
  }

  /** Bytes with their length before them. */
  bytes(value: Uint8Array): this {
    return this.uint(value.length).raw(value)
  }

  /** Bytes of a length that both sides know. */
  raw(value: Uint8Array): this {
    this.#room(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
    return this
  }

  text(value: string): this {
    const written = value.length > LOOP_WRITES_LENGTH ? this.#longAscii(value) : this.#ascii(value)
    return written ? this : this.bytes(encoder.encode(value))
  }

  /** Lower-case hex of a known even length, as its bytes. */
  hex(value: string, lengthBytes: number): this {
    assert(value.length === lengthBytes * 2, () => `hex of ${lengthBytes} bytes: ${value}`)
    this.#room(lengthBytes)
    writeHex(value, this.#bytes, this.#length)
    this.#length += lengthBytes
    return this
  }

  optional<T>(value: T | undefined, write: (value: T) => void): this {
    this.bool(value !== undefined)
    if (value !== undefined) write(value)
    return this
  }

  list<T>(values: readonly T[], write: (value: T) => void): this {
    this.uint(values.length)
    for (const value of values) write(value)
    return this
  }

  /** What was written so far; a copy, which later writes do not touch. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** What was written so far, not copied: valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Forgets what was written and keeps the memory, for encoders that are used again and again. */
  reset(): this {
    this.#length = 0
    return this
  }

  /** Writes short ASCII text without a trip to the platform's encoder, whose call costs more than the loop. */
  #ascii(value: string): boolean {
    this.#room(value.length + 1)
    const start = this.#length + 1
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code >= 0x80) return false
      this.#bytes[start + i] = code
    }
    this.#bytes[start - 1] = value.length
    this.#length = start + value.length
    return true
  }

  /** Long ASCII text, whose length in bytes is known beforehand, is encoded where it is to stand. False, and nothing written, where it is not ASCII. */
  #longAscii(value: string): boolean {
    const before = this.#length
    this.uint(value.length)
    this.#room(value.length)
    const { read, written } = encoder.encodeInto(value, this.#bytes.subarray(this.#length))
    if (read === value.length && written === value.length) {
      this.#length += written
      return true
    }
    this.#length = before
    return false
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + bytes))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

/** Reads what {@link Encoder} wrote; refuses every other form. Slices share memory with the input. */
export class Decoder {
  #offset = 0

  constructor(private readonly input: Uint8Array) {}

  get offset(): number {
    return this.#offset
  }

  get remaining(): number {
    return this.input.length - this.#offset
  }

  byte(): number {
    const value = this.input[this.#offset]
    if (value === undefined) throw new DecodeError(`input ends at ${this.#offset}`)
    this.#offset++
    return value
  }

  uint(): number {
    let value = 0
    let scale = 1
    for (let count = 0; ; count++) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (byte === 0 && count > 0)
          throw new DecodeError(`integer at ${this.#offset} is not in shortest form`)
        break
      }
      scale *= 0x80
      if (count === 7) throw new DecodeError(`integer at ${this.#offset} is too long`)
    }
    if (!Number.isSafeInteger(value)) throw new DecodeError(`integer at ${this.#offset} is above 2^53-1`)
    return value
  }

  bool(): boolean {
    const value = this.byte()
    if (value > 1) throw new DecodeError(`boolean ${value} at ${this.#offset - 1}`)
    return value === 1
  }

  bytes(): Uint8Array {
    return this.raw(this.uint())
  }

  raw(length: number): Uint8Array {
    const start = this.#pass(length)
    return this.input.subarray(start, this.#offset)
  }

  text(): string {
    const at = this.#offset
    const start = this.#pass(this.uint())
    const short = this.#offset - start <= LOOP_READS_LENGTH ? this.#ascii(start) : undefined
    if (short !== undefined) return short
    try {
      return decoder.decode(this.input.subarray(start, this.#offset))
    } catch {
      throw new DecodeError(`text at ${at} is not UTF-8`)
    }
  }

  hex(lengthBytes: number): string {
    const start = this.#pass(lengthBytes)
    let text = ''
    for (let at = start; at < this.#offset; at++) text += HEX[this.input[at] as number]
    return text
  }

  optional<T>(read: () => T): T | undefined {
    return this.bool() ? read() : undefined
  }

  list<T>(read: () => T): T[] {
    const count = this.uint()
    if (count > this.remaining)
      throw new DecodeError(`list of ${count} at ${this.#offset}, ${this.remaining} bytes left`)
    const values: T[] = []
    for (let i = 0; i < count; i++) values.push(read())
    return values
  }

  /** Passes over so many bytes. */
  skip(length: number): void {
    this.#pass(length)
  }

  /** Passes over a text, or bytes with their length before them, without looking at them. */
  skipText(): void {
    this.#pass(this.uint())
  }

  skipOptionalText(): void {
    if (this.bool()) this.skipText()
  }

  /** Passes over a list of texts. */
  skipTexts(): void {
    for (let left = this.uint(); left > 0; left--) this.skipText()
  }

  /** Goes past the next bytes and gives their beginning. */
  #pass(length: number): number {
    if (length > this.remaining)
      throw new DecodeError(`${length} bytes wanted at ${this.#offset}, ${this.remaining} left`)
    const start = this.#offset
    this.#offset += length
    return start
  }

  /** The text from there to here, where all of it is ASCII. */
  #ascii(start: number): string | undefined {
    const codes: number[] = []
    for (let at = start; at < this.#offset; at++) {
      const code = this.input[at] as number
      if (code >= 0x80) return undefined
      codes.push(code)
    }
    return String.fromCharCode.apply(null, codes)
  }

  /** Ends the reading: whatever is left over is an error. */
  end(): void {
    if (this.remaining > 0) throw new DecodeError(`${this.remaining} bytes too many at ${this.#offset}`)
  }
}

const HEX = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'))

export function bytesToHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += HEX[byte]
  return text
}

/** Bytes of lower-case hex; asserts that it is. */
export function hexToBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >>> 1)
  writeHex(text, bytes, 0)
  return bytes
}

/** Value of a hex digit by character code; 255 for all others. */
const HEX_DIGIT = new Uint8Array(128).fill(255)
for (let value = 0; value < 16; value++) HEX_DIGIT[value.toString(16).charCodeAt(0)] = value

function writeHex(text: string, target: Uint8Array, offset: number): void {
  let valid = text.length % 2 === 0
  for (let i = 0; i + 1 < text.length; i += 2) {
    const high = HEX_DIGIT[text.charCodeAt(i)] ?? 255
    const low = HEX_DIGIT[text.charCodeAt(i + 1)] ?? 255
    if (high > 15 || low > 15) valid = false
    target[offset + (i >>> 1)] = (high << 4) | low
  }
  assert(valid, () => `hex ${text}`)
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
