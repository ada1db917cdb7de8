import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { credentials } from '@grpc/grpc-js'
import { afterEach, describe, expect, test } from 'vitest'
import { CONFORMANCE_NODES, peerTransportConformance } from '../../test/conformance/peer-transport.js'
import { MarketplaceError } from '../model/error.js'
import { type ClusterId, type HistoryId, type Incarnation, type NodeId, toNodeId } from '../model/node-id.js'
import type { StartMark } from '../model/start-mark.js'
import { silentLogger } from '../runtime/logger.js'
import { type MetricsCollector, silentMetrics } from '../runtime/metrics.js'
import { nodeClock } from '../runtime/node-clock.js'
import { nodeRandom } from '../runtime/node-random.js'
import type { ExchangeFrame } from './gen/ggen/raft/v1/ExchangeFrame.js'
import { GrpcTransport, type GrpcTransportOptions } from './grpc-transport.js'
import type { PeerHello } from './peer-hello.js'
import { PEER_LIMITS } from './peer-timing.js'
import { createServiceClient } from './services.js'

const CLUSTER = 'c1'.repeat(16) as ClusterId
const HISTORY = 'e1'.repeat(16) as HistoryId
const A = toNodeId('node-1')
const B = toNodeId('node-2')
const DEADLINE = { deadlineMs: 5_000 }
const text = (value: string) => new TextEncoder().encode(value)

const opened: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]()
})

type Given = Partial<GrpcTransportOptions> & {
  readonly clusterId?: ClusterId
  readonly historyId?: HistoryId
}

