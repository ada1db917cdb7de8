import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Digest } from '../model/content-hash.js'
import { extractArchive } from './extract.js'
import { inspectArchive } from './inspect.js'
import { type FolderOptions, packArchive, readPackageFolder } from './package-folder.js'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ggen-folder-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function put(files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
}

async function packed(options?: FolderOptions): Promise<string[]> {
  const { files } = await readPackageFolder(root, options)
  return files.map((file) => file.path.slice('package/'.length)).sort()
}

const MANIFEST = '[package]\nname = "x"\nversion = "1.0.0"\n'

describe('a folder', () => {
  it('is packed without version control, other packages, installations and credentials', async () => {
    await put({
      'package.toml': MANIFEST,
      'src/a.ts': 'a',
      '.git/config': '',
      'node_modules/y/index.js': '',
      'deep/node_modules/z.js': '',
      '.ggen/packages/p': '',
      '.npmrc': 'secret',
      'a.swp': '',
      '.env.example': 'kept',
    })
    expect(await packed()).toEqual(['.env.example', 'package.toml', 'src/a.ts'])
  })

  it('follows .ggenignore before .npmignore before .gitignore, and the ignore files of its folders', async () => {
    await put({
      'package.toml': MANIFEST,
      '.gitignore': 'dist\n',
      '.npmignore': '*.test.ts\n/private\n!keep.test.ts\n',
      'dist/a.js': '',
      'src/a.test.ts': '',
      'src/keep.test.ts': '',
      'src/.gitignore': '*.tmp\n',
      'src/b.tmp': '',
      'b.tmp': '',
      'private/key': '',
      'src/private': '',
      'LICENSE.md': '',
    })
    expect(await packed()).toEqual([
      'LICENSE.md',
      'b.tmp',
      'dist/a.js',
      'package.toml',
      'src/keep.test.ts',
      'src/private',
    ])
    await put({ '.ggenignore': '*\n' })
    expect(await packed()).toEqual(['LICENSE.md', 'package.toml'])
    expect((await packed({ ignoreFiles: false })).length).toBe(9)
  })

  it("follows npm's files list, which overrules the ignore file beside it", async () => {
    await put({
      'package.json': '{"name":"x","version":"1.0.0","files":["dist","./bin/*.js"],"main":"index.js"}',
      '.gitignore': 'dist\n',
      'dist/a.js': '',
      'dist/deep/b.js': '',
      'bin/run.js': '',
      'bin/run.sh': '',
      'index.js': '',
      'src/a.ts': '',
      'README.md': '',
    })
    expect(await packed()).toEqual([
      'README.md',
      'bin/run.js',
      'dist/a.js',
      'dist/deep/b.js',
      'index.js',
      'package.json',
    ])
  })

  it('leaves out manifests that would outrank the one that was asked for', async () => {
    await put({
      'package.toml': MANIFEST,
      'package.json': '{"name":"y","version":"2.0.0"}',
      'Cargo.toml': '',
    })
    expect((await readPackageFolder(root)).manifest.metadata.id.name).toBe('x')
    expect((await readPackageFolder(root, { manifest: 'package.json' })).manifest.metadata.id.name).toBe('y')
    expect(await packed({ manifest: 'package.json' })).toEqual(['Cargo.toml', 'package.json'])
  })

  it('skips links and says so', async () => {
    await put({ 'package.toml': MANIFEST })
    await symlink('/etc/passwd', join(root, 'link'))
    const folder = await readPackageFolder(root)
    expect(folder.skipped).toEqual(['link'])
    expect(folder.files.length).toBe(1)
  })

  it('without a manifest is refused, saying what was looked for', async () => {
    await put({ 'a.txt': '' })
    await expect(readPackageFolder(root)).rejects.toThrow(/none of package.toml, package.json, Cargo.toml/)
    await expect(readPackageFolder(join(root, 'nowhere'))).rejects.toThrow(/nowhere is no package/)
  })

  it('gives the same hash whatever its times and group permissions', async () => {
    await put({ 'package.toml': MANIFEST, 'bin/a.sh': '#!/bin/sh\n', 'lib/b.js': 'b'.repeat(1000) })
    await chmod(join(root, 'bin/a.sh'), 0o755)
    const hash = async () => {
      await using archive = await packArchive((await readPackageFolder(root)).files)
      return archive.sha256
    }
    const first = await hash()
    await utimes(join(root, 'lib/b.js'), 1, 1)
    await chmod(join(root, 'lib/b.js'), 0o600)
    await chmod(join(root, 'bin/a.sh'), 0o700)
    expect(await hash()).toBe(first)
    await chmod(join(root, 'bin/a.sh'), 0o644)
    expect(await hash()).not.toBe(first)
  })

  it('has its readme cut between characters where it is longer than the registry keeps', async () => {
    await put({ 'package.toml': MANIFEST, 'README.md': 'é'.repeat(70_000) })
    const { readme } = await readPackageFolder(root)
    expect([readme?.cut, readme?.bytes.length]).toEqual([true, 128 * 1024])
    expect(new TextDecoder('utf-8', { fatal: true }).decode(readme?.bytes).length).toBe(64 * 1024)
  })
})

describe('an installation', () => {
  async function archive() {
    await put({
      'in/package.toml': MANIFEST,
      'in/bin/run.sh': '#!/bin/sh\n',
      'in/lib/deep/a.js': 'a',
    })
    await chmod(join(root, 'in/bin/run.sh'), 0o755)
    return packArchive((await readPackageFolder(join(root, 'in'))).files)
  }

  it('brings back files, folders and executable bits, and replaces what was there as a whole', async () => {
    await using packed = await archive()
    const target = join(root, 'out/acme/x')
    await put({ 'out/acme/x/old.txt': 'old' })
    const digests = await extractArchive(packed.read(), target, packed.sha256)
    expect(digests).toEqual((await inspectArchive(packed.read())).digests)
    expect((await readdir(target)).sort()).toEqual(['bin', 'lib', 'package.toml'])
    expect(await readFile(join(target, 'lib/deep/a.js'), 'utf8')).toBe('a')
    expect((await stat(join(target, 'bin/run.sh'))).mode & 0o777).toBe(0o755)
    expect(await readdir(join(root, 'out/acme'))).toEqual(['x'])
  })

  it('that does not hash to what was promised leaves nothing behind and what was there in place', async () => {
    await using packed = await archive()
    const target = join(root, 'out/x')
    await put({ 'out/x/old.txt': 'old' })
    const other = 'ab'.repeat(32) as Digest
    await expect(extractArchive(packed.read(), target, other)).rejects.toMatchObject({
      reason: 'VERIFICATION_FAILED',
    })
    expect(await readdir(target)).toEqual(['old.txt'])
    expect(await readdir(join(root, 'out'))).toEqual(['x'])
  })

  it('of an archive cut short leaves nothing behind', async () => {
    await using packed = await archive()
    async function* half() {
      let left = packed.sizeBytes - 20
      for await (const chunk of packed.read()) {
        yield chunk.subarray(0, left)
        left -= chunk.length
      }
    }
    await expect(extractArchive(half(), join(root, 'out/x'), packed.sha256)).rejects.toMatchObject({
      reason: 'ARCHIVE_INVALID',
    })
    expect(await readdir(join(root, 'out'))).toEqual([])
  })
})
