import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MarketplaceClient } from '../../src/client/marketplace-client.js'
import { MarketplaceBuilder } from '../../src/marketplace-builder.js'
import { MarketplaceError } from '../../src/model/error.js'
import { runCommand } from './command-line.js'
import { eventually, freePorts, TestCluster } from './test-cluster.js'

let cluster: TestCluster
let client: MarketplaceClient

beforeAll(async () => {
  cluster = await TestCluster.start(3)
  // The leader knows at once what it did.
  client = cluster.client(0)
  await client.transferLeadership('node-1')
}, 60_000)

afterAll(async () => {
  await client?.[Symbol.asyncDispose]()
  await cluster?.[Symbol.asyncDispose]()
})

async function errorOf(work: Promise<unknown>): Promise<MarketplaceError> {
  const error = await work.catch((thrown: unknown) => thrown)
  if (error instanceof MarketplaceError) return error
  throw new Error(`no error of ours: ${JSON.stringify(error)}`)
}

const peerOf = (i: number) => cluster.node(i).config.listen.peer
const run = (...args: string[]) =>
  runCommand(['cluster', ...args], { work: cluster.folder, endpoints: cluster.endpoints.slice(0, 1) })
const nodeOf = async (id: string) => (await client.clusterStatus()).nodes.find((node) => node.id === id)

/** Somebody takes connections there. */
function listening(address: string): Promise<true> {
  return eventually(`${address} is listened on`, () => {
    const [host, port] = address.split(':')
    const socket = connect({ host, port: Number(port) })
    return new Promise<true | undefined>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(undefined))
    }).finally(() => socket.destroy())
  })
}

test('a new member at the address of a member is refused, and so is one that moves there', async () => {
  const added = await errorOf(client.addPeer('node-4', peerOf(1)))
  expect([added.reason, added.message]).toEqual(['MEMBER_EXISTS', expect.stringContaining('node-2')])
  const moved = await errorOf(client.addPeer('node-3', peerOf(0), { move: true, unseen: true }))
  expect([moved.reason, moved.message]).toEqual(['MEMBER_EXISTS', expect.stringContaining('node-1')])
  expect((await client.clusterStatus()).nodes).toHaveLength(3)
}, 60_000)

test('a new member at an address where another node answers is refused by both names; under its own name it is let in', async () => {
  const { peer, started } = await cluster.join('node-5')
  await listening(peer)
  const refusal = await errorOf(client.addPeer('node-4', peer))
  expect(refusal.reason).toBe('MEMBERSHIP_REFUSED')
  expect(refusal.message).toContain(`node-5 answers at ${peer}, and not node-4`)
  expect((await errorOf(client.addPeer('node-3', peer, { move: true, unseen: true }))).message).toContain(
    `node-5 answers at ${peer}, and not node-3`,
  )
  await client.addPeer('node-5', peer)
  await started
  await client.removePeer('node-5')
}, 60_000)

test('a member that is heard moves to an address where nobody answers only when told to; back it moves by itself', async () => {
  const dead = `127.0.0.1:${(await freePorts(1))[0]}`
  const refusal = await errorOf(client.addPeer('node-3', dead, { move: true }))
  expect([refusal.reason, refusal.message]).toEqual([
    'MEMBERSHIP_REFUSED',
    expect.stringContaining(`nobody answers at ${dead}, and node-3 does at ${peerOf(2)}`),
  ])
  const ran = await run('add', `node-3=${dead}`, '--move')
  expect([ran.code, ran.json.error.reason, ran.json.error.help]).toEqual([
    4,
    'MEMBERSHIP_REFUSED',
    expect.stringContaining('--yes'),
  ])
  expect((await nodeOf('node-3'))?.peerAddress).toBe(peerOf(2))
  expect(await run('add', `node-3=${dead}`, '--move', '--yes')).toMatchObject({
    code: 0,
    json: { changed: true },
  })
  await eventually('it moved', async () => (await nodeOf('node-3'))?.peerAddress === dead || undefined)
  await client.addPeer('node-3', peerOf(2), { move: true })
  await eventually('node-3 is within reach', async () => (await nodeOf('node-3'))?.reachable || undefined)
}, 60_000)

test('the leader moves to an address where it answers', async () => {
  await client.transferLeadership('node-1')
  await eventually(
    'node-1 leads',
    async () => (await client.clusterStatus()).leader === 'node-1' || undefined,
  )
  const name = peerOf(0).replace('127.0.0.1', 'localhost')
  const { members } = await client.addPeer('node-1', name, { move: true })
  expect(members.find(({ id }) => id === 'node-1')?.peerAddress).toBe(name)
  await client.addPeer('node-1', peerOf(0), { move: true })
}, 60_000)

test('where another node comes up at the address of a member, status and promotion say who answers there', async () => {
  const peer = `127.0.0.1:${(await freePorts(1))[0]}`
  await client.addPeer('node-6', peer)
  const silent = await eventually('all know of it', () => nodeOf('node-6'))
  expect(silent).toEqual({
    id: 'node-6',
    address: undefined,
    peerAddress: peer,
    voter: false,
    leaving: false,
    reachable: false,
    trouble: undefined,
  })
  expect((await run('status')).json.nodes.find(({ id }: { id: string }) => id === 'node-6')).toEqual({
    id: 'node-6',
    address: null,
    peerAddress: peer,
    voter: false,
    reachable: false,
  })
  await cluster.join('node-7', cluster.endpoints, peer)
  const told = await eventually('somebody answers there', async () => (await nodeOf('node-6'))?.trouble)
  expect(told).toBe('the address of node-6 leads to node-7')
  expect((await run('status')).json.nodes.find(({ id }: { id: string }) => id === 'node-6').trouble).toBe(
    told,
  )
  await using impatient = new MarketplaceBuilder()
    .withCluster(cluster.endpoints)
    .withTimes({ writeTotalMs: 1_500 })
    .build()
  await eventually('the promotion says so', async () => {
    const { message } = await errorOf(impatient.promotePeer('node-6'))
    return message.includes(told) || undefined
  })
}, 60_000)

test('without a majority every change says who answers and how many are needed, in words and with exit code 5', async () => {
  await cluster.stopNode(1)
  await cluster.stopNode(2)
  const all = cluster.endpoints.slice(0, 3)
  for (const args of [
    ['add', 'node-9=127.0.0.1:9'],
    ['promote', 'node-2'],
    ['remove', 'node-3', '--yes'],
    ['transfer'],
  ]) {
    const ran = await runCommand(['cluster', ...args, '--timeout', '2'], {
      work: cluster.folder,
      endpoints: all,
    })
    expect([args, ran.code, ran.json.error.message]).toEqual([
      args,
      5,
      'no leader: 1 of 3 voters answers (node-1); a majority is 2',
    ])
  }
}, 60_000)
