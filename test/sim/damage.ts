import { readApplied, readCounters, writeApplied, writeCounters } from '../../src/state/meta.js'
import { type StateReader, type StateWriter, seal, unseal } from '../../src/state/stored-value.js'
import { align, highestWatermark, RECORD_HEADER_BYTES, type WalRecord } from '../../src/storage/wal/record.js'
import { decodeSegmentHeader, seedOf } from '../../src/storage/wal/segment-header.js'
import { scanRecords } from '../../src/storage/wal/segment-scan.js'
import type { SeededRandom } from './seeded-random.js'
import type { SimNode } from './sim-node.js'

/** Damage at rest: harm to what a disk had already promised to keep. Only a minority of the disks suffers it. */
export interface HarmfulAct {
  readonly name: string
  /** Done to a machine whose process is dead. */
  readonly offline: boolean
  /** Whether it takes copies of the machine that were made before. */
  readonly wantsCopies?: boolean
  /** Whether the node can no longer vouch for what it promised, must say so, and never takes part again. */
  readonly takesPromises?: boolean
  /** Whether the others must be able to tell each other what is right without a state from anybody. */
  readonly wantsOthersInStep?: boolean
  harm(node: SimNode, random: SeededRandom, others: readonly SimNode[]): void
}

/** Where a log segment keeps the id that its watermarks repeat. */
const SEGMENT_ID = { from: 16, to: 32 }
const SEGMENT = /^wal\/\d+\.wal$/
const BLOB = /^blobs\/[0-9a-f]{2}\/[0-9a-f]+$/
const BLOB_UNDER_WAY = /^blobs\/tmp\//

/** A bit of the log that was known durable: this node can no longer vouch for what it promised, and must say so. */
const LOG_BIT: HarmfulAct = {
  name: 'a bit of the log flips',
  takesPromises: true,
  offline: true,
  harm(node, random) {
    if (node.lives === 0) return
    const segments = segmentsOf(node)
      .map((path) => {
        const bytes = node.disk.peek(path)
        return {
          path,
          durable: highestWatermark(bytes, bytes.slice(SEGMENT_ID.from, SEGMENT_ID.to)),
        }
      })
      .filter(({ durable }) => durable > 0)
    if (segments.length === 0) return
    const { path, durable } = random.pick(segments)
    node.disk.flipBit(path, random.below(durable), random.below(8))
    node.lost = 'STORAGE_CORRUPT'
  },
}

/**
 * The end of the log goes, clean: nothing in it says that there was more. What tells is the state, since a node applies only
 * what is durable in its own log.
 */
const LOG_END: HarmfulAct = {
  name: 'the end of the log goes',
  takesPromises: true,
  offline: true,
  harm(node, random) {
    if (!node.states.isSound) return
    const state = appliedOf(node)
    const path = segmentsOf(node).at(-1)
    if (state === undefined || path === undefined) return
    const records = recordsOf(node.disk.peek(path))
    const cuts = records.filter((_, count) => isCutOff(records.slice(0, count), state.index))
    if (cuts.length === 0) return
    node.disk.loseEnd(path, random.pick(cuts).offset, random.pick(['zero', 'cut']))
    node.lost = 'STORAGE_CORRUPT'
  },
}

/** Where the state stands that a start would find. */
function appliedOf(node: SimNode): { readonly index: number } | undefined {
  return readApplied(readerOf(node))
}

/** Reads the state that a start would find. */
function readerOf({ states }: SimNode): StateReader {
  return {
    get: (key) => {
      const stored = states.peek(key)
      return stored === undefined ? undefined : unseal(key, stored)
    },
  }
}

function segmentsOf({ disk }: SimNode): string[] {
  return disk.files().flatMap(({ path }) => (SEGMENT.test(path) ? [path] : []))
}

function blobsOf({ disk }: SimNode): { readonly path: string; readonly sizeBytes: number }[] {
  return disk.files().filter(({ path, sizeBytes }) => BLOB.test(path) && sizeBytes > 0)
}

interface PlacedRecord {
  readonly offset: number
  readonly sizeBytes: number
  readonly record: WalRecord
}

function recordsOf(segment: Uint8Array): PlacedRecord[] {
  const { header, sizeBytes } = decodeSegmentHeader(segment)
  const { records } = scanRecords(segment, { offset: sizeBytes, crc: seedOf(header.segmentId) })
  let offset = sizeBytes
  return records.map((record) => {
    const lengthBytes = new DataView(segment.buffer, segment.byteOffset).getUint32(offset, true)
    const placed = { offset, record, sizeBytes: align(RECORD_HEADER_BYTES + lengthBytes) }
    offset += placed.sizeBytes
    return placed
  })
}

/** Whether what is left of the last segment brings the log to an entry below the applied one, whatever came before it. */
function isCutOff(left: readonly PlacedRecord[], applied: number): boolean {
  const last = left.findLast(({ record }) => record.type === 'entry')?.record
  return (
    last?.type === 'entry' &&
    last.entry.index < applied &&
    !left.some(({ record }) => record.type === 'mark' && record.reset)
  )
}

/** Somebody exchanges the disk for an empty one: the node has forgotten its promises and must not be let in again. */
const WIPED: HarmfulAct = {
  name: 'the data folder is emptied',
  takesPromises: true,
  offline: true,
  harm(node) {
    // Before its first admission a folder has promised nothing.
    if (!node.admitted) return
    node.disk.wipe()
    node.states.wipe()
    node.lost = 'IDENTITY_LOST'
  },
}

