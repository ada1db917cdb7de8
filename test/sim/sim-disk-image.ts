import type { Random } from '../../src/runtime/random.js'

/** What a disk writes as one piece. */
export const SECTOR_BYTES = 512

/** The content of one simulated file: as readers see it, and as it would be after a crash. */
export class FileImage {
  #current: Uint8Array = new Uint8Array(0)
  #durable: Uint8Array = new Uint8Array(0)
  /** Sectors written since the last sync. A sector in neither state is alike in both, or was lost by a failed sync. */
  readonly #dirty = new Set<number>()
  #modifiedMs = 0

  get sizeBytes(): number {
    return this.#current.length
  }

  get modifiedMs(): number {
    return this.#modifiedMs
  }

  /** What a reader sees now, all of it durable. */
  copy(): FileImage {
    const copy = new FileImage()
    copy.#current = this.#current.slice()
    copy.#durable = this.#current.slice()
    copy.#modifiedMs = this.#modifiedMs
    return copy
  }

  /** What is sure to be there after a crash. */
  get durable(): Uint8Array {
    return this.#durable
  }

  read(offset: number, length: number): Uint8Array {
    return this.#current.slice(offset, offset + length)
  }

  write(offset: number, bytes: Uint8Array, nowMs: number): void {
    if (bytes.length === 0) return
    const end = offset + bytes.length
    // Sectors of a hole count as written, with zeros.
    const from = Math.min(offset, this.#current.length)
    if (end > this.#current.length) this.#current = resized(this.#current, end)
    this.#current.set(bytes, offset)
    this.#markDirty(from, end)
    this.#modifiedMs = nowMs
  }

  truncate(sizeBytes: number, nowMs: number): void {
    const before = this.#current.length
    this.#current = resized(this.#current, sizeBytes)
    this.#markDirty(Math.min(before, sizeBytes), Math.max(before, sizeBytes))
    this.#modifiedMs = nowMs
  }

  /** Everything written so far survives a crash. */
  sync(): void {
    this.#durable = resized(this.#durable, this.#current.length)
    for (const sector of this.#dirty) this.#keep(sector)
    this.#dirty.clear()
  }

  /** Some sectors arrive and some do not, and the system takes all of them for clean: syncing again changes nothing. */
  failSync(random: Random): void {
    this.#survive(random)
    this.#dirty.clear()
  }

  /** The machine goes down: of the sectors not synced, any subset arrives. */
  crash(random: Random): void {
    this.#survive(random)
    this.#dirty.clear()
    this.#current = this.#durable.slice()
  }

  /** Zeros at rest from here on; the size stays. */
  zeroFrom(offset: number): void {
    for (const bytes of [this.#current, this.#durable]) bytes.fill(0, offset)
  }

  /** Ends here at rest. */
  cutAt(sizeBytes: number): void {
    this.#current = this.#current.slice(0, sizeBytes)
    this.#durable = this.#durable.slice(0, sizeBytes)
  }

  /** Other bytes at rest. */
  replace(bytes: Uint8Array): void {
    this.#current = bytes.slice()
    this.#durable = bytes.slice()
    this.#dirty.clear()
  }

  /** Changes a bit at rest. */
  flipBit(offset: number, bit: number): void {
    for (const bytes of [this.#current, this.#durable]) {
      if (offset < bytes.length) bytes[offset] = (bytes[offset] as number) ^ (1 << bit)
    }
  }

  #survive(random: Random): void {
    // All, none, or each sector (or page of eight) by its own chance; and the size old, new, or as far as sectors go.
    const granule = random.below(2) === 0 ? 1 : 8
    const mode = random.below(6)
    const lucky = new Map<number, boolean>()
    const survives = (sector: number): boolean => {
      if (mode === 0) return true
      if (mode === 1) return false
      const key = Math.floor(sector / granule)
      const known = lucky.get(key) ?? random.below(2) === 0
      lucky.set(key, known)
      return known
    }
    const sectors = [...this.#dirty].sort((a, b) => a - b).filter(survives)
    const shrunk = this.#current.length < this.#durable.length
    if (shrunk && random.below(2) === 0) this.#durable = resized(this.#durable, this.#current.length)
    for (const sector of sectors) {
      const end = Math.min((sector + 1) * SECTOR_BYTES, this.#current.length)
      if (end > this.#durable.length) this.#durable = resized(this.#durable, end)
      this.#keep(sector)
    }
    if (!shrunk && random.below(2) === 0) this.#durable = resized(this.#durable, this.#current.length)
  }

  #keep(sector: number): void {
    const from = sector * SECTOR_BYTES
    const to = Math.min(from + SECTOR_BYTES, this.#current.length, this.#durable.length)
    if (from < to) this.#durable.set(this.#current.subarray(from, to), from)
  }

  #markDirty(from: number, to: number): void {
    for (let sector = Math.floor(from / SECTOR_BYTES); sector * SECTOR_BYTES < to; sector++)
      this.#dirty.add(sector)
  }
}

function resized(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  if (bytes.length === sizeBytes) return bytes
  const other = new Uint8Array(sizeBytes)
  other.set(bytes.subarray(0, Math.min(bytes.length, sizeBytes)))
  return other
}
