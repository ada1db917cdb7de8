import { DecodeError } from '../model/codec.js'
import type { NodeId } from '../model/node-id.js'
import { decodeConfiguration } from './configuration.js'
import type { Entry, SnapshotMark } from './entry.js'
import type { Leader } from './leader.js'
import type { RaftMember } from './member.js'
import type { Append, Message } from './message.js'

/**
 * What a member's message says that no correct member could have said, to us as we are. The world's fault, never an
 * assertion: whoever holds a member's name may say anything, by mistake or on purpose. Each is judged before the message
 * changes anything. What proves that a promise of the cluster is broken already stops this member; all else is dropped, and
 * is then like a message lost.
 *
 * | rule | a message that | and then |
 * |---|---|---|
 * | `malformed` | holds a number that is none; entries with a gap, a falling term or one above the leader's, a stamp beyond {@link STAMP_MS_MAX}, a configuration that does not decode; a candidate's log from its own future | dropped |
 * | `own-name` | comes under this member's own name | dropped |
 * | `term-leap` | would raise the term by more than {@link TERM_LEAP_MAX} | dropped, but for that much of its term: a member that was led astray must find us again |
 * | `beyond-log` | acknowledges or refuses entries, or answers a round, that this leader never sent | dropped |
 * | `beyond-held` | tells a commit index that this follower cannot have acknowledged in that term | dropped |
 * | `not-leader` | does what only the leader may, in a term whose leader is another | dropped |
 * | `log-lost` | tells a commit index above the log's end, in the term that this member restarted in: what it acknowledged before is gone | stops |
 * | `two-leaders` | is a leader's, in a term whose leader is another | stops |
 * | `committed-conflict` | would replace an entry that is committed here | stops |
 */
export interface Breach {
  readonly rule: BreachRule
  readonly from: NodeId
  /** The values that contradict each other. */
  readonly what: string
}

export type DroppedRule = 'malformed' | 'own-name' | 'term-leap' | 'beyond-log' | 'beyond-held' | 'not-leader'
export type FatalRule = 'log-lost' | 'two-leaders' | 'committed-conflict'
export type BreachRule = DroppedRule | FatalRule

/** A promise of the cluster is broken: this member must not go on. */
export function isFatal(breach: Breach): breach is Breach & { readonly rule: FatalRule } {
  const { rule } = breach
  return rule === 'log-lost' || rule === 'two-leaders' || rule === 'committed-conflict'
}

/** No member has missed so many elections. One message can so not use up the terms that a number can hold. */
export const TERM_LEAP_MAX = 2 ** 20
/** Log time never comes near what a number can hold (this is the year 10889). */
export const STAMP_MS_MAX = 2 ** 48

type Finding = readonly [rule: BreachRule, what: string]

/** @param installing a snapshot is taking the log's place: what the leader knows of our log is not ours yet */
export function breachOf(
  message: Message,
  member: RaftMember,
  leader: Leader | undefined,
  installing: boolean,
): Breach | undefined {
  const found = flaw(message, member) ?? contradiction(message, member, leader, installing)
  return found && { rule: found[0], from: message.from, what: found[1] }
}

/** The same of a snapshot that arrived, from whoever says it leads that term. */
export function breachOfSnapshot(
  from: NodeId,
  term: number,
  mark: SnapshotMark,
  member: RaftMember,
): Breach | undefined {
  const found =
    envelopeFlaw(from, term, member) ??
    markFlaw(mark) ??
    (term < member.term ? undefined : (rivalry(from, term, member) ?? overwritten(mark, member)))
  return found && { rule: found[0], from, what: found[1] }
}

/** What is wrong with the message by itself. */
function flaw(message: Message, member: RaftMember): Finding | undefined {
  const envelope = envelopeFlaw(message.from, message.term, member)
  if (envelope !== undefined) return envelope
  for (const value of Object.values(message)) {
    if (typeof value === 'number' && !isCount(value)) return ['malformed', `${message.type} with ${value}`]
  }
  switch (message.type) {
    case 'pre-vote-request':
    case 'vote-request':
      if (message.lastTerm < message.term) return undefined
      return ['malformed', `a candidate of term ${message.term} whose log ends in term ${message.lastTerm}`]
    case 'append':
      return appendFlaw(message)
    default:
      return undefined
  }
}

function envelopeFlaw(from: NodeId, term: number, member: RaftMember): Finding | undefined {
  if (!isCount(term)) return ['malformed', `term ${term}`]
  if (from === member.id) return ['own-name', `a message from ${from} to itself`]
  if (term > member.term + TERM_LEAP_MAX) return ['term-leap', `term ${term} while ours is ${member.term}`]
  return undefined
}

