import { describe, expect, test } from 'vitest'
import { drainMicrotasks, runFor, runUntil } from '../../test/sim/run-until.js'
import { SimClock } from '../../test/sim/sim-clock.js'
import type { KeyValueSnapshot } from '../state/key-value-store.js'
import { CheckpointKeeper } from './checkpoint-keeper.js'

function setUp() {
  const time = new SimClock()
  const open = new Set<KeyValueSnapshot>()
  const keeper = new CheckpointKeeper(time.forNode(), async () => {
    const snapshot: KeyValueSnapshot = {
      getSync: () => undefined,
      iterate: async function* () {},
      [Symbol.asyncDispose]: async () => {
        open.delete(snapshot)
      },
    }
    open.add(snapshot)
    return snapshot
  })
  const take = (index: number) => runUntil(time, keeper.take(index, 1_000))
  return { time, open, keeper, take }
}

describe('a state frozen at a checkpoint', () => {
  test('is handed to whoever asked before it came, and to nobody twice', async () => {
    const { time, open, keeper, take } = setUp()
    const asked = keeper.take(7, 1_000)
    await drainMicrotasks()
    keeper.freeze(7)
    const frozen = await runUntil(time, asked)
    expect([frozen.givenUp, open.size]).toEqual([false, 1])
    await expect(take(7)).rejects.toMatchObject({ reason: 'INDEX_NOT_REACHED' })
    await frozen[Symbol.asyncDispose]()
    expect(open.size).toBe(0)
  })

  test('is refused under another index, and when it does not come in time', async () => {
    const { keeper, take } = setUp()
    keeper.freeze(9)
    await expect(take(8)).rejects.toMatchObject({ reason: 'INDEX_NOT_REACHED' })
    await expect(take(10)).rejects.toMatchObject({ reason: 'INDEX_NOT_REACHED' })
  })

  test('is let go by a later one, by time, and when another state waits for its place', async () => {
    const { time, open, keeper, take } = setUp()
    keeper.freeze(1)
    keeper.freeze(2)
    await drainMicrotasks()
    expect(open.size).toBe(1)
    await runFor(time, 61_000)
    expect(open.size).toBe(0)
    keeper.freeze(3)
    const taken = await take(3)
    keeper.giveUp()
    // Whoever reads it is told, and closes it.
    expect([taken.givenUp, open.size]).toEqual([true, 1])
    await taken[Symbol.asyncDispose]()
    expect(open.size).toBe(0)
  })
})
