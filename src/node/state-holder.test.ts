import { describe, expect, test } from 'vitest'
import { Log, register } from '../../test/state/history.js'
import { MemoryKeyValueStore } from '../../test/state/memory-key-value-store.js'
import type { StateFolders } from '../storage/state-folders.js'
import { StateHolder } from './state-holder.js'

/** Folders in memory: a current state and an empty next one. */
function memoryFolders(): StateFolders {
  let current = new MemoryKeyValueStore()
  let next = new MemoryKeyValueStore()
  return {
    openCurrent: async () => current,
    createNext: async () => {
      next = new MemoryKeyValueStore()
      return next
    },
    activateNext: async () => {
      current = next
    },
    installing: async () => false,
    installed: async () => {},
    syncCurrent: async () => {},
    condemnCurrent: async () => {},
    checkCurrent: async () => {},
  }
}

describe('StateHolder', () => {
  test('readers that come together share a view, which stays open until the last of them has closed it', async () => {
    const holder = await StateHolder.open(memoryFolders())
    const [first, second] = await Promise.all([holder.view(), holder.view()])
    expect(second).toBe(first)
    await first?.[Symbol.asyncDispose]()
    expect(second?.stats.packages).toBe(0)
    await second?.[Symbol.asyncDispose]()
    const later = await holder.view()
    expect(later).not.toBe(first)
    await later[Symbol.asyncDispose]()
  })

  test('a reader that comes after a landing does not share the view of before', async () => {
    const holder = await StateHolder.open(memoryFolders())
    const before = await holder.view()
    const { entries } = new Log().configuration().command(register('acme/web@1.0.0'))
    await holder.machine.land(holder.machine.apply(entries))
    const after = await holder.view()
    expect(before.appliedIndex).toBe(0)
    expect(after.appliedIndex).toBe(2)
    expect(after.stats.packages).toBe(1)
    await before[Symbol.asyncDispose]()
    await after[Symbol.asyncDispose]()
  })

  test('a swap waits for every reader of a shared view, and readers after it see the new state', async () => {
    const holder = await StateHolder.open(memoryFolders())
    const { entries } = new Log().configuration().command(register('acme/web@1.0.0'))
    await holder.machine.land(holder.machine.apply(entries))
    const [first, second] = await Promise.all([holder.view(), holder.view()])
    let swapped = false
    const swapping = holder
      .swap(async () => {})
      .then(() => {
        swapped = true
      })
    const waiting = holder.view()
    await first?.[Symbol.asyncDispose]()
    await new Promise<void>((resolve) => setImmediate(resolve))
    expect(swapped).toBe(false)
    expect(second?.appliedIndex).toBe(2)
    await second?.[Symbol.asyncDispose]()
    await swapping
    const fresh = await waiting
    expect(fresh.appliedIndex).toBe(0)
    await fresh[Symbol.asyncDispose]()
  })
})
