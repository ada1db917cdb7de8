import { describe, expect, it } from 'vitest'
import { change, Log, NOON_MS, register } from '../../test/state/history.js'
import { MemoryKeyValueStore } from '../../test/state/memory-key-value-store.js'
import { parsePackageId, parsePackageRef } from '../model/package-id.js'
import { StateMachine } from './state-machine.js'
import { StateView } from './state-view.js'

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
})
