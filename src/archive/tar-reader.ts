import { assert } from '../model/assert.js'
import { archiveInvalid } from './entry-path.js'
import { BLOCK_BYTES, decodePaxRecords, decodeTarHeader, type TarHeader, utf8 } from './tar-header.js'

/** One file or folder, as the archive has it: its path is not checked yet. */
export interface TarEntry {
  readonly path: string
  readonly kind: 'file' | 'folder'
  /** 0 for folders. */
  readonly sizeBytes: number
  readonly executable: boolean
  /** To be read before the next entry is asked for, or not at all. */
  readonly body: AsyncIterable<Uint8Array>
}

/** Extended headers hold a path each; more is an attack. */
const EXTENDED_HEADER_BYTES_MAX = 64 * 1024

const REFUSED_TYPES: Readonly<Record<string, string>> = {
  '1': 'it is a hard link',
  '2': 'it is a symbolic link',
  '3': 'it is a character device',
  '4': 'it is a block device',
  '6': 'it is a named pipe',
}

/**
 * Reads a tar, one entry at a time, in constant memory. Takes ustar, pax and GNU long names; refuses links, devices and
 * whatever two readers could understand in two ways: bytes after the end, a missing end, odd numbers, unknown types.
 * @throws ARCHIVE_INVALID
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry, void, undefined> {
  const input = new ByteReader(source)
  try {
    let longName: string | undefined
    for (;;) {
      const block = await input.exactly(BLOCK_BYTES)
      if (block === undefined) throw archiveInvalid(undefined, 'it ends in the middle')
      if (isZero(block)) break
      const header = decodeTarHeader(block)
      const extended = await readExtendedName(input, header)
      if (extended !== undefined) {
        longName = extended.name ?? longName
        continue
      }
      const entry = toEntry(header, longName, input)
      longName = undefined
      yield entry
      await input.skip(entry.sizeBytes + padding(entry.sizeBytes) - input.takenOfEntry())
    }
    await expectZerosToEnd(input)
  } finally {
    await input.close()
  }
}

/** The name that an extended header gives to the next entry; undefined where the header is an entry itself. */
async function readExtendedName(
  input: ByteReader,
  header: TarHeader,
): Promise<{ readonly name: string | undefined } | undefined> {
  if (header.type !== 'x' && header.type !== 'g' && header.type !== 'L') return undefined
  if (header.sizeBytes > EXTENDED_HEADER_BYTES_MAX)
    throw archiveInvalid(header.name, `an extended header is over ${EXTENDED_HEADER_BYTES_MAX} bytes long`)
  const bytes = await input.exactly(header.sizeBytes + padding(header.sizeBytes))
  if (bytes === undefined) throw archiveInvalid(header.name, 'the archive ends in the middle of it')
  const content = bytes.subarray(0, header.sizeBytes)
  if (header.type === 'L') return { name: utf8(withoutTrailingZeros(content)) }
  const records = decodePaxRecords(content)
  if (records.has('size')) throw archiveInvalid(header.name, 'an extended header gives it a second size')
  // GNU tar makes another file of such an entry, under another name, than whoever passes the records over.
  for (const key of records.keys())
    if (key.startsWith('GNU.sparse.')) throw archiveInvalid(header.name, 'it is a sparse file')
  const name = records.get('path')
  if (header.type === 'g' && name !== undefined)
    throw archiveInvalid(name, 'a global header gives one path to all entries')
  return { name }
}

function toEntry(header: TarHeader, longName: string | undefined, input: ByteReader): TarEntry {
  const path = longName ?? header.name
  if (header.type !== '0' && header.type !== '5')
    throw archiveInvalid(
      path,
      REFUSED_TYPES[header.type] ?? `its type ${JSON.stringify(header.type)} is no file or folder`,
    )
  // Before POSIX a folder was a file whose name ends in a slash.
  const folder = header.type === '5' || path.endsWith('/')
  if (folder && header.sizeBytes > 0) throw archiveInvalid(path, 'it is a folder with content')
  input.beginEntry()
  return {
    path: folder && path.endsWith('/') ? path.slice(0, -1) : path,
    kind: folder ? 'folder' : 'file',
    sizeBytes: header.sizeBytes,
    executable: (header.mode & 0o100) !== 0,
    body: input.body(header.sizeBytes, path),
  }
}

async function expectZerosToEnd(input: ByteReader): Promise<void> {
  for (let rest = await input.some(); rest !== undefined; rest = await input.some())
    if (!isZero(rest)) throw archiveInvalid(undefined, 'it goes on after its end')
}

function padding(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}

function withoutTrailingZeros(bytes: Uint8Array): Uint8Array {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return bytes.subarray(0, end)
}

/** Takes a stream of chunks apart by byte counts. */
class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #chunk: Uint8Array = new Uint8Array(0)
  #takenOfEntry = 0

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]()
  }

  /** What is there, at most max bytes, at least one; undefined at the end. */
  async some(max = Number.POSITIVE_INFINITY): Promise<Uint8Array | undefined> {
    while (this.#chunk.length === 0) {
      const next = await this.#chunks.next()
      if (next.done) return undefined
      this.#chunk = next.value
    }
    const taken = this.#chunk.subarray(0, Math.min(max, this.#chunk.length))
    this.#chunk = this.#chunk.subarray(taken.length)
    return taken
  }

  /** Exactly that many bytes, or undefined where the stream ends before; for small counts only. */
  async exactly(length: number): Promise<Uint8Array | undefined> {
    const bytes = new Uint8Array(length)
    for (let have = 0; have < length; ) {
      const part = await this.some(length - have)
      if (part === undefined) return undefined
      bytes.set(part, have)
      have += part.length
    }
    return bytes
  }

  async skip(length: number): Promise<void> {
    assert(length >= 0, () => `skip of ${length} bytes`)
    for (let left = length; left > 0; ) {
      const part = await this.some(left)
      if (part === undefined) throw archiveInvalid(undefined, 'it ends in the middle of an entry')
      left -= part.length
    }
  }

  beginEntry(): void {
    this.#takenOfEntry = 0
  }

  takenOfEntry(): number {
    return this.#takenOfEntry
  }

  async *body(sizeBytes: number, path: string): AsyncGenerator<Uint8Array, void, undefined> {
    while (this.#takenOfEntry < sizeBytes) {
      const part = await this.some(sizeBytes - this.#takenOfEntry)
      if (part === undefined) throw archiveInvalid(path, 'the archive ends in the middle of it')
      this.#takenOfEntry += part.length
      yield part
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }
}
