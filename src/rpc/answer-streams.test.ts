import { setTimeout as sleep } from 'node:timers/promises'
import { credentials } from '@grpc/grpc-js'
import { afterEach, expect, test } from 'vitest'
import { MarketplaceError } from '../model/error.js'
import { type ClusterId, type HistoryId, type Incarnation, type NodeId, toNodeId } from '../model/node-id.js'
import { silentLogger } from '../runtime/logger.js'
import { silentMetrics } from '../runtime/metrics.js'
import { nodeClock } from '../runtime/node-clock.js'
import { nodeRandom } from '../runtime/node-random.js'
import type { ExchangeFrame__Output } from './gen/ggen/raft/v1/ExchangeFrame.js'
import { GrpcTransport, type GrpcTransportOptions } from './grpc-transport.js'
import { type PeerHello, toHello } from './peer-hello.js'
import { PEER_LIMITS } from './peer-timing.js'
import { createServiceClient } from './services.js'

const A = toNodeId('node-1')
const B = toNodeId('node-2')
const text = (value: string) => new TextEncoder().encode(value)

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function self(nodeId: NodeId): Omit<PeerHello, 'protocol'> {
  return {
    nodeId,
    clusterId: 'c1'.repeat(16) as ClusterId,
    historyId: 'e1'.repeat(16) as HistoryId,
    incarnation: 'ab'.repeat(16) as Incarnation,
    startMarks: [],
    configurationIndex: 0,
  }
}

async function listen(nodeId: NodeId, given: Partial<GrpcTransportOptions> = {}) {
  const transport = await GrpcTransport.listen({
    self: self(nodeId),
    listen: '127.0.0.1:0',
    admit: () => {},
    clock: nodeClock,
    random: nodeRandom,
    logger: silentLogger,
    metrics: silentMetrics,
    timing: { refusedRetryMs: 50 },
    ...given,
  })
  closing.push(() => transport[Symbol.asyncDispose]())
  const received: string[] = []
  transport.onMessage((from, lane, message) =>
    received.push(`${from} ${lane} ${new TextDecoder().decode(message)}`),
  )
  return { transport, received }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 15_000
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited 15 s in vain until ${what}`)
    await sleep(5)
  }
}

/** A member of whatever release that opens a stream to b by hand. */
function strange(address: string, nodeId: NodeId, takesAnswers: boolean): ExchangeFrame__Output[] {
  const client = createServiceClient('ggen.raft.v1.PeerService', address, credentials.createInsecure())
  const stream = client.exchange()
  closing.push(() => {
    stream.cancel()
    client.close()
  })
  const frames: ExchangeFrame__Output[] = []
  stream.on('error', () => {})
  stream.on('data', (frame: ExchangeFrame__Output) => frames.push(frame))
  stream.write({ hello: { ...toHello(self(nodeId), B, 'raft'), takesAnswers } })
  return frames
}

test('a stranger that was let in is answered over its own connections, each lane for itself, in order and in many frames', async () => {
  const a = await listen(A)
  const b = await listen(B)
  a.transport.setPeers([{ id: B, address: b.transport.address }])
  await until(() => {
    a.transport.send(B, 'raft', text('question'))
    a.transport.send(B, 'forward', text('question'))
    return new Set(b.received).size === 2
  }, 'both lanes are up')
  for (let i = 0; i < 50; i++) {
    b.transport.send(A, 'raft', text(`answer ${i}`))
    b.transport.send(A, 'forward', text(`outcome ${i}`))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await until(() => a.received.length === 100, 'all answers are there')
  const of = (lane: string) => a.received.filter((one) => one.startsWith(`${B} ${lane} `))
  expect(of('raft')).toEqual(Array.from({ length: 50 }, (_, i) => `${B} raft answer ${i}`))
  expect(of('forward')).toEqual(Array.from({ length: 50 }, (_, i) => `${B} forward outcome ${i}`))
})

test('whoever was not let in, or was sent away, is answered nothing', async () => {
  let open = false
  const judge = () => {
    if (!open) throw new MarketplaceError({ reason: 'NOT_A_MEMBER', message: 'stranger', help: 'add it' })
  }
  const a = await listen(A)
  const b = await listen(B, { admit: judge, review: judge })
  const links: boolean[] = []
  a.transport.onConnection((_peer, connected) => links.push(connected))
  a.transport.setPeers([{ id: B, address: b.transport.address }])
  for (let i = 0; i < 20; i++) {
    b.transport.send(A, 'raft', text('too early'))
    await sleep(5)
  }
  open = true
  await until(() => links.at(-1) === true, 'it is let in')
  b.transport.send(A, 'raft', text('now'))
  await until(() => a.received.length > 0, 'it is answered')
  open = false
  b.transport.setPeers([])
  b.transport.send(A, 'raft', text('too late'))
  await until(() => links.at(-1) === false, 'it is sent away')
  expect(a.received).toEqual([`${B} raft now`])
})

test('a peer of a release that takes no answers is sent none, and its messages are read on', async () => {
  const b = await listen(B)
  const older = strange(b.transport.address, A, false)
  const newer = strange(b.transport.address, toNodeId('node-3'), true)
  await until(() => older.length === 1 && newer.length === 1, 'both were greeted')
  b.transport.send(A, 'raft', text('for nobody'))
  b.transport.send(toNodeId('node-3'), 'raft', text('answer'))
  await until(() => newer.length === 2, 'the newer one is answered')
  expect(newer[1]?.batch?.messages.map((message) => message.toString())).toEqual(['answer'])
  expect(older.map((frame) => frame.content)).toEqual(['hello'])
})

test('only so many streams are answered; a place is free again as soon as one of them ends', async () => {
  const b = await listen(B)
  const { address } = b.transport
  const ids = Array.from({ length: PEER_LIMITS.answeredStreamsMax + 1 }, (_, i) => toNodeId(`n-${i}`))
  const last = ids.pop() as NodeId
  const streams = ids.map((id) => strange(address, id, true))
  await until(() => streams.every((frames) => frames.length === 1), 'the first ones were greeted')
  const late = strange(address, last, true)
  await until(() => late.length === 1, 'the last one was greeted')
  b.transport.send(last, 'raft', text('no place'))
  b.transport.send(ids[0] as NodeId, 'raft', text('answer'))
  await until(() => streams[0]?.length === 2, 'one of the first is answered')
  expect(late.length).toBe(1)
  await closing.splice(1, 1)[0]?.()
  const again: ExchangeFrame__Output[][] = []
  await until(() => {
    if (again.every((frames) => frames.length > 0)) again.push(strange(address, last, true))
    b.transport.send(last, 'raft', text('answer'))
    return again.some((frames) => frames.length > 1)
  }, 'the last one, come again, is answered')
})
