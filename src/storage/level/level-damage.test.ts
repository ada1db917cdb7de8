import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MarketplaceError } from '../../model/error.js'
import type { KeyValueStore } from '../../state/key-value-store.js'
import { LevelKeyValueStore } from './level-key-value-store.js'

const PAIRS = 2_000

let root: string
let good: string

const key = (i: number) => new TextEncoder().encode(`key ${String(i).padStart(6, '0')}`)
/** Does not compress, and is its own check. */
const value = (i: number) =>
  Uint8Array.from({ length: 4_000 }, (_, at) => ((i + 7) * (at + 13) * 2_654_435_761) >>> 23)

async function put(store: KeyValueStore, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i += 10) {
    const operations = Array.from({ length: 10 }, (_, at) => ({
      type: 'put' as const,
      key: key(i + at),
      value: value(i + at),
    }))
    await store.write(operations, { sync: false })
  }
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'level-damage-'))
  good = join(root, 'good')
  const store = await LevelKeyValueStore.open(good)
  await put(store, 0, PAIRS)
  await store[Symbol.asyncDispose]()
}, 60_000)

afterAll(() => rm(root, { recursive: true }))

async function firstOf(folder: string, kind: RegExp): Promise<string> {
  const name = (await readdir(folder)).find((each) => kind.test(each))
  if (name === undefined) throw new Error(`no ${kind} in ${folder}`)
  return join(folder, name)
}

/** `whole`, or how many of the first pairs are there, each right and none after a gap; or the reason of the refusal. */
async function reopened(folder: string): Promise<string> {
  try {
    const store = await LevelKeyValueStore.open(folder)
    try {
      const found = Array.from({ length: PAIRS }, (_, i) => store.getSync(key(i)))
      const count = found.filter((each) => each !== undefined).length
      const right = found.every((each, i) =>
        i < count ? Buffer.compare(each ?? key(0), value(i)) === 0 : true,
      )
      if (!right) return 'wrong'
      return count === PAIRS ? 'whole' : 'cut'
    } finally {
      await store[Symbol.asyncDispose]()
    }
  } catch (error) {
    if (error instanceof MarketplaceError) return error.reason
    throw error
  }
}

const FILES = { table: /\.ldb$/, log: /\.log$/, MANIFEST: /^MANIFEST/, CURRENT: /^CURRENT$/ }

const DAMAGES: Record<string, (path: string) => Promise<void>> = {
  deleted: (path) => rm(path),
  emptied: (path) => truncate(path, 0),
  'cut in half': async (path) => truncate(path, (await stat(path)).size >> 1),
  'cut by a byte': async (path) => truncate(path, (await stat(path)).size - 1),
  zeroed: async (path) => writeFile(path, new Uint8Array((await stat(path)).size)),
}

/** What a log loses at its end the state machine's own log brings again; whatever else is lost must be told. */
const MAY_BE_CUT = ['log deleted', 'log emptied', 'log cut in half', 'log cut by a byte', 'log zeroed']
/** Without CURRENT LevelDB begins a new store: the state machine finds no format in it. */
const BEGINS_ANEW = ['CURRENT deleted']

describe('a LevelDB folder that was damaged while closed', () => {
  test('undamaged, it is whole', async () => {
    expect(await reopened(good)).toBe('whole')
  })

  for (const [file, kind] of Object.entries(FILES)) {
    for (const [how, damage] of Object.entries(DAMAGES)) {
      test(`${file} ${how}: it is STATE_CORRUPT, or what is read is right`, async () => {
        const folder = join(root, `${file} ${how}`)
        await cp(good, folder, { recursive: true })
        await damage(await firstOf(folder, kind))
        const outcome = await reopened(folder)
        const expected = MAY_BE_CUT.includes(`${file} ${how}`) ? /^(whole|cut)$/ : /^STATE_CORRUPT$/
        if (BEGINS_ANEW.includes(`${file} ${how}`)) expect(outcome).not.toBe('whole')
        else expect(outcome).toMatch(expected)
      })
    }
  }

  test('a folder that cannot be made is the operator’s: STORAGE_FAILED', async () => {
    const file = join(root, 'a file')
    await writeFile(file, await readFile(await firstOf(good, FILES.CURRENT)))
    expect(await reopened(join(file, 'state'))).toBe('STORAGE_FAILED')
    expect(await reopened(join(root, 'no such folder', 'deeper', 'state'))).not.toBe('STATE_CORRUPT')
  })
})
