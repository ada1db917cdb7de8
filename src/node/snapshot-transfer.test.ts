import { beforeEach, describe, expect, test } from 'vitest'
import { runFor, runUntil } from '../../test/sim/run-until.js'
import { SeededRandom } from '../../test/sim/seeded-random.js'
import { SimClock } from '../../test/sim/sim-clock.js'
import { SimStateDisk } from '../../test/sim/sim-key-value-store.js'
import { SimNetwork } from '../../test/sim/sim-network.js'
import { register } from '../../test/state/history.js'
import type { MemoryKeyValueStore } from '../../test/state/memory-key-value-store.js'
import { Replica } from '../../test/state/replica.js'
import type { NodeId } from '../model/node-id.js'
import { toNodeId } from '../model/node-id.js'
import type { CallHandler, PeerCall, PeerReply, PeerTransport } from '../rpc/peer-transport.js'
import { silentLogger } from '../runtime/logger.js'
import type { KeyValueSnapshot } from '../state/key-value-store.js'
import { writeSnapshot } from '../state/snapshot.js'
import { SNAPSHOT_TRANSFER_DEFAULTS } from './snapshot-options.js'
import { encodePartHeader } from './snapshot-part.js'
import { SnapshotTransfer } from './snapshot-transfer.js'

const [one, two, three] = ['node-1', 'node-2', 'node-3'].map((id) => toNodeId(id)) as [NodeId, NodeId, NodeId]
const OPTIONS = { ...SNAPSHOT_TRANSFER_DEFAULTS, bytesPerSecondMax: 0, partBytes: 20_000, resumeMs: 5_000 }

const random = new SeededRandom(5)
let clock: SimClock
let network: SimNetwork
/** What the senders hold, and how long it is as a stream. */
let state: MemoryKeyValueStore
let streamBytes: number
/** Why no state may be passed on. */
let refusal: Error | undefined

beforeEach(async () => {
  clock = new SimClock()
  network = new SimNetwork({ clock, random, faults: { bytesPerMs: 1_000, windowBytes: 8_000 } })
  const replica = await Replica.open()
  for (let i = 0; i < 60; i++) {
    const description = `${i} `.repeat(1_500)
    await replica.apply(register(`acme/web@1.${i}.0`, { request: i + 1, metadata: { description } }))
  }
  state = replica.store
  streamBytes = 0
  refusal = undefined
  await using snapshot = state.snapshot()
  for await (const chunk of writeSnapshot(snapshot)) streamBytes += chunk.length
})

interface Machine {
  readonly transfer: SnapshotTransfer
  readonly states: SimStateDisk
  readonly seen: {
    /** Snapshots frozen, and those still open. */
    frozen: number
    open: number
    sentBytes: number
    takenBytes: number
    /** Calls under way, and most at once. */
    calls: number
    callsMost: number
  }
  /** What it answers to a call. */
  answer(procedure: string, call: PeerCall): Promise<PeerReply>
  /** Index of every state that arrived whole. */
  readonly received: { readonly from: NodeId; readonly term: number; readonly index: number }[]
}

function machine(id: NodeId, options = OPTIONS): Machine {
  const seen = { frozen: 0, open: 0, sentBytes: 0, takenBytes: 0, calls: 0, callsMost: 0 }
  const received: Machine['received'] = []
  const endpoint = network.endpoint(id)
  endpoint.setPeers([one, two, three].map((peer) => ({ id: peer, address: `${peer}:1` })))
  const counted = async function* (body: AsyncIterable<Uint8Array>, as: 'sentBytes' | 'takenBytes') {
    for await (const chunk of body) {
      seen[as] += chunk.length
      yield chunk
    }
  }
  const handlers = new Map<string, CallHandler>()
  const transport: Pick<PeerTransport, 'serve' | 'call'> = {
    serve: (procedure, handler) => {
      handlers.set(procedure, handler)
      endpoint.serve(procedure, (from, { header, body }) =>
        handler(from, body === undefined ? { header } : { header, body: counted(body, 'takenBytes') }),
      )
    },
    call: async (to, procedure, call, limit) => {
      seen.callsMost = Math.max(seen.callsMost, ++seen.calls)
      const body = call.body === undefined ? {} : { body: counted(call.body, 'sentBytes') }
      return endpoint.call(to, procedure, { ...call, ...body }, limit).finally(() => seen.calls--)
    },
  }
  const states = new SimStateDisk({ clock: clock.forNode(), random })
  const transfer = new SnapshotTransfer(
    {
      transport: transport as PeerTransport,
      folders: states.folders(),
      clock: clock.forNode(),
      logger: silentLogger,
      snapshot: async (): Promise<KeyValueSnapshot> => {
        seen.frozen++
        seen.open++
        const snapshot = state.snapshot()
        return {
          getSync: (key) => snapshot.getSync(key),
          iterate: (range) => snapshot.iterate(range),
          [Symbol.asyncDispose]: async () => {
            seen.open--
            await snapshot[Symbol.asyncDispose]()
          },
        }
      },
      confirm: async () => {
        if (refusal !== undefined) throw refusal
      },
      onReceived: async (from, term, mark) => {
        received.push({ from, term, index: mark.index })
        return true
      },
    },
    options,
  )
  transfer.serve()
  const answer = async (procedure: string, call: PeerCall) => {
    const handler = handlers.get(procedure)
    if (handler === undefined) throw new Error(`nobody serves ${procedure}`)
    return handler(two, call)
  }
  return { transfer, states, seen, received, answer }
}

