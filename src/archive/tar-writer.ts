import { Gzip } from 'fflate'
import { assert, defined } from '../model/assert.js'
import { BLOCK_BYTES, encodePaxRecord, encodeTarHeader } from './tar-header.js'

/** A file to be packed. */
export interface PackedFile {
  /** Inside the archive, top folder included. */
  readonly path: string
  readonly sizeBytes: number
  readonly executable: boolean
  /** Yields exactly sizeBytes. */
  read(): AsyncIterable<Uint8Array>
}

/** The compressor sees pieces of exactly this length, so that its output does not depend on how files were read. */
const PIECE_BYTES = 64 * 1024

/**
 * A .tar.gz whose bytes depend on nothing but the files' paths, contents and executable bits: entries in the byte order of
 * their paths, owner, group and times 0, modes 0644 and 0755, a fixed gzip header. The compressor is JavaScript, since
 * zlib's output differs between versions, builds and processors. A golden test holds the bytes.
 */
export async function* packTarGz(files: readonly PackedFile[]): AsyncGenerator<Uint8Array, void, undefined> {
  let ready: Uint8Array[] = []
  const gzip = new Gzip({ level: 6, mem: 8, mtime: 0 }, (chunk) => ready.push(chunk))
  for await (const piece of pieces(writeTar(files))) {
    gzip.push(piece, false)
    yield* ready
    ready = []
  }
  gzip.push(new Uint8Array(0), true)
  yield* ready
}

/** The uncompressed tar. */
export async function* writeTar(files: readonly PackedFile[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const file of inByteOrder(files)) {
    yield* header(file)
    let written = 0
    for await (const chunk of file.read()) {
      written += chunk.length
      yield chunk
    }
    if (written !== file.sizeBytes)
      throw new Error(
        `${file.path} changed while it was packed: ${written} bytes instead of ${file.sizeBytes}`,
      )
    yield padding(written)
  }
  yield new Uint8Array(2 * BLOCK_BYTES)
}

function header(file: PackedFile): Uint8Array[] {
  const fields = { type: '0', sizeBytes: file.sizeBytes, mode: file.executable ? 0o755 : 0o644 }
  const plain = encodeTarHeader({ ...fields, name: file.path })
  if (plain !== undefined) return [plain]
  const record = encodePaxRecord('path', file.path)
  const pax = { name: 'PaxHeader', type: 'x', sizeBytes: record.length, mode: 0o644 }
  return [
    encodeTarHeader(pax),
    record,
    padding(record.length),
    encodeTarHeader({ ...fields, name: 'long-path' }),
  ].map((part) => defined(part, 'header'))
}

function inByteOrder(files: readonly PackedFile[]): readonly PackedFile[] {
  const keyed = files.map((file) => ({ file, key: Buffer.from(file.path) }))
  keyed.sort((a, b) => Buffer.compare(a.key, b.key))
  for (const [at, { file }] of keyed.entries())
    assert(at === 0 || keyed[at - 1]?.file.path !== file.path, () => `${file.path} is packed twice`)
  return keyed.map(({ file }) => file)
}

function padding(length: number): Uint8Array {
  return new Uint8Array((BLOCK_BYTES - (length % BLOCK_BYTES)) % BLOCK_BYTES)
}

async function* pieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let piece = new Uint8Array(PIECE_BYTES)
  let filled = 0
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + PIECE_BYTES - filled)
      piece.set(part, filled)
      filled += part.length
      at += part.length
      if (filled === PIECE_BYTES) {
        yield piece
        piece = new Uint8Array(PIECE_BYTES)
        filled = 0
      }
    }
  }
  if (filled > 0) yield piece.subarray(0, filled)
}
