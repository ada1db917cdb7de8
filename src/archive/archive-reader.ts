import { createHash, type Hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { createGunzip, type Gunzip } from 'node:zlib'
import { defined } from '../model/assert.js'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { ContentDigests } from '../model/metadata.js'
import { archiveInvalid, entrySegments } from './entry-path.js'
import { readTar, type TarEntry } from './tar-reader.js'

/** An entry whose path was checked and that fits all limits. */
export interface ArchiveEntry extends TarEntry {
  /** Below the top folder; never empty. */
  readonly segments: readonly string[]
}

/** Packed and unpacked bytes that go through the unpacking threads at once: each piece costs two changes of thread. */
const PIECE_BYTES = 128 * 1024
/** More than this many bytes out of one byte in is a bomb, once `RATIO_FROM_BYTES` came out. Deflate's own bound is 1032. */
const RATIO_MAX = 250
const RATIO_FROM_BYTES = 32 * 1024 * 1024

/**
 * Reads a package's .tar.gz entry by entry, refusing on the way what no package may hold. The digests are those of all bytes
 * of the source and are there once the entries were read to their end.
 */
export class ArchiveReader {
  readonly #source: AsyncIterable<Uint8Array>
  readonly #sha1 = createHash('sha1')
  /** Undefined where the caller sees to it. */
  readonly #sha256: Hash | undefined
  readonly #sha512 = createHash('sha512')
  readonly #tarHash = createHash('sha256')
  readonly #contents = new Contents()
  #sizeBytes = 0
  #tarBytes = 0
  readonly #knownSha256: Digest | undefined
  #digests: ContentDigests | undefined

  /** @param knownSha256 of the source, where the caller hashes it in any case; it is taken into the digests as it is */
  constructor(source: AsyncIterable<Uint8Array>, knownSha256?: Digest) {
    this.#source = source
    this.#knownSha256 = knownSha256
    this.#sha256 = knownSha256 === undefined ? createHash('sha256') : undefined
  }

  /**
   * Files and folders below the top folder, in the archive's order.
   * @throws ARCHIVE_INVALID, LIMIT_EXCEEDED, and whatever the source throws
   */
  async *entries(): AsyncGenerator<ArchiveEntry, void, undefined> {
    for await (const entry of readTar(this.#unpacked())) {
      const segments = this.#contents.admit(entry)
      if (segments !== undefined) yield { ...entry, segments }
    }
    this.#digests = {
      sha256: this.#knownSha256 ?? (defined(this.#sha256, 'hash').digest('hex') as Digest),
      sizeBytes: this.#sizeBytes,
      sha1: hex(this.#sha1),
      sha512: hex(this.#sha512),
      tarSha256: hex(this.#tarHash) as Digest,
    }
  }

  get digests(): ContentDigests | undefined {
    return this.#digests
  }

  /** The one folder that everything lies in; undefined before the first entry. */
  get topFolder(): string | undefined {
    return this.#contents.topFolder
  }

  get entryCount(): number {
    return this.#contents.entryCount
  }

  get unpackedBytes(): number {
    return this.#contents.unpackedBytes
  }

  async *#unpacked(): AsyncGenerator<Uint8Array, void, undefined> {
    let failure: unknown
    const packed = Readable.from(this.#packed(), { objectMode: false, highWaterMark: PIECE_BYTES })
    const gunzip = createGunzip({ chunkSize: PIECE_BYTES })
    packed.once('error', (error) => {
      failure = error
      gunzip.destroy(error)
    })
    packed.pipe(gunzip)
    try {
      for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
        this.#count(chunk)
        yield chunk
      }
    } catch (error) {
      throw failure ?? asArchiveError(error)
    } finally {
      packed.destroy()
      gunzip.destroy()
    }
    this.#expectAllConsumed(gunzip)
  }

  async *#packed(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of this.#source) {
      this.#sizeBytes += chunk.length
      this.#sha1.update(chunk)
      this.#sha256?.update(chunk)
      this.#sha512.update(chunk)
      yield chunk
    }
  }

  #count(chunk: Uint8Array): void {
    this.#tarHash.update(chunk)
    this.#tarBytes += chunk.length
    if (this.#tarBytes > RATIO_FROM_BYTES && this.#tarBytes > this.#sizeBytes * RATIO_MAX) {
      throw new MarketplaceError({
        reason: 'LIMIT_EXCEEDED',
        field: 'content',
        message: `the archive unpacks to more than ${RATIO_MAX} times its size`,
        help: 'no real package does; pack the files themselves',
      })
    }
  }

  /** Bytes after the gzip stream would be in the hash but in nobody's eyes. */
  #expectAllConsumed(gunzip: Gunzip): void {
    if (gunzip.bytesWritten !== this.#sizeBytes)
      throw archiveInvalid(undefined, `${this.#sizeBytes - gunzip.bytesWritten} bytes follow its gzip stream`)
  }
}

