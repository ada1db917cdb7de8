import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { packTarGz } from '../archive/tar-writer.js'
import { toDigest } from '../model/content-hash.js'
import { Staging } from './staging.js'

let folder: string
let packages: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ggen-staging-'))
  packages = join(folder, '.ggen/packages')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function unpack(staging: Staging, path: string, content: string): Promise<void> {
  const bytes = new TextEncoder().encode(content)
  const file = {
    path: 'package/file',
    sizeBytes: bytes.length,
    executable: false,
    async *read() {
      yield bytes
    },
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of packTarGz([file])) chunks.push(chunk)
  const sha256 = toDigest(createHash('sha256').update(Buffer.concat(chunks)).digest('hex'))
  const source = async function* () {
    yield* chunks
  }
  await staging.unpack(source(), join(packages, path), sha256)
}

async function placed(contents: Record<string, string>, options: { readonly keep: boolean }): Promise<void> {
  await using staging = new Staging(packages)
  for (const [path, content] of Object.entries(contents)) await unpack(staging, path, content)
  staging.place()
  if (options.keep) staging.keep()
}

const contentOf = (path: string) => readFile(join(packages, path, 'file'), 'utf8')

it('what is placed and kept stays, in place of what was there', async () => {
  await placed({ 'acme/a': 'old' }, { keep: true })
  await placed({ 'acme/a': 'new', b: 'b' }, { keep: true })
  expect([await contentOf('acme/a'), await contentOf('b')]).toEqual(['new', 'b'])
  expect((await readdir(packages)).sort()).toEqual(['acme', 'b'])
})

it('what is placed and not kept is taken back, and what was there is there again', async () => {
  await placed({ 'acme/a': 'old' }, { keep: true })
  await placed({ 'acme/a': 'new', 'other/b': 'b' }, { keep: false })
  expect(await contentOf('acme/a')).toBe('old')
  expect(await readdir(packages)).toEqual(['acme'])
})

it('where one cannot be placed, none is', async () => {
  await placed({ 'acme/a': 'old' }, { keep: true })
  await writeFile(join(packages, 'file'), '')
  await expect(placed({ 'acme/a': 'new', 'file/b': 'b' }, { keep: true })).rejects.toThrow(/file/)
  expect(await contentOf('acme/a')).toBe('old')
  expect((await readdir(packages)).sort()).toEqual(['acme', 'file'])
})

it('what was never placed leaves nothing, not even empty folders; folders with something in them stay', async () => {
  {
    await using staging = new Staging(packages)
    await unpack(staging, 'acme/a', 'a')
  }
  expect(await readdir(folder)).toEqual([])
  await mkdir(join(folder, '.ggen/mine'), { recursive: true })
  {
    await using staging = new Staging(packages)
    await unpack(staging, 'acme/a', 'a')
  }
  expect(await readdir(join(folder, '.ggen'))).toEqual(['mine'])
})

it('a package makes room for the namespace of its name, and comes back when that is gone', async () => {
  await placed({ web: 'web' }, { keep: true })
  {
    await using staging = new Staging(packages)
    await unpack(staging, 'web/log', 'log')
    await staging.move(join(packages, 'web'), join(packages, '_/web'))
    staging.place()
    staging.keep()
  }
  expect([await contentOf('_/web'), await contentOf('web/log')]).toEqual(['web', 'log'])
  expect(await readdir(join(packages, 'web'))).toEqual(['log'])
  {
    await using staging = new Staging(packages)
    await staging.move(join(packages, '_/web'), join(packages, 'web'))
    await staging.remove(join(packages, 'web/log'))
    staging.place()
    staging.keep()
  }
  expect(await readdir(packages)).toEqual(['web'])
  expect(await readdir(join(packages, 'web'))).toEqual(['file'])
})

it('a move that is not kept is taken back, with all that was put in its place', async () => {
  await placed({ web: 'web', 'acme/a': 'old' }, { keep: true })
  for (const fails of [false, true]) {
    const done = (async () => {
      await using staging = new Staging(packages)
      await unpack(staging, 'acme/a', 'new')
      await unpack(staging, 'web/log', 'log')
      await staging.move(join(packages, 'web'), join(packages, '_/web'))
      if (fails) await staging.move(join(packages, 'nothing'), join(packages, 'anything'))
      staging.place()
    })()
    await (fails ? expect(done).rejects.toThrow(/anything/) : done)
    expect((await readdir(packages)).sort()).toEqual(['acme', 'web'])
    expect(await readdir(join(packages, 'web'))).toEqual(['file'])
    expect([await contentOf('web'), await contentOf('acme/a')]).toEqual(['web', 'old'])
  }
})
