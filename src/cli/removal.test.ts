import { expect, test } from 'vitest'
import type { ClusterStatus, NodeState } from '../client/cluster-status.js'
import { judgeRemoval } from './removal.js'

/** Members as words: `a` votes, `-a` votes and does not answer, `!a` votes and has a fault, `~a` does not vote. */
function cluster(words: string): ClusterStatus {
  const nodes = words.split(' ').map((word) => {
    const mark = /^[-!~]/.exec(word)?.[0]
    return {
      id: word.slice(mark === undefined ? 0 : 1),
      voter: mark !== '~',
      leaving: false,
      reachable: mark !== '-',
      ...(mark === '!' && { fault: 'its disk' }),
    } as NodeState
  })
  return { nodes } as unknown as ClusterStatus
}

test.each([
  ['a b c d e', 'e', 'fine', 'a loss is still withstood'],
  ['a b c d', 'd', 'fine', 'as many may be lost as before'],
  ['a b c', 'c', 'ask', 'one could be lost before'],
  ['a b c -d -e', 'a', 'refuse', 'two of the four left would answer'],
  ['a b c -d -e', 'd', 'fine', 'three are needed of four as of five'],
  ['a b -c', 'c', 'fine', 'whoever is dead is missed by nobody'],
  ['a b !c', 'c', 'fine', 'so is whoever has a fault'],
  ['a b -c', 'b', 'refuse', 'one of the two left would answer'],
  ['a b', 'b', 'fine', 'none could be lost before either'],
  ['a', 'a', 'refuse', 'nobody is left'],
  ['a ~b', 'a', 'refuse', 'a learner decides nothing'],
  ['a ~b', 'b', 'fine', 'a learner decides nothing'],
  ['a b c', 'd', 'fine', 'it is no member'],
  ['a -b -c', 'a', 'fine', 'the cluster itself will say that it cannot decide'],
])('of %s, removing %s is judged %s: %s', (words, id, type) => {
  expect(judgeRemoval(cluster(words), id).type).toBe(type)
})

test('what is asked and refused names the numbers', () => {
  expect(judgeRemoval(cluster('a b c'), 'c')).toMatchObject({
    why: 'without c the cluster has 2 voters, and none may be lost: the next one that fails ends all writes',
  })
  expect(judgeRemoval(cluster('a b -c'), 'b')).toMatchObject({
    why: 'without b, 1 of 2 voters would answer, and 2 are needed',
  })
})