/** The promise, as a value: a rejection that comes before it is awaited is no fault of the test. */
function outcome(work: Promise<number | undefined>): Promise<number | string | undefined> {
  return work.catch((error: Error) => error.message)
}

describe('a snapshot', () => {
  test('arrives part by part, checked, and its sender holds nothing afterwards', async () => {
    const [sender, receiver] = [machine(one), machine(two)]
    expect(await runUntil(clock, sender.transfer.push(two, 3))).toBe(61)
    expect(receiver.received).toEqual([{ from: one, term: 3, index: 61 }])
    expect(sender.seen).toMatchObject({ frozen: 1, open: 0, sentBytes: streamBytes, calls: 0, callsMost: 1 })
  })

  test('of a state that the others do not confirm leaves its node neither way, and nothing stays open', async () => {
    const [sender, receiver] = [machine(one), machine(two)]
    refusal = new Error('the others differ')
    expect(await runUntil(clock, outcome(sender.transfer.push(two, 3)))).toBe('the others differ')
    await expect(runUntil(clock, receiver.transfer.pull(one, 1))).rejects.toThrow('the others differ')
    expect(receiver.received).toEqual([])
    expect(sender.seen).toMatchObject({ open: 0, sentBytes: 0 })
  })

  test('that is cut in the middle goes on at the byte that the follower kept', async () => {
    const [sender, receiver] = [machine(one), machine(two)]
    const work = outcome(sender.transfer.push(two, 3))
    for (let cut = 0; cut < 3; cut++) {
      await runFor(clock, 60)
      network.partition([one], [two])
      await runFor(clock, 2_000)
      network.heal()
    }
    expect(receiver.received).toEqual([])
    expect(await runUntil(clock, work)).toBe(61)
    expect(receiver.received).toHaveLength(1)
    expect(sender.seen).toMatchObject({ frozen: 1, open: 0 })
    expect(sender.seen.sentBytes).toBeGreaterThan(streamBytes)
    expect(receiver.seen.takenBytes).toBe(streamBytes)
  })

  test('gets through a network that breaks one leg in fifty', async () => {
    network.setFaults({ cutPermille: 20 })
    const [sender, receiver] = [machine(one), machine(two)]
    expect(await runUntil(clock, sender.transfer.push(two, 3))).toBe(61)
    expect(receiver.received).toHaveLength(1)
    expect(sender.seen.frozen).toBe(1)
  })

  test('is given up when nothing moves for too long, and the next one begins from the start', async () => {
    const [sender, receiver] = [machine(one), machine(two)]
    const work = outcome(sender.transfer.push(two, 3))
    await runFor(clock, 100)
    network.partition([one], [two])
    expect(await runUntil(clock, work)).toContain('node-2')
    expect(sender.seen.open).toBe(0)
    network.heal()
    expect(await runUntil(clock, sender.transfer.push(two, 3))).toBe(61)
    expect(receiver.received).toHaveLength(1)
    expect(sender.seen.frozen).toBe(2)
  })

  test('that a restarted follower has forgotten is begun again', async () => {
    const sender = machine(one)
    machine(two)
    const work = outcome(sender.transfer.push(two, 3))
    await runFor(clock, 100)
    network.crash(two)
    const again = machine(two)
    expect(await runUntil(clock, work)).toContain('knows nothing of this one any more')
    expect(await runUntil(clock, sender.transfer.push(two, 3))).toBe(61)
    expect(again.received).toHaveLength(1)
  })

  test('is replaced by a later one to the same peer, and the two are never under way at once', async () => {
    const [sender, receiver] = [machine(one), machine(two)]
    const older = outcome(sender.transfer.push(two, 3))
    await runFor(clock, 60)
    const newer = outcome(sender.transfer.push(two, 3))
    expect(await runUntil(clock, older)).toBeUndefined()
    expect(await runUntil(clock, newer)).toBe(61)
    expect(receiver.received).toHaveLength(1)
    expect(sender.seen).toMatchObject({ frozen: 2, open: 0, callsMost: 1 })
  })

  test('of a later leader takes the place of one under way, and the older leader is told', async () => {
    const [old, next, receiver] = [machine(one), machine(three), machine(two)]
    const older = outcome(old.transfer.push(two, 3))
    await runFor(clock, 60)
    const newer = outcome(next.transfer.push(two, 4))
    expect(await runUntil(clock, older)).toContain('it is being sent a newer one')
    expect(await runUntil(clock, newer)).toBe(61)
    expect(receiver.received).toEqual([{ from: three, term: 4, index: 61 }])
    expect(await runUntil(clock, outcome(old.transfer.push(two, 3)))).toContain('a newer one')
  })

  test('is sent no further once its sender leads no more', async () => {
    const [sender, receiver] = [machine(one), machine(two)]
    const work = outcome(sender.transfer.push(two, 3))
    await runFor(clock, 60)
    sender.transfer.giveUp()
    expect(await runUntil(clock, work)).toContain('did not get through')
    expect(sender.seen).toMatchObject({ open: 0, calls: 0 })
    await runUntil(clock, receiver.transfer.stop())
    expect(receiver.received).toEqual([])
  })

  test('moves no faster than the limit allows, to all peers together', async () => {
    const rate = 100_000
    const sender = machine(one, { ...OPTIONS, bytesPerSecondMax: rate })
    machine(two)
    machine(three)
    const beganMs = clock.now
    await runUntil(clock, Promise.all([sender.transfer.push(two, 3), sender.transfer.push(three, 3)]))
    const leastMs = ((2 * streamBytes - 2 * OPTIONS.partBytes) / rate) * 1_000
    expect(clock.now - beganMs).toBeGreaterThan(leastMs)
  })
})

