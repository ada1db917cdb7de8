import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FileError, type FileSystem } from '../../runtime/file-system.js'
import { NodeFileSystem } from '../../runtime/node-file-system.js'
import type { KeyValueStore } from '../../state/key-value-store.js'
import { LevelKeyValueStore } from './level-key-value-store.js'
import { LevelStateFolders } from './level-state-folders.js'
import { liveTables } from './manifest.js'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'states-'))
})
afterEach(async () => await rm(root, { recursive: true }))

const KEY = Uint8Array.of(1)
const folders = (fileSystem: FileSystem = new NodeFileSystem(root)) =>
  new LevelStateFolders({ root, fileSystem })
const put = (store: KeyValueStore, value: number) =>
  store.write([{ type: 'put', key: KEY, value: Uint8Array.of(value) }], { sync: true })
const close = (store: AsyncDisposable) => store[Symbol.asyncDispose]()
const states = async () => (await readdir(root)).filter((name) => name.startsWith('state-')).sort()

/** The disk, telling what was synced in which order. */
class Recording extends NodeFileSystem {
  readonly done: string[] = []
  override async rename(from: string, to: string): Promise<void> {
    await super.rename(from, to)
    this.done.push(`rename ${to}`)
  }
  override async syncFolder(path: string): Promise<void> {
    await super.syncFolder(path)
    this.done.push(`sync ${path === '' ? 'root' : path}`)
  }
  override async open(path: string, mode: 'create' | 'open' | 'open-or-create') {
    const handle = await super.open(path, mode)
    const sync = handle.sync.bind(handle)
    handle.sync = async () => {
      await sync()
      this.done.push(`sync ${path}`)
    }
    return handle
  }
}

test('the next state is durable, files and names, before CURRENT names it', async () => {
  const disk = new Recording(root)
  const own = folders(disk)
  const current = await own.openCurrent()
  const next = await own.createNext()
  await put(next, 2)
  await close(next)
  await close(current)
  disk.done.length = 0
  await own.activateNext()
  const files = (await readdir(join(root, 'state-2'))).filter((name) => name !== 'LOCK')
  const renamed = disk.done.indexOf('rename CURRENT')
  expect(files.length).toBeGreaterThan(2)
  for (const name of files) expect(disk.done.slice(0, renamed)).toContain(`sync state-2/${name}`)
  expect(disk.done.slice(0, renamed)).toContain('sync state-2')
  expect(disk.done.slice(renamed)).toEqual(['rename CURRENT', 'sync root'])
  expect(await readFile(join(root, 'CURRENT'), 'utf8')).toBe('state-2\n')
})

test('syncing the current state syncs every file but the lock, then the folder', async () => {
  const disk = new Recording(root)
  const own = folders(disk)
  const store = await own.openCurrent()
  await put(store, 1)
  disk.done.length = 0
  await own.syncCurrent()
  const files = (await readdir(join(root, 'state-1'))).filter((name) => name !== 'LOCK')
  for (const name of files) expect(disk.done).toContain(`sync state-1/${name}`)
  expect(disk.done).not.toContain('sync state-1/LOCK')
  expect(disk.done.indexOf('sync state-1')).toBe(files.length)
  await close(store)
})

test('a state that was replaced while open stays readable and goes when it is closed', async () => {
  const own = folders()
  const before = await own.openCurrent()
  await put(before, 1)
  const next = await own.createNext()
  await put(next, 2)
  await close(next)
  await own.activateNext()
  const after = await own.openCurrent()
  expect(before.getSync(KEY)).toEqual(Uint8Array.of(1))
  expect(after.getSync(KEY)).toEqual(Uint8Array.of(2))
  await close(before)
  expect(await states()).toEqual(['state-2'])
  await close(after)
})

test('what a cut install or a cut first start left is removed', async () => {
  await mkdir(join(root, 'state-1'))
  await writeFile(join(root, 'state-1', 'garbage'), 'x')
  const first = await folders().openCurrent()
  expect(await readdir(join(root, 'state-1'))).not.toContain('garbage')
  await put(first, 1)
  await close(first)
  await mkdir(join(root, 'state-7'))
  const again = await folders().openCurrent()
  expect(await states()).toEqual(['state-1'])
  expect(again.getSync(KEY)).toEqual(Uint8Array.of(1))
  await close(again)
})

test('a CURRENT that is missing or wrong beside states is damage, and a next state still heals it', async () => {
  const own = folders()
  const store = await own.openCurrent()
  await close(store)
  const next = await own.createNext()
  await put(next, 2)
  await close(next)
  await own.activateNext()
  await rm(join(root, 'CURRENT'))
  const damaged = folders()
  await expect(damaged.openCurrent()).rejects.toMatchObject({ reason: 'STATE_CORRUPT' })
  await writeFile(join(root, 'CURRENT'), 'state-99\n')
  await expect(damaged.openCurrent()).rejects.toThrow('state-99')
  await writeFile(join(root, 'CURRENT'), '../other\n')
  await expect(damaged.openCurrent()).rejects.toMatchObject({ reason: 'STATE_CORRUPT' })
  const fetched = await damaged.createNext()
  await put(fetched, 3)
  await close(fetched)
  await damaged.activateNext()
  const healed = await damaged.openCurrent()
  expect(healed.getSync(KEY)).toEqual(Uint8Array.of(3))
  expect((await states()).length).toBe(1)
  await close(healed)
})