/** Entries follow each other without a gap, and terms never fall. */
function appendFlaw({ prevIndex, prevTerm, term, entries }: Append): Finding | undefined {
  let last = { index: prevIndex, term: prevTerm }
  for (const entry of entries) {
    if (entry.index !== last.index + 1 || !isCount(entry.index))
      return ['malformed', `entry ${entry.index} follows ${last.index}`]
    if (!isCount(entry.term) || entry.term < last.term)
      return ['malformed', `entry of term ${entry.term} follows term ${last.term}`]
    const why = contentFlaw(entry)
    if (why !== undefined) return ['malformed', `entry ${entry.index}: ${why}`]
    last = entry
  }
  if (last.term > term) return ['malformed', `entry of term ${last.term} from a leader of ${term}`]
  return undefined
}

function contentFlaw(entry: Entry): string | undefined {
  if (!isCount(entry.stampMs) || entry.stampMs > STAMP_MS_MAX) return `stamp ${entry.stampMs}`
  return entry.type === 'configuration' ? configurationFlaw(entry.payload) : undefined
}

function configurationFlaw(bytes: Uint8Array): string | undefined {
  try {
    decodeConfiguration(bytes)
    return undefined
  } catch (error) {
    if (error instanceof DecodeError) return error.message
    throw error
  }
}

function markFlaw(mark: SnapshotMark): Finding | undefined {
  if (!isCount(mark.index) || !isCount(mark.term))
    return ['malformed', `a snapshot at ${mark.index}/${mark.term}`]
  const why = configurationFlaw(mark.configuration)
  return why === undefined ? undefined : ['malformed', `a snapshot at ${mark.index}: ${why}`]
}

/** What cannot be true together with what we know. An older term cannot contradict: it may be late. */
function contradiction(
  message: Message,
  member: RaftMember,
  leader: Leader | undefined,
  installing: boolean,
): Finding | undefined {
  if (message.term < member.term) return undefined
  switch (message.type) {
    case 'append':
      return rivalry(message.from, message.term, member) ?? overwrite(message, member)
    case 'heartbeat':
    case 'commit':
      return (
        rivalry(message.from, message.term, member) ??
        (installing ? undefined : aboveHeld(message.term, message.commit, member))
      )
    case 'append-accepted':
      if (message.term > member.term) return undefined
      return leader?.neverSent(message.index)
    case 'append-rejected': {
      if (message.term > member.term || leader === undefined) return undefined
      const { prevIndex, conflictIndex } = message
      if (conflictIndex < 1 || conflictIndex > prevIndex)
        return ['beyond-log', `a refusal after ${prevIndex} that points to ${conflictIndex}`]
      return leader.neverSent(prevIndex)
    }
    case 'heartbeat-answer':
      if (message.term > member.term) return undefined
      return leader?.neverBegun(message.round)
    case 'timeout-now':
      return usurpation(message, member)
    case 'read-answer':
      return message.index === undefined ? undefined : usurpation(message, member)
    default:
      return undefined
  }
}

/** Two leaders in one term (election safety, Raft §5.2). */
function rivalry(from: NodeId, term: number, member: RaftMember): Finding | undefined {
  if (term !== member.term || member.leader === undefined || member.leader === from) return undefined
  return ['two-leaders', `${member.leader} and ${from} both lead term ${term}`]
}

function usurpation(message: Message, member: RaftMember): Finding | undefined {
  const { type, from, term } = message
  if (term !== member.term || member.leader === undefined || member.leader === from) return undefined
  return ['not-leader', `${type} from ${from} while ${member.leader} leads term ${term}`]
}

/** Every leader holds what is committed (leader completeness, Raft §5.4.3). */
function overwrite({ prevIndex, prevTerm, entries }: Append, member: RaftMember): Finding | undefined {
  const { commit } = member.log
  const before = overwritten({ index: prevIndex, term: prevTerm }, member)
  if (before !== undefined) return before
  for (const entry of entries) {
    if (entry.index > commit) return undefined
    const finding = overwritten(entry, member)
    if (finding !== undefined) return finding
  }
  return undefined
}

function overwritten(
  { index, term }: { readonly index: number; readonly term: number },
  { log }: RaftMember,
): Finding | undefined {
  const ours = index > log.commit ? undefined : log.termAt(index)
  if (ours === undefined || ours === term) return undefined
  return [
    'committed-conflict',
    `entry ${index} is of term ${ours} and committed here, and of term ${term} there`,
  ]
}

/**
 * A leader tells us no commit index above what we acknowledged to it in its term. A member that lived through the whole
 * term knows what it acknowledged; one that restarted in it knows only what it still holds.
 */
function aboveHeld(term: number, commit: number, member: RaftMember): Finding | undefined {
  const { lastIndex } = member.log
  if (commit <= lastIndex) return undefined
  const what = `commit ${commit} of term ${term} while our log ends at ${lastIndex}`
  return [term === member.termAtStart ? 'log-lost' : 'beyond-held', what]
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
