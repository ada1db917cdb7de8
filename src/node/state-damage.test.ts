import { describe, expect, test } from 'vitest'
import { Log, register } from '../../test/state/history.js'
import { MemoryKeyValueStore } from '../../test/state/memory-key-value-store.js'
import { parsePackageId } from '../model/package-id.js'
import type { Clock } from '../runtime/clock.js'
import { keys } from '../state/key-layout.js'
import type { StateFolders } from '../storage/state-folders.js'
import { StateCheck } from './state-check.js'
import { StateHolder } from './state-holder.js'

const id = parsePackageId('acme/web@1.0.0')

function foldersOf(store: MemoryKeyValueStore, checkCurrent = async () => {}): StateFolders {
  return { openCurrent: async () => store, checkCurrent } as Partial<StateFolders> as StateFolders
}

/** A state with one version, whose record is damaged. */
async function damaged(): Promise<{ holder: StateHolder; told: unknown[] }> {
  const store = new MemoryKeyValueStore()
  const holder = await StateHolder.open(foldersOf(store))
  await holder.machine.land(
    holder.machine.apply(new Log().configuration().command(register('acme/web@1.0.0')).entries),
  )
  for (const key of [keys.version(id, id.version), keys.package(id)]) {
    const stored = store.getSync(key)?.slice() ?? new Uint8Array(1)
    stored[5] = (stored[5] as number) ^ 1
    store.overwrite(key, stored)
  }
  const told: unknown[] = []
  holder.onDamage((error) => told.push(error))
  return { holder, told }
}

describe('damage that a read meets', () => {
  const corrupt = expect.objectContaining({ reason: 'STATE_CORRUPT' })

  test('on a point read is told, and the read fails', async () => {
    const { holder, told } = await damaged()
    await using view = await holder.view()
    expect(() => view.version(id)).toThrow(corrupt)
    expect(told).toEqual([corrupt])
  })

  test('on a listing is told, and the listing fails', async () => {
    const { holder, told } = await damaged()
    await using view = await holder.view()
    await expect(view.listPackages({ limit: 9 })).rejects.toEqual(corrupt)
    expect(told).toEqual([corrupt])
  })

  test('on the way to another member is told', async () => {
    const { holder, told } = await damaged()
    await using snapshot = await holder.snapshot()
    const read = async () => {
      for await (const _ of snapshot.iterate({ from: Uint8Array.of(0), to: Uint8Array.of(0xff) }));
    }
    await expect(read()).rejects.toEqual(corrupt)
    expect(told).toEqual([corrupt])
  })

  test('is not seen where nothing is damaged', async () => {
    const { holder, told } = await damaged()
    await using view = await holder.view()
    expect(view.appliedIndex).toBe(2)
    expect(await view.listRecent(undefined, 9)).toHaveLength(1)
    expect(told).toEqual([])
  })
})

describe('the check of the state’s files', () => {
  function clockOf(): { clock: Clock; due: { delayMs: number; run: () => void }[] } {
    const due: { delayMs: number; run: () => void }[] = []
    const after = (delayMs: number, run: () => void) => {
      const timer = { delayMs, run }
      due.push(timer)
      return { cancel: () => void due.splice(due.indexOf(timer) >>> 0, 1) }
    }
    return { clock: { monotonicMs: () => 0, wallMs: () => 0, after }, due }
  }

  test('comes again after every interval, tells what it finds, and ends with stop', async () => {
    const { clock, due } = clockOf()
    const found: unknown[] = []
    let checks = 0
    const folders = foldersOf(new MemoryKeyValueStore(), async () => {
      if (++checks === 2) throw new Error('a bit flipped')
    })
    const check = new StateCheck({ folders, clock }, 3_600_000, (error) => found.push(error))
    check.start()
    for (let round = 1; round <= 3; round++) {
      expect(due.map(({ delayMs }) => delayMs)).toEqual([3_600_000])
      due.shift()?.run()
      await new Promise((resolve) => setImmediate(resolve))
      expect(checks).toBe(round)
    }
    expect(found).toEqual([new Error('a bit flipped')])
    await check.stop()
    expect(due).toEqual([])
  })
})
