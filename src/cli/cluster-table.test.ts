import { expect, test } from 'vitest'
import type { ClusterStatus, NodeState } from '../client/cluster-status.js'
import type { ClusterId } from '../model/node-id.js'
import { clusterLines } from './cluster-table.js'
import { waitOfPromotion, waitOfRemoval } from './member-wait.js'

type Reachable = NodeState & { reachable: true }

function up(id: string, more: Partial<Reachable> = {}): NodeState {
  return {
    id,
    address: `${id}:7401`,
    peerAddress: `${id}:7501`,
    voter: true,
    leaving: false,
    reachable: true,
    role: 'follower',
    term: 7,
    commitIndex: 12_345,
    appliedIndex: 12_345,
    stateHash: { index: 11_000, hash: 'ab'.repeat(32) },
    blobsMissing: 0,
    blobsCounted: true,
    clusterVersionMax: 2,
    ...more,
  }
}

function down(id: string, voter = true): NodeState {
  return { id, address: `${id}:7401`, peerAddress: `${id}:7501`, voter, leaving: false, reachable: false }
}

function cluster(nodes: readonly NodeState[], more: Partial<ClusterStatus> = {}): ClusterStatus {
  return {
    index: 12_345,
    historyId: 'cd'.repeat(16),
    clusterId: '0123456789abcdef0123456789abcdef' as ClusterId,
    answeredBy: 'n1',
    leader: 'n1',
    nodes,
    configuration: { index: 9, joint: false, committed: true },
    clusterVersion: 2,
    ...more,
  }
}

const LEADER = up('n1', { role: 'leader' })
const LEARNER = up('node-4', {
  voter: false,
  role: 'learner',
  appliedIndex: 11_142,
  blobsMissing: 17,
  blobsCounted: false,
  stateHash: undefined,
})

test('a status shows who leads, what may be lost, and what each member lacks, in columns', () => {
  expect(clusterLines(cluster([LEADER, up('n2'), down('n3'), LEARNER])).join('\n')).toBe(
    `cluster 01234567, leader n1 in term 7
3 voters and 1 learner: 2 of 3 voters answer, none may be lost
NODE    ROLE      TERM  COMMITTED  APPLIED  VERSION  LACKS                                       CLIENTS      PEERS
n1      leader       7     12,345   12,345        2  -                                           n1:7401      n1:7501
n2      follower     7     12,345   12,345        2  -                                           n2:7401      n2:7501
n3      voter        -          -        -        -  does not answer                             n3:7401      n3:7501
node-4  learner      7     12,345   11,142        2  1,203 entries and 17 blobs, counting blobs  node-4:7401  node-4:7501
state abababababab at 11,000 on n1, n2`,
  )
})

test('without a majority a status says that nothing can be written', () => {
  expect(clusterLines(cluster([LEADER, down('n2'), down('n3')], { leader: undefined })).slice(0, 2)).toEqual([
    'cluster 01234567, no leader: writes wait for one',
    '3 voters: 1 of 3 voters answer, 2 are needed: nothing can be written',
  ])
})

test('a change under way is told, and who leaves by it', () => {
  const joint = cluster([LEADER, up('n2', { leaving: true }), up('n3')], {
    configuration: { index: 1_200, joint: true, committed: false },
  })
  const lines = clusterLines(joint)
  expect(lines[1]).toBe('2 voters: none may be lost')
  expect(lines[2]).toBe('a change of the members is under way (entry 1,200): old and new voters both decide')
  expect(lines[5]).toMatch(/^n2 {4}follower, leaving /)
  const open = cluster([LEADER], { configuration: { index: 1_201, joint: false, committed: false } })
  expect(clusterLines(open)[2]).toBe('a change of the members is under way (entry 1,201), not committed yet')
})

