import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, test } from 'vitest'
import { found } from '../../test/conformance/search-index.js'
import type { HistoryId } from '../model/node-id.js'
import { currentPlatform, NATIVE_FOLDER, nativeModuleName } from '../runtime/native-module.js'
import { NATIVE_SEARCH_DEFAULTS, openNativeIndex } from './native-index.js'

const KEYS = 40
const ROUNDS = 12
const root = mkdtempSync(join(tmpdir(), 'ggen-native-crash-'))
const folder = join(root, 'search')
const history = 'history-1' as HistoryId

afterAll(() => rmSync(root, { recursive: true }))

/**
 * What log index `i` changes: one of a few packages, removed every fifth time. Both sides know this rule; the writer's
 * is the text below, since the child runs without a TypeScript loader.
 */
function contentAt(appliedIndex: number): Map<string, string> {
  const content = new Map<string, string>()
  for (let i = 1; i <= appliedIndex; i++) {
    const key = `p-${(i * 7) % KEYS}`
    if (i % 5 === 0) content.delete(key)
    else content.set(key, `rev${i}`)
  }
  return content
}

/** Feeds changes as fast as it can, committing after every few, and says which index was committed. */
const FEEDER = `
const [path, options] = process.argv.slice(1)
const { NativeIndex } = require(path)
const index = new NativeIndex(JSON.parse(options))
async function run() {
  const opened = JSON.parse(await index.open())
  if (opened.error) throw new Error(opened.error.message)
  for (let i = opened.ok.appliedIndex + 1; ; i++) {
    const key = 'p-' + (i * 7) % ${KEYS}
    const document = { key, packageNumber: 1, description: 'rev' + i, kind: 'library', keywords: [], categories: [],
      authors: [], capabilities: [], publishedAtMs: 0, quality: 0, yanked: false }
    const change = i % 5 === 0 ? { type: 'remove', key } : { type: 'upsert', document }
    while (!index.apply(JSON.stringify([change]), i)) await index.room()
    if (i % 3 === 0) console.log(JSON.parse(await index.commit()).ok.appliedIndex)
  }
}
run()
`

/** Runs the feeder until it has reported `commits` commits and `extraMs` more have passed, then kills it. */
async function feedAndKill(commits: number, extraMs: number): Promise<number> {
  const options = { ...NATIVE_SEARCH_DEFAULTS, folder, historyId: history }
  const module = join(NATIVE_FOLDER, nativeModuleName(currentPlatform()))
  const child = spawn(process.execPath, ['-e', FEEDER, module, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  let committed = 0
  let lines = 0
  for await (const line of createInterface({ input: child.stdout })) {
    committed = Number(line)
    lines += 1
    // The kill falls wherever the writer happens to be: mostly inside a commit, of which it does nothing but.
    if (lines === commits) setTimeout(() => child.kill('SIGKILL'), extraMs)
  }
  expect(lines).toBeGreaterThanOrEqual(commits)
  const [code, signal] = (await exited) as [number | null, string | null]
  expect([code, signal]).toEqual([null, 'SIGKILL'])
  return committed
}

test('after a kill the index holds exactly what its commit says, and every commit that was reported', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const committed = await feedAndKill(4 + round, round * 3)
    const index = await openNativeIndex(folder, history)
    const { appliedIndex, discarded } = index.opened
    expect(discarded?.reason).toBeUndefined()
    expect(appliedIndex).toBeGreaterThanOrEqual(committed)
    const content = contentAt(appliedIndex)
    const all = await index.search({ text: '', limit: 1_000 })
    expect(all.hits.map((hit) => hit.key)).toEqual([...content.keys()].sort())
    for (const [key, revision] of content) expect(await found(index, revision)).toContain(key)
    await index[Symbol.asyncDispose]()
  }
}, 120_000)
