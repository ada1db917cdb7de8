import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MarketplaceClient } from '../../src/client/marketplace-client.js'
import type { BackupToRestore } from '../../src/client/restore-call.js'
import type { Digest } from '../../src/model/content-hash.js'
import type { PackageId } from '../../src/model/package-id.js'
import { COMMAND, compileCommand } from './compiled-command.js'
import { newSigner, packageFixture } from './package-fixture.js'
import { eventually, TestCluster } from './test-cluster.js'

const VERSIONS = 4
const signer = newSigner()
const idOf = (i: number) => ({ namespace: 'acme', name: `kept-${i}`, version: '1.0.0' }) as PackageId
/** Where everything comes from. */
let source: TestCluster
/** A node alone, with a process of its own. */
let target: TestCluster
let child: ChildProcess | undefined

beforeAll(async () => {
  await compileCommand()
  source = await TestCluster.start(2)
  await using client = source.client()
  for (let i = 0; i < VERSIONS; i++) await publish(client, i)
}, 180_000)

afterAll(async () => {
  child?.kill('SIGKILL')
  await source?.[Symbol.asyncDispose]()
  await target?.[Symbol.asyncDispose]()
})

async function publish(client: MarketplaceClient, i: number): Promise<void> {
  const { metadata, content } = await packageFixture(`acme/kept-${i}@1.0.0`)
  await client.publish({ metadata, signers: [signer] }, content)
}

/** A fresh node in a process of its own. */
async function freshTarget(): Promise<void> {
  child?.kill('SIGKILL')
  await target?.[Symbol.asyncDispose]()
  target = await TestCluster.make(1, { '--cluster-token': 'the cluster after' })
  await serve()
}

async function serve(): Promise<void> {
  const { nodeId, dataFolder, clusterToken, listen, members } = target.node(0).config
  child = spawn(
    process.execPath,
    [
      ...[COMMAND, 'serve', '--node-id', nodeId, '--data', dataFolder, '--cluster-token', clusterToken],
      ...['--listen', listen.client, '--peer-listen', listen.peer, '--http-listen', listen.http],
      ...['--log-level', 'error', '--member', `${nodeId}=${members[0]?.peerAddress},${listen.client}`],
    ],
    { cwd: target.folder, env: { PATH: process.env.PATH, HOME: target.folder }, stdio: 'ignore' },
  )
  await target.ready(0)
}

async function killed(): Promise<void> {
  const ended = once(child as ChildProcess, 'exit')
  child?.kill('SIGKILL')
  await ended
}

/** Streams a backup from one cluster into the other, without a file between. */
async function restoreFrom(
  before: (blob: number) => Promise<void> = async () => {},
  left = 0,
): Promise<Awaited<ReturnType<MarketplaceClient['restore']>>> {
  await using from = source.client()
  await using into = target.client()
  await using state = await from.stateStream()
  async function* blobs(): BackupToRestore['blobs'] extends AsyncIterable<infer B>
    ? AsyncGenerator<B>
    : never {
    const listed: Digest[] = []
    for (let i = 0; i < VERSIONS; i++)
      listed.push((await from.get(idOf(i))).version.content?.sha256 as Digest)
    for (const [i, digest] of listed.slice(left).entries()) {
      await before(i)
      yield { digest, body: from.download({ sha256: digest }) }
    }
  }
  return await into.restore({ state, blobs: blobs() })
}

/** Once the node begins anew: with packages that can be installed, their signatures checked. */
async function servesAll(historyId: string): Promise<void> {
  await eventually('it begins anew', async () => {
    await using client = target.client()
    return (await client.clusterStatus().catch(() => undefined))?.historyId === historyId || undefined
  })
  await target.ready(0)
  await using client = target.client()
  for (let i = 0; i < VERSIONS; i++) {
    const { version, keyIds } = await client.getVerified(idOf(i))
    expect(keyIds.length).toBe(1)
    const sha256 = version.content?.sha256 as Digest
    let bytes = 0
    for await (const chunk of client.download({ sha256 })) bytes += chunk.length
    expect(bytes).toBe(version.content?.sizeBytes)
  }
}

async function packagesOfTarget(): Promise<number> {
  await using client = target.client()
  return (await client.stats()).packages
}

const historyOfTarget = async () => {
  await using client = target.client()
  return (await client.clusterStatus()).historyId
}

test('a node that is fresh and alone begins anew with a streamed backup, in a history of its own, and takes writes', async () => {
  await freshTarget()
  const before = await historyOfTarget()
  const answer = await restoreFrom()
  expect(answer).toMatchObject({ nodeId: 'node-1', blobs: { count: VERSIONS } })
  expect([before, await sourceHistory()]).not.toContain(answer.historyId)
  await servesAll(answer.historyId)
  await using client = target.client()
  await publish(client, 50)
  expect(await readdir(target.node(0).config.dataFolder)).not.toContain('restoring')

  await expect(restoreFrom()).rejects.toMatchObject({
    reason: 'RESTORE_REFUSED',
    message: expect.stringContaining(`holds ${VERSIONS + 1} packages`),
    help: expect.stringContaining('ggen-market cluster restore'),
  })
  await killed()
  await serve()
  await servesAll(answer.historyId)
}, 120_000)

async function sourceHistory(): Promise<string> {
  await using client = source.client()
  return (await client.clusterStatus()).historyId
}

test('a node that is not alone, or joined, is left as it is', async () => {
  await using into = source.client(0)
  await using state = await into.stateStream()
  await expect(into.restore({ state, blobs: (async function* () {})() })).rejects.toMatchObject({
    reason: 'RESTORE_REFUSED',
    message: expect.stringContaining('one of 2 founders'),
  })
  expect((await into.get(idOf(0))).version.yanked).toBe(false)
}, 60_000)

test('killed while it receives, the node is the old one; killed once it has answered, the restored one', async () => {
  await freshTarget()
  const before = await historyOfTarget()
  const cut = restoreFrom(async (blob) => {
    if (blob === 2) await killed()
  })
  await expect(cut).rejects.toMatchObject({ reason: 'UNREACHABLE' })
  await serve()
  expect([await historyOfTarget(), await packagesOfTarget()]).toEqual([before, 0])
  expect(await readdir(target.node(0).config.dataFolder)).not.toContain('restoring')

  const { historyId } = await restoreFrom()
  await killed()
  await serve()
  await servesAll(historyId)
}, 120_000)

test('what is not whole, or comes too late since a package was published, changes nothing', async () => {
  await freshTarget()
  const before = await historyOfTarget()
  await expect(restoreFrom(undefined, 1)).rejects.toMatchObject({
    reason: 'VERIFICATION_FAILED',
    message: expect.stringMatching(/the backup that was sent is damaged: blobs\/.*missing/),
  })
  await using client = target.client()
  const late = restoreFrom(async (blob) => {
    if (blob === 3) await publish(client, 60)
  })
  await expect(late).rejects.toMatchObject({ reason: 'RESTORE_REFUSED' })
  await target.ready(0)
  expect([await historyOfTarget(), await packagesOfTarget()]).toEqual([before, 1])
  expect((await client.getVerified(idOf(60))).keyIds.length).toBe(1)
}, 120_000)
