import { expect, test } from 'vitest'
import type { KeyValueStore } from '../../src/state/key-value-store.js'
import { seal } from '../../src/state/stored-value.js'
import { keyValueConformance } from '../conformance/key-value-store.js'
import { runUntil } from './run-until.js'
import { SeededRandom } from './seeded-random.js'
import { SimClock } from './sim-clock.js'
import { SimStateDisk } from './sim-key-value-store.js'

function make(seed: number) {
  const time = new SimClock()
  const disk = new SimStateDisk({ clock: time.forNode(), random: new SeededRandom(seed) })
  return { time, disk, settle: <T>(promise: Promise<T>) => runUntil(time, promise) }
}

keyValueConformance('simulated', async () => {
  const { disk, settle } = make(1)
  return { folders: () => disk.folders(), settle, cleanUp: async () => {} }
})

const at = (index: number) => Uint8Array.of(index)
const write = (store: KeyValueStore, index: number, sync: boolean) =>
  store.write([{ type: 'put', key: at(index), value: at(index) }], { sync })

function present(store: KeyValueStore): string {
  return [1, 2, 3, 4].filter((index) => store.getSync(at(index)) !== undefined).join('')
}

/** One story in many lives; how the state looks after each. */
async function endings(
  story: (store: KeyValueStore, disk: SimStateDisk, seed: number) => Promise<void>,
): Promise<string[]> {
  const seen = new Set<string>()
  for (let seed = 0; seed < 100; seed++) {
    const { disk, settle } = make(seed)
    await settle(story(await settle(disk.folders().openCurrent()), disk, seed))
    seen.add(present(await settle(disk.folders().openCurrent())))
  }
  return [...seen].sort()
}

test('after a crash synced batches are there, and of the later ones the first few', async () => {
  const seen = await endings(async (store, disk) => {
    await write(store, 1, false)
    await write(store, 2, true)
    await write(store, 3, false)
    await write(store, 4, false)
    disk.crash()
  })
  expect(seen).toEqual(['12', '123', '1234'])
})

test('a batch under way at a crash is there as a whole or not at all', async () => {
  const seen = new Set<string>()
  for (let seed = 0; seed < 100; seed++) {
    const { disk, settle } = make(seed)
    const store = await settle(disk.folders().openCurrent())
    void store.write(
      [1, 2].map((index) => ({ type: 'put' as const, key: at(index), value: at(index) })),
      { sync: true },
    )
    await Promise.resolve()
    await Promise.resolve()
    disk.crash()
    seen.add(present(await settle(disk.folders().openCurrent())))
  }
  expect([...seen].sort()).toEqual(['', '12'])
})

test('a killed process leaves every finished batch, synced or not', async () => {
  const seen = await endings(async (store, disk) => {
    await write(store, 1, false)
    await write(store, 2, false)
    disk.kill()
  })
  expect(seen).toEqual(['12'])
})

test('a batch can go missing from the middle, as LevelDB’s damaged log loses it', async () => {
  const seen = await endings(async (store, disk) => {
    for (const index of [1, 2, 3, 4]) await write(store, index, true)
    disk.crash()
    expect(disk.loseFromMiddle()).toBe(true)
  })
  expect(seen).toEqual(['124', '134', '234'])
})

test('a state is activated as a whole or not, wherever the crash comes', async () => {
  const seen = new Set<string>()
  for (let seed = 0; seed < 100; seed++) {
    const { disk, settle, time } = make(seed)
    const folders = disk.folders()
    await settle(write(await settle(folders.openCurrent()), 1, true))
    const next = await settle(folders.createNext())
    await settle(write(next, 2, false))
    void folders.activateNext()
    for (let step = 0; step < seed % 3; step++) time.runNext()
    disk.crash()
    seen.add(present(await settle(disk.folders().openCurrent())))
  }
  expect([...seen].sort()).toEqual(['1', '2'])
})

test('while failing, batches are refused and leave no trace', async () => {
  const { disk, settle } = make(1)
  const store = await settle(disk.folders().openCurrent())
  disk.failing = true
  await expect(settle(write(store, 1, true))).rejects.toMatchObject({ reason: 'STORAGE_FAILED' })
  disk.failing = false
  await settle(write(store, 2, true))
  expect(present(store)).toBe('2')
})

test('a value altered at rest stays altered, until another state takes its place', async () => {
  const { disk, settle } = make(1)
  await settle(write(await settle(disk.folders().openCurrent()), 1, true))
  disk.kill()
  disk.alter(at(1), at(9))
  const folders = disk.folders()
  expect((await settle(folders.openCurrent())).getSync(at(1))).toEqual(at(9))
  expect(disk.isAltered).toBe(true)
  await settle(folders.createNext())
  await settle(folders.activateNext())
  expect(disk.isAltered).toBe(false)
})

test('a value that rots is found by looking through the state, until it is written again', async () => {
  const { disk, settle } = make(1)
  const key = at(1)
  const put = (store: KeyValueStore) =>
    store.write([{ type: 'put', key, value: seal(key, at(5)) }], { sync: true })
  await settle(put(await settle(disk.folders().openCurrent())))
  disk.kill()
  disk.rot(key, seal(key, at(5)).fill(0, 0, 1))
  const folders = disk.folders()
  const store = await settle(folders.openCurrent())
  await expect(settle(folders.checkCurrent())).rejects.toMatchObject({ reason: 'STATE_CORRUPT' })
  await settle(put(store))
  await settle(folders.checkCurrent())
})
