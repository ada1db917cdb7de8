import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { credentials } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CLUSTER_VERSION } from '../../src/model/command.js'
import type { NodeId } from '../../src/model/node-id.js'
import type { Hello } from '../../src/rpc/gen/ggen/raft/v1/Hello.js'
import { encodeMessage } from '../../src/rpc/raft-codec.js'
import { createServiceClient } from '../../src/rpc/services.js'
import { newSigner, packageFixture } from './package-fixture.js'
import { eventually, TestCluster } from './test-cluster.js'

/** Another folder, another cluster. */
const OTHER = 'ef'.repeat(16)

let cluster: TestCluster
const signer = newSigner()
let published = 0

beforeAll(async () => {
  cluster = await TestCluster.start(3)
}, 60_000)

afterAll(async () => await cluster[Symbol.asyncDispose]())

/** What a node itself would say to node-1. */
async function helloOf(id: string): Promise<Hello> {
  const { dataFolder } = cluster.node(Number(id.slice(-1)) - 1).config
  const lines = (await readFile(join(dataFolder, 'identity'), 'utf8')).split('\n')
  const all = (name: string) =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1))
  return {
    protocol: 1,
    clusterId: all('cluster')[0] ?? '',
    historyId: all('history')[0] ?? '',
    nodeId: id,
    incarnation: all('incarnation')[0] ?? '',
    startMarks: all('mark'),
    toNodeId: 'node-1',
    lane: 'LANE_RAFT',
    clusterVersionMax: CLUSTER_VERSION,
  }
}

type Answer = { hello?: unknown; failure?: { reason: string; message: string } }

interface PeerStream {
  write(frame: { hello: Hello }): boolean
  once(event: 'data', listener: (frame: Answer) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  cancel(): void
}

function firstAnswer(stream: PeerStream, hello: Hello): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // Cancelling it later is an error too, which nobody waits for.
    stream.on('error', reject)
    stream.once('data', (frame) => {
      resolve(frame)
      stream.cancel()
    })
    stream.write({ hello })
  })
}

/** The first frame that node-1 answers on a stream of messages, and on a call. */
async function answers(hello: Hello): Promise<Answer[]> {
  const address = cluster.node(0).config.listen.peer
  const client = createServiceClient('ggen.raft.v1.PeerService', address, credentials.createInsecure())
  try {
    return await Promise.all([firstAnswer(client.exchange(), hello), firstAnswer(client.call(), hello)])
  } finally {
    client.close()
  }
}

async function goesOn(): Promise<void> {
  const { metadata, content } = await packageFixture(`acme/goes-on@1.${published++}.0`)
  await using client = cluster.client(0)
  await client.publish({ metadata, signers: [signer] }, content)
  expect((await client.clusterStatus()).nodes.map((node) => node.reachable)).toEqual([true, true, true])
}

describe('the peer port', () => {
  test('lets a member in that shows its own folder', async () => {
    for (const { hello, failure } of await answers(await helloOf('node-2'))) {
      expect([failure, hello]).toEqual([undefined, expect.objectContaining({ nodeId: 'node-1' })])
    }
    await goesOn()
  })

  test('hears a refusal from whoever it let in, and goes on: a word alone ends nobody’s part', async () => {
    const address = cluster.node(0).config.listen.peer
    const client = createServiceClient('ggen.raft.v1.PeerService', address, credentials.createInsecure())
    for (const reason of ['MEMBER_REMOVED', 'IDENTITY_LOST', 'HISTORY_MISMATCH']) {
      const stream = client.exchange()
      stream.on('error', () => {})
      const ended = once(stream, 'end')
      stream.once('data', () => {
        const details = [{ name: 'node', value: 'node-1' }]
        stream.write({ failure: { reason, message: 'you are none of us', help: 'go away', details } })
      })
      stream.write({ hello: await helloOf('node-2') })
      await ended
      await goesOn()
    }
    client.close()
  })

  const strangers: [string, Partial<Hello>, string, RegExp][] = [
    ['a name that is no member', { nodeId: 'node-9' }, 'NOT_A_MEMBER', /node-9 is not a member/],
    ['the name of the node itself', { nodeId: 'node-1' }, 'CLUSTER_MISMATCH', /calls itself node-1/],
    ['a member of another cluster', { clusterId: OTHER }, 'CLUSTER_MISMATCH', /belongs to cluster efef/],
    [
      'a member of another history',
      { historyId: OTHER },
      'HISTORY_MISMATCH',
      /node-2 belongs to history efef.*recovered alone, or restored/,
    ],
    [
      'a member that means another node',
      { toNodeId: 'node-3' },
      'CLUSTER_MISMATCH',
      /node-3 leads to node-1/,
    ],
    ['another folder under a member’s name', { incarnation: OTHER }, 'IDENTITY_LOST', /node-2 shows/],
    ['a member of another release', { protocol: 2 }, 'VERSION_UNSUPPORTED', /protocol 2.*speaks 1/],
    [
      'a member of an older build, once the log holds what it does not know,',
      { clusterVersionMax: 0 },
      'VERSION_UNSUPPORTED',
      /commands of version 2, and the build of node-2 knows 0 at most/,
    ],
    ['an incarnation that is none', { incarnation: 'zz' }, 'INVALID_ARGUMENT', /32 hex digits/],
    ['marks that are none', { startMarks: [''] }, 'INVALID_ARGUMENT', /32 hex digits/],
  ]
  test.each(strangers)(
    '%s is refused, on streams and on calls, and the node goes on',
    async (_, wrong, reason, message) => {
      for (const { hello, failure } of await answers({ ...(await helloOf('node-2')), ...wrong })) {
        expect(hello ?? undefined).toBeUndefined()
        expect(failure).toMatchObject({ reason, message: expect.stringMatching(message) })
      }
      await goesOn()
    },
  )
})

