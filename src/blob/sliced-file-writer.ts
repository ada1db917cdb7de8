import type { FileHandle } from '../runtime/file-system.js'
import type { DiskSlots } from './disk-slots.js'

export interface SliceLimits {
  /** Bytes handed to the disk at once; twice as many, at most, are held in memory. */
  readonly sliceBytes: number
  /** After so many bytes a sync is begun beside the writing, so that the last one is short. */
  readonly syncEveryBytes: number
}

/**
 * Appends a stream to a file with the disk one slice behind: while a slice is written, the next is gathered (and hashed by
 * the caller). Chunks must not change after they were given.
 */
export class SlicedFileWriter {
  #gathered: Uint8Array[] = []
  #gatheredBytes = 0
  #offset = 0
  #unsyncedBytes = 0
  #writing: Promise<void> = Promise.resolve()
  #syncing: Promise<void> = Promise.resolve()
  #syncUnderWay = false

  constructor(
    private readonly file: FileHandle,
    private readonly slots: DiskSlots,
    private readonly limits: SliceLimits,
  ) {}

  /** Takes a chunk; waits only where the disk is a whole slice behind. */
  async add(chunk: Uint8Array): Promise<void> {
    this.#gathered.push(chunk)
    this.#gatheredBytes += chunk.length
    if (this.#gatheredBytes >= this.limits.sliceBytes) await this.#hand(false)
  }

  /** Resolves once everything is on the disk. */
  async finish(): Promise<void> {
    await this.#hand(true)
    await this.#writing
    await this.#syncing
  }

  /** Waits until the disk has nothing more to do here, however it ends. */
  async settle(): Promise<void> {
    await this.#writing.catch(() => {})
    await this.#syncing.catch(() => {})
  }

  async #hand(last: boolean): Promise<void> {
    await this.#writing
    const chunks = gather(this.#gathered, this.#gatheredBytes)
    const offset = this.#offset
    this.#offset += this.#gatheredBytes
    this.#unsyncedBytes += this.#gatheredBytes
    this.#gathered = []
    this.#gatheredBytes = 0
    this.#writing = this.slots.run(() => this.file.write(offset, chunks, { sync: last }))
    // The error is met by whoever waits for this write next.
    this.#writing.catch(() => {})
    if (!last && this.#unsyncedBytes >= this.limits.syncEveryBytes && !this.#syncUnderWay) this.#beginSync()
  }

  #beginSync(): void {
    this.#unsyncedBytes = 0
    this.#syncUnderWay = true
    const before = this.#syncing
    const written = this.#writing
    this.#syncing = (async () => {
      await before
      await written
      await this.slots.run(() => this.file.sync())
    })().finally(() => {
      this.#syncUnderWay = false
    })
    this.#syncing.catch(() => {})
  }
}

/** Many small chunks as one, since each costs the disk a call of its own; large ones as they are. */
function gather(chunks: readonly Uint8Array[], totalBytes: number): readonly Uint8Array[] {
  if (chunks.length <= 1 || totalBytes / chunks.length >= 128 * 1024) return chunks
  const joined = new Uint8Array(totalBytes)
  let offset = 0
  for (const chunk of chunks) {
    joined.set(chunk, offset)
    offset += chunk.length
  }
  return [joined]
}
