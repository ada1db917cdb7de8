import { type Decoder, Encoder } from '../model/codec.js'
import { type Configuration, decodeConfiguration } from '../raft/configuration.js'
import { keys } from './key-layout.js'
import { bodyEncoder, readBody, type StateReader, type StateWriter } from './stored-value.js'

/** How far the state has come. Written once per group, in its batch; no part of the chain that it ends. */
export interface AppliedMark {
  readonly index: number
  readonly term: number
  /** 32 bytes: chain hash after index. */
  readonly chainHash: Uint8Array
}

/** Small numbers that nearly every entry moves; one record, so one write. */
export interface Counters {
  /** Never goes back: max of the one before and the entry's stamp. */
  logTimeMs: number
  packages: number
  versions: number
  downloads: number
  /** Sequence of the oldest remembered request, and of the next one. */
  requestHead: number
  requestTail: number
  /** Sequence of the oldest change record, and of the next one. */
  feedHead: number
  feedTail: number
  /** Changes at or below this index are gone from the feed. */
  feedTrimmedIndex: number
  /** Index of the newest change. */
  feedLastIndex: number
}

export const ZERO_COUNTERS: Readonly<Counters> = {
  logTimeMs: 0,
  packages: 0,
  versions: 0,
  downloads: 0,
  requestHead: 0,
  requestTail: 0,
  feedHead: 0,
  feedTail: 0,
  feedTrimmedIndex: 0,
  feedLastIndex: 0,
}

const COUNTER_NAMES = Object.keys(ZERO_COUNTERS) as readonly (keyof Counters)[]

/**
 * Bounds that decide what apply does, so that they are part of the state: fixed when an empty store is first opened,
 * hashed into the chain's beginning, and afterwards read from the store whatever the options say.
 */
export interface StateSettings {
  /** Change records kept. */
  readonly changeFeedEntriesMax: number
  readonly requestTableMax: number
  readonly requestMemoryMs: number
  readonly versionsPerPackageMax: number
  readonly signedAtSkewMs: number
}

export function writeApplied(writer: StateWriter, mark: AppliedMark): void {
  writer.put(keys.applied(), encodeApplied(mark))
}

export function encodeApplied(mark: AppliedMark): Uint8Array {
  return new Encoder(64).uint(mark.index).uint(mark.term).raw(mark.chainHash).finish()
}

export function readApplied(reader: StateReader): AppliedMark | undefined {
  return readBody(reader, keys.applied(), (input) => ({
    index: input.uint(),
    term: input.uint(),
    chainHash: input.raw(32).slice(),
  }))
}

export function writeCounters(writer: StateWriter, counters: Counters): void {
  const out = bodyEncoder()
  for (const name of COUNTER_NAMES) out.uint(counters[name])
  writer.put(keys.counters(), out.view())
}

export function readCounters(reader: StateReader): Counters | undefined {
  return readBody(reader, keys.counters(), (input) => {
    const counters = { ...ZERO_COUNTERS }
    for (const name of COUNTER_NAMES) counters[name] = input.uint()
    return counters
  })
}

export function encodeSettings(settings: StateSettings): Uint8Array {
  return new Encoder(64)
    .uint(settings.changeFeedEntriesMax)
    .uint(settings.requestTableMax)
    .uint(settings.requestMemoryMs)
    .uint(settings.versionsPerPackageMax)
    .uint(settings.signedAtSkewMs)
    .finish()
}

export function readSettings(reader: StateReader): StateSettings | undefined {
  return readBody(reader, keys.settings(), (input) => ({
    changeFeedEntriesMax: input.uint(),
    requestTableMax: input.uint(),
    requestMemoryMs: input.uint(),
    versionsPerPackageMax: input.uint(),
    signedAtSkewMs: input.uint(),
  }))
}

/** The encoded configuration of the last configuration entry that was applied. */
export function readConfigurationBytes(reader: StateReader): Uint8Array | undefined {
  return readBody(reader, keys.configuration(), (input: Decoder) => input.bytes().slice())
}

export function readConfiguration(reader: StateReader): Configuration | undefined {
  const bytes = readConfigurationBytes(reader)
  return bytes === undefined ? undefined : decodeConfiguration(bytes)
}

export function writeConfiguration(writer: StateWriter, encoded: Uint8Array): void {
  writer.put(keys.configuration(), bodyEncoder().bytes(encoded).view())
}

export function encodeNumber(value: number): Uint8Array {
  return new Encoder(16).uint(value).finish()
}

export function readNumber(reader: StateReader, key: Uint8Array): number | undefined {
  return readBody(reader, key, (input) => input.uint())
}
