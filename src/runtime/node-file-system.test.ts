import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type FileSystemHarness, fileSystemConformance } from '../../test/conformance/file-system.js'
import { AssertionFailure } from '../model/assert.js'
import { NodeFileSystem } from './node-file-system.js'
import { fileErrorOf } from './node-file-system-error.js'
import { ThreadFileSystem } from './node-file-system-thread.js'

async function inFolder<T>(use: (root: string) => Promise<T>): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'fs-'))
  try {
    return await use(root)
  } finally {
    await rm(root, { recursive: true })
  }
}

async function pooled(): Promise<FileSystemHarness> {
  const root = await mkdtemp(join(tmpdir(), 'fs-'))
  return {
    fileSystem: new NodeFileSystem(root),
    settle: (promise) => promise,
    cleanUp: () => rm(root, { recursive: true }),
  }
}

async function threaded(): Promise<FileSystemHarness> {
  const root = await mkdtemp(join(tmpdir(), 'fs-'))
  const fileSystem = new ThreadFileSystem(root)
  return {
    fileSystem,
    settle: (promise) => promise,
    cleanUp: async () => {
      await fileSystem[Symbol.asyncDispose]()
      await rm(root, { recursive: true })
    },
  }
}

fileSystemConformance('NodeFileSystem', pooled)
fileSystemConformance('ThreadFileSystem', threaded)

test('a path out of the root is our own mistake', async () => {
  await inFolder(async (root) => {
    await expect(new NodeFileSystem(root).readFile('../other')).rejects.toThrow(AssertionFailure)
  })
})

test('a full quota counts as a full disk, a forbidden operation as denied, the unknown as other', () => {
  expect(fileErrorOf('write', 'a', 'EDQUOT', undefined).code).toBe('ENOSPC')
  expect(fileErrorOf('open', 'a', 'EPERM', undefined).code).toBe('EACCES')
  expect(fileErrorOf('open', 'a', 'ELOOP', undefined).code).toBe('OTHER')
})

test('a write to a full device is ENOSPC, by the pool and by the thread', async () => {
  await using thread = new ThreadFileSystem('/dev')
  for (const fileSystem of [new NodeFileSystem('/dev'), thread]) {
    const handle = await fileSystem.open('full', 'open')
    await expect(handle.write(0, [Uint8Array.of(1)])).rejects.toMatchObject({ code: 'ENOSPC', path: 'full' })
    await handle.close()
  }
})

test('a synced write is one that the system was asked to sync', async () => {
  await using thread = new ThreadFileSystem('/dev')
  for (const fileSystem of [new NodeFileSystem('/dev'), thread]) {
    // The null device takes every byte and refuses every sync.
    const handle = await fileSystem.open('null', 'open')
    await handle.write(0, [Uint8Array.of(1)])
    await expect(handle.write(0, [Uint8Array.of(1)], { sync: true })).rejects.toMatchObject({ code: 'OTHER' })
    await expect(handle.sync()).rejects.toMatchObject({ code: 'OTHER' })
    await handle.close()
  }
})

test('operations of one thread run in the order of their calls', async () => {
  await inFolder(async (root) => {
    await using thread = new ThreadFileSystem(root)
    const handle = await thread.open('a', 'create')
    const order: string[] = []
    const large = new Uint8Array(8 * 1024 * 1024)
    await Promise.all([
      handle.write(0, [large], { sync: true }).then(() => order.push('large synced')),
      handle.write(0, [Uint8Array.of(1)]).then(() => order.push('small')),
      handle.read(0, 1).then((bytes) => order.push(`read ${bytes[0]}`)),
    ])
    expect(order).toEqual(['large synced', 'small', 'read 1'])
    await handle.close()
  })
})

test('when the thread ends, what was under way and what comes later is refused', async () => {
  await inFolder(async (root) => {
    const thread = new ThreadFileSystem(root)
    const handle = await thread.open('a', 'create')
    const pending = handle.write(0, [new Uint8Array(32 * 1024 * 1024)], { sync: true })
    const refused = expect(pending).rejects.toMatchObject({ name: 'FileError', operation: 'write' })
    await thread[Symbol.asyncDispose]()
    await refused
    await expect(handle.sync()).rejects.toMatchObject({ name: 'FileError' })
    await expect(thread.list('')).rejects.toMatchObject({ name: 'FileError' })
  })
})