/** What was seen so far: counts, and every path once. */
class Contents {
  topFolder: string | undefined
  entryCount = 0
  unpackedBytes = 0
  /** Lower-cased paths of files and of all folders, implied ones too. */
  readonly #kinds = new Map<string, 'file' | 'folder'>()

  /** The path below the top folder; undefined for the top folder itself. */
  admit(entry: TarEntry): readonly string[] | undefined {
    this.entryCount++
    if (this.entryCount > LIMITS.archiveEntriesMax) throw tooMuch(`${LIMITS.archiveEntriesMax} entries`)
    this.unpackedBytes += entry.sizeBytes
    if (this.unpackedBytes > LIMITS.archiveUnpackedBytesMax)
      throw tooMuch(`${LIMITS.archiveUnpackedBytesMax} bytes unpacked`)
    const [top, ...segments] = entrySegments(entry.path)
    if (this.topFolder === undefined) this.topFolder = top
    if (top !== this.topFolder)
      throw archiveInvalid(entry.path, `it lies outside the top folder ${JSON.stringify(this.topFolder)}`)
    if (segments.length === 0) {
      if (entry.kind === 'folder') return undefined
      throw archiveInvalid(entry.path, 'it lies in no top folder')
    }
    this.#claim(entry, segments)
    return segments
  }

  /**
   * Paths that differ in case only are one path on many disks. Every folder is entered once, from the deepest that is known on: who
   * packs many files far down makes nobody walk there for each.
   */
  #claim(entry: TarEntry, segments: readonly string[]): void {
    const path = segments.join('/').normalize('NFC').toLowerCase()
    const known = this.#kinds.get(path)
    if (known !== undefined && (known !== entry.kind || known === 'file')) throw samePath(entry)
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end)
      const kind = this.#kinds.get(folder)
      if (kind === 'file') throw samePath(entry)
      if (kind === 'folder') break
      this.#enter(folder, 'folder')
    }
    if (known === undefined) this.#enter(path, entry.kind)
  }

  /** Deep paths imply many folders with few entries. */
  #enter(path: string, kind: 'file' | 'folder'): void {
    this.#kinds.set(path, kind)
    if (this.#kinds.size > 2 * LIMITS.archiveEntriesMax)
      throw tooMuch(`${2 * LIMITS.archiveEntriesMax} paths`)
  }
}

function samePath(entry: TarEntry): MarketplaceError {
  return archiveInvalid(entry.path, 'another entry has the same path, letter case aside')
}

function tooMuch(what: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'LIMIT_EXCEEDED',
    field: 'content',
    message: `the archive holds more than ${what}`,
    help: 'split the package, or leave out what its users do not need',
  })
}

/** zlib's errors are about the bytes it was given; everything else keeps its meaning. */
function asArchiveError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (typeof code === 'string' && code.startsWith('Z_'))
    return archiveInvalid(undefined, `it is no sound gzip stream (${(error as Error).message})`, error)
  return error
}

function hex(hash: Hash): string {
  return hash.digest('hex')
}
