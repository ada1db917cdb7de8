import { describe, expect, test } from 'vitest'
import type { FileSystem } from '../../src/runtime/file-system.js'
import { fileSystemConformance } from '../conformance/file-system.js'
import { runUntil } from './run-until.js'
import { SeededRandom } from './seeded-random.js'
import { SimClock } from './sim-clock.js'
import { SimDisk } from './sim-disk.js'

function make(seed: number) {
  const time = new SimClock()
  const disk = new SimDisk({ clock: time.forNode(), random: new SeededRandom(seed) })
  const settle = <T>(promise: Promise<T>) => runUntil(time, promise)
  return { time, disk, settle }
}

fileSystemConformance('SimDisk', async () => {
  const { disk, settle } = make(1)
  return { fileSystem: disk.fileSystem(), settle, cleanUp: async () => {} }
})

/** Runs many lives of one story and collects how each ended. */
async function endings(
  story: (fs: FileSystem, disk: SimDisk) => Promise<void>,
  look: (disk: SimDisk) => string,
): Promise<Set<string>> {
  const seen = new Set<string>()
  for (let seed = 0; seed < 200; seed++) {
    const { disk, settle } = make(seed)
    await settle(story(disk.fileSystem(), disk))
    disk.crash()
    seen.add(look(disk))
  }
  return seen
}

const names = (disk: SimDisk) =>
  disk
    .files()
    .map(({ path }) => path)
    .join(' ')

describe('a crash of the simulated disk', () => {
  test('keeps what was synced, name and bytes', async () => {
    const seen = await endings(
      async (fs) => {
        const handle = await fs.open('a', 'create')
        await handle.write(0, [Uint8Array.of(1, 2, 3)], { sync: true })
        await fs.syncFolder('')
      },
      (disk) => `${names(disk)}: ${disk.peek('a')}`,
    )
    expect([...seen]).toEqual(['a: 1,2,3'])
  })

  test('keeps any subset of unsynced sectors, not only the first ones', async () => {
    const seen = await endings(
      async (fs) => {
        const handle = await fs.open('a', 'create')
        await handle.write(0, [new Uint8Array(1536)], { sync: true })
        await fs.syncFolder('')
        await handle.write(0, [new Uint8Array(1536).fill(1)])
      },
      (disk) => `${disk.peek('a')[0]}${disk.peek('a')[512]}${disk.peek('a')[1024]}`,
    )
    expect([...seen].sort()).toEqual(['000', '001', '010', '011', '100', '101', '110', '111'])
  })

  test('may lose a name whose folder was not synced, even if the bytes were', async () => {
    const seen = await endings(async (fs) => {
      const handle = await fs.open('a', 'create')
      await handle.write(0, [Uint8Array.of(1)], { sync: true })
    }, names)
    expect([...seen].sort()).toEqual(['', 'a'])
  })

  test('may bring a removed or renamed file back, and lets each change of names fare by itself', async () => {
    const seen = await endings(async (fs) => {
      for (const name of ['a', 'b']) await fs.open(name, 'create')
      await fs.syncFolder('')
      await fs.remove('a')
      await fs.rename('b', 'c')
    }, names)
    expect([...seen].sort()).toEqual(['a b', 'a c', 'b', 'c'])
  })

  test('after a failed sync keeps only what had arrived, also when a later sync succeeds', async () => {
    const seen = await endings(
      async (fs, disk) => {
        const handle = await fs.open('a', 'create')
        await handle.write(0, [new Uint8Array(512)], { sync: true })
        await fs.syncFolder('')
        disk.fault = ({ type }) => (type === 'sync' ? 'EIO' : undefined)
        await handle.write(0, [new Uint8Array(512).fill(1)])
        await handle.sync().catch(() => {})
        disk.fault = undefined
        await handle.sync()
        expect(disk.peek('a')[0]).toBe(1)
      },
      (disk) => `${disk.peek('a')[0]}`,
    )
    expect([...seen].sort()).toEqual(['0', '1'])
  })
})

describe('the simulated disk', () => {
  test('answers nobody of a life that has ended', async () => {
    const { disk, settle, time } = make(1)
    const fs = disk.fileSystem()
    const handle = await settle(fs.open('a', 'create'))
    let answered = false
    handle.write(0, [Uint8Array.of(1)]).then(() => {
      answered = true
    })
    disk.kill()
    while (time.runNext()) await Promise.resolve()
    expect(answered).toBe(false)
    expect(disk.peek('a').length).toBe(0)
    expect(disk.files().length).toBe(1)
  })

  test('a killed process leaves what it wrote readable, and the boot is the same', async () => {
    const { disk, settle } = make(1)
    const boot = disk.bootId
    const handle = await settle(disk.fileSystem().open('a', 'create'))
    await settle(handle.write(0, [Uint8Array.of(7)]))
    disk.kill()
    expect(disk.bootId).toBe(boot)
    expect(await settle(disk.fileSystem().readFile('a'))).toEqual(Uint8Array.of(7))
    disk.crash()
    expect(disk.bootId).not.toBe(boot)
  })

  test('a full disk takes what fits and refuses the rest', async () => {
    const { disk, settle } = make(1)
    disk.capacityBytes = 10
    const handle = await settle(disk.fileSystem().open('a', 'create'))
    await settle(handle.write(0, [new Uint8Array(8)]))
    await expect(settle(handle.write(8, [new Uint8Array(8)]))).rejects.toMatchObject({ code: 'ENOSPC' })
    await settle(handle.write(0, [new Uint8Array(8).fill(1)]))
  })

  test('a misdirected write succeeds and lands elsewhere in the file', async () => {
    const landed = new Set<number>()
    for (let seed = 0; seed < 30; seed++) {
      const { disk, settle } = make(seed)
      const handle = await settle(disk.fileSystem().open('a', 'create'))
      await settle(handle.write(0, [new Uint8Array(64)]))
      disk.misdirectNextWrite()
      await settle(handle.write(0, [Uint8Array.of(1)]))
      landed.add(disk.peek('a').indexOf(1))
    }
    expect(landed.size).toBeGreaterThan(5)
  })

  test('the same seed gives the same disk', async () => {
    const images: string[] = []
    for (let run = 0; run < 2; run++) {
      const { disk, settle } = make(99)
      const fs = disk.fileSystem()
      const handle = await settle(fs.open('a', 'create'))
      await settle(fs.syncFolder(''))
      await settle(handle.write(0, [new Uint8Array(100_000).fill(3)]))
      disk.crash()
      images.push(Buffer.from(disk.peek('a')).toString('base64'))
    }
    expect(images[0]).toBe(images[1])
  })
})
