import { describe, expect, test } from 'vitest'
import type { ClusterId, HistoryId, NodeId } from '../model/node-id.js'
import type { Configuration } from '../raft/configuration.js'
import { MemberList } from './member-list.js'

const id = (n: number) => `node-${n}` as NodeId
const member = (n: number) => ({ id: id(n), address: `host-${n}:7501` })

function configuration(voters: number[], outgoing: number[] = [], learners: number[] = []): Configuration {
  return {
    clusterId: 'c1'.repeat(16) as ClusterId,
    historyId: 'd2'.repeat(16) as HistoryId,
    voters: voters.map(member),
    outgoing: outgoing.map(member),
    learners: learners.map(member),
  }
}

function verdict(list: MemberList, n: number, shownIndex: number): string {
  try {
    list.check(id(n), shownIndex)
    return 'let in'
  } catch (error) {
    return (error as { reason: string }).reason
  }
}

describe('the list of members', () => {
  test('holds every member of a joint configuration once, whoever votes in a half as a voter', () => {
    const list = new MemberList(id(1))
    list.follow(configuration([1, 2, 4], [1, 2, 3], [5]), 9, true)
    expect(list.others.map((other) => [other.id, other.voter])).toEqual([
      [id(2), true],
      [id(4), true],
      [id(3), true],
      [id(5), false],
    ])
    expect([list.configurationIndex, list.leftOut]).toEqual([9, false])
  })

  test('judges nobody before the log is read: whoever comes too early is to come again', () => {
    const list = new MemberList(id(1))
    expect([0, 6, 8].map((shown) => verdict(list, 9, shown))).toEqual([
      'UNREACHABLE',
      'UNREACHABLE',
      'UNREACHABLE',
    ])
    list.follow(configuration([1, 2]), 7, true)
    expect([0, 6, 8].map((shown) => verdict(list, 9, shown))).toEqual([
      'NOT_A_MEMBER',
      'MEMBER_REMOVED',
      'let in',
    ])
  })

  test('of a node that joins judges by introductions as soon as it has any', () => {
    const list = new MemberList(id(4))
    expect(verdict(list, 1, 3)).toBe('UNREACHABLE')
    list.introduce([{ ...member(1), voter: true }])
    expect([verdict(list, 1, 3), verdict(list, 2, 3), verdict(list, 2, 0)]).toEqual([
      'let in',
      'let in',
      'NOT_A_MEMBER',
    ])
  })

  test('goes by the own log once that says anything, and by introductions until then', () => {
    const list = new MemberList(id(4))
    list.introduce([{ ...member(1), voter: true }])
    expect(verdict(list, 1, 3)).toBe('let in')
    list.follow(configuration([2]), 3, true)
    list.introduce([{ ...member(1), voter: true }])
    expect(list.others.map((other) => other.id)).toEqual([id(2)])
  })

  test('lets in members, and whoever knows of a later configuration; a node never added is told so, a removed one that', () => {
    const list = new MemberList(id(1))
    list.follow(configuration([1, 2], [], [3]), 7, true)
    expect([2, 3].map((n) => verdict(list, n, 1))).toEqual(['let in', 'let in'])
    expect(verdict(list, 9, 8)).toBe('let in')
    expect(verdict(list, 9, 0)).toBe('NOT_A_MEMBER')
    expect([6, 7].map((shown) => verdict(list, 9, shown))).toEqual(['MEMBER_REMOVED', 'MEMBER_REMOVED'])
  })

  test('whom an uncommitted configuration leaves out is still needed to commit it, and is let in', () => {
    const list = new MemberList(id(1))
    list.follow(configuration([1, 2]), 7, false)
    expect(verdict(list, 3, 6)).toBe('let in')
    expect(verdict(list, 4, 0)).toBe('NOT_A_MEMBER')
    list.follow(configuration([1, 2]), 7, true)
    expect(verdict(list, 3, 6)).toBe('MEMBER_REMOVED')
  })

  test('a node is left out only by what is committed, after it was a member by what is committed', () => {
    const list = new MemberList(id(3))
    list.follow(configuration([1, 2, 3]), 4, true)
    list.follow(configuration([1, 2]), 7, false)
    expect(list.leftOut).toBe(false)
    list.follow(configuration([1, 2]), 7, true)
    expect(list.leftOut).toBe(true)
  })

  test('a node that joins is not left out by the log of the time before it was added', () => {
    const list = new MemberList(id(3))
    list.follow(configuration([1]), 1, true)
    list.follow(configuration([1], [], [3]), 3, false)
    list.follow(configuration([1, 2]), 3, true)
    expect(list.leftOut).toBe(false)
  })

  test('is told of a later configuration by a member of it, until the own log is followed on', () => {
    const list = new MemberList(id(1))
    expect(list.hear(id(4), configuration([1, 4]), 9)).toBe(false)
    list.follow(configuration([1, 2, 3]), 5, true)
    expect(list.hear(id(4), configuration([1, 4]), 5)).toBe(false)
    expect(list.hear(id(4), configuration([1, 5]), 9)).toBe(false)
    expect(list.hear(id(4), configuration([4, 5]), 9)).toBe(false)
    expect(list.hear(id(4), configuration([1, 2, 4]), 9)).toBe(true)
    expect(list.hear(id(5), configuration([1, 5]), 8)).toBe(false)
    expect(list.heard.map((other) => other.id)).toEqual([id(2), id(4)])
    expect(list.others.map((other) => other.id)).toEqual([id(2), id(4), id(3)])
    expect(list.configurationIndex).toBe(5)
    expect(verdict(list, 3, 0)).toBe('let in')
    list.follow(configuration([1, 2, 3]), 5, true)
    expect(list.others.map((other) => other.id)).toEqual([id(2), id(3)])
  })
})
