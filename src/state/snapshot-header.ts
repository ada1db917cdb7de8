import { DecodeError, Decoder, Encoder } from '../model/codec.js'
import { CLUSTER_VERSION } from '../model/command.js'
import { MarketplaceError } from '../model/error.js'
import type { ClusterId, HistoryId } from '../model/node-id.js'
import { decodeConfiguration } from '../raft/configuration.js'
import { keys, STATE_FORMAT_VERSION } from './key-layout.js'
import type { KeyValueSnapshot } from './key-value-store.js'
import { readApplied, readConfigurationBytes, readCounters, readNumber } from './meta.js'
import { stateCorrupt, unseal } from './stored-value.js'

/** What a snapshot is of. Its receiver decides by this alone whether it wants the rest. */
export interface SnapshotHeader {
  /** STATE_FORMAT_VERSION of the state inside. */
  readonly formatVersion: number
  readonly clusterVersion: number
  /** Last entry that the state reflects. */
  readonly index: number
  readonly term: number
  /** Encoded configuration in force at index: what the log's mark needs. */
  readonly configuration: Uint8Array
  readonly clusterId: ClusterId
  readonly historyId: HistoryId
  readonly logTimeMs: number
  /** 32 bytes. */
  readonly chainHash: Uint8Array
}

const MAGIC = 'GGENSNAP'
const SNAPSHOT_VERSION = 1

/**
 * The header of a frozen state.
 * @throws STATE_CORRUPT; also before the first configuration entry, when there is nothing worth sending
 */
export function snapshotHeader(snapshot: KeyValueSnapshot): SnapshotHeader {
  const reader = {
    get: (key: Uint8Array) => {
      const stored = snapshot.getSync(key)
      return stored === undefined ? undefined : unseal(key, stored)
    },
  }
  const formatVersion = readNumber(reader, keys.format())
  const clusterVersion = readNumber(reader, keys.clusterVersion())
  const applied = readApplied(reader)
  const counters = readCounters(reader)
  const configuration = readConfigurationBytes(reader)
  if (
    formatVersion === undefined ||
    clusterVersion === undefined ||
    !applied ||
    !counters ||
    !configuration
  ) {
    throw stateCorrupt('the state lacks a meta record that a snapshot begins with')
  }
  const { clusterId, historyId } = decodeConfiguration(configuration)
  const { logTimeMs } = counters
  return { formatVersion, clusterVersion, ...applied, configuration, clusterId, historyId, logTimeMs }
}

export function encodeHeader(header: SnapshotHeader): Uint8Array {
  return new Encoder(256)
    .text(MAGIC)
    .byte(SNAPSHOT_VERSION)
    .uint(header.formatVersion)
    .uint(header.clusterVersion)
    .uint(header.index)
    .uint(header.term)
    .bytes(header.configuration)
    .hex(header.clusterId, 16)
    .hex(header.historyId, 16)
    .uint(header.logTimeMs)
    .raw(header.chainHash)
    .finish()
}

/** @throws STATE_CORRUPT, VERSION_UNSUPPORTED */
export function decodeHeader(bytes: Uint8Array): SnapshotHeader {
  try {
    const input = new Decoder(bytes)
    if (input.text() !== MAGIC) throw snapshotCorrupt('it does not begin as a snapshot')
    const version = input.byte()
    if (version !== SNAPSHOT_VERSION) throw unsupported(`snapshot version ${version}`)
    const formatVersion = input.uint()
    if (formatVersion !== STATE_FORMAT_VERSION) throw unsupported(`state format ${formatVersion}`)
    const header = {
      formatVersion,
      clusterVersion: knownVersion(input.uint()),
      index: input.uint(),
      term: input.uint(),
      configuration: input.bytes().slice(),
      clusterId: input.hex(16) as ClusterId,
      historyId: input.hex(16) as HistoryId,
      logTimeMs: input.uint(),
      chainHash: input.raw(32).slice(),
    }
    input.end()
    return header
  } catch (cause) {
    if (cause instanceof DecodeError) throw snapshotCorrupt(`its header does not decode: ${cause.message}`)
    throw cause
  }
}

function knownVersion(clusterVersion: number): number {
  if (clusterVersion > CLUSTER_VERSION) throw unsupported(`cluster version ${clusterVersion}`)
  return clusterVersion
}

/** The snapshot, as received, cannot be trusted. */
export function snapshotCorrupt(why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'STATE_CORRUPT',
    message: `the received snapshot cannot be used: ${why}`,
    help: 'throw away what was written of it and ask for it again',
  })
}

function unsupported(what: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'VERSION_UNSUPPORTED',
    message: `the received snapshot has ${what}, which this build does not know`,
    help: 'run the version of ggen-marketplace that the other members run',
  })
}