/**
 * The folder is the right one and its promises are those of another day. The others notice where they have seen a later
 * start of it; all of them here, since any of them may be away when it is started.
 */
const OLDER_COPY: HarmfulAct = {
  name: 'an older copy of the disk is put back',
  takesPromises: true,
  offline: true,
  wantsCopies: true,
  harm(node, _random, others) {
    const { copy } = node
    if (copy === undefined) return
    const good = others.filter((other) => other.lost === undefined)
    if (!good.every((other) => other.knowsLaterStart(node.id, copy))) return
    node.putBack(copy)
    node.lost = 'IDENTITY_LOST'
  },
}

/** Found by reading, set aside, and fetched again. */
const BLOB_BIT: HarmfulAct = {
  name: 'a bit of a blob flips',
  offline: false,
  harm(node, random) {
    const blobs = blobsOf(node)
    if (blobs.length === 0) return
    const { path, sizeBytes } = random.pick(blobs)
    node.disk.flipBit(path, random.below(sizeBytes), random.below(8))
  },
}

/** The bytes were hashed on their way to the disk, so only reading them back can tell. */
const BLOB_ASTRAY: HarmfulAct = {
  name: 'a write of a blob goes astray',
  offline: false,
  harm(node) {
    node.disk.misdirectNextWrite((path) => BLOB_UNDER_WAY.test(path))
  },
}

/** Found at the next opening; the state is replayed or fetched. */
const STATE_HOLE: HarmfulAct = {
  name: 'a batch is lost from the middle of the state',
  offline: true,
  harm(node) {
    node.states.loseFromMiddle()
  },
}

/**
 * Memory or program has erred: the state says something else than its entries led to, and all checksums are right. Only the
 * others can tell, and only where a majority of them has a state or comes to it by entries: who needs a snapshot cannot know
 * whose to take. What clients are answered does not depend on it: until it is found, nothing else could be promised.
 */
export const STATE_ALTERED: HarmfulAct = {
  name: 'a value of the state is altered',
  offline: true,
  wantsOthersInStep: true,
  harm(node, random, others) {
    // One at a time: a state that is fetched in the place of an altered one must not be another such.
    if (!node.states.isSound || others.some((other) => other.states.isAltered)) return
    const reader = readerOf(node)
    const applied = readApplied(reader)
    const counters = readCounters(reader)
    if (applied === undefined || counters === undefined) return
    const altering: StateWriter = {
      ...reader,
      put: (key, body) => node.states.alter(key, seal(key, body)),
      delete: () => {},
    }
    if (random.chance(500)) {
      writeCounters(altering, { ...counters, downloads: counters.downloads + 1 })
    } else {
      const chainHash = applied.chainHash.slice()
      const at = random.below(chainHash.length)
      chainHash[at] = (chainHash[at] as number) ^ (1 + random.below(255))
      writeApplied(altering, { ...applied, chainHash })
    }
  },
}

/** A write of the log that said it was done went to another place of its segment, or nowhere. What it replaced is as it was. */
const LOG_ASTRAY: HarmfulAct = {
  name: 'a write of the log went astray',
  takesPromises: true,
  offline: true,
  harm(node, random) {
    if (node.lives === 0) return
    const writes = segmentsOf(node).flatMap((path) => {
      const bytes = node.disk.peek(path)
      const records = recordsOf(bytes)
      return records.map((record) => ({ ...record, path, bytes, firstOffset: records[0]?.offset ?? 0 }))
    })
    if (writes.length === 0) return
    const { path, bytes, offset, sizeBytes, firstOffset } = random.pick(writes)
    const record = bytes.slice(offset, offset + sizeBytes)
    const harmed = bytes.slice().fill(0, offset, offset + sizeBytes)
    if (random.chance(700))
      harmed.set(record, firstOffset + random.below(harmed.length - firstOffset - sizeBytes))
    if (same(harmed.subarray(offset, offset + sizeBytes), record)) return
    // It is missed only where the log still shows that it had been synced.
    if (highestWatermark(harmed, harmed.slice(SEGMENT_ID.from, SEGMENT_ID.to)) < offset + sizeBytes) return
    node.disk.replace(path, harmed)
    node.lost = 'STORAGE_CORRUPT'
  },
}

/** Found by reading or by the next start, and fetched again. */
const BLOB_CUT: HarmfulAct = {
  name: 'the end of a blob goes',
  offline: true,
  harm(node, random) {
    const blobs = blobsOf(node)
    if (blobs.length === 0) return
    const { path, sizeBytes } = random.pick(blobs)
    node.disk.loseEnd(path, random.below(sizeBytes), random.pick(['zero', 'cut']))
  },
}

/** The checksum under each value tells when it is read, or when the files are looked through. */
const STATE_BIT: HarmfulAct = {
  name: 'a bit of the state flips',
  offline: true,
  harm(node, random) {
    const pairs = node.states.pairs()
    if (!node.states.isSound || pairs.length === 0) return
    const [key, value] = random.pick(pairs)
    if (value.length === 0) return
    const flipped = value.slice()
    const at = random.below(flipped.length)
    flipped[at] = (flipped[at] as number) ^ (1 << random.below(8))
    node.states.rot(key, flipped)
  },
}

/** All damages that a seed may draw for its storm. */
export const DAMAGES: readonly HarmfulAct[] = [
  LOG_BIT,
  LOG_END,
  LOG_ASTRAY,
  WIPED,
  OLDER_COPY,
  BLOB_BIT,
  BLOB_CUT,
  BLOB_ASTRAY,
  STATE_HOLE,
  STATE_BIT,
]

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
