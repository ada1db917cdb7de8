import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parsePackageRef } from '../model/package-id.js'
import { Layout } from './layout.js'

let packages: string
beforeEach(async () => {
  packages = await mkdtemp(join(tmpdir(), 'ggen-layout-'))
})
afterEach(() => rm(packages, { recursive: true, force: true }))

const layoutOf = (...names: string[]) =>
  new Layout(
    packages,
    names.map((each) => parsePackageRef(each)),
  )
const placeIn = (layout: Layout, name: string) =>
  layout.folderOf(parsePackageRef(name)).slice(packages.length + 1)

async function put(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(join(packages, path), { recursive: true })
    await writeFile(join(packages, path, 'package.toml'), '')
  }
}

test('a package lies under its namespace and its name, or its name alone', () => {
  const layout = layoutOf('acme/web', 'zlib')
  expect([placeIn(layout, 'acme/web'), placeIn(layout, 'zlib')]).toEqual(['acme/web', 'zlib'])
})

test.each(['acme', 'ACME'])(
  'a package %s beside a namespace acme lies apart; the packages of the namespace do not',
  (name) => {
    const layout = layoutOf('acme/web', name, 'zlib')
    expect(['acme/web', name, 'zlib'].map((each) => placeIn(layout, each))).toEqual([
      'acme/web',
      `_/${name}`,
      'zlib',
    ])
  },
)

test('the order of the packages changes no place', () => {
  const names = ['acme', 'acme/web', 'web', 'web/acme']
  const places = (order: string[]) => names.map((each) => placeIn(layoutOf(...order), each))
  expect(places([...names].reverse())).toEqual(places(names))
  expect(places(names)).toEqual(['_/acme', 'acme/web', '_/web', 'web/acme'])
})

test('a package is there where its manifest is, and not where the folder is another package or a namespace', async () => {
  await put('zlib', 'acme/web')
  const isThere = (name: string, ...all: string[]) => layoutOf(...all).isThere(parsePackageRef(name))
  expect(isThere('zlib', 'zlib')).toBe(true)
  expect(isThere('acme/web', 'acme/web')).toBe(true)
  expect(isThere('acme', 'acme')).toBe(false)
  await put('zlib/inside')
  expect(isThere('zlib/inside', 'zlib/inside')).toBe(false)
  // A folder called so is no manifest.
  await put('acme/package.json')
  expect(isThere('acme/package.json', 'acme/package.json')).toBe(true)
})

test('strays are packages in the place of a namespace, and packages apart that belong elsewhere', async () => {
  expect(layoutOf('acme', 'acme/web').strays()).toEqual([])
  await put('acme', '_/acme', '_/zlib')
  const strays = (...names: string[]) =>
    layoutOf(...names)
      .strays()
      .map((each) => each.slice(packages.length + 1))
  expect(strays('acme', 'acme/web')).toEqual(['_/zlib', 'acme'])
  expect(strays('acme', 'zlib')).toEqual(['_/acme', '_/zlib'])
})
