import { afterEach, describe, expect, test } from 'vitest'
import type { Entry, HardState, SnapshotMark } from '../../src/raft/entry.js'
import type { LogStore } from '../../src/storage/log-store.js'

/** One disk on which a log is opened again and again. */
export interface LogStoreHarness {
  /** Opens the log, making an empty one where there is none. */
  open(): Promise<LogStore>
  /** Ends the process without closing the log; what was acknowledged must be there at the next open. */
  crash(): Promise<void>
  /** Lets simulated time pass until the promise settles; the promise itself where time is real. */
  settle<T>(promise: Promise<T>): Promise<T>
  cleanUp(): Promise<void>
}

export function entry(index: number, term: number, payload = `entry ${index} of ${term}`): Entry {
  return {
    term,
    index,
    type: 'command',
    stampMs: 1_767_225_600_000 + index,
    payload: new TextEncoder().encode(payload),
  }
}

export function mark(index: number, term: number): SnapshotMark {
  return { index, term, configuration: new TextEncoder().encode(`configuration at ${index}`) }
}

const NEW: HardState = { term: 0, vote: undefined, commit: 0 }

/** What every log store must do. */
export function logStoreConformance(name: string, make: () => Promise<LogStoreHarness>): void {
  describe(`log store: ${name}`, () => {
    let harness: LogStoreHarness

    async function start(): Promise<LogStore> {
      harness = await make()
      return await harness.settle(harness.open())
    }
    function close(store: LogStore): Promise<void> {
      return harness.settle(Promise.resolve(store[Symbol.asyncDispose]()))
    }
    /** Ends the store one way or the other and opens it again. */
    async function again(store: LogStore, how: 'close' | 'crash'): Promise<LogStore> {
      if (how === 'close') await close(store)
      else await harness.crash()
      return await harness.settle(harness.open())
    }
    afterEach(async () => await harness.cleanUp())

    test('a new log has no term, no vote and no entries', async () => {
      const store = await start()
      expect(store.recovered.hardState).toEqual(NEW)
      expect(store.recovered.mark.index).toBe(0)
      expect(store.recovered.entries).toEqual([])
      expect(store.stats().entries).toBe(0)
      await close(store)
    })

    for (const how of ['close', 'crash'] as const) {
      test(`what was appended is there after a ${how}`, async () => {
        let store = await start()
        const hardState = { term: 3, vote: 'node-b', commit: 1 }
        await harness.settle(store.append(hardState, [entry(1, 1), entry(2, 3)]))
        await harness.settle(store.append(undefined, [entry(3, 3, '')]))
        store = await again(store, how)
        expect(store.recovered.hardState).toEqual(hardState)
        expect(store.recovered.entries).toEqual([entry(1, 1), entry(2, 3), entry(3, 3, '')])
        expect(store.stats().entries).toBe(3)
        await close(store)
      })

      test(`entries replace what is there from their first index on, also after a ${how}`, async () => {
        let store = await start()
        await harness.settle(store.append({ ...NEW, term: 1 }, [entry(1, 1), entry(2, 1), entry(3, 1)]))
        await harness.settle(store.append({ ...NEW, term: 2 }, [entry(2, 2)]))
        expect(store.stats().entries).toBe(2)
        store = await again(store, how)
        expect(store.recovered.hardState.term).toBe(2)
        expect(store.recovered.entries).toEqual([entry(1, 1), entry(2, 2)])
        store = await again(store, how)
        expect(store.recovered.entries).toEqual([entry(1, 1), entry(2, 2)])
        await close(store)
      })

      test(`a compacted log begins after its mark after a ${how}`, async () => {
        let store = await start()
        await harness.settle(store.append({ term: 1, vote: 'node-a', commit: 0 }, [entry(1, 1), entry(2, 1)]))
        await harness.settle(store.append(undefined, [entry(3, 1)]))
        await harness.settle(store.compact(mark(2, 1)))
        expect(store.stats().entries).toBe(1)
        store = await again(store, how)
        expect(store.recovered.mark).toEqual(mark(2, 1))
        expect(store.recovered.entries).toEqual([entry(3, 1)])
        expect(store.recovered.hardState).toEqual({ term: 1, vote: 'node-a', commit: 0 })
        await close(store)
      })

      test(`a log reset at a mark keeps its hard state and takes entries after the mark, also after a ${how}`, async () => {
        let store = await start()
        await harness.settle(store.append({ term: 4, vote: 'node-a', commit: 0 }, [entry(1, 1), entry(2, 1)]))
        await harness.settle(store.reset(mark(100, 4)))
        expect(store.stats().entries).toBe(0)
        store = await again(store, how)
        expect(store.recovered).toEqual({
          hardState: { term: 4, vote: 'node-a', commit: 0 },
          mark: mark(100, 4),
          entries: [],
        })
        await harness.settle(store.append(undefined, [entry(101, 4)]))
        store = await again(store, how)
        expect(store.recovered.entries).toEqual([entry(101, 4)])
        await close(store)
      })
    }

    test('a reset below the last index drops the entries above the mark too', async () => {
      let store = await start()
      await harness.settle(store.append(NEW, [entry(1, 1), entry(2, 1), entry(3, 1)]))
      await harness.settle(store.reset(mark(2, 9)))
      store = await again(store, 'crash')
      expect(store.recovered.entries).toEqual([])
      expect(store.recovered.mark).toEqual(mark(2, 9))
      await close(store)
    })

    test('appends that overlap resolve in order and are all there', async () => {
      let store = await start()
      const order: number[] = []
      const appends: Promise<void>[] = []
      for (let index = 1; index <= 50; index++) {
        appends.push(
          store.append({ term: 1, vote: undefined, commit: index - 1 }, [entry(index, 1)]).then(() => {
            order.push(index)
          }),
        )
      }
      await harness.settle(Promise.all(appends))
      expect(order).toEqual(Array.from({ length: 50 }, (_, position) => position + 1))
      store = await again(store, 'crash')
      expect(store.recovered.entries).toEqual(order.map((index) => entry(index, 1)))
      expect(store.recovered.hardState.commit).toBe(49)
      await close(store)
    })

    test('an append of nothing resolves after those before it', async () => {
      const store = await start()
      let first = false
      const append = store.append(NEW, [entry(1, 1)]).then(() => {
        first = true
      })
      await harness.settle(store.append(undefined, []))
      expect(first).toBe(true)
      await harness.settle(append)
      await close(store)
    })

    test('payloads of a mebibyte come back byte for byte', async () => {
      let store = await start()
      const payload = Uint8Array.from({ length: 1024 * 1024 }, (_, position) => (position * 7) % 251)
      const large: Entry = { ...entry(2, 1), payload }
      await harness.settle(store.append(NEW, [entry(1, 1), large, entry(3, 1)]))
      store = await again(store, 'crash')
      expect(store.recovered.entries.length).toBe(3)
      expect(Buffer.compare(store.recovered.entries[1]!.payload, payload)).toBe(0)
      await close(store)
    })

    test('closing waits for what was appended before', async () => {
      const store = await start()
      const append = store.append({ ...NEW, term: 7 }, [entry(1, 7)])
      await close(store)
      await append
      const next = await harness.settle(harness.open())
      expect(next.recovered.entries).toEqual([entry(1, 7)])
      await close(next)
    })

    test('a closed log refuses appends', async () => {
      const store = await start()
      await close(store)
      await expect(store.append(NEW, [])).rejects.toMatchObject({ reason: 'STORAGE_FAILED' })
    })
  })
}
