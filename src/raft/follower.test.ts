import { describe, expect, test } from 'vitest'
import type { NodeId } from '../model/node-id.js'
import { bootstrapState } from './bootstrap.js'
import type { Entry } from './entry.js'
import { acceptAppend } from './follower.js'
import { RaftMember } from './member.js'
import { completeRaftOptions } from './options.js'

const id = (name: string) => name as NodeId

function command(index: number, term: number): Entry {
  return { term, index, type: 'command', stampMs: 0, payload: new Uint8Array([index]) }
}

/** A follower in term 3 with entries 2 and 3 of term 2 after the bootstrap. */
function follower(): RaftMember {
  const members = [
    { id: id('a'), address: 'h:1' },
    { id: id('b'), address: 'h:2' },
  ]
  const state = bootstrapState({ clusterToken: 't', members })
  return new RaftMember(completeRaftOptions({ id: id('b'), random: () => 0 }), {
    ...state,
    hardState: { term: 3, vote: undefined, commit: 1 },
    entries: [...state.entries, command(2, 2), command(3, 2)],
  })
}

const append = { type: 'append', from: id('a'), to: id('b'), term: 3 } as const

describe('an append', () => {
  test('commits only what it has shown to match, not the tail behind it', () => {
    const member = follower()
    acceptAppend(member, { ...append, prevIndex: 1, prevTerm: 1, entries: [command(2, 2)], commit: 3 })
    expect(member.log.commit).toBe(2)
    expect(member.log.lastIndex).toBe(3)
  })

  test('acknowledges only what it has shown to match', () => {
    const member = follower()
    acceptAppend(member, { ...append, prevIndex: 1, prevTerm: 1, entries: [command(2, 2)], commit: 1 })
    expect(member.outbox.drain(member.hardState, member.log)).toMatchObject([
      { type: 'send', messages: [{ type: 'append-accepted', index: 2 }] },
    ])
  })

  test('whose beginning is committed here already is judged by what lies beyond', () => {
    const member = follower()
    member.log.commitTo(2)
    const entries = [command(2, 2), command(3, 3)]
    acceptAppend(member, { ...append, prevIndex: 1, prevTerm: 1, entries, commit: 1 })
    expect(member.log.termAt(3)).toBe(3)
    expect(member.log.commit).toBe(2)
  })

  test('after an entry of another term is refused with that term and where it begins', () => {
    const member = follower()
    acceptAppend(member, { ...append, prevIndex: 3, prevTerm: 3, entries: [], commit: 1 })
    expect(member.outbox.drain(member.hardState, member.log)).toMatchObject([
      {
        type: 'send',
        messages: [{ type: 'append-rejected', prevIndex: 3, conflictTerm: 2, conflictIndex: 2 }],
      },
    ])
  })
})
