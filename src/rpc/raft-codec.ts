import { assertNever, defined } from '../model/assert.js'
import { DecodeError, Decoder, Encoder } from '../model/codec.js'
import type { NodeId } from '../model/node-id.js'
import type { Entry, EntryType } from '../raft/entry.js'
import type { Message } from '../raft/message.js'

/** First byte of every encoded consensus message. */
export const RAFT_MESSAGE_VERSION = 1

/** The place in this list is the code on the wire: append only. */
const MESSAGE_TYPES: readonly Message['type'][] = [
  'pre-vote-request',
  'pre-vote-answer',
  'vote-request',
  'vote-answer',
  'append',
  'append-accepted',
  'append-rejected',
  'heartbeat',
  'heartbeat-answer',
  'commit',
  'newer-term',
  'timeout-now',
  'read-request',
  'read-answer',
]

const ENTRY_TYPES: readonly EntryType[] = ['empty', 'command', 'configuration']

export function encodeMessage(message: Message): Uint8Array {
  const out = new Encoder(message.type === 'append' ? appendBytes(message.entries) : 128)
    .byte(RAFT_MESSAGE_VERSION)
    .byte(MESSAGE_TYPES.indexOf(message.type))
    .text(message.from)
    .text(message.to)
    .uint(message.term)
  switch (message.type) {
    case 'pre-vote-request':
      out.uint(message.lastIndex).uint(message.lastTerm)
      break
    case 'vote-request':
      out.uint(message.lastIndex).uint(message.lastTerm).bool(message.transfer)
      break
    case 'pre-vote-answer':
    case 'vote-answer':
      out.bool(message.granted)
      break
    case 'append':
      out.uint(message.prevIndex).uint(message.prevTerm).uint(message.commit)
      out.list(message.entries, (entry) => encodeEntry(out, entry))
      break
    case 'append-accepted':
      out.uint(message.index)
      break
    case 'append-rejected':
      out.uint(message.prevIndex).uint(message.conflictTerm).uint(message.conflictIndex)
      break
    case 'heartbeat':
      out.uint(message.commit).uint(message.round)
      break
    case 'heartbeat-answer':
      out.uint(message.round)
      break
    case 'commit':
      out.uint(message.commit)
      break
    case 'newer-term':
    case 'timeout-now':
      break
    case 'read-request':
      out.uint(message.id)
      break
    case 'read-answer':
      out.uint(message.id).optional(message.index, (index) => out.uint(index))
      break
    default:
      assertNever(message, 'message')
  }
  return out.finish()
}

/**
 * The form only; what a message may say is the core's to judge. Payloads share memory with the input.
 * @throws DecodeError
 */
export function decodeMessage(bytes: Uint8Array): Message {
  const input = new Decoder(bytes)
  const version = input.byte()
  if (version !== RAFT_MESSAGE_VERSION) {
    throw new DecodeError(`raft message version ${version}; this build knows ${RAFT_MESSAGE_VERSION}`)
  }
  const code = input.byte()
  const type = MESSAGE_TYPES[code]
  if (type === undefined) throw new DecodeError(`raft message type ${code} is unknown to this build`)
  const envelope = { from: input.text() as NodeId, to: input.text() as NodeId, term: input.uint() }
  const message = decodeBody(input, type, envelope)
  input.end()
  return message
}

function decodeBody(
  input: Decoder,
  type: Message['type'],
  envelope: { readonly from: NodeId; readonly to: NodeId; readonly term: number },
): Message {
  switch (type) {
    case 'pre-vote-request':
      return { type, ...envelope, lastIndex: input.uint(), lastTerm: input.uint() }
    case 'vote-request':
      return {
        type,
        ...envelope,
        lastIndex: input.uint(),
        lastTerm: input.uint(),
        transfer: input.bool(),
      }
    case 'pre-vote-answer':
    case 'vote-answer':
      return { type, ...envelope, granted: input.bool() }
    case 'append':
      return decodeAppend(input, envelope)
    case 'append-accepted':
      return { type, ...envelope, index: input.uint() }
    case 'append-rejected':
      return {
        type,
        ...envelope,
        prevIndex: input.uint(),
        conflictTerm: input.uint(),
        conflictIndex: input.uint(),
      }
    case 'heartbeat':
      return { type, ...envelope, commit: input.uint(), round: input.uint() }
    case 'heartbeat-answer':
      return { type, ...envelope, round: input.uint() }
    case 'commit':
      return { type, ...envelope, commit: input.uint() }
    case 'newer-term':
    case 'timeout-now':
      return { type, ...envelope }
    case 'read-request':
      return { type, ...envelope, id: input.uint() }
    case 'read-answer':
      return { type, ...envelope, id: input.uint(), index: input.optional(() => input.uint()) }
    default:
      assertNever(type, 'message type')
  }
}

function decodeAppend(
  input: Decoder,
  envelope: { readonly from: NodeId; readonly to: NodeId; readonly term: number },
): Message {
  const prevIndex = input.uint()
  const prevTerm = input.uint()
  const commit = input.uint()
  const entries = input.list(() => decodeEntry(input))
  return { type: 'append', ...envelope, prevIndex, prevTerm, commit, entries }
}

function encodeEntry(out: Encoder, entry: Entry): void {
  out.uint(entry.term).uint(entry.index).byte(ENTRY_TYPES.indexOf(entry.type)).uint(entry.stampMs)
  out.bytes(entry.payload)
}

function decodeEntry(input: Decoder): Entry {
  const term = input.uint()
  const index = input.uint()
  const code = input.byte()
  if (code >= ENTRY_TYPES.length) throw new DecodeError(`entry type ${code}`)
  const type = defined(ENTRY_TYPES[code], 'entry type')
  return { term, index, type, stampMs: input.uint(), payload: input.bytes() }
}

function appendBytes(entries: readonly Entry[]): number {
  return entries.reduce((bytes, entry) => bytes + entry.payload.length + 40, 160)
}
