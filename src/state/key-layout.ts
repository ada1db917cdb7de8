import { hexToBytes } from '../model/codec.js'
import type { RequestId } from '../model/command.js'
import type { Digest } from '../model/content-hash.js'
import type { KeyId } from '../model/metadata.js'
import type { NodeId } from '../model/node-id.js'
import { foldName, type Namespace, type PackageRef } from '../model/package-id.js'
import { type Version, versionIdentity } from '../model/version.js'
import { cutBytes } from './byte-pool.js'
import type { KeyRange } from './key-value-store.js'

/** Version of everything in this folder's keys and values; the first thing that an open reads. */
export const STATE_FORMAT_VERSION = 1

/**
 * First byte of every key. Numbers are never reused. `local` holds what depends on how entries were grouped on this
 * node; it is no part of the replicated state, of a snapshot, or of any comparison.
 */
export const TABLE = {
  meta: 0x01,
  local: 0x02,
  package: 0x10,
  version: 0x11,
  owner: 0x12,
  key: 0x13,
  author: 0x14,
  dependent: 0x15,
  recent: 0x16,
  blob: 0x17,
  change: 0x18,
  request: 0x19,
  requestQueue: 0x1a,
  downloads: 0x1b,
  downloadEpoch: 0x1c,
  audit: 0x1d,
  chain: 0x1e,
  downloadDays: 0x1f,
  namespaceUse: 0x20,
} as const

export type Table = (typeof TABLE)[keyof typeof TABLE]

/** Names in the meta and local tables; never reused. */
const META = { format: 1, applied: 2, counters: 3, configuration: 4, settings: 5, clusterVersion: 6 } as const
const LOCAL = { markersFrom: 1, marker: 2, pieces: 3, piece: 4 } as const

const encoder = new TextEncoder()

/**
 * Builds one key: a table byte, then components. Text ends in `00 01`, a zero byte inside it is written `00 ff`: so keys
 * sort as the texts do (a length in front would sort by length) and no text is a prefix of another. Numbers are 8 bytes,
 * big-endian. What has a fixed length is written bare.
 */
export class KeyBuilder {
  #bytes = new Uint8Array(1_024)
  #length = 0

  /** Begins a key, in the memory of the one before. */
  of(table: Table): this {
    this.#length = 0
    return this.byte(table)
  }

  byte(value: number): this {
    this.#room(1)
    this.#bytes[this.#length++] = value
    return this
  }

  text(value: string): this {
    if (!this.#plain(value)) this.#escaped(encoder.encode(value))
    this.#room(2)
    this.#bytes[this.#length++] = 0x00
    this.#bytes[this.#length++] = 0x01
    return this
  }

  number(value: number): this {
    this.#room(8)
    // By hand: a view would move the bytes of a small array off the heap.
    const high = Math.floor(value / 0x1_0000_0000)
    const low = value >>> 0
    for (const half of [high, low])
      for (let shift = 24; shift >= 0; shift -= 8) this.#bytes[this.#length++] = half >>> shift
    return this
  }

  raw(value: Uint8Array): this {
    this.#room(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
    return this
  }

  finish(): Uint8Array {
    const key = cutBytes(this.#length)
    for (let at = 0; at < key.length; at++) key[at] = this.#bytes[at] as number
    return key
  }

  /** ASCII without zero bytes, the common case: no trip to the encoder, no memory beside the key's own. False where it is not that. */
  #plain(value: string): boolean {
    this.#room(value.length)
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code === 0 || code >= 0x80) return false
      this.#bytes[this.#length + i] = code
    }
    this.#length += value.length
    return true
  }

  #escaped(utf8: Uint8Array): void {
    this.#room(utf8.length * 2)
    for (const byte of utf8) {
      this.#bytes[this.#length++] = byte
      if (byte === 0) this.#bytes[this.#length++] = 0xff
    }
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + bytes))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

/** Used again for every key: one is finished before the next begins. */
const builder = new KeyBuilder()

/** A package's components: namespace (empty where there is none, which no namespace is) and folded name. */
function refKey(table: Table, ref: PackageRef): KeyBuilder {
  return builder
    .of(table)
    .text(ref.namespace ?? '')
    .text(foldName(ref.name))
}

