import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { configuration, Log, NOON_MS, register } from '../../test/state/history.js'
import { MemoryKeyValueStore } from '../../test/state/memory-key-value-store.js'
import { encodeConfiguration } from '../raft/configuration.js'
import { keys, TABLE } from './key-layout.js'
import type { WriteOperation } from './key-value-store.js'
import { decodeSnapshotHeader, readSnapshot, writeSnapshot } from './snapshot.js'
import { StateMachine } from './state-machine.js'

async function stateWith(versions: number): Promise<MemoryKeyValueStore> {
  const store = new MemoryKeyValueStore()
  const machine = await StateMachine.open(store)
  const log = new Log().configuration()
  for (let i = 0; i < versions; i++) log.command(register(`acme/web@1.${i}.0`))
  for (const entry of log.entries) await machine.land(machine.apply([entry]))
  return store
}

async function chunksOf(store: MemoryKeyValueStore, chunkBytesMax?: number): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  await using snapshot = store.snapshot()
  const options = chunkBytesMax === undefined ? {} : { chunkBytesMax }
  for await (const chunk of writeSnapshot(snapshot, options)) chunks.push(chunk.slice())
  return chunks
}

async function* stream(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]))
}

/** All pairs that belong to the replicated state. */
function replicated(store: MemoryKeyValueStore): [string, string][] {
  return store.dump().filter(([key]) => key.charCodeAt(0) !== TABLE.local)
}

describe('snapshot', () => {
  it('read into an empty store gives the same pairs, and a machine that goes on from there', async () => {
    const store = await stateWith(20)
    const copy = new MemoryKeyValueStore()
    const header = await readSnapshot(stream(await chunksOf(store, 4_096)), copy)
    expect(replicated(copy)).toEqual(replicated(store))
    const original = await StateMachine.open(store)
    const machine = await StateMachine.open(copy)
    expect(header).toMatchObject({ index: 21, term: 1, logTimeMs: NOON_MS, chainHash: original.chainHash })
    expect(header.configuration).toEqual(encodeConfiguration(configuration()))
    const log = new Log().configuration()
    for (let i = 0; i < 20; i++) log.empty()
    log.command(register('acme/web@2.0.0'))
    for (const each of [original, machine]) await each.land(each.apply(log.entries.slice(-1)))
    expect(machine.chainHash).toEqual(original.chainHash)
    expect(await StateMachine.open(copy)).toMatchObject({ landedIndex: 22 })
  })

  it('keeps every chunk under the limit, the first one being the header', async () => {
    const chunks = await chunksOf(await stateWith(20), 700)
    expect(chunks.length).toBeGreaterThan(10)
    for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(700)
    expect(decodeSnapshotHeader(chunks[0] as Uint8Array).index).toBe(21)
  })

  it('does not mind where the stream was cut into chunks', async () => {
    const store = await stateWith(3)
    const bytes = join(await chunksOf(store))
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 3_000 }), async (size) => {
      const cut: Uint8Array[] = []
      for (let at = 0; at < bytes.length; at += size) cut.push(bytes.subarray(at, at + size))
      const copy = new MemoryKeyValueStore()
      await readSnapshot(stream(cut), copy)
      expect(replicated(copy)).toEqual(replicated(store))
    })
    await fc.assert(property, { seed: 11, numRuns: 30 })
  })

  it('with any byte changed, any tail missing or anything behind its end is refused, and leaves no store that opens', async () => {
    const bytes = join(await chunksOf(await stateWith(3)))
    const damage = fc.oneof(
      fc.record({ at: fc.nat(bytes.length - 1), flip: fc.integer({ min: 1, max: 255 }) }),
      fc.record({ cut: fc.nat(bytes.length - 1) }),
      fc.record({ more: fc.uint8Array({ minLength: 1, maxLength: 20 }) }),
    )
    const property = fc.asyncProperty(damage, async (how) => {
      let bad: Uint8Array = bytes.slice()
      if ('at' in how) bad[how.at] = (bad[how.at] as number) ^ how.flip
      else if ('cut' in how) bad = bad.slice(0, how.cut)
      else bad = join([bad, how.more])
      const copy = new MemoryKeyValueStore()
      await expect(readSnapshot(stream([bad]), copy)).rejects.toMatchObject({
        name: 'MarketplaceError',
        reason: expect.stringMatching(/^(STATE_CORRUPT|VERSION_UNSUPPORTED)$/),
      })
      expect(copy.getSync(keys.format())).toBeUndefined()
      if (copy.dump().length > 0) {
        await expect(StateMachine.open(copy)).rejects.toMatchObject({ reason: 'STATE_CORRUPT' })
      }
    })
    await fc.assert(property, { seed: 12, numRuns: 400 })
  })

  it('put together from two states is refused, though every frame of it is sound', async () => {
    const chunks = await chunksOf(await stateWith(3), 500)
    const other = new MemoryKeyValueStore()
    const machine = await StateMachine.open(other)
    const log = new Log().configuration()
    for (let i = 0; i < 3; i++) log.command(register(`acme/web@1.${i}.0`, { metadata: { license: 'MIT' } }))
    for (const entry of log.entries) await machine.land(machine.apply([entry]))
    const foreign = await chunksOf(other, 500)
    const same = chunks.findIndex((chunk, at) => at > 3 && chunk.length !== foreign[at]?.length)
    expect(same).toBeGreaterThan(3)
    const mixed = [...chunks.slice(0, same), ...foreign.slice(same, -1), ...chunks.slice(-1)]
    await expect(readSnapshot(stream(mixed), new MemoryKeyValueStore())).rejects.toMatchObject({
      reason: 'STATE_CORRUPT',
      message: expect.stringContaining('sha256'),
    })
  })

  it('received, and then without any one of its batches, does not open', async () => {
    const chunks = await chunksOf(await stateWith(20), 1_500)
    const batches: (readonly WriteOperation[])[] = []
    const received = new MemoryKeyValueStore()
    const write = received.write.bind(received)
    received.write = async (operations) => {
      batches.push(operations)
      await write(operations)
    }
    await readSnapshot(stream(chunks), received)
    expect(batches.length).toBeGreaterThan(5)
    for (const missing of batches.keys()) {
      const store = new MemoryKeyValueStore()
      for (const [at, batch] of batches.entries()) if (at !== missing) await store.write(batch)
      await expect(StateMachine.open(store)).rejects.toMatchObject({ reason: 'STATE_CORRUPT' })
    }
  })

  it('of a state with a damaged value ends in STATE_CORRUPT at the sender', async () => {
    const store = await stateWith(1)
    const key = keys.recent(2)
    const value = store.getSync(key) as Uint8Array
    value[0] = (value[0] as number) ^ 1
    store.overwrite(key, value)
    await expect(chunksOf(store)).rejects.toMatchObject({ reason: 'STATE_CORRUPT' })
  })
})
