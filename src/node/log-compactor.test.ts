import { describe, expect, test } from 'vitest'
import { toNodeId } from '../model/node-id.js'
import { bootstrapState } from '../raft/bootstrap.js'
import { Raft } from '../raft/raft.js'

function soloLog(payloads: readonly Uint8Array[]): Raft {
  const id = toNodeId('node-1')
  const seed = { clusterToken: 'compaction', members: [{ id, address: 'a:1' }] }
  const raft = new Raft({ id, random: () => 0 }, bootstrapState(seed))
  raft.campaign()
  let index = 0
  const settle = () => {
    for (let effects = raft.drain(); effects.length > 0; effects = raft.drain()) {
      for (const effect of effects) {
        if (effect.type === 'persist') raft.persisted(effect.sequence)
        if (effect.type === 'apply') index = effect.entries.at(-1)?.index ?? index
      }
      raft.applied(index)
    }
  }
  settle()
  raft.propose(payloads, 1)
  settle()
  return raft
}

describe('where a compaction cuts', () => {
  test('small entries: the tail is bounded by their number', () => {
    const raft = soloLog(Array.from({ length: 100 }, () => new Uint8Array(10)))
    expect(raft.beforeTail(20, 1_000_000)).toBe(raft.status().lastIndex - 20)
  })

  test('large entries: the tail is bounded by their bytes', () => {
    const raft = soloLog(Array.from({ length: 100 }, () => new Uint8Array(1_000)))
    const kept = raft.status().lastIndex - raft.beforeTail(1_000, 10_000)
    expect(kept).toBe(9)
  })

  test('a log within both limits is not cut', () => {
    const raft = soloLog([new Uint8Array(10)])
    expect(raft.beforeTail(1_000, 1_000_000)).toBe(0)
  })
})
