import { expect, test } from 'vitest'
import { Log, register } from '../../test/state/history.js'
import { MemoryKeyValueStore } from '../../test/state/memory-key-value-store.js'
import { keys } from './key-layout.js'
import { writeSnapshot } from './snapshot.js'
import { blobsInSnapshot } from './snapshot-blobs.js'
import { digestOfState } from './snapshot-digest.js'
import { StateMachine } from './state-machine.js'
import { StateView } from './state-view.js'
import { seal, unseal } from './stored-value.js'

/** The same log, applied in groups of another size. */
async function stateOf(groupEntries: number): Promise<MemoryKeyValueStore> {
  const store = new MemoryKeyValueStore()
  const machine = await StateMachine.open(store)
  const log = new Log().configuration()
  for (let i = 0; i < 12; i++) log.command(register(`acme/web@1.${i}.0`))
  for (let at = 0; at < log.entries.length; at += groupEntries)
    await machine.land(machine.apply(log.entries.slice(at, at + groupEntries)))
  return store
}

async function digest(store: MemoryKeyValueStore) {
  await using snapshot = store.snapshot()
  return await digestOfState(snapshot, async () => {})
}

test('equal states have equal digests, however their entries were grouped; one altered value, under a right checksum, changes it', async () => {
  const [one, other] = [await stateOf(1), await stateOf(5)]
  const whole = await digest(one)
  expect(whole).toEqual(await digest(other))
  expect([whole.sha256, whole.values > 20]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), true])
  const key = keys.recent(3)
  const body = unseal(key, other.getSync(key) as Uint8Array).slice()
  body[0] = (body[0] as number) ^ 1
  other.overwrite(key, seal(key, body))
  expect((await digest(other)).sha256).not.toBe(whole.sha256)
})

test('the blobs in a snapshot are those that the state refers to, in order', async () => {
  const store = await stateOf(3)
  await using view = StateView.open(store)
  await using snapshot = store.snapshot()
  const blobs = blobsInSnapshot(writeSnapshot(snapshot))
  const found: unknown[] = []
  for (;;) {
    const next = await blobs.next()
    if (next.done === true) {
      expect(next.value.index).toBe(view.appliedIndex)
      break
    }
    found.push(next.value)
  }
  expect(found).toEqual(await view.listReferencedBlobs(undefined, 1_000))
  expect(found.length).toBeGreaterThan(0)
})
