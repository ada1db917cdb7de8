import { beforeEach, expect, test } from 'vitest'
import { toNodeId } from '../../src/model/node-id.js'
import type { Configuration } from '../../src/raft/configuration.js'
import { CommittedLog } from './committed-log.js'

const members = (...numbers: number[]) =>
  ({
    voters: numbers.map((number) => ({ id: toNodeId(`node-${number}`), address: `node-${number}:1` })),
    outgoing: [],
    learners: [],
  }) as unknown as Configuration
/** A log by the terms of its entries, from index 1 on. */
const log =
  (...terms: number[]) =>
  (index: number) =>
    terms[index - 1]

let said: string[]
let committed: CommittedLog

beforeEach(() => {
  said = []
  committed = new CommittedLog((text) => said.push(text))
})

test('an entry that was committed in one term is none of another', () => {
  committed.entries('a', 0, 3, log(1, 1, 2))
  committed.entries('b', 1, 3, log(1, 1, 2, 2))
  expect(said).toEqual([])
  committed.entries('c', 1, 3, log(1, 1, 3))
  expect(said).toEqual(['c takes entry 3 of term 3 for committed, and that of term 2 was'])
})

test('a log lacks a committed entry where it ends before it, and where another stands in its place', () => {
  committed.entries('a', 0, 3, log(1, 1, 2))
  expect(committed.lackOf(1, log(1, 1, 2, 4))).toBeUndefined()
  expect(committed.lackOf(1, log(1, 1))).toEqual({ index: 3, term: 2 })
  expect(committed.lackOf(1, log(1, 1, 1, 1, 4))).toEqual({ index: 3, term: 2 })
})

test('members at an index are the same in all logs, however these were cut; what was replaced is asked of nobody', () => {
  committed.members('a', 1, 5, members(1, 2, 3))
  committed.members('b', 4, 7, members(1, 2, 3))
  // Cut at 9: the log gives the index of its first entry for the change, which was at 8.
  committed.members('b', 9, 12, members(1, 2))
  committed.members('c', 8, 9, members(1, 2))
  expect(said).toEqual([])
  committed.members('d', 6, 10, members(1, 2, 3))
  expect(said).toHaveLength(1)
  expect(said[0]).toMatch(/^the members at 8 are .* on [bc] and .* on d$/)
})

test('the same members come again after others', () => {
  committed.members('a', 1, 5, members(1, 2))
  committed.members('a', 6, 7, members(1))
  committed.members('a', 8, 9, members(1, 2))
  expect(said).toEqual([])
  committed.members('b', 5, 8, members(1, 2))
  expect(said).toHaveLength(1)
})