export const keys = {
  format: () => builder.of(TABLE.meta).byte(META.format).finish(),
  applied: () => builder.of(TABLE.meta).byte(META.applied).finish(),
  counters: () => builder.of(TABLE.meta).byte(META.counters).finish(),
  configuration: () => builder.of(TABLE.meta).byte(META.configuration).finish(),
  settings: () => builder.of(TABLE.meta).byte(META.settings).finish(),
  clusterVersion: () => builder.of(TABLE.meta).byte(META.clusterVersion).finish(),
  markersFrom: () => builder.of(TABLE.local).byte(LOCAL.markersFrom).finish(),
  marker: (first: number) => builder.of(TABLE.local).byte(LOCAL.marker).number(first).finish(),
  pieces: () => builder.of(TABLE.local).byte(LOCAL.pieces).finish(),
  piece: (position: number) => builder.of(TABLE.local).byte(LOCAL.piece).number(position).finish(),
  package: (ref: PackageRef) => refKey(TABLE.package, ref).finish(),
  version: (ref: PackageRef, version: Version) =>
    refKey(TABLE.version, ref).text(versionIdentity(version)).finish(),
  namespaceOwner: (namespace: string) => builder.of(TABLE.owner).byte(1).text(namespace).finish(),
  nameOwner: (name: string) => builder.of(TABLE.owner).byte(2).text(foldName(name)).finish(),
  /** Owners of its own that a package inside a namespace was given. */
  packageOwner: (ref: PackageRef) =>
    builder
      .of(TABLE.owner)
      .byte(3)
      .text(ref.namespace ?? '')
      .text(foldName(ref.name))
      .finish(),
  key: (keyId: KeyId) => builder.of(TABLE.key).raw(hexToBytes(keyId)).finish(),
  author: (folded: string, ref: PackageRef) =>
    builder
      .of(TABLE.author)
      .text(folded)
      .text(ref.namespace ?? '')
      .text(foldName(ref.name))
      .finish(),
  dependent: (on: PackageRef, from: PackageRef) =>
    refKey(TABLE.dependent, on)
      .text(from.namespace ?? '')
      .text(foldName(from.name))
      .finish(),
  recent: (index: number) => builder.of(TABLE.recent).number(index).finish(),
  blob: (digest: Digest) => builder.of(TABLE.blob).raw(hexToBytes(digest)).finish(),
  change: (sequence: number) => builder.of(TABLE.change).number(sequence).finish(),
  request: (id: RequestId) => builder.of(TABLE.request).raw(hexToBytes(id)).finish(),
  requestQueue: (sequence: number) => builder.of(TABLE.requestQueue).number(sequence).finish(),
  versionDownloads: (ref: PackageRef, version: Version) =>
    refKey(TABLE.downloads, ref).text(versionIdentity(version)).finish(),
  packageDownloads: (ref: PackageRef) => refKey(TABLE.downloads, ref).text('').finish(),
  /** Per day, of the registry and of a package. */
  registryDays: () => builder.of(TABLE.downloadDays).byte(1).finish(),
  packageDays: (ref: PackageRef) =>
    builder
      .of(TABLE.downloadDays)
      .byte(2)
      .text(ref.namespace ?? '')
      .text(foldName(ref.name))
      .finish(),
  /** Of the packages without a namespace where none is given. */
  namespaceUse: (namespace: Namespace | undefined) =>
    builder
      .of(TABLE.namespaceUse)
      .text(namespace ?? '')
      .finish(),
  downloadEpoch: (node: NodeId) => builder.of(TABLE.downloadEpoch).text(node).finish(),
  audit: (index: number) => builder.of(TABLE.audit).number(index).finish(),
  chain: (slot: number) => builder.of(TABLE.chain).byte(slot).finish(),
} as const

/** Ranges that listings walk. */
export const ranges = {
  table: (table: Table): KeyRange => ({ from: Uint8Array.of(table), to: Uint8Array.of(table + 1) }),
  /** Everything that begins with these bytes. */
  prefix: (prefix: Uint8Array): KeyRange => ({ from: prefix, to: endOf(prefix) }),
  packagesOf: (namespace: string): KeyRange =>
    ranges.prefix(builder.of(TABLE.package).text(namespace).finish()),
  packageDays: (): KeyRange => ranges.prefix(Uint8Array.of(TABLE.downloadDays, 2)),
  author: (folded: string): KeyRange => ranges.prefix(builder.of(TABLE.author).text(folded).finish()),
  dependents: (on: PackageRef): KeyRange => ranges.prefix(refKey(TABLE.dependent, on).finish()),
} as const

/** The smallest key above every key that begins with prefix; prefix does not consist of ff bytes alone. */
export function endOf(prefix: Uint8Array): Uint8Array {
  let end = prefix.length
  while (end > 0 && prefix[end - 1] === 0xff) end--
  const next = prefix.slice(0, end)
  next[end - 1] = (next[end - 1] as number) + 1
  return next
}

/** The key that follows immediately in memcmp order: for ranges that begin after a known key. */
export function successor(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1)
  next.set(key)
  return next
}
