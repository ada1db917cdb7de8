import { constants } from 'node:fs'
import * as fs from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { AssertionFailure, assert } from '../model/assert.js'
import type { FileHandle, FileSystem } from './file-system.js'
import { fileErrorOf } from './node-file-system-error.js'

const OPEN_FLAGS = {
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
  open: constants.O_RDWR,
  'open-or-create': constants.O_RDWR | constants.O_CREAT,
} as const

/** Bytes handed to the system in one write call; larger ones would be cut by the system itself near 2 GiB. */
const WRITE_BYTES_MAX = 64 * 1024 * 1024

/** The disk below a folder, by libuv's threads. */
export class NodeFileSystem implements FileSystem {
  readonly #root: string

  /** @param root absolute or relative to the working directory; must exist before the first use. */
  constructor(root: string) {
    this.#root = resolve(root)
  }

  async open(path: string, mode: 'create' | 'open' | 'open-or-create'): Promise<FileHandle> {
    const handle = await named('open', path, () => fs.open(this.#absolute(path), OPEN_FLAGS[mode], 0o600))
    return new NodeFileHandle(path, handle)
  }

  readFile(path: string): Promise<Uint8Array> {
    return named('read', path, async () => plain(await fs.readFile(this.#absolute(path))))
  }

  list(folder: string): Promise<string[]> {
    return named('list', folder, async () => (await fs.readdir(this.#absolute(folder))).sort())
  }

  stat(path: string): ReturnType<FileSystem['stat']> {
    return named('stat', path, async () => {
      try {
        const found = await fs.stat(this.#absolute(path))
        return {
          kind: found.isDirectory() ? ('folder' as const) : ('file' as const),
          sizeBytes: found.size,
          modifiedMs: found.mtimeMs,
        }
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
        throw error
      }
    })
  }

  rename(from: string, to: string): Promise<void> {
    return named('rename', from, () => fs.rename(this.#absolute(from), this.#absolute(to)))
  }

  remove(path: string): Promise<void> {
    return named('remove', path, () => fs.unlink(this.#absolute(path)))
  }

  removeFolder(path: string): Promise<void> {
    return named('remove', path, () => fs.rm(this.#absolute(path), { recursive: true, force: true }))
  }

  makeFolder(path: string): Promise<void> {
    return named('make', path, async () => {
      await fs.mkdir(this.#absolute(path), { recursive: true, mode: 0o700 })
    })
  }

  syncFolder(path: string): Promise<void> {
    return named('sync', path, async () => {
      const handle = await fs.open(this.#absolute(path), constants.O_RDONLY | constants.O_DIRECTORY)
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    })
  }

  #absolute(path: string): string {
    return absoluteBelow(this.#root, path)
  }
}

class NodeFileHandle implements FileHandle {
  constructor(
    private readonly path: string,
    private readonly handle: fs.FileHandle,
  ) {}

  read(offset: number, length: number): Promise<Uint8Array> {
    return named('read', this.path, async () => {
      const bytes = new Uint8Array(length)
      let filled = 0
      while (filled < length) {
        const { bytesRead } = await this.handle.read(bytes, filled, length - filled, offset + filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return bytes.subarray(0, filled)
    })
  }

  write(offset: number, chunks: readonly Uint8Array[], options?: { readonly sync?: boolean }): Promise<void> {
    return named('write', this.path, async () => {
      let at = offset
      for (const chunk of chunks) {
        for (let done = 0; done < chunk.length; ) {
          const length = Math.min(chunk.length - done, WRITE_BYTES_MAX)
          const { bytesWritten } = await this.handle.write(chunk, done, length, at)
          done += bytesWritten
          at += bytesWritten
        }
      }
      if (options?.sync === true) await this.handle.datasync()
    })
  }

  sync(): Promise<void> {
    return named('sync', this.path, () => this.handle.datasync())
  }

  truncate(sizeBytes: number): Promise<void> {
    return named('truncate', this.path, () => this.handle.truncate(sizeBytes))
  }

  size(): Promise<number> {
    return named('stat', this.path, async () => (await this.handle.stat()).size)
  }

  close(): Promise<void> {
    return named('close', this.path, () => this.handle.close())
  }
}

/** Joins a relative path to the root; our own code never leaves the root. '' is the root itself. */
export function absoluteBelow(root: string, path: string): string {
  const absolute = resolve(root, path)
  const inside = root.endsWith(sep) ? root : root + sep
  assert(absolute === root || absolute.startsWith(inside), () => `path ${path} leaves ${root}`)
  return absolute
}

async function named<T>(operation: string, path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof AssertionFailure) throw error
    throw fileErrorOf(operation, path, (error as NodeJS.ErrnoException).code, error)
  }
}

/** The bytes as a plain Uint8Array, not a Buffer, whose `slice` would share memory. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
