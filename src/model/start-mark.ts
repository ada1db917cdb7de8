import { bytesToHex } from './codec.js'
import type { Incarnation } from './node-id.js'

/**
 * 32 hex digits, drawn at every start of a data folder and now and then while it runs: 8 that number the folder's marks from 1,
 * then 24 random ones. It tells a folder from older copies of itself.
 */
export type StartMark = string & { readonly __brand: 'StartMark' }

/** What a folder shows of itself to the other members. */
export interface ShownIdentity {
  readonly incarnation: Incarnation
  /** Oldest first and without gaps: all that another member may still remember. Empty before the first start drew one. */
  readonly startMarks: readonly StartMark[]
}

/** What a member remembers of another's folder: who it is, and the newest mark it was shown. */
export interface KnownIdentity {
  readonly incarnation: Incarnation
  readonly startMark: StartMark
}

/**
 * Marks that a folder keeps at most. They are dropped once every member has confirmed a newer one, so that only starts (and
 * the time a node runs) while another member is dead count.
 */
export const START_MARKS_MAX = 1024

const NUMBER_DIGITS = 8
export const START_MARK_RANDOM_BYTES = 12

/** The mark that follows those that a folder has. @param random {@link START_MARK_RANDOM_BYTES} of them */
export function nextStartMark(marks: readonly StartMark[], random: Uint8Array): StartMark {
  const last = marks.at(-1)
  const number = (last === undefined ? 0 : numberOf(last)) + 1
  return `${number.toString(16).padStart(NUMBER_DIGITS, '0')}${bytesToHex(random)}` as StartMark
}

/**
 * - `same`: the folder that is remembered.
 * - `another`: another folder under its name, as after the old one was emptied.
 * - `older`: an older copy of it, however often that was started since; or a copy that was started elsewhere.
 * - `we-are-older`: it has dropped the remembered mark, as it does once we have confirmed a later one. That we do not know of
 *   it means that our own folder is an older copy.
 */
export type IdentityVerdict = 'same' | 'another' | 'older' | 'we-are-older'

export function judgeIdentity(known: KnownIdentity, shown: ShownIdentity): IdentityVerdict {
  if (known.incarnation !== shown.incarnation) return 'another'
  if (shown.startMarks.includes(known.startMark)) return 'same'
  const first = shown.startMarks[0]
  return first !== undefined && numberOf(first) > numberOf(known.startMark) ? 'we-are-older' : 'older'
}

function numberOf(mark: StartMark): number {
  return Number.parseInt(mark.slice(0, NUMBER_DIGITS), 16)
}
