import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TABLE } from '../../src/state/key-layout.js'
import type { KeyValueStore } from '../../src/state/key-value-store.js'
import { readSnapshot, writeSnapshot } from '../../src/state/snapshot.js'
import { StateMachine } from '../../src/state/state-machine.js'
import { nameOf } from '../../src/state/working-set.js'
import { LevelKeyValueStore } from '../../src/storage/level/level-key-value-store.js'
import { change, Log, register } from './history.js'

let root = ''

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'state-on-level-'))
})

afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

/** Publishes and yanks; enough to fill several of LevelDB's log blocks (32 KiB). */
function history(): Log {
  const log = new Log().configuration()
  for (let i = 0; i < 120; i++) {
    const id = `acme/p${i % 9}@1.${i}.0`
    log.command(register(id, { request: i + 1, metadata: { description: 'd'.repeat(400) } }))
    if (i % 5 === 0) log.command(change('yank', id, { request: 1_000 + i }))
  }
  return log
}

async function pairsOf(store: KeyValueStore): Promise<[string, string][]> {
  await using snapshot = store.snapshot()
  const pairs: [string, string][] = []
  for await (const batch of snapshot.iterate({ from: Uint8Array.of(0), to: Uint8Array.of(0xff) })) {
    for (const [key, value] of batch) {
      if (key[0] !== TABLE.local) pairs.push([nameOf(key), nameOf(value)])
    }
  }
  return pairs
}

describe('state on LevelDB', () => {
  it('closed and opened between any two groups, it is the state of an unbroken run; streamed to another folder it is so too', async () => {
    const { entries } = history()
    await using whole = await LevelKeyValueStore.open(join(root, 'whole'))
    const unbroken = await StateMachine.open(whole)
    await unbroken.land(unbroken.apply(entries))
    for (let at = 0; at < entries.length; at += 29) {
      await using store = await LevelKeyValueStore.open(join(root, 'broken'))
      const machine = await StateMachine.open(store)
      expect(machine.landedIndex).toBe(at)
      await machine.land(machine.apply(entries.slice(at, at + 29)))
    }
    await using broken = await LevelKeyValueStore.open(join(root, 'broken'))
    expect((await StateMachine.open(broken)).chainHash).toEqual(unbroken.chainHash)
    const pairs = await pairsOf(whole)
    expect(await pairsOf(broken)).toEqual(pairs)
    await using copy = await LevelKeyValueStore.open(join(root, 'copy'))
    await using snapshot = broken.snapshot()
    await readSnapshot(writeSnapshot(snapshot, { chunkBytesMax: 10_000 }), copy)
    expect(await pairsOf(copy)).toEqual(pairs)
    expect((await StateMachine.open(copy)).landedIndex).toBe(entries.length)
  })

  it('with any page of its log damaged in a crash, it opens at an earlier index, whole, or not at all', async () => {
    const { entries } = history()
    const live = join(root, 'live')
    const pairsAt = new Map<number, [string, string][]>()
    await using store = await LevelKeyValueStore.open(live)
    const machine = await StateMachine.open(store)
    pairsAt.set(0, await pairsOf(store))
    for (const entry of entries) {
      await machine.land(machine.apply([entry]))
      pairsAt.set(entry.index, await pairsOf(store))
    }
    const log = (await readdir(live)).find((name) => name.endsWith('.log')) as string
    const bytes = await readFile(join(live, log))
    expect(bytes.length).toBeGreaterThan(100_000)
    const outcomes = { whole: 0, earlier: 0, refused: 0 }
    for (let page = 0; page * 4_096 < bytes.length; page += 3) {
      const crashed = join(root, `crashed-${page}`)
      await cp(live, crashed, { recursive: true, filter: (from) => !from.endsWith('LOCK') })
      await writeFile(join(crashed, log), Buffer.from(bytes).fill(0, page * 4_096, (page + 1) * 4_096))
      await using damaged = await LevelKeyValueStore.open(crashed)
      try {
        const opened = await StateMachine.open(damaged)
        expect(await pairsOf(damaged)).toEqual(pairsAt.get(opened.landedIndex))
        outcomes[opened.landedIndex === entries.length ? 'whole' : 'earlier']++
      } catch (error) {
        expect(error).toMatchObject({ reason: 'STATE_CORRUPT' })
        outcomes.refused++
      }
    }
    // LevelDB opened every one of them without a word.
    expect(outcomes.refused).toBeGreaterThan(5)
    expect(outcomes.whole).toBe(0)
  })

  it('received, and with any page of its log damaged before it is opened again, it is whole or not opened', async () => {
    const { entries } = history()
    await using source = await LevelKeyValueStore.open(join(root, 'source'))
    const machine = await StateMachine.open(source)
    await machine.land(machine.apply(entries))
    const received = join(root, 'received')
    {
      await using next = await LevelKeyValueStore.open(received)
      await using snapshot = source.snapshot()
      await readSnapshot(writeSnapshot(snapshot, { chunkBytesMax: 2_000 }), next)
    }
    const pairs = await pairsOf(source)
    const log = (await readdir(received)).find((name) => name.endsWith('.log')) as string
    const bytes = await readFile(join(received, log))
    expect(bytes.length).toBeGreaterThan(60_000)
    const outcomes = { whole: 0, refused: 0 }
    for (let page = 0; page * 4_096 < bytes.length; page++) {
      const damaged = join(root, `damaged-${page}`)
      const end = Math.min(bytes.length, (page + 1) * 4_096)
      await cp(received, damaged, { recursive: true, filter: (from) => !from.endsWith('LOCK') })
      await writeFile(join(damaged, log), Buffer.from(bytes).fill(0, page * 4_096, end))
      await using store = await LevelKeyValueStore.open(damaged)
      try {
        await StateMachine.open(store)
        expect(await pairsOf(store)).toEqual(pairs)
        outcomes.whole++
      } catch (error) {
        expect(error).toMatchObject({ reason: 'STATE_CORRUPT' })
        outcomes.refused++
      }
    }
    expect(outcomes).toEqual({ whole: 0, refused: Math.ceil(bytes.length / 4_096) })
  })
})
