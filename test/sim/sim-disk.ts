import type { Clock } from '../../src/runtime/clock.js'
import {
  FileError,
  type FileErrorCode,
  type FileHandle,
  type FileSystem,
} from '../../src/runtime/file-system.js'
import type { Random } from '../../src/runtime/random.js'
import type { FileImage } from './sim-disk-image.js'
import { NameTree } from './sim-disk-tree.js'

/** An operation as the fault hook sees it, before it is carried out. */
export interface DiskOperation {
  readonly type:
    | 'open'
    | 'read'
    | 'write'
    | 'sync'
    | 'truncate'
    | 'list'
    | 'stat'
    | 'rename'
    | 'remove'
    | 'make'
    | 'sync-folder'
  readonly path: string
}

export interface SimDiskOptions {
  readonly clock: Clock
  readonly random: Random
  /** Longest simulated time of a read or a change of names. Default: 1 ms. */
  readonly accessMsMax?: number
  /** Longest simulated time of a write or sync. Default: 3 ms. */
  readonly syncMsMax?: number
}

/**
 * A disk in memory that forgets what a real one may forget. It outlives the process that uses it: each start takes a new
 * {@link fileSystem}, and the one of the life before neither answers nor changes anything any more.
 */
export class SimDisk {
  #tree = new NameTree()
  readonly #clock: Clock
  readonly #random: Random
  readonly #accessMsMax: number
  readonly #syncMsMax: number
  #life = 1
  #boot = 1
  /** Called before each operation; a code makes it fail. A failed sync loses any subset of what it was to keep. */
  fault: ((operation: DiskOperation) => FileErrorCode | undefined) | undefined
  /** Writes that would make the disk fuller than this fail with ENOSPC. */
  capacityBytes = Number.POSITIVE_INFINITY
  /** Added to the simulated time of every operation. */
  extraMs = 0
  readonly #misdirected: ((path: string) => boolean)[] = []
  /** Files that could not be opened or read at some time. */
  readonly #refused = new Set<string>()

  constructor(options: SimDiskOptions) {
    this.#clock = options.clock
    this.#random = options.random
    this.#accessMsMax = options.accessMsMax ?? 1
    this.#syncMsMax = options.syncMsMax ?? 3
  }

  /** Changes with every {@link crash}, not with {@link kill}. */
  get bootId(): string {
    return `boot-${this.#boot}`
  }

  /** The disk for one life of a process: until the next crash or kill. */
  fileSystem(): FileSystem {
    const life = this.#life
    return new SimFileSystem(
      this.#tree,
      (operation, run) => this.#operate(life, operation, run),
      () => this.#usage(),
      (from, to) => this.#renamed(from, to),
    )
  }

  /** The machine loses power. Synced data stays; of unsynced sectors and names any subset stays. */
  crash(): void {
    this.#life++
    this.#boot++
    this.#tree.crash(this.#random)
  }

  /** The process dies and the machine goes on: what was written stays readable, synced or not. */
  kill(): void {
    this.#life++
  }

  /** All files with their sizes, sorted by path. */
  files(): { readonly path: string; readonly sizeBytes: number }[] {
    return this.#tree.files().map(([path, image]) => ({ path, sizeBytes: image.sizeBytes }))
  }

  get usedBytes(): number {
    return this.#tree.files().reduce((sum, [, image]) => sum + image.sizeBytes, 0)
  }

  /** The bytes as a reader would see them now. */
  peek(path: string): Uint8Array {
    const image = this.#tree.file('peek', path)
    return image.read(0, image.sizeBytes)
  }

  /** The bytes that a loss of power now would leave under this name, in any case. */
  durable(path: string): Uint8Array | undefined {
    return this.#tree.durable(path)
  }

  /** Whether this file, by whatever name, ever failed to be opened or read. */
  hasRefused(path: string): boolean {
    return this.#refused.has(path)
  }

  /** Damages a byte at rest. */
  flipBit(path: string, offset: number, bit: number): void {
    this.#tree.file('flip', path).flipBit(offset, bit)
  }

  /** Damages the end of a file at rest. */
  loseEnd(path: string, offset: number, how: 'zero' | 'cut'): void {
    const image = this.#tree.file('lose', path)
    if (how === 'zero') image.zeroFrom(offset)
    else image.cutAt(offset)
  }

  /** Puts other bytes into a file at rest. */
  replace(path: string, bytes: Uint8Array): void {
    this.#tree.file('replace', path).replace(bytes)
  }

  /** The next write, or the next to such a file, lands elsewhere in its file, and says nothing. */
  misdirectNextWrite(matches: (path: string) => boolean = () => true): void {
    this.#misdirected.push(matches)
  }

  /** Somebody puts an empty disk in this one's place; between two lives. */
  wipe(): void {
    this.#life++
    this.#tree = new NameTree()
  }

  /** What somebody takes who copies the disk. */
  copy(): NameTree {
    return this.#tree.copy()
  }

  /** Somebody puts a copy in this disk's place; between two lives. */
  putBack(copy: NameTree): void {
    this.#life++
    this.#boot++
    this.#tree = copy.copy()
  }

