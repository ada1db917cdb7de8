import { describe, expect, it } from 'vitest'
import { change, NOON_MS, register, requestId } from '../../test/state/history.js'
import { Replica } from '../../test/state/replica.js'
import type { NodeId } from '../model/node-id.js'
import { keys, TABLE } from './key-layout.js'
import { EXPIRIES_PER_ENTRY } from './request-table.js'

const MINUTE = 60_000

function held(replica: Replica, table: number): number {
  return replica.store.dump().filter(([key]) => key.charCodeAt(0) === table).length
}

describe('request table', () => {
  it('a request sent again gets the answer of the first time, success or refusal, and does nothing', async () => {
    const replica = await Replica.open()
    const publish = register('acme/web@1.0.0', { request: 1 })
    const refusal = register('acme/web@2.0.0', { request: 2, holders: [] })
    const first = [await replica.apply(publish), await replica.apply(refusal)]
    const yank = await replica.apply(change('yank', 'acme/web@1.0.0', { request: 3 }))
    expect(await replica.apply(publish)).toEqual(first[0])
    expect(await replica.apply(refusal)).toEqual(first[1])
    await replica.apply(change('unyank', 'acme/web@1.0.0', { request: 4 }))
    expect(await replica.apply(change('yank', 'acme/web@1.0.0', { request: 3 }))).toEqual(yank)
    await using view = replica.view()
    expect(view.version(publish.metadata.id)?.yanked).toBe(false)
    expect(view.stats.versions).toBe(1)
  })

  it('a retry through another node is the same request, though other members hold the blob by then', async () => {
    const replica = await Replica.open()
    const first = await replica.apply(register('acme/web@1.0.0', { request: 1 }))
    const retry = register('acme/web@1.0.0', {
      request: 1,
      holders: ['node-2', 'node-3'] as NodeId[],
      leaseEndMs: NOON_MS + 7,
    })
    expect(await replica.apply(retry)).toEqual(first)
  })

  it('an id used for another write is refused, and the first answer stays', async () => {
    const replica = await Replica.open()
    const first = register('acme/web@1.0.0', { request: 1 })
    const answer = await replica.apply(first)
    for (const other of [
      register('acme/web@1.1.0', { request: 1 }),
      change('yank', 'acme/web@1.0.0', { request: 1 }),
    ]) {
      expect(await replica.apply(other)).toMatchObject({ type: 'refused', reason: 'REQUEST_ID_REUSED' })
    }
    expect(await replica.apply(first)).toEqual(answer)
  })

  it('forgets an answer once it is older than the memory, by log time, not before', async () => {
    const replica = await Replica.open({ requestMemoryMs: 15 * MINUTE })
    const publish = register('acme/web@1.0.0', { request: 1, leaseEndMs: NOON_MS + 100 * MINUTE })
    await replica.apply(publish, NOON_MS)
    replica.log.stampMs = NOON_MS + 15 * MINUTE
    await replica.empty()
    expect(replica.store.getSync(keys.request(requestId(1)))).toBeDefined()
    expect(await replica.apply(publish)).toMatchObject({ created: true })
    replica.log.stampMs = NOON_MS + 15 * MINUTE + 1
    await replica.empty()
    expect(replica.store.getSync(keys.request(requestId(1)))).toBeUndefined()
    expect(await replica.apply(publish)).toMatchObject({ created: false })
  })

  it('a clock that goes back does not move log time back', async () => {
    const replica = await Replica.open()
    await replica.apply(register('acme/web@1.0.0'), NOON_MS + 5_000)
    await replica.apply(register('acme/web@1.1.0'), NOON_MS - 5_000)
    expect(replica.machine.logTimeMs).toBe(NOON_MS + 5_000)
  })

  it('expires a backlog a few per entry, oldest first, faster than entries can add', async () => {
    const replica = await Replica.open()
    for (let i = 0; i < 10; i++) await replica.apply(register(`acme/web@1.${i}.0`, { request: i + 1 }))
    replica.log.stampMs = NOON_MS + 60 * MINUTE
    expect(EXPIRIES_PER_ENTRY).toBeGreaterThan(1)
    await replica.empty()
    expect(held(replica, TABLE.request)).toBe(10 - EXPIRIES_PER_ENTRY)
    expect(replica.store.getSync(keys.request(requestId(EXPIRIES_PER_ENTRY)))).toBeUndefined()
    expect(replica.store.getSync(keys.request(requestId(EXPIRIES_PER_ENTRY + 1)))).toBeDefined()
    await replica.empty()
    await replica.empty()
    expect(held(replica, TABLE.request)).toBe(0)
    expect(held(replica, TABLE.requestQueue)).toBe(0)
  })

  it('when full refuses new writes, still answers old ones, and takes the refused one once there is room', async () => {
    const replica = await Replica.open({ requestTableMax: 2 })
    const early = register('acme/web@1.0.0', { request: 1 })
    await replica.apply(early)
    await replica.apply(register('acme/web@1.1.0', { request: 2 }))
    const late = register('acme/web@1.2.0', { request: 3 })
    expect(await replica.apply(late)).toMatchObject({ type: 'refused', reason: 'REQUEST_TABLE_FULL' })
    expect(await replica.apply(early)).toMatchObject({ created: true, index: 2 })
    expect(held(replica, TABLE.request)).toBe(2)
    expect(await replica.apply(late, NOON_MS + 16 * MINUTE)).toMatchObject({ created: true })
  })

  it('is not used by counters and ticks', async () => {
    const replica = await Replica.open({ requestTableMax: 1 })
    await replica.apply({ type: 'tick', requestId: requestId(1) })
    await replica.apply({
      type: 'downloads',
      requestId: requestId(1),
      nodeId: 'node-1' as NodeId,
      epoch: 1,
      counts: [],
    })
    expect(held(replica, TABLE.request)).toBe(0)
  })
})
