import { describe, expect, test } from 'vitest'
import { MarketplaceError } from '../../src/model/error.js'
import { toNodeId } from '../../src/model/node-id.js'
import type { PeerTransport } from '../../src/rpc/peer-transport.js'
import { drainMicrotasks, runFor, runUntil } from './run-until.js'
import { SeededRandom } from './seeded-random.js'
import { SimClock } from './sim-clock.js'
import { type NetworkFaults, SimNetwork } from './sim-network.js'

const A = toNodeId('node-1')
const B = toNodeId('node-2')
const C = toNodeId('node-3')
const PEERS = [A, B, C].map((id) => ({ id, address: `sim:${id}` }))
const bytes = (...values: number[]) => Uint8Array.from(values)

function open(faults: Partial<NetworkFaults> = {}, seed = 1) {
  const clock = new SimClock()
  const trace: string[] = []
  const network = new SimNetwork({
    clock,
    random: new SeededRandom(seed),
    faults,
    trace: (line) => trace.push(`${clock.now} ${line}`),
  })
  const start = (id: typeof A): PeerTransport => {
    const endpoint = network.endpoint(id)
    endpoint.setPeers(PEERS)
    return endpoint
  }
  return { clock, network, trace, start, a: start(A), b: start(B), c: start(C) }
}

function received(endpoint: PeerTransport): number[] {
  const list: number[] = []
  endpoint.onMessage((_from, _lane, message) => list.push(message[0] as number))
  return list
}

async function* pieces(count: number, size: number, pulled?: { count: number }): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) {
    if (pulled !== undefined) pulled.count++
    yield new Uint8Array(size).fill(i)
  }
}

async function collect(body: AsyncIterable<Uint8Array> | undefined): Promise<number> {
  let total = 0
  for await (const chunk of body ?? []) total += chunk.length
  return total
}

async function reasonOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (error instanceof MarketplaceError) return error.reason
    throw error
  }
  return 'none'
}

describe('messages', () => {
  test('on a calm network all arrive once, in order, with who sent them', async () => {
    const { clock, a, b } = open()
    const list = received(b)
    b.onMessage((from, lane) => expect([from, lane]).toEqual([A, 'raft']))
    for (let i = 0; i < 100; i++) a.send(B, 'raft', bytes(i))
    await runFor(clock, 100)
    expect(list).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })

  test('the receiver has its own copy of the bytes', async () => {
    const { clock, a, b } = open()
    const list = received(b)
    const message = bytes(1)
    a.send(B, 'raft', message)
    message[0] = 9
    await runFor(clock, 10)
    expect(list).toEqual([1])
  })

  test('loss, duplication and reordering each happen where asked for', async () => {
    for (const [faults, check] of [
      [{ lossPermille: 300 }, (l: number[]) => l.length > 100 && l.length < 190],
      [{ duplicatePermille: 300 }, (l: number[]) => l.length > 210 && new Set(l).size === 200],
      [
        { reorderPermille: 300 },
        (l: number[]) => l.length === 200 && l.some((v, i) => v < (l[i - 1] as number)),
      ],
    ] as const) {
      const { clock, a, b } = open(faults)
      const list = received(b)
      for (let i = 0; i < 200; i++) a.send(B, 'raft', bytes(i))
      await runFor(clock, 1000)
      expect(check(list), JSON.stringify(faults)).toBe(true)
    }
  })

  test('a one-way block stops one direction only, and what was under way in it', async () => {
    const { clock, network, a, b } = open()
    const atA = received(a)
    const atB = received(b)
    a.send(B, 'raft', bytes(1))
    network.block(A, B)
    a.send(B, 'raft', bytes(2))
    b.send(A, 'raft', bytes(3))
    await runFor(clock, 100)
    network.unblock(A, B)
    a.send(B, 'raft', bytes(4))
    await runFor(clock, 100)
    expect([atA, atB]).toEqual([[3], [4]])
  })

  test('what was on its way to a crashed node does not reach its next life', async () => {
    const { clock, network, a, start } = open()
    a.send(B, 'raft', bytes(1))
    network.crash(B)
    const again = start(B)
    const list = received(again)
    a.send(B, 'raft', bytes(2))
    await runFor(clock, 100)
    expect(list).toEqual([2])
  })

  test('a node that is not in the list of peers gets nothing unless it has a connection, and can never be called', async () => {
    const { clock, network, a, c } = open()
    const list = received(c)
    await runFor(clock, 10)
    a.setPeers([{ id: B, address: '' }])
    a.send(C, 'raft', bytes(1))
    await runFor(clock, 10)
    network.block(C, A)
    await runFor(clock, 1000)
    a.send(C, 'raft', bytes(2))
    await runFor(clock, 10)
    network.heal()
    c.setPeers([])
    await runFor(clock, 1000)
    a.send(C, 'raft', bytes(3))
    await runFor(clock, 10)
    expect(list).toEqual([1])
    c.setPeers(PEERS)
    await runFor(clock, 10)
    a.send(C, 'raft', bytes(4))
    await runFor(clock, 10)
    expect(list).toEqual([1, 4])
    expect(await runUntil(clock, reasonOf(a.call(C, 'x', { header: bytes() }, { deadlineMs: 100 })))).toBe(
      'UNREACHABLE',
    )
  })
})

