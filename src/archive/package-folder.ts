import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, rmSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import { allowedBy, IGNORE_FILES, IgnoreRules, isAlwaysIgnored } from './ignore-rules.js'
import {
  MANIFEST_NAMES,
  type Manifest,
  type ManifestName,
  type ManifestOptions,
  readManifest,
} from './manifest.js'
import { entryOf, type Table } from './plain-value.js'
import { fitReadme, isReadmeName, preferredReadme } from './readme.js'
import { type PackedFile, packTarGz } from './tar-writer.js'

/** A folder on disk, read as a package. */
export interface PackageFolder {
  readonly manifest: Manifest
  /** As the registry keeps it; undefined where there is none. */
  readonly readme: { readonly bytes: Uint8Array; readonly cut: boolean } | undefined
  readonly files: readonly PackedFile[]
  /** Symbolic links and other special files, which no package holds; relative paths. */
  readonly skipped: readonly string[]
}

export interface FolderOptions extends ManifestOptions {
  /** Take this manifest; those of higher precedence are left out of the package. Default: by precedence. */
  readonly manifest?: ManifestName
  /** Whether ignore files and npm's `files` list are followed. Default true; false for folders that were installed, not developed. */
  readonly ignoreFiles?: boolean
}

/** The archive of a folder, in a temporary file. Dispose of it. */
export interface PackedArchive extends AsyncDisposable {
  readonly sha256: Digest
  readonly sizeBytes: number
  /** From the offset on; any number of times. */
  read(offset?: number): AsyncIterable<Uint8Array>
}

const TOP_FOLDER = 'package'

/**
 * Reads what a folder would publish.
 * @throws FILE_INVALID where it holds no manifest, and what {@link readManifest} throws; LIMIT_EXCEEDED
 */
export async function readPackageFolder(folder: string, options: FolderOptions = {}): Promise<PackageFolder> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw noPackage(folder, 'it is no folder that can be read', cause)
  })
  const candidates = options.manifest === undefined ? MANIFEST_NAMES : [options.manifest]
  const file = candidates.find((name) => names.includes(name))
  if (file === undefined) throw noPackage(folder, `it holds none of ${candidates.join(', ')}`)
  const bytes = await readFile(join(folder, file))
  const manifest = readManifest(new Map([[file, bytes]]), options)
  if (manifest === undefined) throw noPackage(folder, 'it holds no manifest')
  const outranked = MANIFEST_NAMES.slice(0, MANIFEST_NAMES.indexOf(file))
  const walk = new FolderWalk(folder, outranked, options.ignoreFiles ?? true, filesList(file, bytes))
  await walk.run()
  const readme = preferredReadme(names)
  return {
    manifest,
    readme: readme === undefined ? undefined : await readReadme(join(folder, readme)),
    files: walk.files,
    skipped: walk.skipped,
  }
}

