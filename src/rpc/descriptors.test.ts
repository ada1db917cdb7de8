import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const PEER = 'proto/ggen/raft/v1/peer.proto'

/** A copy of the proto files in a folder of its own, to be spoiled. */
let copy: string
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'ggen-proto-test-'))
  cpSync(join(root, 'proto'), join(copy, 'proto'), { recursive: true })
  cpSync(join(root, 'src/rpc/gen'), join(copy, 'src/rpc/gen'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
})
afterEach(() => rmSync(copy, { recursive: true }))

function build(...args: string[]) {
  const { status, stderr } = spawnSync(process.execPath, [join(copy, 'proto/build.mjs'), ...args], {
    encoding: 'utf8',
  })
  return { status, stderr }
}

function edit(change: (text: string) => string): void {
  const path = join(copy, PEER)
  const before = readFileSync(path, 'utf8')
  const after = change(before)
  expect(after).not.toBe(before)
  writeFileSync(path, after)
}

test('what is committed was made from the proto files as they are', () => {
  expect(build('--check')).toEqual({ status: 0, stderr: '' })
})

test('a changed proto file makes the check fail and name what is out of date', () => {
  edit((text) => text.replace('string help = 3;', 'string help = 3;\n  string more = 6;'))
  const { status, stderr } = build('--check')
  expect(status).toBe(1)
  expect(stderr).toContain('proto/descriptors.binpb')
  expect(stderr).toContain('src/rpc/gen/ggen/raft/v1/Failure.ts')
  expect(stderr).toContain('npm run proto')
})

describe('against the released contract', () => {
  beforeEach(() => copyFileSync(join(copy, 'proto/descriptors.binpb'), join(copy, 'proto/released.binpb')))

  test.each<[string, (text: string) => string, string]>([
    ['a removed field', (text) => text.replace('  string incarnation = 4;\n', ''), 'incarnation'],
    [
      'a removed field whose number is reserved',
      (text) => text.replace('  string incarnation = 4;\n', '  reserved 4;\n'),
      'incarnation',
    ],
    ['a renumbered field', (text) => text.replace('incarnation = 4;', 'incarnation = 14;'), 'incarnation'],
    [
      'a number used for another field',
      (text) => text.replace('string incarnation = 4;', 'bytes fingerprint = 4;'),
      'fingerprint',
    ],
    ['a changed type', (text) => text.replace('uint64 body_bytes', 'string body_bytes'), 'body_bytes'],
    ['a removed method', (text) => text.replace(/ {2}rpc Call\(.*\n/, ''), 'Call'],
    ['a renumbered enum value', (text) => text.replace('LANE_FORWARD = 2', 'LANE_FORWARD = 3'), 'Lane'],
  ])('%s is refused by name', (_what, change, name) => {
    edit(change)
    const { status, stderr } = build('--check')
    expect(status).toBe(1)
    expect(stderr).toContain('break clients')
    expect(stderr).toContain(name)
  })

  test('a build refuses like the check, and leaves what is committed alone', () => {
    const before = readFileSync(join(copy, 'proto/descriptors.binpb'))
    edit((text) => text.replace('  string incarnation = 4;\n', ''))
    for (const mode of ['', '--release']) expect(build(...(mode === '' ? [] : [mode])).status).toBe(1)
    expect(readFileSync(join(copy, 'proto/descriptors.binpb')).equals(before)).toBe(true)
  })

  test('a new field is taken, and once it is released it stays', () => {
    edit((text) => text.replace('string help = 3;', 'string help = 3;\n  string more = 6;'))
    expect(build('--release')).toEqual({ status: 0, stderr: '' })
    expect(build('--check')).toEqual({ status: 0, stderr: '' })
    edit((text) => text.replace('\n  string more = 6;', ''))
    expect(build('--check').stderr).toContain('more')
  })
})
