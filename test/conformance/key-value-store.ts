import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type {
  KeyRange,
  KeyValueSnapshot,
  KeyValueStore,
  WriteOperation,
} from '../../src/state/key-value-store.js'
import type { StateFolders } from '../../src/storage/state-folders.js'

export interface KeyValueHarness {
  /** New state folders on the same disk: another life of the process. The one before has closed its stores. */
  folders(): StateFolders
  /** Lets simulated time pass until the promise settles; the promise itself where time is real. */
  settle<T>(promise: Promise<T>): Promise<T>
  cleanUp(): Promise<void>
}

const key = (...values: number[]) => Uint8Array.from(values)
const put = (at: Uint8Array, value: Uint8Array): WriteOperation => ({ type: 'put', key: at, value })
const del = (at: Uint8Array): WriteOperation => ({ type: 'del', key: at })

/** What every store of the replicated state, and every owner of state folders, must do. */
export function keyValueConformance(name: string, make: () => Promise<KeyValueHarness>): void {
  describe(`key-value store: ${name}`, () => {
    let harness: KeyValueHarness
    let folders: StateFolders
    let store: KeyValueStore
    const run = <T>(promise: Promise<T>): Promise<T> => harness.settle(promise)
    const write = (...operations: WriteOperation[]) => run(store.write(operations, { sync: true }))
    const close = (what: AsyncDisposable) => run(Promise.resolve(what[Symbol.asyncDispose]()))

    async function all(snapshot: KeyValueSnapshot, range: Partial<KeyRange> = {}): Promise<number[][]> {
      const found: number[][] = []
      for await (const batch of snapshot.iterate({ from: key(), to: key(255, 255), ...range })) {
        expect(batch.length).toBeGreaterThan(0)
        for (const [at, value] of batch) found.push([...at, ...value])
      }
      return found
    }

    beforeEach(async () => {
      harness = await make()
      folders = harness.folders()
      store = await run(folders.openCurrent())
    })
    afterEach(async () => {
      await close(store)
      await harness.cleanUp()
    })

    test('values come back as they were put, absence is undefined', async () => {
      await write(put(key(1), key(9, 8)), put(key(2), key()))
      expect(store.getSync(key(1))).toEqual(key(9, 8))
      expect(store.getSync(key(2))).toEqual(key())
      expect(store.getSync(key(3))).toBeUndefined()
      expect(Object.getPrototypeOf(store.getSync(key(1)))).toBe(Uint8Array.prototype)
    })

    test('what is read is the reader’s own, what was written the writer’s', async () => {
      const value = key(1, 2)
      await write(put(key(1), value))
      value[0] = 99
      const read = store.getSync(key(1)) as Uint8Array
      read[1] = 99
      expect(store.getSync(key(1))).toEqual(key(1, 2))
    })

    test('a batch is applied in order: the later operation on a key wins', async () => {
      await write(put(key(1), key(1)), del(key(1)), put(key(1), key(2)), put(key(2), key(3)), del(key(2)))
      expect(store.getSync(key(1))).toEqual(key(2))
      expect(store.getSync(key(2))).toBeUndefined()
    })

    test('batches that overlap take effect in the order of their calls', async () => {
      const batches = Array.from({ length: 20 }, (_, position) =>
        store.write([put(key(1), key(position))], { sync: position % 3 === 0 }),
      )
      await run(Promise.all(batches))
      expect(store.getSync(key(1))).toEqual(key(19))
    })

    test('an empty batch is nothing', async () => {
      await write()
      expect(store.getSync(key(1))).toBeUndefined()
    })

    test('ranges are in byte order, from inclusive, to exclusive', async () => {
      for (const at of [key(1), key(1, 0), key(0, 255), key(128), key(127), key(2)])
        await write(put(at, key()))
      const snapshot = store.snapshot()
      expect(await all(snapshot)).toEqual([[0, 255], [1], [1, 0], [2], [127], [128]])
      expect(await all(snapshot, { from: key(1), to: key(127) })).toEqual([[1], [1, 0], [2]])
      expect(await all(snapshot, { from: key(1), to: key(1) })).toEqual([])
      expect(await all(snapshot, { reverse: true, limit: 2 })).toEqual([[128], [127]])
      expect(await all(snapshot, { from: key(1), to: key(128), reverse: true })).toEqual([
        [127],
        [2],
        [1, 0],
        [1],
      ])
      expect(await all(snapshot, { limit: 1 })).toEqual([[0, 255]])
      expect(await all(snapshot, { limit: 0 })).toEqual([])
      await close(snapshot)
    })

    test('a snapshot shows the moment it was taken, whatever comes after', async () => {
      await write(put(key(1), key(1)), put(key(2), key(1)))
      const before = store.snapshot()
      await write(put(key(1), key(2)), del(key(2)), put(key(3), key(2)))
      const after = store.snapshot()
      await write(del(key(1)), del(key(3)))
      expect(before.getSync(key(1))).toEqual(key(1))
      expect(before.getSync(key(3))).toBeUndefined()
      expect(await all(before)).toEqual([
        [1, 1],
        [2, 1],
      ])
      expect(after.getSync(key(2))).toBeUndefined()
      expect(await all(after)).toEqual([
        [1, 2],
        [3, 2],
      ])
      await close(before)
      await close(after)
      expect(store.getSync(key(1))).toBeUndefined()
    })

    test('thousands of pairs come in batches, once each, and an iteration may be left early', async () => {
      const operations = Array.from({ length: 5_000 }, (_, position) =>
        put(key(position >> 8, position & 255), new Uint8Array(100).fill(position & 255)),
      )
      await write(...operations)
      const snapshot = store.snapshot()
      let count = 0
      let batches = 0
      for await (const batch of snapshot.iterate({ from: key(), to: key(255) })) {
        for (const [at] of batch) {
          expect(at[0]! * 256 + at[1]!).toBe(count)
          count++
        }
        batches++
      }
      expect(count).toBe(5_000)
      expect(batches).toBeGreaterThan(1)
      for await (const batch of snapshot.iterate({ from: key(), to: key(255) })) {
        expect(batch.length).toBeGreaterThan(0)
        break
      }
      await close(snapshot)
    })

    test('a store opened again holds what was written', async () => {
      await write(put(key(1), key(1)))
      await run(folders.syncCurrent())
      await close(store)
      store = await run(harness.folders().openCurrent())
      expect(store.getSync(key(1))).toEqual(key(1))
    })

    test('syncing the current state does not disturb writes to it', async () => {
      const writes = Array.from({ length: 10 }, (_, position) =>
        store.write([put(key(position), new Uint8Array(1000))], { sync: true }),
      )
      await run(Promise.all([...writes, folders.syncCurrent(), folders.syncCurrent()]))
      expect(store.getSync(key(9))?.length).toBe(1000)
    })

    test('a next state is empty, stands beside the current one, and takes its place when activated', async () => {
      await write(put(key(1), key(1)))
      const next = await run(folders.createNext())
      expect(next.getSync(key(1))).toBeUndefined()
      await run(next.write([put(key(1), key(2))], { sync: false }))
      expect(store.getSync(key(1))).toEqual(key(1))
      await close(next)
      await close(store)
      await run(folders.activateNext())
      store = await run(folders.openCurrent())
      expect(store.getSync(key(1))).toEqual(key(2))
      await close(store)
      store = await run(harness.folders().openCurrent())
      expect(store.getSync(key(1))).toEqual(key(2))
    })

    test('a condemned state is refused at every later start, until another has taken its place', async () => {
      await write(put(key(1), key(1)))
      await run(folders.condemnCurrent())
      await close(store)
      for (let start = 0; start < 2; start++) {
        folders = harness.folders()
        await expect(run(folders.openCurrent())).rejects.toMatchObject({ reason: 'STATE_CORRUPT' })
      }
      const next = await run(folders.createNext())
      await run(next.write([put(key(1), key(2))], { sync: true }))
      await close(next)
      await run(folders.activateNext())
      store = await run(folders.openCurrent())
      expect(store.getSync(key(1))).toEqual(key(2))
      await close(store)
      folders = harness.folders()
      store = await run(folders.openCurrent())
      expect(store.getSync(key(1))).toEqual(key(2))
    })

    test('an activated state is installing, also after a restart, until it is said to be installed', async () => {
      expect(await run(folders.installing())).toBe(false)
      for (let round = 0; round < 2; round++) {
        await close(await run(folders.createNext()))
        await close(store)
        await run(folders.activateNext())
        store = await run(folders.openCurrent())
        expect(await run(folders.installing())).toBe(true)
        await close(store)
        folders = harness.folders()
        store = await run(folders.openCurrent())
        expect(await run(folders.installing())).toBe(true)
        await run(folders.installed())
        expect(await run(folders.installing())).toBe(false)
        await run(folders.installed())
        await close(store)
        folders = harness.folders()
        store = await run(folders.openCurrent())
        expect(await run(folders.installing())).toBe(false)
      }
    })

    test('a next state that was not activated is gone at the next start', async () => {
      await write(put(key(1), key(1)))
      const next = await run(folders.createNext())
      await run(next.write([put(key(1), key(2))], { sync: true }))
      await close(next)
      await close(store)
      folders = harness.folders()
      store = await run(folders.openCurrent())
      expect(store.getSync(key(1))).toEqual(key(1))
      const another = await run(folders.createNext())
      expect(another.getSync(key(1))).toBeUndefined()
      await close(another)
    })

    test('a next state replaces an older unfinished one', async () => {
      const first = await run(folders.createNext())
      await run(first.write([put(key(1), key(2))], { sync: true }))
      await close(first)
      const second = await run(folders.createNext())
      expect(second.getSync(key(1))).toBeUndefined()
      await run(second.write([put(key(5), key(5))], { sync: true }))
      await close(second)
      await close(store)
      await run(folders.activateNext())
      store = await run(folders.openCurrent())
      expect(store.getSync(key(1))).toBeUndefined()
      expect(store.getSync(key(5))).toEqual(key(5))
    })

    test('states replace one another many times', async () => {
      for (let round = 1; round <= 4; round++) {
        const next = await run(folders.createNext())
        await run(next.write([put(key(0), key(round))], { sync: true }))
        await close(next)
        await close(store)
        await run(folders.activateNext())
        store = await run(folders.openCurrent())
        expect(store.getSync(key(0))).toEqual(key(round))
      }
    })
  })
}
