import { hash as hashOnce } from 'node:crypto'
import { Encoder } from '../model/codec.js'
import type { Entry, EntryType } from '../raft/entry.js'
import { keys } from './key-layout.js'
import { encodeSettings, type StateSettings } from './meta.js'
import { bodyEncoder, readBody, type StateReader, type StateWriter } from './stored-value.js'

/** Every this many indexes the hash is kept in the state, in a ring of {@link CHAIN_SLOTS}. */
export const CHAIN_INTERVAL = 1_024
export const CHAIN_SLOTS = 64

/** One write of an entry: body absent for a deletion. */
export interface ChainedWrite {
  readonly key: Uint8Array
  readonly body: Uint8Array | undefined
}

const TYPE_CODE: Readonly<Record<EntryType, number>> = { empty: 0, command: 1, configuration: 2 }

/** chain 0: what state that has seen nothing hashes to. */
export function firstChainHash(settings: StateSettings): Uint8Array {
  return digest(new Encoder(128).text('ggen-marketplace/state/v1').bytes(encodeSettings(settings)).finish())
}

/**
 * chain i = sha256(chain i−1 ‖ index ‖ term ‖ type ‖ writes of entry i), the writes sorted by key and each key once:
 * a function of what changed, not of the order in which this build's code wrote it. (raft.md: corruption.)
 */
export function nextChainHash(
  previous: Uint8Array,
  entry: Pick<Entry, 'index' | 'term' | 'type'>,
  writes: readonly ChainedWrite[],
): Uint8Array {
  const out = scratch.reset().raw(previous).uint(entry.index).uint(entry.term).byte(TYPE_CODE[entry.type])
  out.uint(writes.length)
  for (const write of writes) {
    out.bytes(write.key).bool(write.body !== undefined)
    if (write.body !== undefined) out.bytes(write.body)
  }
  return digest(out.view())
}

/** Used again for every entry: nothing of it is kept. */
const scratch = new Encoder(16_384)

/** Keeps the hash where its index asks for it. */
export function keepChainHash(writer: StateWriter, index: number, hash: Uint8Array): void {
  if (index % CHAIN_INTERVAL !== 0) return
  writer.put(keys.chain(slotOf(index)), bodyEncoder().uint(index).raw(hash).view())
}

/** A kept hash, while its slot has not been taken by a later one. */
export function readChainHash(reader: StateReader, index: number): Uint8Array | undefined {
  if (index === 0 || index % CHAIN_INTERVAL !== 0) return undefined
  const kept = readBody(reader, keys.chain(slotOf(index)), (input) => ({
    index: input.uint(),
    hash: input.raw(32).slice(),
  }))
  return kept?.index === index ? kept.hash : undefined
}

function slotOf(index: number): number {
  return (index / CHAIN_INTERVAL) % CHAIN_SLOTS
}

function digest(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hashOnce('sha256', bytes, 'buffer'))
}
