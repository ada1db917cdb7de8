import { resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { FileHandle, FileSystem } from './file-system.js'
import { absoluteBelow } from './node-file-system.js'
import { fileErrorOf } from './node-file-system-error.js'
import { FILE_THREAD_PROGRAM } from './node-file-system-worker.js'

interface Pending {
  readonly operation: string
  readonly path: string
  resolve(value: unknown): void
  reject(error: Error): void
}

interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: { readonly code?: string; readonly message: string }
}

/**
 * The disk below a folder, by one thread of its own: its operations run one after another in the order of the calls and
 * wait for nobody else's, whatever libuv's pool is busy with. Made for the log, whose syncs decide about elections.
 */
export class ThreadFileSystem implements FileSystem, AsyncDisposable {
  readonly #root: string
  readonly #worker: Worker
  readonly #pending = new Map<number, Pending>()
  #lastId = 0
  #ended: Error | undefined

  /** @param root must exist before the first use. */
  constructor(root: string) {
    this.#root = resolve(root)
    this.#worker = new Worker(FILE_THREAD_PROGRAM, { eval: true, name: 'file-thread' })
    this.#worker.on('message', (answer: Answer) => this.#settle(answer))
    this.#worker.on('error', (error) => this.#end(error))
    this.#worker.on('exit', () => this.#end(new Error('the file thread has ended')))
    // The thread alone keeps no process alive; a pending operation does.
    this.#worker.unref()
  }

  async open(path: string, mode: 'create' | 'open' | 'open-or-create'): Promise<FileHandle> {
    const fd = await this.#call<number>('open', path, [this.#absolute(path), mode])
    return new ThreadFileHandle((operation, parameters, transfer) =>
      this.#call(operation, path, [fd, ...parameters], transfer),
    )
  }

  readFile(path: string): Promise<Uint8Array> {
    return this.#call('readFile', path, [this.#absolute(path)])
  }

  list(folder: string): Promise<string[]> {
    return this.#call('list', folder, [this.#absolute(folder)])
  }

  stat(path: string): ReturnType<FileSystem['stat']> {
    return this.#call('stat', path, [this.#absolute(path)])
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call('rename', from, [this.#absolute(from), this.#absolute(to)])
  }

  remove(path: string): Promise<void> {
    return this.#call('remove', path, [this.#absolute(path)])
  }

  removeFolder(path: string): Promise<void> {
    return this.#call('removeFolder', path, [this.#absolute(path)])
  }

  makeFolder(path: string): Promise<void> {
    return this.#call('makeFolder', path, [this.#absolute(path)])
  }

  syncFolder(path: string): Promise<void> {
    return this.#call('syncFolder', path, [this.#absolute(path)])
  }

  /** Ends the thread; operations still under way are rejected, so close the handles first. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate()
  }

  #absolute(path: string): string {
    return absoluteBelow(this.#root, path)
  }

  #call<T>(operation: string, path: string, parameters: unknown[], transfer?: ArrayBuffer[]): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(fileErrorOf(operation, path, undefined, this.#ended))
        return
      }
      const id = ++this.#lastId
      this.#pending.set(id, { operation, path, resolve: resolve as (value: unknown) => void, reject })
      if (this.#pending.size === 1) this.#worker.ref()
      this.#worker.postMessage({ id, operation, parameters }, transfer)
    })
  }

  #settle({ id, value, error }: Answer): void {
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    this.#pending.delete(id)
    if (this.#pending.size === 0) this.#worker.unref()
    if (error === undefined) pending.resolve(value)
    else pending.reject(fileErrorOf(pending.operation, pending.path, error.code, new Error(error.message)))
  }

  #end(reason: Error): void {
    this.#ended ??= reason
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const { operation, path, reject } of pending)
      reject(fileErrorOf(operation, path, undefined, this.#ended))
  }
}

type Call = <T>(operation: string, parameters: unknown[], transfer?: ArrayBuffer[]) => Promise<T>

class ThreadFileHandle implements FileHandle {
  constructor(private readonly call: Call) {}

  read(offset: number, length: number): Promise<Uint8Array> {
    return this.call('read', [offset, length])
  }

  write(offset: number, chunks: readonly Uint8Array[], options?: { readonly sync?: boolean }): Promise<void> {
    // One copy, which is handed over: the caller's own memory stays the caller's.
    const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
    let at = 0
    for (const chunk of chunks) {
      bytes.set(chunk, at)
      at += chunk.length
    }
    return this.call('write', [offset, bytes, options?.sync === true], [bytes.buffer])
  }

  sync(): Promise<void> {
    return this.call('sync', [])
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.call('truncate', [sizeBytes])
  }

  size(): Promise<number> {
    return this.call('size', [])
  }

  close(): Promise<void> {
    return this.call('close', [])
  }
}
