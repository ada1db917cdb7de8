import { describe, expect, it } from 'vitest'
import { Log, register } from '../../test/state/history.js'
import { MemoryKeyValueStore } from '../../test/state/memory-key-value-store.js'
import { TABLE } from './key-layout.js'
import type { WriteOperation } from './key-value-store.js'
import { StateMachine } from './state-machine.js'

/** Lands groups of three entries and keeps every batch, the first being the genesis of the store. */
async function batchesOf(groups: number, groupMarkersMax = 100): Promise<(readonly WriteOperation[])[]> {
  const store = new MemoryKeyValueStore()
  const batches: (readonly WriteOperation[])[] = []
  const write = store.write.bind(store)
  store.write = async (operations) => {
    batches.push(operations)
    await write(operations)
  }
  const machine = await StateMachine.open(store, { groupMarkersMax })
  const log = new Log().configuration()
  while (log.entries.length < groups * 3) log.command(register(`acme/web@1.${log.entries.length}.0`))
  for (let at = 0; at < groups * 3; at += 3) await machine.land(machine.apply(log.entries.slice(at, at + 3)))
  return batches
}

async function storeOf(batches: readonly (readonly WriteOperation[])[]): Promise<MemoryKeyValueStore> {
  const store = new MemoryKeyValueStore()
  for (const batch of batches) await store.write(batch)
  return store
}

describe('group markers', () => {
  it('a state whose last batches are missing opens at the last one that is there', async () => {
    const batches = await batchesOf(6)
    for (let kept = 1; kept <= batches.length; kept++) {
      const machine = await StateMachine.open(await storeOf(batches.slice(0, kept)))
      expect(machine.landedIndex).toBe((kept - 1) * 3)
    }
  })

  it('a state with any run of batches missing from the middle does not open', async () => {
    const batches = await batchesOf(6)
    for (let from = 1; from < batches.length - 1; from++) {
      for (let to = from + 1; to < batches.length; to++) {
        const store = await storeOf([...batches.slice(0, from), ...batches.slice(to)])
        await expect(StateMachine.open(store)).rejects.toMatchObject({
          reason: 'STATE_CORRUPT',
          message: expect.stringContaining(`index ${(from - 1) * 3 + 1} is missing`),
        })
      }
    }
  })

  it('a state whose newest batch is there but for its applied index does not open', async () => {
    const batches = await batchesOf(2)
    const store = await storeOf(batches)
    const stale = await storeOf(batches.slice(0, 2))
    for (const operation of batches[2] ?? []) {
      if (operation.key[0] === TABLE.meta) store.overwrite(operation.key, stale.getSync(operation.key))
    }
    await expect(StateMachine.open(store)).rejects.toMatchObject({
      reason: 'STATE_CORRUPT',
      message: expect.stringContaining('beyond applied index 3'),
    })
  })

  it('keeps the last markers only, and still finds a gap among them', async () => {
    const batches = await batchesOf(9, 4)
    const store = await storeOf(batches)
    expect(store.dump().filter(([key]) => key.charCodeAt(0) === TABLE.local)).toHaveLength(4 + 1)
    expect((await StateMachine.open(store)).landedIndex).toBe(27)
    const gap = await storeOf(batches.filter((_, at) => at !== 7))
    await expect(StateMachine.open(gap)).rejects.toMatchObject({ reason: 'STATE_CORRUPT' })
    const again = await StateMachine.open(store, { groupMarkersMax: 4 })
    const log = new Log()
    for (let i = 0; i < 40; i++) log.empty()
    for (const entry of log.entries.slice(27)) await again.land(again.apply([entry]))
    expect(store.dump().filter(([key]) => key.charCodeAt(0) === TABLE.local)).toHaveLength(4 + 1)
    expect((await StateMachine.open(store)).landedIndex).toBe(40)
  })
})
