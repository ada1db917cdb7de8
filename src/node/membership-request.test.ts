import { describe, expect, test } from 'vitest'
import type { NodeId } from '../model/node-id.js'
import {
  changesFor,
  decodeOutcome,
  decodeRequest,
  encodeOutcome,
  encodeRequest,
  type MembershipRequest,
} from './membership-request.js'

const id = (n: number) => `node-${n}` as NodeId
const member = (n: number, address = `host-${n}:7501`) => ({ id: id(n), address })
const now = { voters: [member(1), member(2), member(3)], learners: [member(4)] }

const REQUESTS: readonly MembershipRequest[] = [
  { type: 'add', member: member(5), move: false, unseen: false },
  { type: 'add', member: member(1, 'elsewhere:1'), move: true, unseen: true },
  { type: 'promote', id: id(4), replacing: undefined },
  { type: 'promote', id: id(4), replacing: id(3) },
  { type: 'remove', id: id(2) },
]

describe('a wish about the members', () => {
  test.each(REQUESTS)('crosses the wire as it is: %j', (request) => {
    expect(decodeRequest(encodeRequest(request, 1_234))).toEqual({ request, deadlineMs: 1_234 })
  })

  test('its outcome does too', () => {
    const outcome = { changed: true, index: 2 ** 40, members: [{ ...member(1), voter: true }] }
    expect(decodeOutcome(encodeOutcome(outcome))).toEqual(outcome)
  })

  test('bytes that are no wish are refused by name', () => {
    const whole = encodeRequest({ type: 'remove', id: id(2) }, 1)
    for (const bytes of [
      whole.subarray(0, -1),
      Uint8Array.of(...whole, 0),
      Uint8Array.of(9),
      Uint8Array.of(1, 7, 0, 0),
    ])
      expect(() => decodeRequest(bytes)).toThrow(expect.objectContaining({ reason: 'INVALID_ARGUMENT' }))
  })

  test('comes to the changes that are still to be made', () => {
    expect(REQUESTS.map((request) => changesFor(request, now))).toEqual([
      [{ type: 'add-learner', member: member(5) }],
      [{ type: 'move', member: member(1, 'elsewhere:1') }],
      [{ type: 'promote', id: id(4) }],
      [
        { type: 'promote', id: id(4) },
        { type: 'remove', id: id(3) },
      ],
      [{ type: 'remove', id: id(2) }],
    ])
  })

  test('comes to none where all is so already, so that it may be sent again', () => {
    const done: MembershipRequest[] = [
      { type: 'add', member: member(4), move: false, unseen: false },
      { type: 'add', member: member(1), move: true, unseen: false },
      { type: 'promote', id: id(3), replacing: id(9) },
      { type: 'remove', id: id(9) },
    ]
    expect(done.map((request) => changesFor(request, now))).toEqual([[], [], [], []])
  })

  test('that contradicts the members is refused by name', () => {
    const asked = { type: 'add', move: false, unseen: false } as const
    expect(() => changesFor({ ...asked, member: member(1, 'elsewhere:1') }, now)).toThrow(
      expect.objectContaining({
        reason: 'MEMBER_EXISTS',
        message: expect.stringMatching(/host-1:7501.*elsewhere:1/),
      }),
    )
    expect(() => changesFor({ type: 'promote', id: id(9), replacing: undefined }, now)).toThrow(
      expect.objectContaining({ reason: 'MEMBER_UNKNOWN', message: expect.stringMatching(/node-9/) }),
    )
    expect(() => changesFor({ ...asked, member: member(9), move: true }, now)).toThrow(
      expect.objectContaining({
        reason: 'MEMBER_UNKNOWN',
        message: expect.stringMatching(/node-9/),
        help: expect.stringMatching(/leave out --move to add it/),
      }),
    )
  })

  test.each([
    [9, false],
    [3, true],
  ])('that puts node-%i at the address of another member is refused by its name', (n, move) => {
    const wish = { type: 'add', member: member(n, 'host-4:7501'), move, unseen: true } as const
    expect(() => changesFor(wish, now)).toThrow(
      expect.objectContaining({
        reason: 'MEMBER_EXISTS',
        message: expect.stringMatching(/host-4:7501.*node-4/),
      }),
    )
  })
})
