import { DecodeError, type Decoder } from '../model/codec.js'
import { decodePackageId, encodePackageId } from '../model/metadata-codec.js'
import { decodeOwnerScope, encodeOwnerScope, type OwnerScope } from '../model/owner-scope.js'
import type { PackageId } from '../model/package-id.js'
import { keys } from './key-layout.js'
import type { Counters } from './meta.js'
import { bodyEncoder, readBody, type StateReader, type StateWriter, stateCorrupt } from './stored-value.js'

export type ChangeKind = 'published' | 'yanked' | 'unyanked' | 'deprecated' | 'undeprecated'

export interface VersionChange {
  readonly kind: ChangeKind
  readonly id: PackageId
}

/** A package or a namespace has other owners. */
export interface OwnersChange {
  readonly kind: 'ownersChanged'
  readonly scope: OwnerScope
}

export type ChangeRecord = VersionChange | OwnersChange

/** Everything that one log index changed; never split. */
export interface ChangesAtIndex {
  readonly index: number
  readonly logTimeMs: number
  readonly records: readonly ChangeRecord[]
}

/** By the number that stands for each; never reused. */
const KINDS: readonly ChangeRecord['kind'][] = [
  'published',
  'yanked',
  'unyanked',
  'deprecated',
  'undeprecated',
  'ownersChanged',
]

/** Appends to the feed and trims it to the last entriesMax indexes; the trimmed index is noted in the counters. */
export function appendChanges(
  writer: StateWriter,
  counters: Counters,
  entriesMax: number,
  changes: ChangesAtIndex,
): void {
  const out = bodyEncoder().uint(changes.index).uint(changes.logTimeMs)
  out.list(changes.records, (record) => {
    out.byte(KINDS.indexOf(record.kind))
    if (record.kind === 'ownersChanged') encodeOwnerScope(out, record.scope)
    else encodePackageId(out, record.id)
  })
  writer.put(keys.change(counters.feedTail), out.view())
  counters.feedTail++
  counters.feedLastIndex = changes.index
  while (counters.feedTail - counters.feedHead > entriesMax) {
    counters.feedTrimmedIndex = readChanges(writer, counters.feedHead).index
    writer.delete(keys.change(counters.feedHead))
    counters.feedHead++
  }
}

/** The sequence of the first change after index, or feedTail where there is none. The feed's indexes rise. */
export function firstAfter(reader: StateReader, counters: Readonly<Counters>, index: number): number {
  if (counters.feedLastIndex <= index) return counters.feedTail
  let low = counters.feedHead
  let high = counters.feedTail
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (readChanges(reader, middle).index <= index) low = middle + 1
    else high = middle
  }
  return low
}

export function readChanges(reader: StateReader, sequence: number): ChangesAtIndex {
  const changes = readBody(reader, keys.change(sequence), decodeChanges)
  if (changes === undefined) throw stateCorrupt(`change feed has no entry ${sequence}`)
  return changes
}

export function decodeChanges(input: Decoder): ChangesAtIndex {
  return {
    index: input.uint(),
    logTimeMs: input.uint(),
    records: input.list(() => {
      const kind = KINDS[input.byte()]
      if (kind === undefined) throw new DecodeError('change kind')
      return kind === 'ownersChanged'
        ? { kind, scope: decodeOwnerScope(input) }
        : { kind, id: decodePackageId(input) }
    }),
  }
}