/** Writes the archive of a folder's files to a temporary file, hashing on the way. */
export async function packArchive(files: readonly PackedFile[]): Promise<PackedArchive> {
  const folder = await mkdtemp(join(tmpdir(), 'ggen-pack-'))
  const path = join(folder, 'package.tar.gz')
  // However the process ends: an interrupted import must not fill the machine with archives.
  const atExit = () => rmSync(folder, { recursive: true, force: true })
  process.on('exit', atExit)
  const dispose = () => {
    process.off('exit', atExit)
    return rm(folder, { recursive: true, force: true })
  }
  try {
    const hash = createHash('sha256')
    let sizeBytes = 0
    async function* hashed(): AsyncGenerator<Uint8Array, void, undefined> {
      for await (const chunk of packTarGz(files)) {
        hash.update(chunk)
        sizeBytes += chunk.length
        if (sizeBytes > LIMITS.blobBytesMax)
          throw tooLarge(`its archive is over ${LIMITS.blobBytesMax} bytes`)
        yield chunk
      }
    }
    await pipeline(hashed, createWriteStream(path))
    return {
      sha256: hash.digest('hex') as Digest,
      sizeBytes,
      read: (offset = 0) => createReadStream(path, { start: offset, highWaterMark: LIMITS.chunkBytesMin }),
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

class FolderWalk {
  readonly files: PackedFile[] = []
  readonly skipped: string[] = []
  readonly #allowed: ((segments: readonly string[]) => boolean) | undefined
  #bytes = 0

  constructor(
    private readonly root: string,
    private readonly outranked: readonly string[],
    private readonly ignoreFiles: boolean,
    files: readonly string[] | undefined,
  ) {
    this.#allowed = ignoreFiles && files !== undefined ? allowedBy(files) : undefined
  }

  run(): Promise<void> {
    return this.#folder([], IgnoreRules.none)
  }

  async #folder(at: readonly string[], outer: IgnoreRules): Promise<void> {
    const entries = await readdir(join(this.root, ...at), { withFileTypes: true })
    const names = new Set(entries.map((entry) => entry.name))
    const ignoreFile = IGNORE_FILES.find((name) => names.has(name))
    // npm: a `files` list overrules the ignore file beside it, not those deeper down.
    const own = at.length > 0 || this.#allowed === undefined ? ignoreFile : undefined
    const rules =
      own === undefined || !this.ignoreFiles
        ? outer
        : outer.with(await readFile(join(this.root, ...at, own), 'utf8'), at.length)
    for (const entry of entries) {
      if (isAlwaysIgnored(entry.name)) continue
      const segments = [...at, entry.name]
      if (entry.isDirectory()) {
        if (!rules.ignores(segments, 'folder')) await this.#folder(segments, rules)
      } else if (!this.#wanted(segments, rules)) {
      } else if (entry.isFile()) {
        await this.#file(segments)
      } else {
        this.skipped.push(segments.join('/'))
      }
    }
  }

  #wanted(segments: readonly string[], rules: IgnoreRules): boolean {
    const [name = '', deeper] = segments
    if (deeper === undefined && this.outranked.includes(name)) return false
    if (deeper === undefined && isAlwaysPacked(name)) return true
    if (this.#allowed !== undefined && !this.#allowed(segments)) return false
    return !rules.ignores(segments, 'file')
  }

  async #file(segments: readonly string[]): Promise<void> {
    const path = join(this.root, ...segments)
    const { size, mode } = await stat(path)
    this.#bytes += size
    if (this.files.length >= LIMITS.archiveEntriesMax)
      throw tooLarge(`it holds over ${LIMITS.archiveEntriesMax} files`)
    if (this.#bytes > LIMITS.archiveUnpackedBytesMax)
      throw tooLarge(`its files hold over ${LIMITS.archiveUnpackedBytesMax} bytes`)
    this.files.push({
      path: [TOP_FOLDER, ...segments].join('/'),
      sizeBytes: size,
      executable: (mode & 0o100) !== 0,
      read: () => createReadStream(path),
    })
  }
}

/** What a package is never without, whatever its ignore files say. */
function isAlwaysPacked(name: string): boolean {
  return (
    (MANIFEST_NAMES as readonly string[]).includes(name) ||
    isReadmeName(name) ||
    /^licen[cs]e(\.|$)/i.test(name)
  )
}

function filesList(file: ManifestName, bytes: Uint8Array): readonly string[] | undefined {
  if (file !== 'package.json') return undefined
  const root = JSON.parse(new TextDecoder().decode(bytes)) as Table
  const files = entryOf(root, 'files')
  if (!Array.isArray(files)) return undefined
  const main = entryOf(root, 'main')
  return [...files, main].filter((each) => typeof each === 'string')
}

async function readReadme(path: string): Promise<{ bytes: Uint8Array; cut: boolean } | undefined> {
  const { size } = await stat(path)
  if (size === 0) return undefined
  const readme = fitReadme(await readFile(path))
  return readme.bytes.length === 0 ? undefined : readme
}

function noPackage(folder: string, why: string, cause?: unknown): MarketplaceError {
  return new MarketplaceError({
    reason: 'FILE_INVALID',
    field: folder,
    message: `${folder} is no package: ${why}`,
    help: `name a folder with one of ${MANIFEST_NAMES.join(', ')} in it`,
    cause,
  })
}

function tooLarge(why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'LIMIT_EXCEEDED',
    field: 'content',
    message: `the folder is too large for a package: ${why}`,
    help: 'name what its users do not need in .ggenignore',
  })
}
