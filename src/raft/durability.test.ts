import { describe, expect, test } from 'vitest'
import { Durability } from './durability.js'

const state = (term: number) => ({ term, vote: undefined, commit: 0 })

describe('durability', () => {
  test('several writes may be under way; a confirmation covers all up to it', () => {
    const durability = new Durability(state(1), 5)
    durability.begin(state(1), 6)
    const second = durability.begin(state(2), 8)
    durability.begin(state(2), 9)
    durability.confirm(second)
    expect(durability.durableIndex).toBe(8)
    expect(durability.hardState.term).toBe(2)
    expect(durability.idle).toBe(false)
  })

  test('a write that began before a truncation confirms nothing that came after it', () => {
    const durability = new Durability(state(1), 5)
    const first = durability.begin(state(1), 8)
    durability.truncated(7)
    const second = durability.begin(state(1), 8)
    durability.confirm(first)
    expect(durability.durableIndex).toBe(6)
    durability.confirm(second)
    expect(durability.durableIndex).toBe(8)
  })

  test('what was durable and is truncated is durable no more', () => {
    const durability = new Durability(state(1), 5)
    durability.truncated(3)
    expect(durability.durableIndex).toBe(2)
    expect(durability.flushedIndex).toBe(2)
  })

  test('after an installed snapshot, late confirmations of older writes change nothing', () => {
    const durability = new Durability(state(1), 5)
    const old = durability.begin(state(1), 9)
    durability.reset(20)
    durability.confirm(old)
    expect(durability.durableIndex).toBe(20)
  })
})
