import { DecodeError } from '../model/codec.js'
import { MarketplaceError } from '../model/error.js'
import type { ClusterId, HistoryId } from '../model/node-id.js'
import { sealText, unsealText } from '../storage/sealed-text.js'

const FIRST_LINE = 'ggen-marketplace backup'
const VERSION = 1
const LINES = [
  ['cluster', /^([0-9a-f]{32})$/],
  ['history', /^([0-9a-f]{32})$/],
  ['index', /^(\d{1,16})$/],
  ['term', /^(\d{1,16})$/],
  ['log-time', /^(\d{1,16})$/],
  ['state', /^(state-[0-9a-f]{8}-\d{1,16}\.snapshot) (\d{1,16}) ([0-9a-f]{64})$/],
  ['blobs', /^(\d{1,16}) (\d{1,16})$/],
] as const

/** What a backup is of, and what it consists of besides the blobs: those are named by their hashes in the state. */
export interface BackupManifest {
  readonly clusterId: ClusterId
  readonly historyId: HistoryId
  /** The state reflects the log up to this entry. */
  readonly index: number
  readonly term: number
  /** Log time at index, ms since the epoch. */
  readonly logTimeMs: number
  readonly state: { readonly file: string; readonly sizeBytes: number; readonly sha256: string }
  readonly blobs: { readonly count: number; readonly bytes: number }
}

/** A short text: one line a fact, the last with a checksum over all before. */
export function encodeManifest(manifest: BackupManifest): Uint8Array {
  const { clusterId, historyId, index, term, logTimeMs, state, blobs } = manifest
  return sealText([
    `${FIRST_LINE} ${VERSION}`,
    `cluster ${clusterId}`,
    `history ${historyId}`,
    `index ${index}`,
    `term ${term}`,
    `log-time ${logTimeMs}`,
    `state ${state.file} ${state.sizeBytes} ${state.sha256}`,
    `blobs ${blobs.count} ${blobs.bytes}`,
  ])
}

/**
 * @param path for messages
 * @throws VERIFICATION_FAILED where it is damaged; VERSION_UNSUPPORTED
 */
export function decodeManifest(bytes: Uint8Array, path: string): BackupManifest {
  try {
    const [first = '', ...rest] = unsealText(bytes)
    if (!first.startsWith(`${FIRST_LINE} `)) throw new DecodeError('it does not begin as one')
    if (first !== `${FIRST_LINE} ${VERSION}`) throw unsupported(path, first.slice(FIRST_LINE.length + 1))
    const [cluster, history, index, term, logTime, state, blobs] = LINES.map(([name, pattern], at) =>
      fields(rest[at], name, pattern),
    )
    return {
      clusterId: text(cluster, 0) as ClusterId,
      historyId: text(history, 0) as HistoryId,
      index: Number(text(index, 0)),
      term: Number(text(term, 0)),
      logTimeMs: Number(text(logTime, 0)),
      state: { file: text(state, 0), sizeBytes: Number(text(state, 1)), sha256: text(state, 2) },
      blobs: { count: Number(text(blobs, 0)), bytes: Number(text(blobs, 1)) },
    }
  } catch (error) {
    if (error instanceof DecodeError) throw damaged(path, error.message)
    throw error
  }
}

function fields(line: string | undefined, name: string, pattern: RegExp): readonly string[] {
  const match = line?.startsWith(`${name} `) ? pattern.exec(line.slice(name.length + 1)) : null
  if (match === null) throw new DecodeError(`the line ${name} is missing or wrong`)
  return match.slice(1)
}

function text(line: readonly string[] | undefined, at: number): string {
  return line?.[at] ?? ''
}

function damaged(path: string, why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'VERIFICATION_FAILED',
    field: path,
    message: `${path} is damaged: ${why}`,
    help: 'use another copy of this backup; to take a new one here, remove the file manifest first: what is whole of the rest is used again',
  })
}

function unsupported(path: string, version: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'VERSION_UNSUPPORTED',
    message: `${path} is of version ${version}, this program knows version ${VERSION}`,
    help: 'use the release that took the backup, or a later one',
  })
}
