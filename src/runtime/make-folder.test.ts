import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeFolder } from './make-folder.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ggen-make-folder-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('makes what is missing, with the mode given, also where several ask at once', async () => {
  const path = join(folder, 'a/b/c')
  await Promise.all([1, 2, 3].map(() => makeFolder(path, 0o700)))
  expect((await stat(path)).mode & 0o777).toBe(0o700)
  await makeFolder(path)
})

it('fails where a file is in the way', async () => {
  await writeFile(join(folder, 'file'), '')
  await expect(makeFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' })
  await expect(makeFolder(join(folder, 'file/a/b'))).rejects.toMatchObject({ code: 'EEXIST' })
})

it.runIf(process.platform === 'linux')('fails where the system takes no folders', async () => {
  await expect(makeFolder('/proc/x/y/z')).rejects.toMatchObject({ code: 'ENOENT' })
})
