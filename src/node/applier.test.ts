import { describe, expect, test } from 'vitest'
import { Log, register, requestId } from '../../test/state/history.js'
import { MemoryKeyValueStore } from '../../test/state/memory-key-value-store.js'
import type { Command } from '../model/command.js'
import { keys } from '../state/key-layout.js'
import type { KeyValueStore } from '../state/key-value-store.js'
import { StateMachine } from '../state/state-machine.js'
import { APPLIER_DEFAULTS, Applier } from './applier.js'

/** A store whose writes wait until they are let go, one by one. */
function gated(store: KeyValueStore) {
  const waiting: { go(): void; fail(): void }[] = []
  const write: KeyValueStore['write'] = async (operations, options) => {
    await new Promise<void>((resolve, reject) => {
      waiting.push({ go: resolve, fail: () => reject(new Error('disk gone')) })
    })
    await store.write(operations, options)
  }
  const held: KeyValueStore = {
    getSync: (key) => store.getSync(key),
    snapshot: () => store.snapshot(),
    write,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
  return { held, waiting }
}

async function setUp() {
  const store = new MemoryKeyValueStore()
  await StateMachine.open(store)
  const { held, waiting } = gated(store)
  const machine = await StateMachine.open(held)
  const applied: number[] = []
  const landed: number[] = []
  const faults: unknown[] = []
  const checkpoints: unknown[] = []
  const applier = new Applier(
    {
      machine: () => machine,
      onApplied: (entries) => applied.push(...entries.map((entry) => entry.index)),
      onLanded: (index) => landed.push(index),
      onCheckpoint: (index) => checkpoints.push([index, machine.landedIndex, store.getSync(keys.applied())]),
      onFault: (error) => faults.push(error),
    },
    APPLIER_DEFAULTS,
  )
  const { entries } = new Log()
    .configuration()
    .command(register('acme/a@1.0.0'), register('acme/b@1.0.0'), register('acme/c@1.0.0'))
  const give = (index: number) => applier.enqueue(entries.slice(index - 1, index))
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
  const giveAll = (commands: readonly Command[]) => {
    const log = new Log().configuration().command(...commands)
    applier.enqueue(log.entries)
  }
  return { applier, store, waiting, applied, landed, faults, checkpoints, give, giveAll, settled }
}

describe('Applier', () => {
  test('at a checkpoint the store holds everything up to it and nothing after, however much is queued', async () => {
    const { store, waiting, applied, landed, checkpoints, giveAll, settled } = await setUp()
    giveAll([
      register('acme/a@1.0.0'),
      { type: 'checkpoint', requestId: requestId(90) },
      register('acme/b@1.0.0'),
      register('acme/c@1.0.0'),
    ])
    await settled()
    // Entry 3 is the checkpoint: what is behind it is not even applied before it has landed.
    expect([applied, landed, checkpoints]).toEqual([[1, 2, 3], [], []])
    waiting.shift()?.go()
    await settled()
    const frozen = checkpoints[0] as [number, number, Uint8Array]
    expect([frozen[0], frozen[1], applied]).toEqual([3, 3, [1, 2, 3, 4, 5]])
    waiting.shift()?.go()
    await settled()
    expect([landed, checkpoints.length]).toEqual([[3, 5], 1])
    expect(store.getSync(keys.applied())).not.toEqual(frozen[2])
  })

  test('results of a second group are out while the first is landing, those of a third wait', async () => {
    const { waiting, applied, landed, give, settled } = await setUp()
    for (const index of [1, 2, 3, 4]) give(index)
    await settled()
    expect(applied).toEqual([1, 2])
    expect(waiting).toHaveLength(1)
    waiting.shift()?.go()
    await settled()
    // What gathered meanwhile is one group.
    expect(landed).toEqual([1])
    expect(applied).toEqual([1, 2, 3, 4])
    waiting.shift()?.go()
    await settled()
    waiting.shift()?.go()
    await settled()
    expect(landed).toEqual([1, 2, 4])
  })

  test('a pause resolves when every group has landed, and nothing is applied until it is over', async () => {
    const { applier, waiting, applied, landed, give, settled } = await setUp()
    give(1)
    give(2)
    let paused = false
    const pausing = applier.pause().then(() => {
      paused = true
    })
    give(3)
    await settled()
    waiting.shift()?.go()
    await settled()
    expect(paused).toBe(false)
    waiting.shift()?.go()
    await pausing
    expect(landed).toEqual([1, 2])
    expect(applied).toEqual([1, 2])
    applier.resume()
    expect(applied).toEqual([1, 2, 3])
  })

  test('a failed write is one fault, and nothing after it lands or is applied', async () => {
    const { waiting, applied, landed, faults, give, settled } = await setUp()
    give(1)
    give(2)
    await settled()
    waiting.shift()?.fail()
    await settled()
    give(3)
    await settled()
    expect(faults).toHaveLength(1)
    expect(landed).toEqual([])
    expect(applied).toEqual([1, 2])
  })
})
