import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { crc32c } from './crc32c.js'
import { LevelKeyValueStore } from './level-key-value-store.js'
import { unsnappy } from './snappy.js'
import { tableDamage } from './table-file.js'

let root: string
const tables: Uint8Array[] = []

/** Tables as LevelDB makes them: with compressible values, and with others. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'table-file-'))
  for (const compressible of [true, false]) {
    const folder = join(root, String(compressible))
    const store = await LevelKeyValueStore.open(folder)
    for (let i = 0; i < 60; i++) {
      const operations = Array.from({ length: 50 }, (_, at) => {
        const key = new TextEncoder().encode(`package ${i * 50 + at}`)
        const value = Uint8Array.from({ length: 2_000 }, (_, place) =>
          compressible ? place >> 5 : ((i * 50 + at + 7) * (place + 13) * 2_654_435_761) >>> 23,
        )
        return { type: 'put' as const, key, value }
      })
      await store.write(operations, { sync: false })
    }
    await store[Symbol.asyncDispose]()
    const names = (await readdir(folder)).filter((name) => name.endsWith('.ldb'))
    expect(names.length).toBeGreaterThan(0)
    for (const name of names) tables.push(await readFile(join(folder, name)))
  }
}, 60_000)

afterAll(() => rm(root, { recursive: true }))

test('CRC-32C is that of RFC 3720 B.4', () => {
  const zeros = new Uint8Array(32)
  expect(crc32c(zeros)).toBe(0x8a9136aa)
  expect(crc32c(zeros.map(() => 0xff))).toBe(0x62a8ab43)
  expect(crc32c(zeros.map((_, at) => at))).toBe(0x46dd794e)
  expect(crc32c(new TextEncoder().encode('x123456789x'), 1, 10)).toBe(0xe3069283)
})

test('a table as LevelDB wrote it is sound', () => {
  for (const table of tables) expect(tableDamage(table)).toBeUndefined()
})

test('one flipped bit anywhere in blocks, filter, index or magic is found', () => {
  for (const table of tables) {
    // The footer has padding between its handles and the magic.
    const places = Array.from({ length: 300 }, (_, i) => Math.floor((i / 300) * (table.length - 49)))
    for (let at = table.length - 8; at < table.length; at++) places.push(at)
    for (let at = table.length - 1_200; at < table.length - 48; at += 7) places.push(at)
    for (const at of places) {
      table[at] = (table[at] as number) ^ (1 << (at & 7))
      expect(tableDamage(table), `bit flipped at ${at} of ${table.length}`).toBeDefined()
      table[at] = (table[at] as number) ^ (1 << (at & 7))
    }
  }
})

test('a table cut anywhere, or zeroed, is found', () => {
  for (const table of tables) {
    for (const length of [0, 1, 47, 48, table.length >> 1, table.length - 1])
      expect(tableDamage(table.subarray(0, length))).toBeDefined()
    expect(tableDamage(new Uint8Array(table.length))).toBeDefined()
  }
})

test('Snappy: literals, near and overlapping copies; what is cut or points before the beginning is refused', () => {
  const text = (bytes: number[]) => {
    const out = unsnappy(Uint8Array.from(bytes))
    return out === undefined ? undefined : new TextDecoder().decode(out)
  }
  expect(text([3, 8, 97, 98, 99])).toBe('abc')
  // "ab", then ten bytes copied from two before.
  expect(text([12, 4, 97, 98, (9 << 2) | 2, 2, 0])).toBe('abababababab')
  expect(text([6, 4, 97, 98, 1, 2])).toBe('ababab')
  expect(text([3, 8, 97, 98])).toBeUndefined()
  expect(text([6, 4, 97, 98, 1, 3])).toBeUndefined()
  expect(text([5, 4, 97, 98])).toBeUndefined()
  expect(text([])).toBeUndefined()
})
