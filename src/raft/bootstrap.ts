import { createHash } from 'node:crypto'
import { assert } from '../model/assert.js'
import { bytesToHex } from '../model/codec.js'
import type { ClusterId, HistoryId } from '../model/node-id.js'
import { type Configuration, encodeConfiguration, type Member } from './configuration.js'
import type { SnapshotMark } from './entry.js'
import type { RecoveredState } from './log.js'

/** What every first member must be told alike, once. */
export interface ClusterSeed {
  /** A secret word of the operator that keeps clusters apart. */
  readonly clusterToken: string
  /** The voters, in any order. */
  readonly members: readonly Member[]
}

/** The same token and members give the same configuration, cluster id and history id on every node, without a word between them. */
export function bootstrapConfiguration(seed: ClusterSeed): Configuration {
  const members = [...seed.members].sort((a, b) => (a.id < b.id ? -1 : 1))
  const names = new Set(members.map((member) => member.id))
  assert(members.length > 0 && names.size === members.length, 'every first member is named, once')
  const text = JSON.stringify([seed.clusterToken, members.map(({ id, address }) => [id, address])])
  return {
    clusterId: firstBytes('ggen-marketplace cluster id 1', text) as ClusterId,
    historyId: firstBytes('ggen-marketplace history id 1', text) as HistoryId,
    voters: members,
    outgoing: [],
    learners: [],
  }
}

/**
 * The log that every first member begins with: the configuration as entry 1 of term 1, committed by agreement of the
 * operators who gave the same seed. A log store persists hardState and entries before the member runs.
 */
export function bootstrapState(seed: ClusterSeed): RecoveredState {
  const payload = encodeConfiguration(bootstrapConfiguration(seed))
  return {
    hardState: { term: 1, vote: undefined, commit: 1 },
    mark: EMPTY_MARK,
    entries: [{ term: 1, index: 1, type: 'configuration', stampMs: 0, payload }],
    appliedIndex: 0,
  }
}

/** Where a log begins that nothing was ever compacted from: no entry, nobody a member. */
export const EMPTY_MARK: SnapshotMark = { index: 0, term: 0, configuration: new Uint8Array(0) }

function firstBytes(domain: string, text: string): string {
  const digest = createHash('sha256').update(`${domain}\n${text}`).digest()
  return bytesToHex(digest.subarray(0, 16))
}
