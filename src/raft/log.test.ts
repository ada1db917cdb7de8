import { describe, expect, test } from 'vitest'
import { AssertionFailure } from '../model/assert.js'
import type { NodeId } from '../model/node-id.js'
import { bootstrapConfiguration, EMPTY_MARK } from './bootstrap.js'
import { encodeConfiguration } from './configuration.js'
import type { Entry } from './entry.js'
import { RaftLog } from './log.js'

const member = (name: string) => ({ id: name as NodeId, address: 'h:1' })

function configured(index: number, term: number, ...voters: string[]): Entry {
  const configuration = bootstrapConfiguration({ clusterToken: 't', members: voters.map(member) })
  return { term, index, type: 'configuration', stampMs: 0, payload: encodeConfiguration(configuration) }
}

function command(index: number, term: number, bytes = 8): Entry {
  return { term, index, type: 'command', stampMs: index, payload: new Uint8Array(bytes) }
}

function logOf(entries: readonly Entry[], commit = 1): RaftLog {
  return new RaftLog({
    hardState: { term: 9, vote: undefined, commit },
    mark: EMPTY_MARK,
    entries,
    appliedIndex: 0,
  })
}

const voters = (log: RaftLog) => log.membership.voters().map(({ id }) => id)

describe('configuration in force', () => {
  test('is the newest in the log as soon as it is appended, and the one before once it is truncated', () => {
    const log = logOf([configured(1, 1, 'a'), command(2, 1)])
    expect(voters(log)).toEqual(['a'])
    log.append([configured(3, 1, 'a', 'b'), configured(4, 1, 'b')])
    expect(voters(log)).toEqual(['b'])
    expect(log.accept([command(4, 2)])).toBe(4)
    expect(voters(log)).toEqual(['a', 'b'])
    expect(log.accept([command(2, 3)])).toBe(2)
    expect(voters(log)).toEqual(['a'])
  })

  test('survives compaction in the mark, and comes back from there', () => {
    const log = logOf([configured(1, 1, 'a'), command(2, 1), configured(3, 1, 'b'), command(4, 1)], 4)
    log.deliver(1_000)
    log.appliedTo(4)
    expect(log.markAt(2).configuration).toEqual(configured(1, 1, 'a').payload)
    log.compact(2)
    expect(voters(log)).toEqual(['b'])
    expect(log.mark.configuration).toEqual(configured(1, 1, 'a').payload)
    log.compact(4)
    const { mark } = log
    const again = new RaftLog({
      hardState: { term: 1, vote: undefined, commit: 4 },
      mark,
      entries: [],
      appliedIndex: 4,
    })
    expect(voters(again)).toEqual(['b'])
  })

  test('is the snapshot’s after one was installed', () => {
    const log = logOf([configured(1, 1, 'a'), configured(2, 1, 'a', 'b')])
    log.reset({ index: 7, term: 3, configuration: configured(1, 1, 'c').payload })
    expect(voters(log)).toEqual(['c'])
  })

  test('that this build cannot read stops the node before the log is changed', () => {
    const log = logOf([configured(1, 1, 'a')])
    const foreign: Entry = { ...configured(2, 1, 'b'), payload: new Uint8Array([99]) }
    expect(() => log.append([foreign])).toThrow('configuration version 99')
    expect(log.lastIndex).toBe(1)
  })
})

describe('delivery to the state machine', () => {
  test('is bounded in bytes under way, with one entry always fitting', () => {
    const log = logOf([configured(1, 1, 'a'), command(2, 1, 500), command(3, 1, 10), command(4, 1, 10)], 4)
    const indexes = () => log.deliver(100).map((entry) => entry.index)
    expect(indexes()).toEqual([1])
    log.appliedTo(1)
    expect(indexes()).toEqual([2])
    expect(indexes()).toEqual([])
    log.appliedTo(2)
    expect(indexes()).toEqual([3, 4])
  })

  test('counts the memory of what is retained', () => {
    const log = logOf([configured(1, 1, 'a'), command(2, 1, 100), command(3, 1, 50)], 2)
    const first = configured(1, 1, 'a').payload.length + 32
    expect(log.bytes).toBe(first + 132 + 82)
    log.accept([command(3, 2, 10)])
    expect(log.bytes).toBe(first + 132 + 42)
    log.deliver(10_000)
    log.appliedTo(2)
    log.compact(2)
    expect(log.bytes).toBe(42)
  })
})

describe('what must never happen is refused', () => {
  test.each<[string, (log: RaftLog) => void]>([
    ['a gap', (log) => log.append([command(9, 1)])],
    ['a term that falls', (log) => log.append([command(4, 0)])],
    ['a truncation of what is committed', (log) => log.accept([command(2, 2)])],
    ['a commit beyond the end', (log) => log.commitTo(4)],
    ['an application of what was not delivered', (log) => log.appliedTo(1)],
    ['a compaction of what is not applied', (log) => log.compact(2)],
    ['a snapshot older than what is committed', (log) => log.reset({ ...EMPTY_MARK, index: 2, term: 1 })],
  ])('%s', (_, act) => {
    const log = logOf([configured(1, 1, 'a'), command(2, 1), command(3, 1)], 2)
    expect(() => act(log)).toThrow(AssertionFailure)
  })
})
