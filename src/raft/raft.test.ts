import { describe, expect, test } from 'vitest'
import type { NodeId } from '../model/node-id.js'
import { bootstrapState } from './bootstrap.js'
import type { Effect } from './effect.js'
import { Raft } from './raft.js'

const id = (text: string) => text as NodeId

describe('a cluster of one', () => {
  test('commits and applies only what its own disk has confirmed', () => {
    const members = [{ id: id('node-1'), address: 'a:1' }]
    const raft = new Raft(
      { id: id('node-1'), random: () => 0 },
      bootstrapState({ clusterToken: 'secret', members }),
    )
    raft.campaign()
    const vote = persistOf(raft.drain())
    expect(vote.hardState).toEqual({ term: 2, vote: 'node-1', commit: 1 })
    expect(raft.status().role).toBe('candidate')
    raft.persisted(vote.sequence)
    expect(raft.status().role).toBe('leader')
    const empty = persistOf(raft.drain())
    expect(raft.propose([new Uint8Array([7])], 5)).toEqual({ ok: true, term: 2, firstIndex: 3 })
    const command = persistOf(raft.drain())
    expect(raft.status().commit).toBe(1)
    raft.persisted(empty.sequence)
    expect(raft.status().commit).toBe(2)
    raft.persisted(command.sequence)
    expect(
      raft
        .drain()
        .filter((effect) => effect.type === 'apply')
        .flatMap((effect) => effect.entries.map((entry) => entry.index)),
    ).toEqual([2, 3])
  })
})

function persistOf(effects: readonly Effect[]): Effect & { type: 'persist' } {
  const persist = effects.find((effect) => effect.type === 'persist')
  if (persist?.type !== 'persist') throw new Error(`no persist in ${JSON.stringify(effects)}`)
  return persist
}