describe('a member that lies', () => {
  /** Says these to node-1, under the name of a member that does not lead. */
  async function lie(messages: (from: NodeId, to: NodeId, term: number) => Uint8Array[]): Promise<NodeId> {
    await using client = cluster.client()
    const { leader, nodes } = await client.clusterStatus()
    const term = nodes.find((node) => node.id === leader)?.term ?? 0
    const from = (leader === 'node-2' ? 'node-3' : 'node-2') as NodeId
    const address = cluster.node(0).config.listen.peer
    const service = createServiceClient('ggen.raft.v1.PeerService', address, credentials.createInsecure())
    const stream = service.exchange()
    stream.on('error', () => {})
    await new Promise((resolve) => {
      stream.once('data', resolve)
      helloOf(from).then((hello) => stream.write({ hello }))
    })
    const lies = messages(from, 'node-1' as NodeId, term)
    stream.write({ batch: { messages: lies.map((bytes) => Buffer.from(bytes)) } })
    await new Promise<void>((resolve) => {
      stream.on('close', () => resolve())
      stream.end()
    })
    service.close()
    return from
  }

  test('is not believed, and counted; the node goes on', async () => {
    const from = await lie((from, to, term) => [
      Uint8Array.of(1, 2, 3),
      encodeMessage({ type: 'append-accepted', from: 'node-9' as NodeId, to, term, index: 1 }),
      encodeMessage({ type: 'newer-term', from, to, term: 1 }),
      encodeMessage({
        type: 'vote-request',
        from,
        to,
        term: term + 9,
        lastIndex: 9,
        lastTerm: term + 9,
        transfer: true,
      }),
      encodeMessage({ type: 'timeout-now', from, to, term }),
    ])
    const { http } = cluster.node(0).config.listen
    const metrics = await (await fetch(`http://${http}/metrics`)).text()
    for (const rule of ['undecodable', 'other-name', 'malformed', 'not-leader']) {
      expect(metrics).toMatch(new RegExp(`raft_breaches_total\\{[^}]*${from}[^}]*${rule}[^}]*\\} 1`))
    }
    await goesOn()
  })

  test('that claims to lead a term beside its leader stops the node, which names both; the others go on', async () => {
    const { http } = cluster.node(0).config.listen
    const from = await lie((from, to, term) => [
      encodeMessage({ type: 'heartbeat', from, to, term, commit: 0, round: 0 }),
    ])
    const answer = await eventually('node-1 not ready', async () => {
      const ready = await fetch(`http://${http}/readyz`)
      return ready.ok ? undefined : await ready.text()
    })
    expect(answer).toMatch(new RegExp(`node-1 and ${from} contradict each other: .* both lead term`))
    const { metadata, content } = await packageFixture('acme/goes-on@2.0.0')
    await using others = cluster.client(1, 2)
    await others.publish({ metadata, signers: [signer] }, content)
    await cluster.stopNode(0)
    await cluster.startNode(0)
    await cluster.ready(0)
  }, 60_000)
})
