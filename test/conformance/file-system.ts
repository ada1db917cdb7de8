import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FileSystem } from '../../src/runtime/file-system.js'

export interface FileSystemHarness {
  readonly fileSystem: FileSystem
  /** Lets simulated time pass until the promise settles; the promise itself where time is real. */
  settle<T>(promise: Promise<T>): Promise<T>
  cleanUp(): Promise<void>
}

const bytes = (...values: number[]) => Uint8Array.from(values)
const text = (value: string) => new TextEncoder().encode(value)

/** What every file system must do, crashes apart. */
export function fileSystemConformance(name: string, make: () => Promise<FileSystemHarness>): void {
  describe(`file system: ${name}`, () => {
    let harness: FileSystemHarness
    let fs: FileSystem
    const run = <T>(promise: Promise<T>): Promise<T> => harness.settle(promise)

    beforeEach(async () => {
      harness = await make()
      fs = harness.fileSystem
    })
    afterEach(async () => await harness.cleanUp())

    async function put(path: string, content: Uint8Array): Promise<void> {
      const handle = await run(fs.open(path, 'open-or-create'))
      await run(handle.truncate(0))
      await run(handle.write(0, [content]))
      await run(handle.close())
    }
    const refusal = async (promise: Promise<unknown>) =>
      await run(
        promise.then(
          () => 'no refusal',
          (error: { name: string; code: string }) => `${error.name} ${error.code}`,
        ),
      )

    test('a new root is an empty folder', async () => {
      expect(await run(fs.list(''))).toEqual([])
      expect((await run(fs.stat('')))?.kind).toBe('folder')
      expect(await run(fs.stat('nothing'))).toBeUndefined()
      expect(await run(fs.stat('nothing/below'))).toBeUndefined()
    })

    test('chunks are written one after another, and synced writes read back', async () => {
      const handle = await run(fs.open('a', 'create'))
      await run(handle.write(0, [bytes(1, 2), bytes(), bytes(3)], { sync: true }))
      await run(handle.write(2, [bytes(9, 9)]))
      await run(handle.sync())
      expect(await run(handle.size())).toBe(4)
      expect(await run(handle.read(0, 100))).toEqual(bytes(1, 2, 9, 9))
      expect(await run(handle.read(1, 2))).toEqual(bytes(2, 9))
      expect(await run(handle.read(4, 2))).toEqual(bytes())
      await run(handle.close())
      expect(await run(fs.readFile('a'))).toEqual(bytes(1, 2, 9, 9))
    })

    test('bytes written beyond the end leave zeros before them', async () => {
      const handle = await run(fs.open('a', 'create'))
      await run(handle.write(3, [bytes(7)]))
      expect(await run(handle.read(0, 9))).toEqual(bytes(0, 0, 0, 7))
      await run(handle.close())
    })

    test('the memory of a write stays the caller’s', async () => {
      const handle = await run(fs.open('a', 'create'))
      const memory = bytes(1, 2, 3, 4)
      await run(handle.write(0, [memory.subarray(1, 3)], { sync: true }))
      expect(memory).toEqual(bytes(1, 2, 3, 4))
      expect(await run(handle.read(0, 9))).toEqual(bytes(2, 3))
      await run(handle.close())
    })

    test('what is read is the reader’s own', async () => {
      await put('a', bytes(1, 2, 3))
      const first = await run(fs.readFile('a'))
      first[0] = 99
      expect(await run(fs.readFile('a'))).toEqual(bytes(1, 2, 3))
      expect(Object.getPrototypeOf(first)).toBe(Uint8Array.prototype)
    })

    test('truncate shortens, and lengthens with zeros', async () => {
      const handle = await run(fs.open('a', 'create'))
      await run(handle.write(0, [bytes(1, 2, 3)]))
      await run(handle.truncate(1))
      await run(handle.truncate(3))
      expect(await run(handle.read(0, 9))).toEqual(bytes(1, 0, 0))
      await run(handle.close())
    })

    test('modes of opening: create needs nothing there, open needs something', async () => {
      expect(await refusal(fs.open('a', 'open'))).toBe('FileError ENOENT')
      await put('a', bytes(1))
      expect(await refusal(fs.open('a', 'create'))).toBe('FileError EEXIST')
      const handle = await run(fs.open('a', 'open-or-create'))
      expect(await run(handle.read(0, 9))).toEqual(bytes(1))
      await run(handle.close())
      expect(await refusal(fs.open('none/a', 'create'))).toBe('FileError ENOENT')
    })

    test('two handles see one file, and a removed file lives on in its handle', async () => {
      const one = await run(fs.open('a', 'create'))
      const two = await run(fs.open('a', 'open'))
      await run(one.write(0, [bytes(5)]))
      expect(await run(two.read(0, 1))).toEqual(bytes(5))
      await run(fs.remove('a'))
      expect(await run(two.read(0, 1))).toEqual(bytes(5))
      expect(await run(fs.stat('a'))).toBeUndefined()
      await run(one.close())
      await run(two.close())
    })

    test('list is sorted and shows files and folders of that folder only', async () => {
      await run(fs.makeFolder('f/g'))
      await put('f/b', bytes())
      await put('f/a', bytes())
      await put('f/g/deep', bytes())
      expect(await run(fs.list('f'))).toEqual(['a', 'b', 'g'])
      expect(await run(fs.list(''))).toEqual(['f'])
      expect(await refusal(fs.list('none'))).toBe('FileError ENOENT')
    })

    test('stat tells kind and size', async () => {
      await run(fs.makeFolder('f'))
      await put('f/a', text('hello'))
      const found = await run(fs.stat('f/a'))
      expect(found).toMatchObject({ kind: 'file', sizeBytes: 5 })
      expect(found?.modifiedMs).toBeGreaterThan(0)
      expect((await run(fs.stat('f')))?.kind).toBe('folder')
    })

    test('rename replaces what is there', async () => {
      await put('a', text('new'))
      await put('b', text('old'))
      await run(fs.rename('a', 'b'))
      expect(await run(fs.readFile('b'))).toEqual(text('new'))
      expect(await run(fs.list(''))).toEqual(['b'])
      expect(await refusal(fs.rename('none', 'b'))).toBe('FileError ENOENT')
      expect(await refusal(fs.rename('b', 'none/b'))).toBe('FileError ENOENT')
    })

    test('a renamed folder keeps its content', async () => {
      await run(fs.makeFolder('f/g'))
      await put('f/g/a', text('deep'))
      await run(fs.rename('f', 'h'))
      expect(await run(fs.readFile('h/g/a'))).toEqual(text('deep'))
      expect(await run(fs.stat('f'))).toBeUndefined()
    })

    test('remove takes a file that is there', async () => {
      await put('a', bytes())
      await run(fs.remove('a'))
      expect(await run(fs.list(''))).toEqual([])
      expect(await refusal(fs.remove('a'))).toBe('FileError ENOENT')
    })

    test('folders are made with their parents, more than once, and removed with all in them', async () => {
      await run(fs.makeFolder('x/y/z'))
      await run(fs.makeFolder('x/y/z'))
      await put('x/y/z/a', bytes(1))
      await run(fs.removeFolder('x'))
      await run(fs.removeFolder('x'))
      expect(await run(fs.list(''))).toEqual([])
    })

    test('folders sync, the root too; one that is not there does not', async () => {
      await run(fs.makeFolder('f'))
      await run(fs.syncFolder('f'))
      await run(fs.syncFolder(''))
      expect(await refusal(fs.syncFolder('none'))).toBe('FileError ENOENT')
    })

    test('reading what is not there is refused by name', async () => {
      expect(await refusal(fs.readFile('none'))).toBe('FileError ENOENT')
      await expect(run(fs.readFile('none'))).rejects.toThrow('none')
    })

    test('many operations at once all end well', async () => {
      const handle = await run(fs.open('a', 'create'))
      const writes = Array.from({ length: 40 }, (_, position) =>
        handle.write(position, [bytes(position)], { sync: position % 7 === 0 }),
      )
      await run(Promise.all(writes))
      const all = await run(handle.read(0, 40))
      expect(all).toEqual(Uint8Array.from({ length: 40 }, (_, position) => position))
      await run(handle.close())
    })
  })
}
