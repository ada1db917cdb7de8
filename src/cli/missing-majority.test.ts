import { expect, test } from 'vitest'
import type { ClusterStatus } from '../client/cluster-status.js'
import { MarketplaceError } from '../model/error.js'
import { toldOfVoters } from './missing-majority.js'

function seen(up: number, leader?: string): ClusterStatus {
  const nodes = [1, 2, 3].map((n) => ({ id: `node-${n}`, voter: true, leaving: false, reachable: n <= up }))
  return { nodes, leader } as unknown as ClusterStatus
}

const dead = new MarketplaceError({
  reason: 'UNREACHABLE',
  message: '10.0.0.2:7401 cannot be reached',
  help: 'start it',
})

test('where no majority answers, that is the trouble, whichever call ended last, and who answers is said', () => {
  expect(toldOfVoters(dead, seen(1))).toMatchObject({
    reason: 'NO_QUORUM',
    message: 'no leader: 1 of 3 voters answers (node-1); a majority is 2',
    help: 'start the voters that do not answer; nothing was changed',
  })
  expect(toldOfVoters(dead, seen(2))).toMatchObject({
    reason: 'NO_LEADER',
    message: 'no leader: 2 of 3 voters answer (node-1, node-2); a majority is 2',
  })
})

test('a change that may have been made stays one', () => {
  const lost = new MarketplaceError({
    reason: 'OUTCOME_UNKNOWN',
    message: 'not committed in time',
    help: 'look',
  })
  expect(toldOfVoters(lost, seen(1, 'node-1'))).toMatchObject({
    reason: 'OUTCOME_UNKNOWN',
    message: expect.stringContaining('no leader: 1 of 3'),
    help: expect.stringContaining('is not done twice'),
  })
})

test('with a leader and a majority, and for a refusal, the error is told as it is', () => {
  expect(toldOfVoters(dead, seen(2, 'node-1'))).toBe(dead)
  const refusal = new MarketplaceError({ reason: 'MEMBER_UNKNOWN', message: 'who?', help: 'name a member' })
  expect(toldOfVoters(refusal, seen(1))).toBe(refusal)
})
