import { assert } from '../model/assert.js'
import type { NodeId } from '../model/node-id.js'

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
}

export type CompleteRaftOptions = Required<RaftOptions>

const DEFAULTS = {
  electionTicks: 10,
  heartbeatTicks: 1,
  preVote: true,
  checkQuorum: true,
  priority: 10,
  inflightMessagesMax: 128,
  inflightBytesMax: 8 << 20,
  appendBytesMax: 1 << 20,
  uncommittedBytesMax: 64 << 20,
  applyBytesMax: 8 << 20,
  readContextsMax: 16_384,
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
] as const

export function completeRaftOptions(options: RaftOptions): CompleteRaftOptions {
  const complete = { ...DEFAULTS, ...options }
  for (const name of WHOLE_NUMBERS) {
    assert(Number.isSafeInteger(complete[name]) && complete[name] > 0, () => `${name} ${complete[name]}`)
  }
  assert(complete.electionTicks > 1, 'electionTicks leaves nothing to draw from')
  assert(complete.priority <= 10, () => `priority ${complete.priority} above 10`)
  assert(
    complete.heartbeatTicks < complete.electionTicks,
    () => `heartbeatTicks ${complete.heartbeatTicks} not below electionTicks ${complete.electionTicks}`,
  )
  return complete
}
