import { assertNever } from '../model/assert.js'
import { DecodeError, Decoder, Encoder } from '../model/codec.js'
import type { NodeId } from '../model/node-id.js'

/** Why a leader did not take a forwarded proposal. All of them mean: surely not proposed. */
export type RefusalReason =
  | 'not-leader'
  | 'overloaded'
  | 'transferring'
  | 'clock-skew'
  | 'stopping'
  | 'not-understood'
  | 'members-outdated'

const REFUSALS: readonly RefusalReason[] = [
  'not-leader',
  'overloaded',
  'transferring',
  'clock-skew',
  'stopping',
  'not-understood',
  'members-outdated',
]

/** What travels on the forward lane between members. */
export type ForwardMessage =
  /** A follower hands a client's command to the leader. `ticket` is the follower's own number for it. */
  | { readonly type: 'propose'; readonly ticket: number; readonly payload: Uint8Array }
  /** The leader has appended it at (term, index); what became of it shows at apply. */
  | { readonly type: 'accepted'; readonly ticket: number; readonly term: number; readonly index: number }
  | {
      readonly type: 'refused'
      readonly ticket: number
      readonly reason: RefusalReason
      /** Of `members-outdated` only: who they are. */
      readonly members?: readonly NodeId[]
    }
  /** The sender's wall clock, so that a leader learns whether its own is alone. */
  | { readonly type: 'clock'; readonly wallMs: number }
  /** Running hash of the sender's state after an index, 32 bytes, for comparison. */
  | { readonly type: 'state-hash'; readonly index: number; readonly hash: Uint8Array }

/** What is told and never answered. */
export type Gossip = Extract<ForwardMessage, { type: 'clock' | 'state-hash' }>

const FORWARD_VERSION = 1

export function encodeForward(message: ForwardMessage): Uint8Array {
  const out = new Encoder(message.type === 'propose' ? message.payload.length + 16 : 32).byte(FORWARD_VERSION)
  switch (message.type) {
    case 'propose':
      return out.byte(1).uint(message.ticket).bytes(message.payload).finish()
    case 'accepted':
      return out.byte(2).uint(message.ticket).uint(message.term).uint(message.index).finish()
    case 'refused':
      out.byte(3).uint(message.ticket).byte(REFUSALS.indexOf(message.reason))
      if (message.reason === 'members-outdated') out.list(message.members ?? [], (member) => out.text(member))
      return out.finish()
    case 'clock':
      return out.byte(4).uint(message.wallMs).finish()
    case 'state-hash':
      return out.byte(5).uint(message.index).raw(message.hash).finish()
    default:
      return assertNever(message, 'forward message')
  }
}

/** @throws DecodeError */
export function decodeForward(bytes: Uint8Array): ForwardMessage {
  const input = new Decoder(bytes)
  const version = input.byte()
  if (version !== FORWARD_VERSION) throw new DecodeError(`forward message version ${version}`)
  const message = decodeBody(input, input.byte())
  input.end()
  return message
}

function decodeBody(input: Decoder, code: number): ForwardMessage {
  switch (code) {
    case 1:
      return { type: 'propose', ticket: input.uint(), payload: input.bytes() }
    case 2:
      return { type: 'accepted', ticket: input.uint(), term: input.uint(), index: input.uint() }
    case 3: {
      const ticket = input.uint()
      const reason = REFUSALS[input.byte()]
      if (reason === undefined) throw new DecodeError('unknown refusal')
      if (reason !== 'members-outdated') return { type: 'refused', ticket, reason }
      return { type: 'refused', ticket, reason, members: input.list(() => input.text() as NodeId) }
    }
    case 4:
      return { type: 'clock', wallMs: input.uint() }
    case 5:
      return { type: 'state-hash', index: input.uint(), hash: input.raw(32).slice() }
    default:
      throw new DecodeError(`forward message type ${code}`)
  }
}
