import { describe, expect, it } from 'vitest'
import { change, Log, NOON_MS, raise, register } from '../../test/state/history.js'
import { MemoryKeyValueStore } from '../../test/state/memory-key-value-store.js'
import { bytesToHex } from '../model/codec.js'
import { CLUSTER_VERSION, type Command } from '../model/command.js'
import { parsePackageId, parsePackageRef } from '../model/package-id.js'
import { keys } from './key-layout.js'
import { encodeNumber } from './meta.js'
import { StateMachine } from './state-machine.js'
import { StateView } from './state-view.js'
import { seal } from './stored-value.js'

describe('StateMachine', () => {
  it('a publish that landed is found by a view, under the index that the view names', async () => {
    const store = new MemoryKeyValueStore()
    const machine = await StateMachine.open(store)
    const log = new Log().configuration().empty().command(register('acme/web@1.0.0'))
    const group = machine.apply(log.entries)
    expect(group.results[2]?.result).toMatchObject({ type: 'registered', created: true, index: 3 })
    expect(machine.appliedIndex).toBe(3)
    expect(machine.landedIndex).toBe(0)
    await machine.land(group)
    expect(machine.landedIndex).toBe(3)
    await using view = StateView.open(store)
    expect(view.appliedIndex).toBe(3)
    expect(view.version(parsePackageId('acme/web@1.0.0+build'))?.publishedIndex).toBe(3)
    expect(view.latest(parsePackageRef('acme/web'))?.metadata.id.version).toBe('1.0.0')
    expect(view.stats).toEqual({ packages: 1, versions: 1, downloads: 0 })
  })

  it('a yank hides the version from latest, and is read back after an open', async () => {
    const store = new MemoryKeyValueStore()
    const machine = await StateMachine.open(store)
    const log = new Log()
      .configuration()
      .command(register('acme/web@1.0.0'), register('acme/web@1.1.0'))
      .command(change('yank', 'acme/web@1.1.0', { request: 900, text: 'broken' }))
    await machine.land(machine.apply(log.entries))
    const again = await StateMachine.open(store)
    expect(again.appliedIndex).toBe(4)
    expect(again.logTimeMs).toBe(NOON_MS)
    expect(again.chainHash).toEqual(machine.chainHash)
    await using view = StateView.open(store)
    expect(view.latest(parsePackageRef('acme/web'))?.metadata.id.version).toBe('1.0.0')
    expect(view.version(parsePackageId('acme/web@1.1.0'))).toMatchObject({
      yanked: true,
      yankReason: 'broken',
    })
  })

  it('results of a group count at once for the next one, while the disk has taken neither', async () => {
    const store = new MemoryKeyValueStore()
    const machine = await StateMachine.open(store)
    store.hold = true
    const log = new Log().configuration().command(register('acme/web@1.0.0', { request: 1 }))
    log.command(register('acme/Web@1.0.0', { request: 2 }), change('yank', 'acme/web@1.0.0', { request: 3 }))
    const groups = log.entries.map((entry) => machine.apply([entry]))
    const landing = groups.map((group) => machine.land(group))
    expect(groups[2]?.results[0]?.result).toMatchObject({ reason: 'NAME_TAKEN' })
    expect(groups[3]?.results[0]?.result).toMatchObject({ type: 'changed', changed: true })
    expect([machine.appliedIndex, machine.landedIndex]).toEqual([4, 0])
    store.hold = false
    for (let turn = 0; turn < 100; turn++) {
      store.held.shift()?.()
      await Promise.resolve()
    }
    await Promise.all(landing)
    expect(machine.landedIndex).toBe(4)
    const yankAgain = new Log().configuration().empty().empty().empty()
    yankAgain.command(change('unyank', 'acme/web@1.0.0', { request: 4 }))
    expect(machine.apply(yankAgain.entries.slice(-1)).results[0]?.result).toMatchObject({ changed: true })
  })

  it('a group writes one batch, each key once, with the applied index in it', async () => {
    const store = new MemoryKeyValueStore()
    const machine = await StateMachine.open(store)
    const log = new Log().configuration()
    for (let i = 0; i < 5; i++) log.command(register(`acme/web@1.${i}.0`))
    const group = machine.apply(log.entries)
    const names = group.operations.map((operation) => bytesToHex(operation.key))
    expect(new Set(names).size).toBe(names.length)
    expect(names).toContain(bytesToHex(keys.applied()))
    const before = store.batches
    await machine.land(group)
    expect(store.batches).toBe(before + 1)
  })

  it('a failed write rejects this landing and every later one, and nothing is applied any more', async () => {
    const store = new MemoryKeyValueStore()
    const machine = await StateMachine.open(store)
    const failure = new Error('disk full')
    store.write = async () => {
      throw failure
    }
    const log = new Log().configuration().empty().empty()
    const [first, second] = [machine.apply(log.entries.slice(0, 1)), machine.apply(log.entries.slice(1, 2))]
    await expect(machine.land(first)).rejects.toBe(failure)
    await expect(machine.land(second)).rejects.toBe(failure)
    expect(() => machine.apply(log.entries.slice(2))).toThrow(failure)
    expect(machine.landedIndex).toBe(0)
  })

  it.each([
    ['command version', [9, 1, ...new Array(16).fill(0)], 'command version 9'],
    ['command type', [1, 99, ...new Array(16).fill(0)], 'command type 99'],
    ['trailing bytes', [1, 6, ...new Array(16).fill(0), 0], '1 bytes too many'],
    ['empty payload', [], 'input ends'],
  ])('an entry with unknown %s stops the machine and is never skipped', async (_, payload, why) => {
    const machine = await StateMachine.open(new MemoryKeyValueStore())
    const log = new Log().configuration().empty()
    const entries = log.entries.map((entry, at) =>
      at === 1 ? { ...entry, type: 'command' as const, payload: Uint8Array.from(payload) } : entry,
    )
    const unsupported = expect.objectContaining({
      reason: 'VERSION_UNSUPPORTED',
      message: expect.stringMatching(new RegExp(`entry 2 .*${why}`)),
    })
    expect(() => machine.apply(entries)).toThrow(unsupported)
    expect(() => machine.apply(entries.slice(0, 1))).toThrow(unsupported)
  })

  it('an entry out of order is our own mistake', async () => {
    const machine = await StateMachine.open(new MemoryKeyValueStore())
    const log = new Log().configuration().empty().empty()
    expect(() => machine.apply(log.entries.slice(1))).toThrow(/entry 2 of term 1 after 0/)
  })

  it('a damaged value that apply reads stops it with STATE_CORRUPT', async () => {
    const { store } = await stateOf(register('acme/web@1.0.0'))
    damage(store, keys.package(parsePackageRef('acme/web')))
    const machine = await StateMachine.open(store)
    const log = new Log().configuration().empty().command(register('acme/web@2.0.0'))
    expect(() => machine.apply(log.entries.slice(2))).toThrow(
      expect.objectContaining({ reason: 'STATE_CORRUPT' }),
    )
  })

  it('a damaged value that a view reads is an error, never an answer', async () => {
    const { store } = await stateOf(register('acme/web@1.0.0'))
    damage(store, keys.package(parsePackageRef('acme/web')))
    await using view = StateView.open(store)
    const corrupt = expect.objectContaining({ reason: 'STATE_CORRUPT' })
    expect(() => view.package(parsePackageRef('acme/web'))).toThrow(corrupt)
    await expect(view.listPackages({ limit: 1 })).rejects.toEqual(corrupt)
  })

  it('a value under a key that is not its own is found out', async () => {
    const { store } = await stateOf(register('acme/web@1.0.0'), register('acme/kit@1.0.0'))
    const [web, kit] = [keys.package(parsePackageRef('acme/web')), keys.package(parsePackageRef('acme/kit'))]
    store.overwrite(web, store.getSync(kit))
    await using view = StateView.open(store)
    expect(() => view.package(parsePackageRef('acme/web'))).toThrow(/checksum/)
  })

  it.each([
    ['format', keys.format()],
    ['applied mark', keys.applied()],
    ['counters', keys.counters()],
    ['settings', keys.settings()],
    ['cluster version', keys.clusterVersion()],
    ['begin of the markers', keys.markersFrom()],
  ])('a state without its %s does not open', async (_, key) => {
    const { store } = await stateOf(register('acme/web@1.0.0'))
    store.overwrite(key, undefined)
    await expect(StateMachine.open(store)).rejects.toMatchObject({ reason: 'STATE_CORRUPT' })
  })

  it.each([
    ['format', keys.format()],
    ['cluster version', keys.clusterVersion()],
  ])('a state of a later %s is not opened', async (what, key) => {
    const { store } = await stateOf(register('acme/web@1.0.0'))
    store.overwrite(key, seal(key, encodeNumber(CLUSTER_VERSION + 1)))
    await expect(StateMachine.open(store)).rejects.toMatchObject({
      reason: 'VERSION_UNSUPPORTED',
      message: expect.stringContaining(what),
    })
  })

  it('an entry that raises the cluster version beyond this build stops the machine', async () => {
    const machine = await StateMachine.open(new MemoryKeyValueStore())
    const log = new Log().command(raise(CLUSTER_VERSION + 1))
    expect(() => machine.apply(log.entries)).toThrow(
      expect.objectContaining({
        reason: 'VERSION_UNSUPPORTED',
        message: expect.stringMatching(/log entry 1 .*cluster version 3; this build knows 2/),
      }),
    )
  })

  it('the cluster version begins as in the first log, rises, and never falls', async () => {
    const { store, machine } = await stateOf()
    expect(machine.clusterVersion).toBe(1)
    const log = new Log().configuration().command(raise(CLUSTER_VERSION), raise(1))
    await machine.land(machine.apply(log.entries.slice(1)))
    expect(machine.clusterVersion).toBe(CLUSTER_VERSION)
    expect((await StateMachine.open(store)).clusterVersion).toBe(CLUSTER_VERSION)
  })

  it('a state keeps the settings it was begun with, whatever a later open says', async () => {
    const store = new MemoryKeyValueStore()
    await StateMachine.open(store, { requestTableMax: 5 })
    expect((await StateMachine.open(store, { requestTableMax: 9 })).settings.requestTableMax).toBe(5)
  })

  it('members begun with other settings differ in the hash from the beginning', async () => {
    const one = await StateMachine.open(new MemoryKeyValueStore())
    const other = await StateMachine.open(new MemoryKeyValueStore(), { requestTableMax: 5 })
    expect(one.hashAt(0)).not.toEqual(other.hashAt(0))
  })

  it('hashes of the last 1,024 indexes are at hand; after an open those of every 1,024th', async () => {
    const store = new MemoryKeyValueStore()
    const machine = await StateMachine.open(store)
    const log = new Log()
    for (let i = 0; i < 2_100; i++) log.empty()
    const hashes = new Map<number, Uint8Array | undefined>()
    for (let at = 0; at < 2_100; at += 100) {
      await machine.land(machine.apply(log.entries.slice(at, at + 100)))
      for (let index = at + 1; index <= at + 100; index++) hashes.set(index, machine.hashAt(index))
    }
    expect(machine.hashAt(1_077)).toEqual(hashes.get(1_077))
    expect(machine.hashAt(1_076)).toBeUndefined()
    expect(machine.hashAt(2_101)).toBeUndefined()
    const again = await StateMachine.open(store)
    expect([1_024, 2_048, 2_100].map((index) => again.hashAt(index))).toEqual(
      [1_024, 2_048, 2_100].map((index) => hashes.get(index)),
    )
    expect(again.hashAt(2_047)).toBeUndefined()
    const single = await StateMachine.open(new MemoryKeyValueStore())
    for (const entry of log.entries) await single.land(single.apply([entry]))
    expect(single.chainHash).toEqual(machine.chainHash)
  })
})

async function stateOf(
  ...commands: Command[]
): Promise<{ store: MemoryKeyValueStore; machine: StateMachine }> {
  const store = new MemoryKeyValueStore()
  const machine = await StateMachine.open(store)
  await machine.land(machine.apply(new Log().configuration().command(...commands).entries))
  return { store, machine }
}

/** Flips one bit of a stored value. */
function damage(store: MemoryKeyValueStore, key: Uint8Array): void {
  const value = store.getSync(key) as Uint8Array
  value[1] = (value[1] as number) ^ 0x10
  store.overwrite(key, value)
}
