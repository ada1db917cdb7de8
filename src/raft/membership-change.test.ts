import { describe, expect, test } from 'vitest'
import type { ClusterId, HistoryId, NodeId } from '../model/node-id.js'
import type { Configuration } from './configuration.js'
import { changedConfiguration, isRefusal, type MembershipChange } from './membership-change.js'

const id = (n: number) => `node-${n}` as NodeId
const at = (n: number, host = n) => ({ id: id(n), address: `host-${host}:7501` })

const before: Configuration = {
  clusterId: 'c1'.repeat(16) as ClusterId,
  historyId: 'd2'.repeat(16) as HistoryId,
  voters: [at(1), at(2)],
  outgoing: [],
  learners: [at(3)],
}

describe('one address', () => {
  test.each<[string, MembershipChange[], NodeId]>([
    ['a newcomer, where a voter is', [{ type: 'add-learner', member: at(4, 2) }], id(2)],
    ['a newcomer, where a learner is', [{ type: 'add-learner', member: at(4, 3) }], id(3)],
    [
      'two newcomers in one go',
      [
        { type: 'add-learner', member: at(4) },
        { type: 'add-learner', member: at(5, 4) },
      ],
      id(4),
    ],
    ['a member that moves, where another one is', [{ type: 'move', member: at(1, 3) }], id(3)],
  ])('is not given to %s', (_, changes, holder) => {
    expect(changedConfiguration(before, changes)).toEqual({ reason: 'address-taken', id: holder })
  })

  test('is free once its member has moved or left', () => {
    const moved = changedConfiguration(before, [
      { type: 'move', member: at(2, 7) },
      { type: 'move', member: at(3, 2) },
    ])
    expect(isRefusal(moved) ? moved : [moved.voters, moved.learners]).toEqual([[at(1), at(2, 7)], [at(3, 2)]])
    const left = changedConfiguration(before, [
      { type: 'remove', id: id(3) },
      { type: 'add-learner', member: at(4, 3) },
    ])
    expect(isRefusal(left) ? left : left.learners).toEqual([at(4, 3)])
  })

  test('may be told again of the member that has it', () => {
    expect(changedConfiguration(before, [{ type: 'move', member: at(1) }])).toMatchObject({
      reason: 'no-change',
    })
  })
})
