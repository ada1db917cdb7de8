import { expect, test } from 'vitest'
import type { ClusterId, HistoryId, Incarnation, NodeId } from '../model/node-id.js'
import type { StartMark } from '../model/start-mark.js'
import type { Hello__Output } from './gen/ggen/raft/v1/Hello.js'
import { acceptHello, type PeerHello, toHello } from './peer-hello.js'

const [one, two] = ['node-1', 'node-2'] as [NodeId, NodeId]

function member(nodeId: NodeId, readLeaseMs?: number): Omit<PeerHello, 'protocol'> {
  return {
    clusterId: 'c'.repeat(32) as ClusterId,
    historyId: 'd'.repeat(32) as HistoryId,
    nodeId,
    incarnation: 'e'.repeat(32) as Incarnation,
    startMarks: ['f'.repeat(32) as StartMark],
    configurationIndex: 1,
    readLeaseMs,
  }
}

function meet(theirs: number | undefined, ours: number | undefined): PeerHello {
  return acceptHello(toHello(member(two, theirs), one) as Hello__Output, member(one, ours), two)
}

test('members meet where both read under a lease of one length, or both under none', () => {
  expect(meet(360, 360).readLeaseMs).toBe(360)
  expect(meet(undefined, 0).readLeaseMs).toBe(0)
})

test('a member that holds no lease, or a shorter one, is refused: a leader here would read too long', () => {
  expect(() => meet(0, 360)).toThrow('node-2 reads by read index, node-1 under a lease of 360 ms')
  expect(() => meet(180, 360)).toThrow('a lease holds only where all members keep it')
  expect(() => meet(360, undefined)).toThrow('a lease holds only where all members keep it')
})
