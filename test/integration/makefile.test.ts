import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const MAKEFILE = await readFile(join(ROOT, 'Makefile'), 'utf8')

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ggen-makefile-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function ran(file: string, args: readonly string[], PATH = process.env.PATH) {
  return new Promise<{ code: unknown; out: string; err: string }>((resolve) => {
    execFile(file, args, { cwd: folder, env: { PATH, HOME: folder } }, (error, out, err) =>
      resolve({ code: error === null ? 0 : error.code, out, err }),
    )
  })
}

it('make help has one line for every target', async () => {
  const { out } = await ran('make', ['-s', '-f', join(ROOT, 'Makefile'), 'help'])
  const listed = out
    .trimEnd()
    .split('\n')
    .map((line) => /^ {2}make (\S+) +\S/.exec(line)?.[1])
  const [, targets = ''] = /^\.PHONY: (.*)$/m.exec(MAKEFILE) ?? []
  expect([...listed].sort()).toEqual(targets.split(' ').sort())
})

describe('tools that are missing', () => {
  /** A checkout's part that matters, and a PATH with nothing on it but what every system has and these. */
  async function checkout(tools: Record<string, string>): Promise<string> {
    await cp(join(ROOT, 'Makefile'), join(folder, 'Makefile'))
    await cp(join(ROOT, 'deploy'), join(folder, 'deploy'), { recursive: true })
    await cp(join(ROOT, 'native/build.mjs'), join(folder, 'native/build.mjs'))
    const given = [
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'tsconfig.build.json',
      'tsconfig.tools.json',
    ]
    for (const name of given) await writeFile(join(folder, name), '{}')
    const bin = join(folder, 'bin')
    await mkdir(bin)
    for (const name of ['sh', 'make', 'dirname', 'find', 'ls', 'cut']) {
      const { out } = await ran('/bin/sh', ['-c', `command -v ${name}`])
      await symlink(out.trim(), join(bin, name))
    }
    for (const [name, prints] of Object.entries(tools)) {
      await writeFile(join(bin, name), `#!/bin/sh\necho '${prints}'\n`)
      await chmod(join(bin, name), 0o755)
    }
    return bin
  }

  async function module(): Promise<void> {
    await mkdir(join(folder, 'native/target'))
    await writeFile(join(folder, 'native/x.node'), '')
    await writeFile(join(folder, 'native/target/module.json'), '{}')
  }

  it.each(['build', 'cluster', 'stop', 'demo', 'test', 'lint', 'bench'])(
    'are all named in one line before make %s does anything, in an old checkout too',
    async (target) => {
      const bin = await checkout({})
      await mkdir(join(folder, '.build'))
      await writeFile(join(folder, '.build/tools.stamp'), '')
      const { code, out, err } = await ran('make', ['-s', target], bin)
      expect(code).not.toBe(0)
      expect(out).toBe('')
      const [line = '', ...rest] = err.trimEnd().split('\n')
      expect(line).toMatch(/^missing: node .*20\.19.*; npm .*; cargo .*1\.88.*; cc /)
      expect(rest.filter((each) => !each.startsWith('make'))).toEqual([])
    },
  )

  it('are no compilers where the search module is built', async () => {
    const bin = await checkout({ node: '22.1.0', npm: '10.0.0' })
    expect(await ran('make', ['-s', 'tools'], bin)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^missing: cargo/),
    })
    await module()
    expect(await ran('make', ['-s', 'tools'], bin)).toEqual({ code: 0, out: '', err: '' })
  })

  it.each([
    ['node', '18.20.4', /^missing: node is 18\.20\.4/],
    ['node', '20.18.9', /^missing: node is 20\.18\.9/],
    ['rustc', 'rustc 1.87.0 (abc 2025-05-09)', /^missing: rustc is 1\.87\.0/],
  ])('are those that are too old: %s %s', async (name, prints, line) => {
    const good = {
      node: '20.19.0',
      npm: '10.0.0',
      cargo: 'cargo 1.88.0',
      rustc: 'rustc 1.88.0 (x y)',
      cc: '',
    }
    const bin = await checkout({ ...good, [name]: prints })
    expect((await ran('make', ['-s', 'tools'], bin)).err).toMatch(line)
  })
})