test('while releases differ, each member’s version is shown, and for whom the newest waits', () => {
  const older = up('n2', { clusterVersionMax: 1 })
  const mute = up('n3', { clusterVersionMax: undefined })
  const lines = clusterLines(cluster([LEADER, older, mute, down('n4')], { clusterVersion: 1 }))
  expect(lines[2]).toBe(
    'cluster version 1 is in force; 2 waits for n2 (knows 1), n3 (knows no such), n4 (does not answer)',
  )
  expect(lines[5]).toMatch(/^n2 +follower +7 +12,345 +12,345 +1 +-/)
  expect(lines[6]).toMatch(/^n3 +follower +7 +12,345 +12,345 +\? +-/)
  expect(clusterLines(cluster([LEADER], { clusterVersion: 1 }))[2]).toBe(
    'cluster version 1 is in force; 2 comes in a moment',
  )
})

test('a member with a fault counts as none, and its fault is told', () => {
  const lines = clusterLines(cluster([LEADER, up('n2', { fault: 'its log ended early' }), up('n3')]))
  expect(lines[1]).toBe('3 voters: 2 of 3 voters answer, none may be lost')
  expect(lines[4]).toMatch(/^n2 {4}voter .* takes no part /)
  expect(lines.at(-1)).toBe('n2 takes no part: its log ended early')
})

test('states that differ are told in full', () => {
  const other = { index: 11_000, hash: 'cd'.repeat(32) }
  expect(clusterLines(cluster([LEADER, up('n2', { stateHash: other })])).slice(-3)).toEqual([
    'THE STATES DIFFER at 11,000: stop writing and tell the operator',
    `  n1 ${'ab'.repeat(32)}`,
    `  n2 ${'cd'.repeat(32)}`,
  ])
})

test.each([
  [
    'lacks entries and blobs',
    LEARNER,
    'for node-4: 1,203 entries and 17 blobs to go, and it still counts blobs',
  ],
  [
    'lacks one of each',
    up('node-4', { voter: false, appliedIndex: 12_344, blobsMissing: 1 }),
    'for node-4: 1 entry and 1 blob to go',
  ],
  [
    'still counts',
    up('node-4', { voter: false, blobsCounted: false }),
    'for node-4 to count the blobs that it lacks',
  ],
  ['is away', down('node-4', false), 'for node-4: it does not answer at node-4:7501, its peer address'],
  ['has a fault', up('node-4', { voter: false, fault: 'no disk' }), 'for node-4: it takes no part: no disk'],
  ['has everything', up('node-4', { voter: false }), 'for a majority to agree; n3 cannot be reached'],
])('a promotion waits for a member that %s', (_, learner, expected) => {
  expect(waitOfPromotion(cluster([LEADER, up('n2'), down('n3'), learner]), 'node-4')).toBe(expected)
})

test('a removal waits for those that stay, whatever the one that goes lacks', () => {
  const nodes = [LEADER, up('n2', { blobsMissing: 2 }), down('n3'), up('n4', { blobsMissing: 9 }), LEARNER]
  expect(waitOfRemoval(cluster(nodes), 'n4')).toBe(
    'until most of those that stay hold every blob: n2 has 2 blobs to go, n3 does not answer',
  )
  expect(waitOfRemoval(cluster(nodes, { leader: undefined }), 'n4')).toMatch(/^for a leader/)
  expect(waitOfRemoval(cluster([LEADER, up('n2'), up('n4')]), 'n4')).toBe('for a majority to agree')
})

test('of a member in whose place another node answers, it is said who that is; an address that is not known is none', () => {
  const trouble = 'the address of n3 leads to n4'
  const lost = { ...down('n3'), address: undefined, trouble } as NodeState & { reachable: false }
  const told = clusterLines(cluster([LEADER, up('n2'), lost])).join('\n')
  expect(told).toMatch(/^n3 +voter +- +- +- +- +does not answer +- +n3:7501$/m)
  expect(told).toContain('n3 is not found at n3:7501: the address of n3 leads to n4')
  expect(waitOfPromotion(cluster([LEADER, { ...lost, voter: false }]), 'n3')).toBe(
    `for n3: it is not found at n3:7501: ${trouble}`,
  )
})
