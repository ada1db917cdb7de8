import { assertNever } from '../model/assert.js'
import { DecodeError, Encoder } from '../model/codec.js'
import { decodeMemberMessage } from '../model/member-message.js'

/**
 * A snapshot travels as a row of calls, each with some bytes of its stream. What tells one transfer from another is the
 * sender's term, in which only one process leads, and a number that this process counts up.
 */
export interface TransferId {
  readonly term: number
  readonly sequence: number
}

/** Heads one call: the bytes in its body begin at this offset of the stream. */
export interface PartHeader extends TransferId {
  readonly offset: number
}

export type PartAnswer =
  /** All up to here is kept; the next part begins there, whatever was sent. */
  | { readonly type: 'go-on'; readonly offset: number }
  /** Nothing of this transfer is here (any more). */
  | { readonly type: 'unknown' }
  /** A newer snapshot is under way to this node, or came in its place. */
  | { readonly type: 'superseded' }
  /** All is here; `installed` tells whether it was put in force. */
  | { readonly type: 'done'; readonly installed: boolean }

/** Whether a transfer takes the place of another one: the newest leader's newest snapshot wins. */
export function isNewer(one: TransferId, other: TransferId): boolean {
  return one.term === other.term ? one.sequence > other.sequence : one.term > other.term
}

export function encodePartHeader({ term, sequence, offset }: PartHeader): Uint8Array {
  return new Encoder(32).uint(term).uint(sequence).uint(offset).finish()
}

/** @throws INVALID_ARGUMENT */
export function decodePartHeader(bytes: Uint8Array): PartHeader {
  return decodeMemberMessage('the header of a part of a snapshot', bytes, (input) => ({
    term: input.uint(),
    sequence: input.uint(),
    offset: input.uint(),
  }))
}

export function encodePartAnswer(answer: PartAnswer): Uint8Array {
  const out = new Encoder(16)
  switch (answer.type) {
    case 'go-on':
      return out.byte(1).uint(answer.offset).finish()
    case 'unknown':
      return out.byte(2).finish()
    case 'superseded':
      return out.byte(3).finish()
    case 'done':
      return out.byte(4).bool(answer.installed).finish()
    default:
      return assertNever(answer, 'answer to a part')
  }
}

/** @throws INVALID_ARGUMENT */
export function decodePartAnswer(bytes: Uint8Array): PartAnswer {
  return decodeMemberMessage('the answer to a part of a snapshot', bytes, (input): PartAnswer => {
    const type = input.byte()
    switch (type) {
      case 1:
        return { type: 'go-on', offset: input.uint() }
      case 2:
        return { type: 'unknown' }
      case 3:
        return { type: 'superseded' }
      case 4:
        return { type: 'done', installed: input.bool() }
      default:
        throw new DecodeError(`type ${type}`)
    }
  })
}
