import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { debianVersion } from '../../src/archive/debian-version.js'
import { run } from '../../src/cli/program.js'
import { runCommand } from './command-line.js'

let work: string

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'ggen-import-test-'))
})
afterEach(() => rm(work, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }))

const RECORDS = [
  { id: 'acme/web@1.0.0', description: 'serves pages', keywords: ['net'] },
  {
    id: { namespace: 'acme', name: 'web', version: '1.1.0' },
    dependencies: [{ name: 'acme/wire', requirement: '^1' }],
  },
  { id: 'acme/Web@2.0.0' },
  { id: 'acme/wire@1.0.0', licence: 'MIT' },
  { id: 'acme/last@1.0.0' },
]

test('records are registered, what cannot be is named, and the same again changes nothing', async () => {
  const lines = [...RECORDS.map((each) => JSON.stringify(each)), '', 'no JSON']
  await writeFile(join(work, 'records.jsonl'), lines.join('\n'))
  const first = await runCommand(['import', 'records', 'records.jsonl'], { work })
  expect(first.code).toBe(0)
  const { published, unchanged, refused } = first.json
  expect([published, unchanged]).toEqual([3, 0])
  const named = refused.map(({ record, reason }: { record: string; reason: string }) => `${record} ${reason}`)
  expect(named.sort()).toEqual(['acme/Web@2.0.0 NAME_TAKEN', 'line 4 FILE_INVALID', 'line 7 FILE_INVALID'])
  const again = await runCommand(['import', 'records', 'records.jsonl'], { work })
  expect(again.json).toMatchObject({ published: 0, unchanged: 3, index: expect.any(Number) })
  expect(again.json.refused).toHaveLength(3)
  const shown = await runCommand(['info', 'acme/web'], { work })
  expect(shown.json).toMatchObject({ id: { version: '1.1.0' }, dependencies: [{ requirement: '^1' }] })
  expect(shown.json.contentHash).toBeUndefined()
})

test('what info prints is a record: one registry is copied to another from standard input', async () => {
  await writeFile(join(work, 'records.jsonl'), JSON.stringify(RECORDS[0]))
  await runCommand(['import', 'records', 'records.jsonl'], { work })
  const { out: printed } = await runCommand(['info', 'acme/web'], { work })
  const other = join(work, 'other')
  const out: string[] = []
  const code = await run(['import', 'records', '-'], {
    env: { GGEN_MARKET_HOME: other },
    workFolder: work,
    stdin: Readable.from([Buffer.from(printed.slice(0, 20)), Buffer.from(printed.slice(20))]),
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: () => {} },
  })
  expect([code, out.join('')]).toEqual([0, '1 registered, 0 there already, 0 refused\n'])
  const { json } = await runCommand(['info', 'acme/web'], { work: other })
  expect(json).toMatchObject({ description: 'serves pages', keywords: ['net'] })
})

test('packages of a Debian index come into a namespace, their versions by the written rule', async () => {
  const index =
    'Package: web\nVersion: 1:2.0-1\nDepends: wire (>= 1.2)\n\nPackage: wire\nVersion: 1.3\n\nPackage: no!\nVersion: 1\n'
  await writeFile(join(work, 'Packages'), index)
  const args = ['import', 'debian', 'Packages', '--namespace', 'bookworm']
  const { json } = await runCommand(args, { work })
  expect(json).toMatchObject({
    published: 2,
    unchanged: 0,
    refused: [{ record: 'no!', reason: 'INVALID_NAME' }],
  })
  const resolved = await runCommand(['resolve', 'bookworm/web'], { work })
  expect(resolved.out).toContain(debianVersion('1.3'))
})

test('without a file, or one that is not there, an import says what is missing', async () => {
  const nothing = await runCommand(['import', 'records'], { work })
  expect(nothing).toMatchObject({ code: 2, json: { error: { reason: 'INVALID_ARGUMENT', field: 'FILE' } } })
  const missing = await runCommand(['import', 'debian', 'nowhere'], { work })
  expect(missing.json.error).toMatchObject({ reason: 'FILE_INVALID' })
})