test('a disk that fails while states are replaced is STORAGE_FAILED, and the current state stays', async () => {
  class Failing extends NodeFileSystem {
    override async rename(from: string, to: string): Promise<void> {
      if (failing) throw new FileError('EIO', 'rename', from)
      await super.rename(from, to)
    }
  }
  let failing = false
  const own = folders(new Failing(root))
  const store = await own.openCurrent()
  await put(store, 1)
  await close(store)
  const next = await own.createNext()
  await close(next)
  failing = true
  await expect(own.activateNext()).rejects.toMatchObject({ reason: 'STORAGE_FAILED' })
  const again = await folders().openCurrent()
  expect(again.getSync(KEY)).toEqual(Uint8Array.of(1))
  await close(again)
})

test('a store opened twice is refused, and so is one whose files are damaged', async () => {
  const location = join(root, 'single')
  const store = await LevelKeyValueStore.open(location)
  await expect(LevelKeyValueStore.open(location)).rejects.toMatchObject({ reason: 'FOLDER_LOCKED' })
  await close(store)
  const manifest = (await readdir(location)).find((name) => name.startsWith('MANIFEST')) as string
  await writeFile(join(location, manifest), 'not a manifest at all')
  await expect(LevelKeyValueStore.open(location)).rejects.toMatchObject({ reason: 'STATE_CORRUPT' })
})

describe('a state with tables', () => {
  /** A current state that lies in tables, as a start finds it. */
  async function withTables(): Promise<string> {
    const own = folders()
    const store = await own.openCurrent()
    for (let i = 0; i < 40; i++) {
      const value = Uint8Array.from(
        { length: 200_000 },
        (_, at) => ((i + 3) * (at + 5) * 2_654_435_761) >>> 23,
      )
      await store.write([{ type: 'put', key: Uint8Array.of(0x10, i), value }], { sync: false })
    }
    await close(store)
    const [table] = (await manifestTables()) ?? []
    return join(root, 'state-1', `${String(table).padStart(6, '0')}.ldb`)
  }

  /** What the manifest of the closed state names. */
  async function manifestTables(): Promise<ReadonlySet<number> | undefined> {
    const manifest = (await readdir(join(root, 'state-1'))).find((name) => name.startsWith('MANIFEST'))
    return liveTables(await readFile(join(root, 'state-1', manifest as string)))
  }

  async function flip(path: string): Promise<void> {
    const bytes = await readFile(path)
    const at = bytes.length >> 1
    bytes[at] = (bytes[at] as number) ^ 4
    // In place, as rot does: LevelDB has the file mapped.
    const file = await open(path, 'r+')
    await file.write(bytes, at, 1, at)
    await file.close()
  }

  test('one flipped bit in a table is damage at the next opening, which names the file', async () => {
    const table = await withTables()
    await flip(table)
    await expect(folders().openCurrent()).rejects.toMatchObject({
      reason: 'STATE_CORRUPT',
      message: expect.stringContaining(basename(table)),
    })
  })

  test('a half-written table of a compaction that a stop or a crash cut is no damage', async () => {
    await withTables()
    const orphan = join(root, 'state-1', '999999.ldb')
    await writeFile(orphan, 'half')
    const store = await folders().openCurrent()
    for (let i = 0; i < 40; i++) expect(store.getSync(Uint8Array.of(0x10, i))).toHaveLength(200_000)
    expect(await readdir(dirname(orphan))).not.toContain(basename(orphan))
    await close(store)
  })

  test('its manifest names tables that are there; one that does not read well names none, and then all are checked', async () => {
    const table = await withTables()
    const names = await readdir(dirname(table))
    const live = [...((await manifestTables()) ?? [])]
    expect(live.length).toBeGreaterThan(0)
    for (const number of live) expect(names).toContain(`${String(number).padStart(6, '0')}.ldb`)
    const manifest = join(dirname(table), names.find((name) => name.startsWith('MANIFEST')) as string)
    await flip(manifest)
    expect(await manifestTables()).toBeUndefined()
    await writeFile(join(dirname(table), '999999.ldb'), 'half')
    await expect(folders().openCurrent()).rejects.toMatchObject({
      message: expect.stringContaining('999999.ldb'),
    })
  })

  test('a check in use finds a flipped bit, and nothing wrong before', async () => {
    const table = await withTables()
    const own = folders()
    const store = await own.openCurrent()
    await own.checkCurrent()
    // The opening may have made tables, and dropped this one.
    const name = (await readdir(dirname(table))).find((each) => each.endsWith('.ldb')) as string
    await flip(join(dirname(table), name))
    await expect(own.checkCurrent()).rejects.toMatchObject({ reason: 'STATE_CORRUPT' })
    await close(store)
  })

  test('a table that appeared since the last check may be half written: it is checked the time after', async () => {
    await withTables()
    const own = folders()
    const store = await own.openCurrent()
    await writeFile(join(root, 'state-1', '999999.ldb'), 'half')
    await own.checkCurrent()
    await expect(own.checkCurrent()).rejects.toMatchObject({ message: expect.stringContaining('999999.ldb') })
    await close(store)
  })
})
