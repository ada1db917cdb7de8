import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFile, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { found, searchDocument, searchIndexConformance, upsert } from '../../test/conformance/search-index.js'
import type { HistoryId } from '../model/node-id.js'
import { openNativeIndex } from './native-index.js'

const root = mkdtempSync(join(tmpdir(), 'ggen-native-index-'))
const history = 'history-1' as HistoryId
let folders = 0
const folder = () => join(root, `${folders++}`)

afterAll(() => rmSync(root, { recursive: true }))

searchIndexConformance('the native index', () => openNativeIndex(folder(), history))

describe('the native index', () => {
  test('a new folder starts empty and says so; the next opening finds what was closed', async () => {
    const path = folder()
    const first = await openNativeIndex(path, history)
    expect(first.opened).toMatchObject({
      appliedIndex: 0,
      historyId: history,
      discarded: { reason: 'absent' },
    })
    await first.apply([upsert('acme/web')], 12)
    await first[Symbol.asyncDispose]()
    const second = await openNativeIndex(path, history)
    expect(second.opened.appliedIndex).toBe(12)
    expect(second.opened.discarded).toBeUndefined()
    expect(await found(second, 'web')).toEqual(['acme/web'])
    await second[Symbol.asyncDispose]()
    const third = await openNativeIndex(path, 'history-2' as HistoryId)
    expect(third.opened).toMatchObject({ appliedIndex: 0, discarded: { reason: 'history' } })
    expect(third.opened.discarded?.message).toContain('history-1')
    await third[Symbol.asyncDispose]()
  })

  test('a folder in use is refused', async () => {
    const path = folder()
    const first = await openNativeIndex(path, history)
    await expect(openNativeIndex(path, history)).rejects.toMatchObject({ reason: 'FOLDER_LOCKED' })
    await first[Symbol.asyncDispose]()
    await (await openNativeIndex(path, history))[Symbol.asyncDispose]()
  })

  test('a folder that cannot be made is refused', async () => {
    await expect(openNativeIndex('/proc/none/search', history)).rejects.toMatchObject({
      reason: 'STORAGE_FAILED',
    })
  })

  test('words of a description are found in their other forms', async () => {
    const index = await openNativeIndex(folder(), history)
    await index.apply([upsert('p', { description: 'Parses configuration files quickly' })], 1)
    await index.commit()
    for (const text of ['parsing', 'parser parse', 'configurations', '"parse configuration files"']) {
      expect([text, await found(index, text)]).toEqual([text, ['p']])
    }
    await index[Symbol.asyncDispose]()
  })

  test('searches beyond the queue are refused, those in it are answered', async () => {
    const index = await openNativeIndex(folder(), history, { searchQueueMax: 2, searchThreads: 1 })
    await index.apply(
      Array.from({ length: 2_000 }, (_, i) =>
        upsert(`p-${i}`, { description: 'the same few words again and again' }),
      ),
      1,
    )
    await index.commit()
    const searches = Array.from({ length: 200 }, () => index.search({ text: 'few words aga', limit: 1_000 }))
    const outcomes = await Promise.allSettled(searches)
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(outcomes.length - refused.length).toBeGreaterThanOrEqual(2)
    expect(refused.length).toBeGreaterThan(0)
    for (const { reason } of refused) expect(reason).toMatchObject({ reason: 'OVERLOADED' })
    expect(index.stats().searchesRefused).toBe(refused.length)
    await index[Symbol.asyncDispose]()
  })

  test('a queue that is full holds its feeder back and loses nothing', async () => {
    const index = await openNativeIndex(folder(), history, { queueBytesMax: 20_000 })
    for (let i = 1; i <= 200; i++) {
      await index.apply([upsert(`p-${i}`, { description: 'x '.repeat(4_000) })], i)
      expect(index.stats().queuedBytes).toBeLessThanOrEqual(20_000)
    }
    expect((await index.commit()).appliedIndex).toBe(200)
    expect(index.stats().documents).toBe(200)
    await index[Symbol.asyncDispose]()
  })

  test("with all of libuv's threads blocked, the index still writes, commits and answers", async () => {
    const index = await openNativeIndex(folder(), history)
    const pipe = join(root, 'pipe')
    execFileSync('mkfifo', [pipe])
    // Opening a pipe to read waits for a writer: each takes one of the pool's threads for as long.
    const blocked = Array.from(
      { length: 8 },
      () => new Promise<void>((resolve) => readFile(pipe, () => resolve())),
    )
    await index.apply([upsert('p')], 1)
    await index.commit()
    expect(await found(index, 'p')).toEqual(['p'])
    let released = false
    const all = Promise.all(blocked).then(() => {
      released = true
    })
    expect(released).toBe(false)
    // One writer at a time lets the readers of the moment go.
    const writing =
      'const fs = require("node:fs"); for (;;) { fs.closeSync(fs.openSync(process.argv[1], "w")) }'
    const writer = spawn(process.execPath, ['-e', writing, pipe])
    await all
    writer.kill('SIGKILL')
    await index[Symbol.asyncDispose]()
  })

  test('numbers that Rust could not read are refused before they reach the queue', async () => {
    const index = await openNativeIndex(folder(), history)
    for (const bad of [{ quality: Number.NaN }, { publishedAtMs: 1.5 }, { packageNumber: -1 }]) {
      await expect(index.apply([upsert('p', bad)], 1)).rejects.toThrow('numbers of p')
    }
    await index.apply([upsert('p')], 1)
    expect((await index.commit()).appliedIndex).toBe(1)
    await index[Symbol.asyncDispose]()
  })

  test('whoever waits for an index when it closes is told', async () => {
    const index = await openNativeIndex(folder(), history)
    const refused = expect(index.waitFor(5, 60_000)).rejects.toMatchObject({ reason: 'SHUTTING_DOWN' })
    await index[Symbol.asyncDispose]()
    await refused
  })

  test('a rebuild of more documents than one crossing takes them all', async () => {
    const index = await openNativeIndex(folder(), history)
    async function* many() {
      for (let i = 0; i < 1_000; i++) yield searchDocument(`p-${i}`)
    }
    const heard: number[] = []
    await index.rebuild(many(), 40, (count) => heard.push(count))
    expect(heard).toEqual([256, 512, 768, 1_000])
    expect((await index.search({ text: '', limit: 1 })).total).toBe(1_000)
    await index[Symbol.asyncDispose]()
  })
})
