import { bytesToHex } from './codec.js'
import type { Incarnation, NodeId } from './node-id.js'

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

/** What a member remembers of another's folder. At least one of the marks is there. */
export interface KnownIdentity {
  readonly incarnation: Incarnation
  /** The newest that it was shown; undefined where it knows of the folder from others only. */
  readonly startMark: StartMark | undefined
  /** One that others were shown, newer than that. */
  readonly heardMark?: StartMark | undefined
}

/** What one member tells another of the folder of a third one, or of its own. */
export interface FolderTestimony {
  readonly id: NodeId
  readonly incarnation: Incarnation
  /** The newest that it knows of. */
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
  const { startMark, heardMark } = known
  if (known.incarnation !== shown.incarnation) return 'another'
  const first = shown.startMarks[0]
  const isDropped = (mark: StartMark) => first !== undefined && isNewerMark(first, mark)
  const isLacked = (mark: StartMark) => !shown.startMarks.includes(mark)
  if (startMark !== undefined && isLacked(startMark)) return isDropped(startMark) ? 'we-are-older' : 'older'
  // That we were told of a mark its folder does not know, so that it may be dropped at any time.
  return heardMark !== undefined && isLacked(heardMark) && !isDropped(heardMark) ? 'older' : 'same'
}

/** The newest mark that is known of a folder, from itself or from others. */
export function newestMark({
  startMark,
  heardMark,
}: Pick<KnownIdentity, 'startMark' | 'heardMark'>): StartMark | undefined {
  return heardMark ?? startMark
}

/** What is remembered once others have told of a folder; the same as before where that is no news. */
export function afterTold(before: KnownIdentity | undefined, told: FolderTestimony): KnownIdentity {
  const { incarnation, startMark: heardMark } = told
  if (before === undefined) return { incarnation, startMark: undefined, heardMark }
  const newest = newestMark(before)
  // Whoever was remembered first stays.
  if (before.incarnation !== incarnation || (newest !== undefined && !isNewerMark(heardMark, newest)))
    return before
  return { ...before, heardMark }
}

function isNewerMark(mark: StartMark, than: StartMark): boolean {
  return numberOf(mark) > numberOf(than)
}

function numberOf(mark: StartMark): number {
  return Number.parseInt(mark.slice(0, NUMBER_DIGITS), 16)
}
