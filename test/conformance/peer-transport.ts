import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MarketplaceError } from '../../src/model/error.js'
import { LIMITS } from '../../src/model/limit.js'
import { type NodeId, toNodeId } from '../../src/model/node-id.js'
import type { Lane, PeerTransport } from '../../src/rpc/peer-transport.js'

export interface PeerTransportHarness {
  /** A node comes up, with all three nodes as its peers. */
  start(id: NodeId): Promise<PeerTransport>
  /** Its process dies without a word. */
  kill(id: NodeId): Promise<void>
  /** Lets time pass until the promise settles; the promise itself where time is real. */
  settle<V>(promise: Promise<V>): Promise<V>
  /** Lets time pass until the condition holds. */
  until(condition: () => boolean, what: string): Promise<void>
  cleanUp(): Promise<void>
}

const A = toNodeId('node-1')
const B = toNodeId('node-2')
export const CONFORMANCE_NODES = [A, B, toNodeId('node-3')] as const

const DEADLINE = { deadlineMs: 5_000 }
const MIB = 1024 * 1024
const text = (value: string) => new TextEncoder().encode(value)
const plain = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

async function* bodyOf(...chunks: Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks
}

/** Bytes that differ by place, so that a swapped or repeated piece is seen. */
function pattern(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  for (let i = 0; i < sizeBytes; i++) bytes[i] = (i * 31 + (i >> 8) * 17 + (i >> 16)) & 0xff
  return bytes
}

async function collect(body: AsyncIterable<Uint8Array> | undefined): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body ?? []) {
    expect(chunk.length).toBeLessThanOrEqual(LIMITS.chunkBytesMax)
    chunks.push(chunk.slice())
  }
  return Uint8Array.from(Buffer.concat(chunks))
}

interface Received {
  readonly from: NodeId
  readonly lane: Lane
  readonly message: Uint8Array
}

function inbox(transport: PeerTransport): Received[] {
  const received: Received[] = []
  transport.onMessage((from, lane, message) => received.push({ from, lane, message: message.slice() }))
  return received
}

