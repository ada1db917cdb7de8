import { bytesToHex } from '../../model/codec.js'
import { type Clock, pause } from '../../runtime/clock.js'
import type { FileSystem } from '../../runtime/file-system.js'
import type { Random } from '../../runtime/random.js'
import { isSpareName } from './segment-name.js'

/** Zeros written and synced in one piece: an append waits at most for one. */
const FILL_CHUNK_BYTES = 256 * 1024
/** Between two pieces in the background, so that appends have the disk most of the time: 64 MiB take some 3 s. */
const FILL_PAUSE_MS = 10
/** Full-size files kept for later, recycled ones included. */
const SPARES_MAX = 2

/**
 * Files for the segments to come, of full size on disk already: fdatasync of bytes that a file has already takes half
 * as long as of bytes that make it grow. What an old spare holds does not matter (segment ids seed the checksums).
 */
export class SpareSegments {
  #ready: string[] = []
  #filling: Promise<void> | undefined
  #stopped = false

  constructor(
    private readonly fileSystem: FileSystem,
    private readonly folder: string,
    private readonly random: Random,
    private readonly clock: Clock,
    private readonly segmentBytes: number,
  ) {}

  /** Takes up the spares that an earlier run left; removes unfinished ones. */
  async adopt(names: readonly string[]): Promise<void> {
    for (const name of names.filter(isSpareName)) {
      const path = `${this.folder}/${name}`
      const size = (await this.fileSystem.stat(path))?.sizeBytes
      if (size === this.segmentBytes && this.#ready.length < SPARES_MAX) this.#ready.push(path)
      else if (size !== undefined) await this.fileSystem.remove(path)
    }
  }

  /** A file of at least sizeBytesMin: a spare if one is ready and large enough, else a small one made at once. */
  async take(
    sizeBytesMin: number,
    quickBytes: number,
  ): Promise<{ readonly path: string; readonly sizeBytes: number }> {
    if (sizeBytesMin <= this.segmentBytes) {
      const path = this.#ready.shift()
      if (path !== undefined) return { path, sizeBytes: this.segmentBytes }
    }
    const path = this.#newPath()
    const sizeBytes = Math.max(sizeBytesMin, quickBytes)
    await this.#create(path, sizeBytes, async () => {})
    return { path, sizeBytes }
  }

  /** Keeps a segment that is no longer needed, or removes it. Durable when it resolves. */
  async recycle(path: string, sizeBytes: number): Promise<void> {
    if (sizeBytes === this.segmentBytes && this.#ready.length < SPARES_MAX) {
      const spare = this.#newPath()
      await this.fileSystem.rename(path, spare)
      await this.fileSystem.syncFolder(this.folder)
      this.#ready.push(spare)
    } else {
      await this.fileSystem.remove(path)
      await this.fileSystem.syncFolder(this.folder)
    }
  }

  /** Has a spare made in the background if there is none. A full disk is met when a segment is needed, not here. */
  prepare(): void {
    if (this.#stopped || this.#filling !== undefined || this.#ready.length > 0) return
    const path = this.#newPath()
    this.#filling = this.#create(path, this.segmentBytes, () => pause(this.clock, FILL_PAUSE_MS))
      .then(
        () => {
          if (!this.#stopped) this.#ready.push(path)
        },
        () => this.fileSystem.remove(path).catch(() => {}),
      )
      .finally(() => {
        this.#filling = undefined
      })
  }

  /** Ends the filling. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#filling
  }

  async #create(path: string, sizeBytes: number, between: () => Promise<void>): Promise<void> {
    const handle = await this.fileSystem.open(path, 'create')
    try {
      const zeros = new Uint8Array(Math.min(FILL_CHUNK_BYTES, sizeBytes))
      for (let at = 0; at < sizeBytes && !this.#stopped; at += zeros.length) {
        if (at > 0) await between()
        await handle.write(at, [zeros.subarray(0, sizeBytes - at)], { sync: true })
      }
    } finally {
      await handle.close()
    }
  }

  #newPath(): string {
    return `${this.folder}/spare-${bytesToHex(this.random.bytes(8))}.wal`
  }
}