describe('a state that is pulled', () => {
  test('is that of the other member, who holds nothing open afterwards', async () => {
    const [giver, taker] = [machine(one), machine(two)]
    expect(await runUntil(clock, taker.transfer.pull(one, 61))).toMatchObject({ index: 61 })
    expect(giver.seen).toMatchObject({ frozen: 1, open: 0 })
  })

  test('is not frozen for an answer that nobody reads', async () => {
    const giver = machine(one)
    const reply = await giver.answer('snapshot.pull', { header: new Uint8Array() })
    // What the transport does with an answer whose caller is gone.
    await reply.body?.[Symbol.asyncIterator]().return?.()
    expect(giver.seen.open).toBe(0)
  })
})

describe('a part', () => {
  async function* oneChunk(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
    yield chunk
  }

  /** What a receiver answers to one call. */
  function call(part: PeerCall): Promise<unknown> {
    machine(two)
    const peer = network.endpoint(one)
    peer.setPeers([{ id: two, address: 'node-2:1' }])
    return runUntil(clock, peer.call(two, 'snapshot.part', part, { deadlineMs: 5_000 }))
  }

  const header = encodePartHeader({ term: 3, sequence: 1, offset: 0 })

  test.each<[string, PeerCall, string]>([
    ['no header', { header: new Uint8Array(), body: oneChunk(random.bytes(10)) }, 'INVALID_ARGUMENT'],
    [
      'random bytes for a header',
      { header: random.bytes(40), body: oneChunk(random.bytes(10)) },
      'INVALID_ARGUMENT',
    ],
    ['random bytes for a body', { header, body: oneChunk(random.bytes(1_000)) }, 'STATE_CORRUPT'],
  ])('with %s is refused by name', async (_what, part, reason) => {
    await expect(call(part)).rejects.toMatchObject({
      reason,
      message: expect.stringContaining('snapshot'),
    })
  })
})
