import { crc32 } from 'node:zlib'
import { DecodeError } from '../model/codec.js'

/** Short text files that an operator may read and a damaged disk may not change unseen: lines, then a line with their checksum. */
export function sealText(lines: readonly string[]): Uint8Array {
  const text = lines.map((line) => `${line}\n`).join('')
  return new TextEncoder().encode(`${text}crc32 ${checksum(text)}\n`)
}

/** The lines without the last. @throws DecodeError */
export function unsealText(bytes: Uint8Array): string[] {
  const text = new TextDecoder().decode(bytes)
  const at = text.lastIndexOf('crc32 ')
  const content = text.slice(0, Math.max(0, at))
  if (at < 0 || text.slice(at) !== `crc32 ${checksum(content)}\n`) throw new DecodeError('wrong checksum')
  return content.split('\n').slice(0, -1)
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}
