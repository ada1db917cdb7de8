import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DecodeError } from '../model/codec.js'
import type { NodeId } from '../model/node-id.js'
import type { Message } from '../raft/message.js'
import { decodeMessage, encodeMessage } from './raft-codec.js'

const uint = fc.maxSafeNat()
const small = fc.nat(1_000_000)
const nodeId = fc.string({ maxLength: 20 }).map((text) => text as NodeId)
const envelope = { from: nodeId, to: nodeId, term: uint }

const entries = fc
  .record({
    prevIndex: small,
    prevTerm: small,
    items: fc.array(
      fc.record({
        step: fc.nat(3),
        type: fc.constantFrom('empty' as const, 'command' as const, 'configuration' as const),
        stampMs: uint,
        payload: fc.uint8Array({ maxLength: 80 }),
      }),
      { maxLength: 5 },
    ),
  })
  .map(({ prevIndex, prevTerm, items }) => {
    let term = prevTerm
    const made = items.map(({ step, ...rest }, at) => {
      term += step
      return { ...rest, index: prevIndex + 1 + at, term }
    })
    return { prevIndex, prevTerm, entries: made, term: term + 1 }
  })

const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ type: fc.constant('pre-vote-request' as const), ...envelope, lastIndex: uint, lastTerm: uint }),
  fc.record({ type: fc.constant('pre-vote-answer' as const), ...envelope, granted: fc.boolean() }),
  fc.record({
    type: fc.constant('vote-request' as const),
    ...envelope,
    lastIndex: uint,
    lastTerm: uint,
    transfer: fc.boolean(),
  }),
  fc.record({ type: fc.constant('vote-answer' as const), ...envelope, granted: fc.boolean() }),
  fc
    .record({ from: nodeId, to: nodeId, commit: uint, body: entries })
    .map(({ from, to, commit, body }) => ({ type: 'append' as const, from, to, commit, ...body })),
  fc.record({ type: fc.constant('append-accepted' as const), ...envelope, index: uint }),
  fc.record({
    type: fc.constant('append-rejected' as const),
    ...envelope,
    prevIndex: uint,
    conflictTerm: uint,
    conflictIndex: uint,
  }),
  fc.record({ type: fc.constant('heartbeat' as const), ...envelope, commit: uint, round: uint }),
  fc.record({ type: fc.constant('heartbeat-answer' as const), ...envelope, round: uint }),
  fc.record({ type: fc.constant('commit' as const), ...envelope, commit: uint }),
  fc.record({ type: fc.constant('newer-term' as const), ...envelope }),
  fc.record({ type: fc.constant('timeout-now' as const), ...envelope }),
  fc.record({ type: fc.constant('read-request' as const), ...envelope, id: uint }),
  fc.record({
    type: fc.constant('read-answer' as const),
    ...envelope,
    id: uint,
    index: fc.option(uint, { nil: undefined }),
  }),
)

describe('raft messages as bytes', () => {
  test('every message comes back as it was', () => {
    fc.assert(
      fc.property(message, (original) => {
        expect(decodeMessage(encodeMessage(original))).toEqual(original)
      }),
      { numRuns: 500 },
    )
  })

  test('bytes that decode are the one form of their message', () => {
    fc.assert(
      fc.property(message, fc.nat(), fc.integer({ min: 1, max: 255 }), (original, at, flip) => {
        const bytes = encodeMessage(original)
        const place = at % bytes.length
        bytes[place] = (bytes[place] as number) ^ flip
        const decoded = decodeOrRefuse(bytes)
        if (decoded !== undefined) expect(encodeMessage(decoded)).toEqual(bytes)
      }),
      { numRuns: 2_000 },
    )
  })

  test('arbitrary bytes, and any cut of good ones, are refused with DecodeError and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeOrRefuse(bytes)
        decodeOrRefuse(new Uint8Array([1, ...bytes]))
      }),
      { numRuns: 2_000 },
    )
    fc.assert(
      fc.property(message, fc.nat(), (original, at) => {
        const bytes = encodeMessage(original)
        expect(() => decodeMessage(bytes.subarray(0, at % bytes.length))).toThrow(DecodeError)
        expect(() => decodeMessage(new Uint8Array([...bytes, 0]))).toThrow(DecodeError)
      }),
    )
  })

  test('another version or an unknown type is refused by name', () => {
    const bytes = encodeMessage({ type: 'newer-term', from: 'a' as NodeId, to: 'b' as NodeId, term: 1 })
    expect(() => decodeMessage(new Uint8Array([2, ...bytes.subarray(1)]))).toThrow('version 2')
    expect(() => decodeMessage(new Uint8Array([1, 99, ...bytes.subarray(2)]))).toThrow('type 99')
  })
})

function decodeOrRefuse(bytes: Uint8Array): Message | undefined {
  try {
    return decodeMessage(bytes)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