async function listen(id: NodeId, given: Given = {}): Promise<GrpcTransport> {
  const { clusterId = CLUSTER, historyId = HISTORY, timing, ...options } = given
  const transport = await GrpcTransport.listen({
    self: {
      nodeId: id,
      clusterId,
      historyId,
      incarnation: 'ab'.repeat(16) as Incarnation,
      startMarks: [],
      configurationIndex: 0,
    },
    listen: '127.0.0.1:0',
    admit: () => {},
    clock: nodeClock,
    random: nodeRandom,
    logger: silentLogger,
    metrics: silentMetrics,
    timing: { refusedRetryMs: 50, ...timing },
    ...options,
  })
  opened.push(transport)
  return transport
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 15_000
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited 15 s in vain until ${what}`)
    await sleep(5)
  }
}

async function reasonOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof MarketplaceError) return error.reason
  throw error ?? new Error('it did not reject')
}

peerTransportConformance('GrpcTransport', async () => {
  const up = new Map<NodeId, GrpcTransport>()
  const addresses = new Map<NodeId, string>()
  // A port each, known before the nodes are up: bound once and let go.
  for (const id of CONFORMANCE_NODES) {
    const transport = await listen(id)
    addresses.set(id, transport.address)
    await transport[Symbol.asyncDispose]()
  }
  const kill = async (id: NodeId) => {
    await up.get(id)?.[Symbol.asyncDispose]()
    up.delete(id)
  }
  return {
    start: async (id) => {
      const transport = await listen(id, { listen: addresses.get(id)! })
      up.set(id, transport)
      // In the turn after the next, so that its owner can listen for the first connection.
      setImmediate(() => transport.setPeers([...addresses].map(([peer, address]) => ({ id: peer, address }))))
      return transport
    },
    kill,
    settle: (promise) => promise,
    until,
    cleanUp: async () => {
      for (const id of [...up.keys()]) await kill(id)
    },
  }
})

/** Ends of a's connection to b as a is told of them, and what b received. */
function watch(a: GrpcTransport, b: GrpcTransport) {
  const links: boolean[] = []
  const received: string[] = []
  a.onConnection((_peer, connected) => links.push(connected))
  b.onMessage((_from, _lane, message) => received.push(new TextDecoder().decode(message)))
  return { links, received }
}

describe('the handshake', () => {
  test('a caller of another cluster is refused, its messages never arrive, its calls fail with CLUSTER_MISMATCH', async () => {
    const a = await listen(A, { clusterId: 'd2'.repeat(16) as ClusterId })
    const b = await listen(B)
    const { links, received } = watch(a, b)
    let called = false
    b.serve('echo', async (_from, call) => {
      called = true
      return { header: call.header }
    })
    a.setPeers([{ id: B, address: b.address }])
    for (let i = 0; i < 20; i++) {
      a.send(B, 'raft', text('let me in'))
      await sleep(5)
    }
    expect(await reasonOf(a.call(B, 'echo', { header: text('') }, DEADLINE))).toBe('CLUSTER_MISMATCH')
    expect([links, received, called]).toEqual([[], [], false])
  })

  test('who dials a node and refuses it on seeing who it is says why, again and again; nobody else is heard', async () => {
    const told: string[] = []
    const onTold: Given['onTold'] = (from, { reason, message, details }) =>
      told.push(`${from}: ${reason} ${message} ${details.node}`)
    const refusing = (reason: 'IDENTITY_LOST' | 'UNREACHABLE'): Given => ({
      admit: () => {
        throw new MarketplaceError({
          reason,
          message: 'too old',
          help: 'bring it back',
          details: { node: B },
        })
      },
    })
    const b = await listen(B, { onTold })
    const a = await listen(A, refusing('IDENTITY_LOST'))
    a.setPeers([{ id: B, address: b.address }])
    await until(() => told.length > 2, 'it was told three times')
    expect(new Set(told)).toEqual(new Set(['node-1: IDENTITY_LOST too old node-2']))
    await a[Symbol.asyncDispose]()

    // Who is only starting has nothing against anybody, and a stranger may say what it wants.
    told.length = 0
    const starting = await listen(A, refusing('UNREACHABLE'))
    starting.setPeers([{ id: B, address: b.address }])
    const refused: string[] = []
    const wary = await listen(B, { ...refusing('IDENTITY_LOST'), onTold })
    const onRefused = ({ reason }: MarketplaceError) => refused.push(reason)
    const stranger = await listen(A, { ...refusing('IDENTITY_LOST'), onRefused })
    stranger.setPeers([{ id: B, address: wary.address }])
    await until(() => refused.length > 2, 'the stranger was refused three times')
    expect(told).toEqual([])
  })

  test('an address that leads to another node is refused on both sides', async () => {
    const a = await listen(A)
    const c = await listen(CONFORMANCE_NODES[2])
    const { links, received } = watch(a, c)
    a.setPeers([{ id: B, address: c.address }])
    a.send(B, 'raft', text('for node-2 only'))
    const error = await a.call(B, 'echo', { header: text('') }, DEADLINE).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      reason: 'CLUSTER_MISMATCH',
      message: 'the address of node-2 leads to node-3',
      details: { wanted: 'node-2', found: 'node-3' },
    })
    expect([links, received]).toEqual([[], []])
  })

  test.each(['caller', 'callee'])(
    'what the %s does not admit is not delivered, until it does',
    async (side) => {
      let open = false
      const admit = () => {
        if (open) return
        throw new MarketplaceError({ reason: 'IDENTITY_LOST', message: 'emptied', help: 'add it anew' })
      }
      const a = await listen(A, side === 'caller' ? { admit } : {})
      const b = await listen(B, side === 'callee' ? { admit } : {})
      const { links, received } = watch(a, b)
      let called = 0
      b.serve('echo', async (_from, call) => {
        called++
        return { header: call.header }
      })
      a.setPeers([{ id: B, address: b.address }])
      for (let i = 0; i < 20; i++) {
        a.send(B, 'raft', text('too early'))
        await sleep(5)
      }
      expect(await reasonOf(a.call(B, 'echo', { header: text('') }, DEADLINE))).toBe('IDENTITY_LOST')
      expect([links, received, called]).toEqual([[], [], 0])
      open = true
      await until(() => links.at(-1) === true, 'it is let in')
      a.send(B, 'raft', text('now'))
      await until(() => received.includes('now'), 'it is delivered')
      await a.call(B, 'echo', { header: text('') }, DEADLINE)
      expect(called).toBe(1)
    },
  )

  test('both sides are shown who the other is', async () => {
    const seen: string[] = []
    const admit = (hello: PeerHello) => {
      const { nodeId, incarnation, clusterId, protocol, startMarks } = hello
      seen.push([nodeId, incarnation, clusterId, protocol, hello.configurationIndex, ...startMarks].join(' '))
    }
    const incarnation = 'ab'.repeat(16) as Incarnation
    const marks: StartMark[] = []
    let configurationIndex = 0
    const showing = (nodeId: NodeId) => ({
      admit,
      self: {
        nodeId,
        clusterId: CLUSTER,
        historyId: HISTORY,
        incarnation,
        get startMarks() {
          return marks
        },
        get configurationIndex() {
          return configurationIndex
        },
      },
    })
    const a = await listen(A, showing(A))
    const b = await listen(B, showing(B))
    // Drawn after the port was opened: a handshake shows the list as it is then.
    marks.push('0a'.repeat(16) as StartMark, '0b'.repeat(16) as StartMark)
    configurationIndex = 7
    const { links } = watch(a, b)
    a.setPeers([{ id: B, address: b.address }])
    await until(() => links.length > 0, 'a is connected')
    expect(new Set(seen)).toEqual(
      new Set([A, B].map((id) => [id, incarnation, CLUSTER, 1, 7, ...marks].join(' '))),
    )
  })

  test('whoever is a member no more is sent away as soon as the members change, with the reason', async () => {
    let member = true
    const refusals: string[] = []
    const judge = () => {
      if (!member)
        throw new MarketplaceError({ reason: 'MEMBER_REMOVED', message: 'removed', help: 'switch it off' })
    }
    const a = await listen(A, { onRefused: (refusal) => refusals.push(refusal.reason) })
    const b = await listen(B, { admit: judge, review: judge })
    const { links, received } = watch(a, b)
    a.setPeers([{ id: B, address: b.address }])
    await until(() => links.at(-1) === true, 'it is let in')
    b.setPeers([])
    a.send(B, 'raft', text('still heard'))
    await until(() => received.includes('still heard'), 'a review that finds nothing changes nothing')
    member = false
    b.setPeers([])
    await until(() => links.at(-1) === false && refusals.includes('MEMBER_REMOVED'), 'it is sent away')
    a.send(B, 'raft', text('too late'))
    expect(await reasonOf(a.call(B, 'echo', { header: text('') }, DEADLINE))).toBe('MEMBER_REMOVED')
    expect(received).toEqual(['still heard'])
  })

  test('a peer that is starting lets nobody in yet, and is asked again soon, without a word of refusal', async () => {
    let ready = false
    let asked = 0
    const admit = () => {
      asked++
      if (!ready) throw new MarketplaceError({ reason: 'UNREACHABLE', message: 'starting', help: 'again' })
    }
    const told: string[] = []
    const logger = { ...silentLogger, warn: (_fields: object, message: string) => told.push(message) }
    const refusals: unknown[] = []
    // A refusal would keep it away for longer than any test waits.
    const a = await listen(A, {
      timing: { refusedRetryMs: 3_600_000 },
      onRefused: (refusal) => refusals.push(refusal),
    })
    const b = await listen(B, { admit, logger })
    const { links, received } = watch(a, b)
    a.setPeers([{ id: B, address: b.address }])
    a.send(B, 'raft', text('too early'))
    expect(await reasonOf(a.call(B, 'echo', { header: text('') }, DEADLINE))).toBe('UNREACHABLE')
    await until(() => asked > 3, 'it has asked again and again')
    ready = true
    await until(() => links.at(-1) === true, 'it is let in')
    expect([refusals, received, told]).toEqual([[], [], []])
  })

  test('another protocol version is refused by name', async () => {
    const b = await listen(B)
    const client = createServiceClient('ggen.raft.v1.PeerService', b.address, credentials.createInsecure())
    const hello = { protocol: 2, clusterId: CLUSTER, nodeId: A, toNodeId: B, lane: 'LANE_RAFT' } as const
    const stream = client.exchange()
    stream.write({ hello })
    const [frame] = await stream.toArray()
    expect(frame.failure).toMatchObject({
      reason: 'VERSION_UNSUPPORTED',
      message: 'node-1 speaks peer protocol 2, node-2 speaks 1',
    })
    client.close()
  })

  test.each<[string, ExchangeFrame]>([
    ['a message before the hello', { batch: { messages: [Buffer.from('x')] } }],
    ['no lane', { hello: { protocol: 1, lane: 0 } }],
  ])('%s is refused and delivered to nobody', async (_what, first) => {
    const b = await listen(B)
    const received: unknown[] = []
    b.onMessage((_from, _lane, message) => received.push(message))
    const client = createServiceClient('ggen.raft.v1.PeerService', b.address, credentials.createInsecure())
    const stream = client.exchange()
    stream.write(first)
    stream.write({ batch: { messages: [Buffer.from('y')] } })
    const [frame] = await stream.toArray()
    expect(frame.failure.reason).toBe('INVALID_ARGUMENT')
    expect(received).toEqual([])
    client.close()
  })

  test('who connects and says nothing is cut off', async () => {
    const b = await listen(B, { timing: { connectMs: 100 } })
    const client = createServiceClient('ggen.raft.v1.PeerService', b.address, credentials.createInsecure())
    const [frame] = await client.exchange().toArray()
    expect(frame.failure.message).toContain('no hello')
    await expect(client.call().toArray()).rejects.toThrow()
    client.close()
  })
})

describe('the connection', () => {
  test('comes up soon after a peer that was down from the beginning, whatever the attempts before', async () => {
    const b = await listen(B)
    const { address } = b
    await b[Symbol.asyncDispose]()
    const a = await listen(A)
    const links: boolean[] = []
    a.onConnection((_peer, connected) => links.push(connected))
    a.setPeers([{ id: B, address }])
    await sleep(700)
    expect(links).toEqual([])
    await listen(B, { listen: address })
    await until(() => links.length > 0, 'it is connected')
  })

  test('that goes dead without a word is noticed, and made anew when the network is back', async () => {
    const timing = { keepaliveMs: 200, connectMs: 300 }
    const a = await listen(A, { timing })
    const b = await listen(B, { timing })
    const cable = await Cable.to(b.address)
    const { links, received } = watch(a, b)
    a.setPeers([{ id: B, address: cable.address }])
    await until(() => links.at(-1) === true, 'it is connected')
    cable.freeze()
    await until(() => links.at(-1) === false, 'the loss is noticed')
    cable.mend()
    await until(() => links.at(-1) === true, 'it is connected again')
    a.send(B, 'raft', text('hello again'))
    await until(() => received.includes('hello again'), 'it is delivered')
  })

  test('that stalls holds a bounded number of bytes; what is beyond it is dropped and counted', async () => {
    let dropped = 0
    const metrics: MetricsCollector = {
      ...silentMetrics,
      counter: (name, _help, value = 1) => {
        if (name === 'peer_messages_dropped_total') dropped += value
      },
    }
    const timing = { keepaliveMs: 60_000 }
    const a = await listen(A, { timing, metrics })
    const b = await listen(B, { timing })
    const cable = await Cable.to(b.address)
    const { links, received } = watch(a, b)
    a.setPeers([{ id: B, address: cable.address }])
    await until(() => links.at(-1) === true, 'it is connected')
    cable.freeze()
    const message = new Uint8Array(1024 * 1024)
    const sent = 200
    for (let i = 0; i < sent; i++) {
      a.send(B, 'raft', message)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const held = sent - dropped
    expect(held * message.length).toBeLessThanOrEqual(
      PEER_LIMITS.sendBufferBytesMax +
        PEER_LIMITS.framesInFlightMax * PEER_LIMITS.batchBytesMax +
        2 * 16 * 1024 * 1024,
    )
    expect(dropped).toBeGreaterThan(0)
    cable.mend()
    await until(() => received.length === held, 'what was held arrives')
    a.send(B, 'raft', text('after'))
    await until(() => received.at(-1) === 'after', 'and what comes after')
  })

  test('survives strangers who talk to its port in other tongues', async () => {
    const a = await listen(A)
    const b = await listen(B)
    const [host, port] = b.address.split(':')
    for (const noise of [
      'GET / HTTP/1.1\r\n\r\n',
      '\x16\x03\x01\x02\x00',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\njunk',
    ]) {
      const socket = connect(Number(port), host)
      socket.on('error', () => {})
      socket.resume()
      socket.end(noise)
      await new Promise((resolve) => socket.on('close', resolve))
    }
    const { links } = watch(a, b)
    a.setPeers([{ id: B, address: b.address }])
    await until(() => links.at(-1) === true, 'it is connected')
  })
})

describe('calls', () => {
  test('an upload may last longer than the deadline as long as it moves', async () => {
    const a = await listen(A)
    const b = await listen(B)
    b.serve('store', async (_from, call) => {
      let size = 0
      for await (const chunk of call.body ?? []) size += chunk.length
      return { header: text(String(size)) }
    })
    a.setPeers([{ id: B, address: b.address }])
    async function* slow(): AsyncIterable<Uint8Array> {
      for (let i = 0; i < 8; i++) {
        await sleep(100)
        yield new Uint8Array(10)
      }
    }
    const reply = await a.call(B, 'store', { header: text(''), body: slow() }, { deadlineMs: 400 })
    expect(new TextDecoder().decode(reply.header)).toBe('80')
  })

  test('a peer that hangs at connecting is UNREACHABLE within the time for connecting, and the next call tries anew', async () => {
    const a = await listen(A, { timing: { connectMs: 200 } })
    const b = await listen(B)
    b.serve('echo', async (_from, call) => ({ header: call.header }))
    const cable = await Cable.to(b.address)
    cable.freeze()
    a.setPeers([{ id: B, address: cable.address }])
    expect(await reasonOf(a.call(B, 'echo', { header: text('') }, { deadlineMs: 20_000 }))).toBe(
      'UNREACHABLE',
    )
    cable.mend()
    await a.call(B, 'echo', { header: text('') }, DEADLINE)
  })
})

test('a port in use is refused with its address and its holder', async () => {
  const a = await listen(A)
  const error = await listen(B, { listen: a.address }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    reason: 'PORT_IN_USE',
    field: 'listen.peer',
    details: { address: a.address },
  })
  expect((error as Error).message).toContain(a.address)
})

/** A network cable in front of an address, which can go dead without a word. */
class Cable implements AsyncDisposable {
  readonly #sockets = new Set<Socket>()
  #frozen = false

  private constructor(
    private readonly server: Server,
    private readonly target: string,
  ) {
    server.on('connection', (near) => this.#join(near))
  }

  static async to(target: string): Promise<Cable> {
    const server = createServer({ pauseOnConnect: true })
    const cable = new Cable(server, target)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    opened.push(cable)
    return cable
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as { port: number }).port}`
  }

  freeze(): void {
    this.#frozen = true
    for (const socket of this.#sockets) socket.pause()
  }

  mend(): void {
    this.#frozen = false
    for (const socket of this.#sockets) socket.resume()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #join(near: Socket): void {
    const [host, port] = this.target.split(':')
    const far = connect(Number(port), host)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from)
      from.on('data', (bytes) => {
        if (to.write(bytes)) return
        from.pause()
        to.once('drain', () => {
          if (!this.#frozen) from.resume()
        })
      })
      from.on('error', () => {})
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
      if (this.#frozen) from.pause()
      else from.resume()
    }
  }
}