  /** A settled promise per operation, after its simulated time; none after the life has ended. */
  #operate<T>(life: number, operation: DiskOperation, run: (failing: boolean) => T): Promise<T> {
    const slow = operation.type === 'write' || operation.type === 'sync' || operation.type === 'sync-folder'
    const delayMs = this.#random.below((slow ? this.#syncMsMax : this.#accessMsMax) + 1) + this.extraMs
    return new Promise((resolve, reject) => {
      this.#clock.after(delayMs, () => {
        if (life !== this.#life) return
        const code = this.fault?.(operation)
        if (code !== undefined && (operation.type === 'open' || operation.type === 'read'))
          this.#refused.add(operation.path)
        // The hook may have ended the life.
        if (life !== this.#life) return
        try {
          const value = run(code !== undefined)
          if (code !== undefined) reject(new FileError(code, operation.type, operation.path))
          else resolve(value)
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  /** A loss of power may bring the name before back: the mark stays with both. */
  #renamed(from: string, to: string): void {
    if (this.#refused.has(from)) this.#refused.add(to)
    else this.#refused.delete(to)
  }

  #freeBytes(): number {
    return this.capacityBytes - this.usedBytes
  }

  #usage(): Usage {
    const takeMisdirection = (path: string) => {
      const at = this.#misdirected.findIndex((matches) => matches(path))
      if (at < 0) return false
      this.#misdirected.splice(at, 1)
      return true
    }
    return {
      freeBytes: this.capacityBytes === Number.POSITIVE_INFINITY ? this.capacityBytes : this.#freeBytes(),
      takeMisdirection,
      random: this.#random,
      nowMs: this.#clock.wallMs(),
    }
  }
}

interface Usage {
  readonly freeBytes: number
  /** Whether this write goes astray; asked once per write. */
  takeMisdirection(path: string): boolean
  readonly random: Random
  readonly nowMs: number
}

type Operate = <T>(operation: DiskOperation, run: (failing: boolean) => T) => Promise<T>

class SimFileSystem implements FileSystem {
  constructor(
    private readonly tree: NameTree,
    private readonly operate: Operate,
    private readonly usage: () => Usage,
    private readonly renamed: (from: string, to: string) => void,
  ) {}

  open(path: string, mode: 'create' | 'open' | 'open-or-create'): Promise<FileHandle> {
    return this.#change('open', path, () => {
      const there = this.tree.get(path)
      if (there !== undefined && mode === 'create') throw new FileError('EEXIST', 'open', path)
      if (there === undefined && mode === 'open') throw new FileError('ENOENT', 'open', path)
      const image = there === undefined ? this.tree.create(path) : this.tree.file('open', path)
      return new SimFileHandle(path, image, this.operate, this.usage)
    })
  }

  readFile(path: string): Promise<Uint8Array> {
    return this.#change('read', path, () => {
      const image = this.tree.file('read', path)
      return image.read(0, image.sizeBytes)
    })
  }

  list(folder: string): Promise<string[]> {
    return this.#change('list', folder, () => this.tree.list(folder))
  }

  stat(path: string): ReturnType<FileSystem['stat']> {
    return this.#change('stat', path, () => {
      const node = this.tree.get(path)
      if (node === undefined) return undefined
      if (node === 'folder') return { kind: 'folder' as const, sizeBytes: 0, modifiedMs: 0 }
      return { kind: 'file' as const, sizeBytes: node.sizeBytes, modifiedMs: node.modifiedMs }
    })
  }

  rename(from: string, to: string): Promise<void> {
    return this.#change('rename', from, () => {
      this.tree.rename(from, to)
      this.renamed(from, to)
    })
  }

  remove(path: string): Promise<void> {
    return this.#change('remove', path, () => this.tree.remove(path))
  }

  removeFolder(path: string): Promise<void> {
    return this.#change('remove', path, () => this.tree.removeFolder(path))
  }

  makeFolder(path: string): Promise<void> {
    return this.#change('make', path, () => this.tree.makeFolder(path))
  }

  syncFolder(path: string): Promise<void> {
    return this.#change('sync-folder', path, () => this.tree.syncFolder(path))
  }

  /** A failing operation on names has changed nothing. */
  #change<T>(type: DiskOperation['type'], path: string, run: () => T): Promise<T> {
    return this.operate({ type, path }, (failing) => (failing ? (undefined as T) : run()))
  }
}

class SimFileHandle implements FileHandle {
  #closed = false

  constructor(
    private readonly path: string,
    private readonly image: FileImage,
    private readonly operate: Operate,
    private readonly usage: () => Usage,
  ) {}

  read(offset: number, length: number): Promise<Uint8Array> {
    return this.#run('read', () => this.image.read(offset, length))
  }

  async write(
    offset: number,
    chunks: readonly Uint8Array[],
    options?: { readonly sync?: boolean },
  ): Promise<void> {
    // What the caller does to its memory afterwards does not reach the disk.
    const bytes = joined(chunks)
    await this.#run('write', (failing) => {
      const { freeBytes, takeMisdirection, random, nowMs } = this.usage()
      const growthBytes = Math.max(0, offset + bytes.length - this.image.sizeBytes)
      const writable = failing
        ? random.below(bytes.length + 1)
        : bytes.length - Math.max(0, growthBytes - freeBytes)
      const at = takeMisdirection(this.path) ? random.below(this.image.sizeBytes + 1) : offset
      this.image.write(at, bytes.subarray(0, Math.max(0, writable)), nowMs)
      if (!failing && writable < bytes.length) throw new FileError('ENOSPC', 'write', this.path)
    })
    if (options?.sync === true) await this.sync()
  }

  sync(): Promise<void> {
    return this.#run('sync', (failing) => {
      if (failing) this.image.failSync(this.usage().random)
      else this.image.sync()
    })
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#run('truncate', (failing) => {
      if (!failing) this.image.truncate(sizeBytes, this.usage().nowMs)
    })
  }

  size(): Promise<number> {
    return this.#run('stat', () => this.image.sizeBytes)
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #run<T>(type: DiskOperation['type'], run: (failing: boolean) => T): Promise<T> {
    if (this.#closed) return Promise.reject(new FileError('OTHER', type, this.path, new Error('closed')))
    return this.operate({ type, path: this.path }, run)
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
