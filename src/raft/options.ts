import { assert } from '../model/assert.js'
import type { NodeId } from '../model/node-id.js'

/**
 * Reads without a round of heartbeats (thesis §6.4.1). Rests on clocks, which ReadIndex does not: on no member may
 * electionTicks pass, by its own ticking, in less than leaseMs of the leader's clock, however the two drift. Ticks that come
 * late or are left out after a stall are harmless; ticks that come early are not. Leave out one tick, since the first may
 * come at once, and a margin for drift: nine tenths of what is left is generous to good clocks. All members must have it or
 * none: those who have it listen to no candidate for an election timeout after they heard a leader, even if they restarted or
 * learnt of a later term since.
 */
export interface ReadLease {
  /** Milliseconds that never go back and do not stop while the process does. */
  readonly monotonicMs: () => number
  readonly leaseMs: number
}

/** How one member of the cluster behaves. Limits guard memory; ticks are the caller's. */
export interface RaftOptions {
  readonly id: NodeId
  /** A whole number from 0 to limit − 1, for election timeouts and request ids; the only randomness in the core. */
  readonly random: (limit: number) => number
  /** Ticks without a leader before an election; each wait is drawn from this plus one to twice this less one. At least 2. Default 10. */
  readonly electionTicks?: number
  /** Ticks between heartbeats; below electionTicks. Default 1. */
  readonly heartbeatTicks?: number
  /** Ask before raising the term (thesis §9.6). Default true. */
  readonly preVote?: boolean
  /** A leader that hears no majority for an election timeout steps down; members who hear one refuse others (thesis §6.2, §4.2.3). Default true. */
  readonly checkQuorum?: boolean
  /** Serve the leader's reads under a lease; needs checkQuorum. Default: none, every read is confirmed by a round. */
  readonly lease?: ReadLease | undefined
  /** Willingness to lead, 1 to 10; each step below 10 adds half an election timeout to this node's waits. Default 10. */
  readonly priority?: number
  /** Append messages to one peer without an answer. Default 128. */
  readonly inflightMessagesMax?: number
  /** Bytes of entries to one peer without an answer. Default 8 MiB. */
  readonly inflightBytesMax?: number
  /** Bytes of entries in one append message (one entry always fits). Default 1 MiB. */
  readonly appendBytesMax?: number
  /** Bytes proposed and not yet committed, above which proposals are refused as overloaded. Default 64 MiB. */
  readonly uncommittedBytesMax?: number
  /** Bytes of entries handed to the state machine and not yet applied (one entry always fits). Default 8 MiB. */
  readonly applyBytesMax?: number
  /** Reads waiting at once, own and followers'. Default 16,384. */
  readonly readContextsMax?: number
  /** A learner farther behind is not promoted. Default 1,000. */
  readonly promotionLagEntriesMax?: number
}

export type CompleteRaftOptions = Required<Omit<RaftOptions, 'lease'>> & Pick<RaftOptions, 'lease'>

const DEFAULTS = {
  electionTicks: 10,
  heartbeatTicks: 1,
  preVote: true,
  checkQuorum: true,
  lease: undefined,
  priority: 10,
  inflightMessagesMax: 128,
  inflightBytesMax: 8 << 20,
  appendBytesMax: 1 << 20,
  uncommittedBytesMax: 64 << 20,
  applyBytesMax: 8 << 20,
  readContextsMax: 16_384,
  promotionLagEntriesMax: 1_000,
} as const

const WHOLE_NUMBERS = [
  'electionTicks',
  'heartbeatTicks',
  'priority',
  'inflightMessagesMax',
  'inflightBytesMax',
  'appendBytesMax',
  'uncommittedBytesMax',
  'applyBytesMax',
  'readContextsMax',
  'promotionLagEntriesMax',
] as const

export function completeRaftOptions(options: RaftOptions): CompleteRaftOptions {
  const complete = { ...DEFAULTS, ...options }
  for (const name of WHOLE_NUMBERS) {
    assert(Number.isSafeInteger(complete[name]) && complete[name] > 0, () => `${name} ${complete[name]}`)
  }
  assert(complete.lease === undefined || complete.checkQuorum, 'a read lease rests on checkQuorum')
  assert(complete.electionTicks > 1, 'electionTicks leaves nothing to draw from')
  assert(complete.priority <= 10, () => `priority ${complete.priority} above 10`)
  assert(
    complete.heartbeatTicks < complete.electionTicks,
    () => `heartbeatTicks ${complete.heartbeatTicks} not below electionTicks ${complete.electionTicks}`,
  )
  return complete
}
