import { crc32 } from 'node:zlib'
import { Decoder, Encoder } from '../model/codec.js'
import type { Digest } from '../model/content-hash.js'
import type { FileHandle, FileSystem } from '../runtime/file-system.js'
import type { DiskSlots } from './disk-slots.js'
import type { Lease } from './kept-blob-store.js'
import { shuttingDown } from './patience.js'

const HOUR_MS = 3_600_000
/** `GGBL`, then the format's version. */
const HEADER = Uint8Array.of(0x47, 0x47, 0x42, 0x4c, 0, 0, 0, 1)
/** Digest, end in milliseconds (big-endian), CRC-32 over both. */
const RECORD_BYTES = 32 + 8 + 4
const READ_RECORDS = 4096

interface Waiting {
  readonly hour: number
  readonly record: Uint8Array
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

interface OpenFile {
  readonly hour: number
  readonly handle: FileHandle
  sizeBytes: number
}

/**
 * Promises to keep blobs, as files `<hour>-<n>` of fixed-size records, by the hour in which they end: a whole file can be
 * dropped once its hour is over. Promises made at one moment share one write and sync. Every life of the store begins new
 * files, so that nothing is ever appended behind a torn record.
 */
export class LeaseLog {
  #waiting: Waiting[] = []
  #flushing: Promise<void> | undefined
  #file: OpenFile | undefined
  #closed = false
  #next: number

  private constructor(
    private readonly files: FileSystem,
    private readonly folder: string,
    private readonly slots: DiskSlots,
    next: number,
  ) {
    this.#next = next
  }

  /** The folder must exist. */
  static async open(files: FileSystem, folder: string, slots: DiskSlots): Promise<LeaseLog> {
    let next = 0
    for (const name of await files.list(folder)) next = Math.max(next, (nameParts(name)?.life ?? -1) + 1)
    return new LeaseLog(files, folder, slots, next)
  }

  /** Resolves once the promise is on the disk. */
  add(lease: Lease): Promise<void> {
    if (this.#closed) return Promise.reject(shuttingDown())
    return new Promise((resolve, reject) => {
      const hour = Math.floor(lease.untilMs / HOUR_MS)
      this.#waiting.push({ hour, record: encodeRecord(lease), resolve, reject })
      this.#flushing ??= this.#flush()
    })
  }

  async *all(): AsyncGenerator<Lease | 'unreadable'> {
    for (const name of await this.files.list(this.folder))
      if (nameParts(name) !== undefined) yield* this.#read(name)
  }

  async drop(beforeMs: number): Promise<void> {
    let dropped = false
    for (const name of await this.files.list(this.folder)) {
      const parts = nameParts(name)
      if (parts === undefined || (parts.hour + 1) * HOUR_MS > beforeMs || parts.hour === this.#file?.hour)
        continue
      await this.files.remove(`${this.folder}/${name}`)
      dropped = true
    }
    if (dropped) await this.files.syncFolder(this.folder)
  }

  /** Waits for the promises under way; later ones are refused. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#flushing
    await this.#file?.handle.close()
    this.#file = undefined
  }

  async #flush(): Promise<void> {
    // One turn later, so that promises made together go together.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const hour = this.#waiting[0]?.hour
      const group = this.#waiting.filter((waiting) => waiting.hour === hour)
      this.#waiting = this.#waiting.filter((waiting) => waiting.hour !== hour)
      try {
        await this.#append(
          hour as number,
          group.map((waiting) => waiting.record),
        )
        for (const waiting of group) waiting.resolve()
      } catch (error) {
        for (const waiting of group) waiting.reject(error)
      }
    }
    this.#flushing = undefined
  }

  async #append(hour: number, records: readonly Uint8Array[]): Promise<void> {
    if (this.#file?.hour !== hour) await this.#begin(hour)
    const file = this.#file as OpenFile
    const bytes = join(records)
    try {
      await this.slots.run(() => file.handle.write(file.sizeBytes, [bytes], { sync: true }))
      file.sizeBytes += bytes.length
    } catch (error) {
      // What the file holds now is unknown: later promises go to a new one.
      this.#file = undefined
      await file.handle.close().catch(() => {})
      throw error
    }
  }

  async #begin(hour: number): Promise<void> {
    const before = this.#file
    this.#file = undefined
    await before?.handle.close()
    const path = `${this.folder}/${hour}-${this.#next++}`
    const handle = await this.slots.run(() => this.files.open(path, 'create'))
    try {
      await this.slots.run(() => handle.write(0, [HEADER], { sync: true }))
      await this.slots.run(() => this.files.syncFolder(this.folder))
    } catch (error) {
      await handle.close().catch(() => {})
      throw error
    }
    this.#file = { hour, handle, sizeBytes: HEADER.length }
  }

  async *#read(name: string): AsyncGenerator<Lease | 'unreadable'> {
    const handle = await this.files.open(`${this.folder}/${name}`, 'open')
    try {
      const header = await this.slots.run(() => handle.read(0, HEADER.length))
      if (header.length !== HEADER.length || HEADER.some((byte, i) => byte !== header[i])) {
        yield 'unreadable'
        return
      }
      for (let offset = HEADER.length; ; ) {
        const at = offset
        const bytes = await this.slots.run(() => handle.read(at, RECORD_BYTES * READ_RECORDS))
        if (bytes.length === 0) return
        for (let i = 0; i < bytes.length; i += RECORD_BYTES)
          yield decodeRecord(bytes.subarray(i, i + RECORD_BYTES)) ?? 'unreadable'
        offset += bytes.length
      }
    } finally {
      await handle.close()
    }
  }
}

function nameParts(name: string): { readonly hour: number; readonly life: number } | undefined {
  const match = /^([0-9]{1,10})-([0-9]{1,10})$/.exec(name)
  return match === null ? undefined : { hour: Number(match[1]), life: Number(match[2]) }
}

function encodeRecord(lease: Lease): Uint8Array {
  const record = new Uint8Array(RECORD_BYTES)
  record.set(new Encoder(32).hex(lease.digest, 32).finish())
  const view = new DataView(record.buffer)
  view.setBigUint64(32, BigInt(lease.untilMs))
  view.setUint32(40, crc32(record.subarray(0, 40)))
  return record
}

function decodeRecord(record: Uint8Array): Lease | undefined {
  if (record.length !== RECORD_BYTES) return undefined
  const view = new DataView(record.buffer, record.byteOffset)
  if (view.getUint32(40) !== crc32(record.subarray(0, 40))) return undefined
  return {
    digest: new Decoder(record.subarray(0, 32)).hex(32) as Digest,
    untilMs: Number(view.getBigUint64(32)),
  }
}

function join(records: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(records.length * RECORD_BYTES)
  for (const [i, record] of records.entries()) bytes.set(record, i * RECORD_BYTES)
  return bytes
}