test('connections come up, go away with a block or a crash, and come back', async () => {
  const { clock, network, a, start } = open()
  const events: string[] = []
  a.onConnection((peer, up) => events.push(`${peer} ${up ? 'up' : 'down'}`))
  await runFor(clock, 1000)
  expect(events.splice(0).sort()).toEqual(['node-2 up', 'node-3 up'])
  network.block(B, A)
  await runFor(clock, 1000)
  network.heal()
  await runFor(clock, 1000)
  network.crash(C)
  await runFor(clock, 1000)
  start(C)
  await runFor(clock, 1000)
  expect(events).toEqual(['node-2 down', 'node-2 up', 'node-3 down', 'node-3 up'])
})

describe('calls', () => {
  test('header and bodies cross both ways', async () => {
    const { clock, network, a, b } = open()
    b.serve('echo', async (from, call) => {
      const total = await collect(call.body)
      return { header: bytes(call.header[0] as number, from === A ? 1 : 0), body: pieces(total / 1000, 1000) }
    })
    const reply = await runUntil(
      clock,
      a.call(B, 'echo', { header: bytes(7), body: pieces(50, 1000) }, { deadlineMs: 10_000 }),
    )
    expect([...reply.header]).toEqual([7, 1])
    expect(await runUntil(clock, collect(reply.body))).toBe(50_000)
    expect(network.calls).toBe(0)
  })

  test('a slow reader holds its writer back to the window', async () => {
    const { clock, a, b } = open({ windowBytes: 10_000 })
    const pulled = { count: 0 }
    b.serve('slow', async (_from, call) => {
      for await (const _ of call.body ?? []) await new Promise<void>((resolve) => clock.schedule(50, resolve))
      return { header: bytes() }
    })
    const answer = a.call(
      B,
      'slow',
      { header: bytes(), body: pieces(100, 1000, pulled) },
      { deadlineMs: 60_000 },
    )
    await runFor(clock, 500)
    expect(pulled.count).toBeLessThan(25)
    await runUntil(clock, answer)
    expect(pulled.count).toBe(100)
  })

  test('an error of the other side crosses whole', async () => {
    const { clock, a, b } = open()
    b.serve('refuse', async () => {
      throw new MarketplaceError({
        reason: 'HASH_MISMATCH',
        message: 'm',
        help: 'h',
        field: 'f',
        details: { k: 'v' },
      })
    })
    const error = await runUntil(
      clock,
      a.call(B, 'refuse', { header: bytes(), body: pieces(1000, 100_000) }, { deadlineMs: 1000 }).then(
        () => undefined,
        (thrown: MarketplaceError) => thrown,
      ),
    )
    expect(error).toMatchObject({
      reason: 'HASH_MISMATCH',
      message: 'm',
      help: 'h',
      field: 'f',
      details: { k: 'v' },
    })
    expect(
      await runUntil(clock, reasonOf(a.call(B, 'none', { header: bytes() }, { deadlineMs: 1000 }))),
    ).toBe('UNSUPPORTED')
  })

  test('a call that is not answered in time rejects with DEADLINE, and the body stops at its source', async () => {
    const { clock, network, a, b } = open()
    let returned = false
    b.serve('hang', () => new Promise(() => {}))
    async function* endless() {
      try {
        for (;;) yield new Uint8Array(1000)
      } finally {
        returned = true
      }
    }
    const answer = a.call(B, 'hang', { header: bytes(), body: endless() }, { deadlineMs: 200 })
    expect(await runUntil(clock, reasonOf(answer))).toBe('DEADLINE')
    await drainMicrotasks()
    expect(returned).toBe(true)
    expect(network.calls).toBe(0)
  })

  test('a crash of the called node breaks the call; the writer in the crashed node is never told', async () => {
    const { clock, network, a, b } = open()
    let touched = false
    b.serve('fetch', async () => ({
      header: bytes(1),
      body: (async function* () {
        try {
          for (;;) yield new Uint8Array(100_000)
        } finally {
          touched = true
        }
      })(),
    }))
    const reply = await runUntil(clock, a.call(B, 'fetch', { header: bytes() }, { deadlineMs: 60_000 }))
    const rest = reasonOf(collect(reply.body))
    clock.schedule(20, () => network.crash(B))
    expect(await runUntil(clock, rest)).toBe('UNREACHABLE')
    expect(touched).toBe(false)
  })

  test('a crash of the caller ends the body at the called node, and the caller itself hears nothing', async () => {
    const { clock, network, a, b } = open()
    let seen = ''
    b.serve('store', async (_from, call) => {
      seen = await reasonOf(collect(call.body))
      return { header: bytes() }
    })
    let heard = false
    void reasonOf(
      a.call(B, 'store', { header: bytes(), body: pieces(1e9, 1000) }, { deadlineMs: 60_000 }),
    ).then(() => {
      heard = true
    })
    await runFor(clock, 20)
    network.crash(A)
    await runFor(clock, 5000)
    expect([seen, heard]).toEqual(['UNREACHABLE', false])
  })

  test('a cut reaches both ends in the middle of a body', async () => {
    const { clock, a, b } = open({ cutPermille: 50 })
    const ends: string[] = []
    b.serve('store', async (_from, call) => {
      ends.push(await reasonOf(collect(call.body)))
      return { header: bytes() }
    })
    const answer = await runUntil(
      clock,
      reasonOf(a.call(B, 'store', { header: bytes(), body: pieces(500, 1000) }, { deadlineMs: 60_000 })),
    )
    expect([answer, ends]).toEqual(['UNREACHABLE', ['UNREACHABLE']])
  })

  test('a reader that leaves early stops the writer', async () => {
    const { clock, network, a, b } = open()
    const pulled = { count: 0 }
    b.serve('fetch', async () => ({ header: bytes(), body: pieces(1e9, 100_000, pulled) }))
    const reply = await runUntil(clock, a.call(B, 'fetch', { header: bytes() }, { deadlineMs: 60_000 }))
    await runUntil(
      clock,
      (async () => {
        for await (const _ of reply.body ?? []) break
      })(),
    )
    await runFor(clock, 10)
    const { count } = pulled
    await runFor(clock, 100)
    expect([pulled.count, network.calls]).toEqual([count, 0])
  })
})

test('the same seed gives the same trace, another seed another', async () => {
  const story = async (seed: number) => {
    const { clock, network, trace, a, b, c } = open(
      { lossPermille: 100, duplicatePermille: 100, reorderPermille: 100, cutPermille: 20 },
      seed,
    )
    b.serve('store', async (_from, call) => ({ header: bytes((await collect(call.body)) & 255) }))
    for (let i = 0; i < 50; i++) {
      a.send(B, 'raft', bytes(i))
      c.send(A, 'forward', bytes(i))
      if (i === 20) network.partition([A], [C])
      if (i === 40) network.heal()
      trace.push(
        await runUntil(
          clock,
          reasonOf(a.call(B, 'store', { header: bytes(), body: pieces(5, 10_000) }, { deadlineMs: 500 })),
        ),
      )
    }
    return trace.join('\n')
  }
  const first = await story(7)
  expect(await story(7)).toBe(first)
  expect(await story(8)).not.toBe(first)
})