/** What holds of every transport between members. */
export function peerTransportConformance(name: string, open: () => Promise<PeerTransportHarness>): void {
  describe(`${name} as a peer transport`, () => {
    let net: PeerTransportHarness
    let a: PeerTransport
    let b: PeerTransport
    let atA: Received[]
    let atB: Received[]
    let links: string[]

    beforeEach(async () => {
      net = await open()
      links = []
      a = await net.start(A)
      a.onConnection((peer, connected) => links.push(`${connected ? '+' : '-'}${peer}`))
      b = await net.start(B)
      atA = inbox(a)
      atB = inbox(b)
      await net.until(() => links.includes(`+${B}`), 'a is connected to b')
      // The other lane has a connection of its own, of which nothing is told.
      await net.until(() => {
        a.send(B, 'forward', text('knock'))
        b.send(A, 'forward', text('knock'))
        b.send(A, 'raft', text('knock'))
        return atB.length > 0 && new Set(atA.map((one) => one.lane)).size === 2
      }, 'all lanes are up')
      await net.settle(quiet())
      atA.length = 0
      atB.length = 0
    })

    /** Until the knocks on their way have arrived: a message sent after them has. */
    async function quiet(): Promise<void> {
      for (const lane of ['raft', 'forward'] as const) {
        a.send(B, lane, text('last'))
        b.send(A, lane, text('last'))
      }
      const last = (list: Received[], lane: Lane) =>
        list.some((one) => one.lane === lane && plain(one.message) === 'last')
      await net.until(
        () => last(atA, 'raft') && last(atA, 'forward') && last(atB, 'raft') && last(atB, 'forward'),
        'the knocks have arrived',
      )
    }

    afterEach(() => net.cleanUp())

    describe('messages', () => {
      test('arrive in order on each lane, whole, with sender and lane', async () => {
        const raft = Array.from({ length: 200 }, (_, i) => text(`append ${i}`))
        const forward = [new Uint8Array(0), pattern(3 * MIB), text('write')]
        for (const message of raft) a.send(B, 'raft', message)
        for (const message of forward) a.send(B, 'forward', message)
        await net.until(() => atB.length === raft.length + forward.length, 'all have arrived')
        const of = (lane: Lane) => atB.filter((one) => one.lane === lane).map((one) => one.message)
        expect(of('raft').map(plain)).toEqual(raft.map(plain))
        expect(of('forward').map((one) => Buffer.compare(one, forward[of('forward').indexOf(one)]!))).toEqual(
          [0, 0, 0],
        )
        expect(new Set(atB.map((one) => one.from))).toEqual(new Set([A]))
      })

      test('go both ways at once', async () => {
        a.send(B, 'raft', text('to b'))
        b.send(A, 'raft', text('to a'))
        await net.until(() => atA.length === 1 && atB.length === 1, 'both have arrived')
        expect([plain(atA[0]!.message), plain(atB[0]!.message)]).toEqual(['to a', 'to b'])
      })

      test('to a node that is down are lost, and nothing is thrown', async () => {
        a.send(CONFORMANCE_NODES[2], 'raft', text('into the void'))
        a.send(B, 'raft', text('here'))
        await net.until(() => atB.length === 1, 'the other one has arrived')
      })

      test('reach a peer again that went away and came back, and its absence is told', async () => {
        await net.kill(B)
        await net.until(() => links.at(-1) === `-${B}`, 'the loss is noticed')
        a.send(B, 'raft', text('lost'))
        const reborn = inbox(await net.start(B))
        await net.until(() => links.at(-1) === `+${B}`, 'the return is noticed')
        a.send(B, 'raft', text('found'))
        await net.until(() => reborn.length > 0, 'it has arrived')
        expect(reborn.map((one) => plain(one.message))).toEqual(['found'])
      })

      test('to a peer that the list no longer names go back over the connection that it made, and ours goes', async () => {
        a.setPeers([])
        await net.until(() => links.at(-1) === `-${B}`, 'the connection is gone')
        a.send(B, 'raft', text('back'))
        a.send(B, 'forward', text('back too'))
        b.send(A, 'raft', text('still here'))
        await net.until(() => atA.length === 1 && atB.length === 2, 'all have arrived')
        const told = atB.map(({ from, lane, message }) => `${from} ${lane} ${plain(message)}`)
        expect(told.sort()).toEqual([`${A} forward back too`, `${A} raft back`])
      })

      test('to somebody who is in no list and keeps no connection are lost', async () => {
        await net.kill(B)
        await net.until(() => links.at(-1) === `-${B}`, 'the loss is noticed')
        a.setPeers([])
        a.send(B, 'raft', text('lost'))
        const reborn = inbox(await net.start(B))
        await net.until(() => {
          a.send(B, 'raft', text('found'))
          return reborn.length > 0
        }, 'it has come back and made a connection')
        expect(new Set(reborn.map((one) => plain(one.message)))).toEqual(new Set(['found']))
      })
    })

    describe('calls', () => {
      test('carry a header there and a header back, and tell who calls', async () => {
        b.serve('greet', async (from, call) => ({ header: text(`${from} said ${plain(call.header)}`) }))
        const reply = await net.settle(a.call(B, 'greet', { header: text('hello') }, DEADLINE))
        expect(plain(reply.header)).toBe('node-1 said hello')
        expect(reply.body).toBeUndefined()
      })

      test('carry bodies both ways unchanged, whatever the chunks were', async () => {
        const there = pattern(5 * MIB + 3)
        const back = pattern(3 * MIB + 1)
        let got: Uint8Array | undefined
        b.serve('swap', async (_from, call) => {
          got = await collect(call.body)
          return { header: text('ok'), body: bodyOf(back) }
        })
        const chunks = [
          there.subarray(0, 10),
          new Uint8Array(0),
          there.subarray(10, 2 * MIB),
          there.subarray(2 * MIB),
        ]
        const received = await net.settle(
          (async () => {
            const reply = await a.call(B, 'swap', { header: text(''), body: bodyOf(...chunks) }, DEADLINE)
            return collect(reply.body)
          })(),
        )
        expect(Buffer.compare(got!, there)).toBe(0)
        expect(Buffer.compare(received, back)).toBe(0)
      })

      test('tell an empty body from none', async () => {
        b.serve('which', async (_from, call) => {
          const size = call.body === undefined ? -1 : (await collect(call.body)).length
          return { header: text(String(size)), body: bodyOf() }
        })
        const none = await net.settle(a.call(B, 'which', { header: text('') }, DEADLINE))
        const empty = await net.settle(a.call(B, 'which', { header: text(''), body: bodyOf() }, DEADLINE))
        expect([plain(none.header), plain(empty.header)]).toEqual(['-1', '0'])
        expect(empty.body).toBeDefined()
        expect(await net.settle(collect(empty.body))).toHaveLength(0)
        expect(await net.settle(collect(none.body))).toHaveLength(0)
      })

      test('many at once each get their own answer', async () => {
        b.serve('echo', async (_from, call) => ({ header: call.header }))
        const calls = Array.from({ length: 50 }, (_, i) =>
          a.call(B, 'echo', { header: text(`${i}`) }, DEADLINE).then((reply) => plain(reply.header)),
        )
        expect(await net.settle(Promise.all(calls))).toEqual(calls.map((_, i) => `${i}`))
      })

      test('an error of the world crosses whole', async () => {
        const parts = {
          reason: 'HASH_MISMATCH',
          message: 'sha256 is 9f2c, not 77aa',
          help: 'send it again',
          field: 'content.digest',
          details: { expected: '77aa', found: '9f2c' },
        } as const
        b.serve('fail', async () => {
          throw new MarketplaceError(parts)
        })
        const error = await net.settle(rejection(a.call(B, 'fail', { header: text('') }, DEADLINE)))
        expect(error).toBeInstanceOf(MarketplaceError)
        expect(error).toMatchObject(parts)
      })

      test('any other error crosses as INTERNAL', async () => {
        b.serve('fail', async () => {
          throw new TypeError('x is not a function')
        })
        expect(await net.settle(reasonOf(a.call(B, 'fail', { header: text('') }, DEADLINE)))).toBe('INTERNAL')
      })

      test('of a procedure that nobody serves there are UNSUPPORTED', async () => {
        expect(await net.settle(reasonOf(a.call(B, 'nothing', { header: text('') }, DEADLINE)))).toBe(
          'UNSUPPORTED',
        )
      })

      test('to a node that is down are UNREACHABLE', async () => {
        const down = a.call(CONFORMANCE_NODES[2], 'echo', { header: text('') }, DEADLINE)
        expect(await net.settle(reasonOf(down))).toBe('UNREACHABLE')
      })

      test('that are not answered in time end with DEADLINE', async () => {
        b.serve('sleep', () => new Promise(() => {}))
        const call = a.call(B, 'sleep', { header: text('') }, { deadlineMs: 300 })
        expect(await net.settle(reasonOf(call))).toBe('DEADLINE')
      })

      test('that were answered before their body was read are answered', async () => {
        b.serve('enough', async () => ({ header: text('have it') }))
        const body = bodyOf(...Array.from({ length: 40 }, () => pattern(MIB)))
        const reply = await net.settle(a.call(B, 'enough', { header: text(''), body }, DEADLINE))
        expect(plain(reply.header)).toBe('have it')
      })

      test('that were refused in the middle of their body end with the refusal', async () => {
        b.serve('refuse', async (_from, call) => {
          for await (const _chunk of call.body ?? []) break
          throw new MarketplaceError({ reason: 'LIMIT_EXCEEDED', message: 'too much', help: 'send less' })
        })
        const body = bodyOf(...Array.from({ length: 40 }, () => pattern(MIB)))
        const call = a.call(B, 'refuse', { header: text(''), body }, DEADLINE)
        expect(await net.settle(reasonOf(call))).toBe('LIMIT_EXCEEDED')
      })

      test('whose own body fails are rejected, and the other side never sees its end', async () => {
        let seen: unknown
        b.serve('store', async (_from, call) => {
          seen = await collect(call.body).then(
            () => 'ended well',
            () => 'cut',
          )
          throw new MarketplaceError({ reason: 'UPLOAD_INCOMPLETE', message: 'cut', help: 'send it again' })
        })
        async function* failing(): AsyncIterable<Uint8Array> {
          yield pattern(MIB)
          throw new MarketplaceError({ reason: 'UPLOAD_INCOMPLETE', message: 'client left', help: 'again' })
        }
        const call = a.call(B, 'store', { header: text(''), body: failing() }, DEADLINE)
        expect(await net.settle(reasonOf(call))).toBe('UPLOAD_INCOMPLETE')
        await net.until(() => seen !== undefined, 'the other side has noticed')
        expect(seen).toBe('cut')
      })

      test('whose answer fails half-way reject while their body is read', async () => {
        b.serve('damaged', async () => ({ header: text(''), body: failing() }))
        async function* failing(): AsyncIterable<Uint8Array> {
          yield pattern(1000)
          throw new MarketplaceError({ reason: 'BLOB_CORRUPT', message: 'bad bytes', help: 'another node' })
        }
        const read = async () => collect((await a.call(B, 'damaged', { header: text('') }, DEADLINE)).body)
        expect(await net.settle(reasonOf(read()))).toBe('BLOB_CORRUPT')
      })

      test('whose reader leaves early stop the other side', async () => {
        let stopped = false
        b.serve('stream', async () => ({ header: text(''), body: endless() }))
        async function* endless(): AsyncIterable<Uint8Array> {
          try {
            while (true) yield pattern(1000)
          } finally {
            stopped = true
          }
        }
        const first = await net.settle(
          (async () => {
            const reply = await a.call(B, 'stream', { header: text('') }, DEADLINE)
            for await (const chunk of reply.body ?? []) return chunk.length
            return 0
          })(),
        )
        expect(first).toBe(1000)
        await net.until(() => stopped, 'the source is told')
      })

      test('whose reader is slow hold the other side back', async () => {
        const chunk = pattern(MIB)
        const total = 150
        let produced = 0
        b.serve('stream', async () => ({ header: text(''), body: counted() }))
        async function* counted(): AsyncIterable<Uint8Array> {
          for (; produced < total; produced++) yield chunk
        }
        const reply = await net.settle(a.call(B, 'stream', { header: text('') }, DEADLINE))
        const body = reply.body![Symbol.asyncIterator]()
        await net.settle(body.next())
        // Long enough for all of it, were it not held back: another call of the same size goes through meanwhile.
        b.serve('other', async () => ({ header: text(''), body: bodyOf(...Array(20).fill(chunk)) }))
        await net.settle(
          (async () => collect((await a.call(B, 'other', { header: text('') }, DEADLINE)).body))(),
        )
        expect(produced).toBeLessThan(100)
        await net.settle(
          (async () => {
            while ((await body.next()).done !== true);
          })(),
        )
        expect(produced).toBe(total)
      })

      test('to a node that dies meanwhile end with UNREACHABLE', async () => {
        let called = false
        b.serve('sleep', () => {
          called = true
          return new Promise(() => {})
        })
        const call = reasonOf(a.call(B, 'sleep', { header: text('') }, { deadlineMs: 20_000 }))
        await net.until(() => called, 'the call is under way')
        await net.kill(B)
        expect(await net.settle(call)).toBe('UNREACHABLE')
      })

      test('from a node that dies meanwhile break their body at the other side', async () => {
        let seen: string | undefined
        let begun = false
        b.serve('store', async (_from, call) => {
          try {
            for await (const _chunk of call.body ?? []) begun = true
            seen = 'ended well'
          } catch {
            seen = 'cut'
          }
          return { header: text('') }
        })
        async function* slow(): AsyncIterable<Uint8Array> {
          yield pattern(1000)
          await new Promise(() => {})
        }
        a.call(B, 'store', { header: text(''), body: slow() }, DEADLINE).catch(() => {})
        await net.until(() => begun, 'the first bytes are there')
        await net.kill(A)
        await net.until(() => seen !== undefined, 'the cut is noticed')
        expect(seen).toBe('cut')
      })
    })
  })
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

async function reasonOf(promise: Promise<unknown>): Promise<string> {
  const error = await rejection(promise)
  if (error === undefined) return 'none'
  if (error instanceof MarketplaceError) return error.reason
  throw error
}
