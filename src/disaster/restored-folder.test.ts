import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { commitRestored, makingFolder, settleRestored } from './restored-folder.js'

/** What a node keeps, each with a text that says whose it is. */
const FILES = [
  'identity',
  'peers',
  'CURRENT',
  'wal/1',
  'state-1/000001.log',
  'blobs/ab/cd',
  'search/meta.json',
]
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ggen-restored-'))
  await put(folder, 'old')
  await put(join(folder, 'state-7'), 'old')
  await writeFile(join(folder, 'diary.txt'), 'of the operator')
  await mkdir(join(folder, 'lock'))
  const { data, backup } = makingFolder(folder)
  await put(data, 'new')
  await mkdir(join(data, 'lock'))
  await mkdir(backup)
})

afterEach(() => rm(folder, { recursive: true, force: true }))

async function put(at: string, text: string): Promise<void> {
  for (const file of FILES) {
    await mkdir(join(at, file, '..'), { recursive: true })
    await writeFile(join(at, file), text)
  }
}

/** Whose the files are, where all of them are one's. */
async function whose(): Promise<string> {
  const texts = await Promise.all(FILES.map((file) => readFile(join(folder, file), 'utf8')))
  expect(new Set(texts).size).toBe(1)
  expect(await readFile(join(folder, 'diary.txt'), 'utf8')).toBe('of the operator')
  return texts[0] ?? ''
}

const names = async () => (await readdir(folder)).sort()
const ALONE = ['CURRENT', 'blobs', 'diary.txt', 'identity', 'lock', 'peers', 'search', 'state-1', 'wal']

test('what was not committed is removed, and the node stays as it was', async () => {
  await settleRestored(folder)
  expect([await whose(), await names()]).toEqual(['old', [...ALONE, 'state-7'].sort()])
})

test('what was committed takes the place of all that the node kept, and of nothing else', async () => {
  await commitRestored(folder)
  expect(await whose()).toBe('old')
  await settleRestored(folder)
  expect([await whose(), await names()]).toEqual(['new', ALONE])
  await settleRestored(folder)
  expect(await whose()).toBe('new')
})

test('cut while the old is removed, the next start goes on', async () => {
  await commitRestored(folder)
  await rm(join(folder, 'identity'))
  await rm(join(folder, 'wal'), { recursive: true })
  await settleRestored(folder)
  expect([await whose(), await names()]).toEqual(['new', ALONE])
})

test('cut while the new is moved, the next start goes on and removes nothing of it', async () => {
  await commitRestored(folder)
  for (const name of await names())
    if (!['restored', 'restoring', 'lock', 'diary.txt'].includes(name))
      await rm(join(folder, name), { recursive: true })
  await rename(join(folder, 'restored'), join(folder, 'restored-alone'))
  for (const name of ['identity', 'wal'])
    await rename(join(folder, 'restored-alone', name), join(folder, name))
  await settleRestored(folder)
  expect([await whose(), await names()]).toEqual(['new', ALONE])
})
