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

describe('a state of a later term than any this node has heard of, fetched from a member at a start', () => {
  const members = ['node-1', 'node-2', 'node-3'].map((name) => ({ id: id(name), address: `${name}:1` }))
  const founding = bootstrapState({ clusterToken: 'secret', members })
  const recovered = {
    hardState: { term: 4, vote: 'node-2', commit: 40 },
    mark: { index: 40, term: 5, configuration: founding.entries[0]?.payload ?? founding.mark.configuration },
    entries: [],
    appliedIndex: 40,
  }

  test('brings that term: a candidate’s log never ends in the term it stands for, or above', () => {
    const raft = new Raft({ id: id('node-1'), random: () => 0, electionTicks: 10 }, recovered)
    expect(raft.status()).toMatchObject({ term: 5, vote: undefined })
    for (let tick = 0; tick < 40 && raft.status().role === 'follower'; tick++) raft.tick()
    const messages = raft.drain().flatMap((effect) => (effect.type === 'send' ? effect.messages : []))
    expect(messages.map(({ type, term }) => ({ type, term }))).toEqual([
      { type: 'pre-vote-request', term: 6 },
      { type: 'pre-vote-request', term: 6 },
    ])
  })

  test('is on the disk, with the vote, before it promises one', () => {
    const raft = new Raft({ id: id('node-1'), random: () => 0 }, recovered)
    const from = id('node-3')
    raft.step({
      type: 'vote-request',
      from,
      to: id('node-1'),
      term: 6,
      lastIndex: 40,
      lastTerm: 5,
      transfer: true,
    })
    const { hardState, release } = persistOf(raft.drain())
    expect(hardState).toEqual({ term: 6, vote: 'node-3', commit: 40 })
    expect(release.map(({ type }) => type)).toEqual(['vote-answer'])
  })
})

function persistOf(effects: readonly Effect[]): Effect & { type: 'persist' } {
  const persist = effects.find((effect) => effect.type === 'persist')
  if (persist?.type !== 'persist') throw new Error(`no persist in ${JSON.stringify(effects)}`)
  return persist
}
