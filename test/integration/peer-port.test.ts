import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { credentials } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Hello } from '../../src/rpc/gen/ggen/raft/v1/Hello.js'
import { createServiceClient } from '../../src/rpc/services.js'
import { newSigner, packageFixture } from './package-fixture.js'
import { TestCluster } from './test-cluster.js'

/** Another folder, another cluster. */
const OTHER = 'ef'.repeat(16)

let cluster: TestCluster
const signer = newSigner()
let published = 0

beforeAll(async () => {
  cluster = await TestCluster.start(3)
}, 60_000)

afterAll(async () => await cluster[Symbol.asyncDispose]())

/** What node-2 itself would say to node-1. */
async function helloOfNode2(): Promise<Hello> {
  const lines = (await readFile(join(cluster.node(1).config.dataFolder, 'identity'), 'utf8')).split('\n')
  const all = (name: string) =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1))
  return {
    protocol: 1,
    clusterId: all('cluster')[0] ?? '',
    nodeId: 'node-2',
    incarnation: all('incarnation')[0] ?? '',
    startMarks: all('mark'),
    toNodeId: 'node-1',
    lane: 'LANE_RAFT',
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
    for (const { hello, failure } of await answers(await helloOfNode2())) {
      expect([failure, hello]).toEqual([undefined, expect.objectContaining({ nodeId: 'node-1' })])
    }
    await goesOn()
  })

  const strangers: [string, Partial<Hello>, string, RegExp][] = [
    ['a name that is no member', { nodeId: 'node-9' }, 'CLUSTER_MISMATCH', /node-9 is not a member/],
    ['the name of the node itself', { nodeId: 'node-1' }, 'CLUSTER_MISMATCH', /calls itself node-1/],
    ['a member of another cluster', { clusterId: OTHER }, 'CLUSTER_MISMATCH', /belongs to cluster efef/],
    [
      'a member that means another node',
      { toNodeId: 'node-3' },
      'CLUSTER_MISMATCH',
      /node-3 leads to node-1/,
    ],
    ['another folder under a member’s name', { incarnation: OTHER }, 'IDENTITY_LOST', /node-2 shows/],
    ['a member of another release', { protocol: 2 }, 'VERSION_UNSUPPORTED', /protocol 2.*speaks 1/],
    ['an incarnation that is none', { incarnation: 'zz' }, 'INVALID_ARGUMENT', /32 hex digits/],
    ['marks that are none', { startMarks: [''] }, 'INVALID_ARGUMENT', /32 hex digits/],
  ]
  test.each(strangers)(
    '%s is refused, on streams and on calls, and the node goes on',
    async (_, wrong, reason, message) => {
      for (const { hello, failure } of await answers({ ...(await helloOfNode2()), ...wrong })) {
        expect(hello ?? undefined).toBeUndefined()
        expect(failure).toMatchObject({ reason, message: expect.stringMatching(message) })
      }
      await goesOn()
    },
  )
})
