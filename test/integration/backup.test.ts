import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RequestId } from '../../src/model/command.js'
import type { MarketplaceError } from '../../src/model/error.js'
import type { PackageId } from '../../src/model/package-id.js'
import { silentLogger } from '../../src/runtime/logger.js'
import { runServer } from '../../src/server.js'
import { type Ran, runCommand } from './command-line.js'
import { collect, newSigner, packageFixture } from './package-fixture.js'
import { TestCluster } from './test-cluster.js'

const VERSIONS = 6
const signer = newSigner()
const REQUEST = 'cd'.repeat(16) as RequestId
let cluster: TestCluster
let work: string
let backup: string

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'ggen-backup-test-'))
  backup = join(work, 'backup')
  cluster = await TestCluster.start(3)
  await using client = cluster.client()
  for (let i = 0; i < VERSIONS; i++) await publish(client, i, i === 0 ? REQUEST : undefined)
  await client.yank(idOf(1), 'has a hole', signer)
}, 60_000)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  if (work !== undefined) await rm(work, { recursive: true, force: true })
})

const idOf = (i: number) => ({ namespace: 'acme', name: `kept-${i}`, version: '1.0.0' }) as PackageId

async function publish(client: ReturnType<TestCluster['client']>, i: number, requestId?: RequestId) {
  const { metadata, content } = await packageFixture(`acme/kept-${i}@1.0.0`)
  return await client.publish({ metadata, signers: [signer], ...(requestId && { requestId }) }, content)
}

const command = (args: readonly string[], endpoints: readonly string[] = cluster.endpoints): Promise<Ran> =>
  runCommand(['cluster', ...args], { work, endpoints })

/** The files of the backup that hold bytes of packages. */
async function blobFiles(): Promise<string[]> {
  const all = await readdir(join(backup, 'blobs'), { recursive: true, withFileTypes: true })
  return all.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function flipBit(path: string): Promise<void> {
  const bytes = await readFile(path)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 4
  await writeFile(path, bytes)
}

const restoreArgs = (target: TestCluster, i: number, more: readonly string[] = []) => {
  const { nodeId, dataFolder, clusterToken, members } = target.node(i).config
  const named = members.flatMap(({ id, peerAddress, clientAddress }) => [
    '--member',
    `${id}=${peerAddress},${clientAddress}`,
  ])
  return [
    'restore',
    backup,
    '--node-id',
    nodeId,
    '--data',
    dataFolder,
    '--cluster-token',
    clusterToken,
    ...named,
    ...more,
  ]
}

test('a backup while packages are published is of one moment; done again, it fetches what is new', async () => {
  await using client = cluster.client()
  let publishing = true
  const busy = (async () => {
    for (let i = 100; publishing; i++) await publish(client, i)
  })()
  const first = await command(['backup', backup])
  publishing = false
  await busy
  expect([first.code, first.json.error]).toEqual([0, undefined])
  expect(first.json.blobs.count).toBeGreaterThanOrEqual(VERSIONS)
  expect(first.json.fetched).toEqual(first.json.blobs)
  expect((await command(['backup', '--check', backup], [])).json).toMatchObject({
    ok: true,
    index: first.json.index,
    blobs: first.json.blobs,
    damaged: [],
  })

  await publish(client, VERSIONS)
  const second = await command(['backup', backup])
  expect(second.json.index).toBeGreaterThan(first.json.index)
  expect(second.json.fetched.count).toBe(second.json.blobs.count - first.json.blobs.count)
  const states = (await readdir(backup)).filter((name) => name.startsWith('state-'))
  expect(states).toEqual([`state-${second.json.historyId.slice(0, 8)}-${second.json.index}.snapshot`])
}, 60_000)

test('one from a survivor without a quorum works when asked for as stale, and only then', async () => {
  const other = await TestCluster.start(2)
  try {
    await using client = other.client()
    await publish(client, 0)
    await other.stopNode(1)
    const at = other.endpoints.slice(0, 1)
    const folder = join(work, 'of-a-survivor')
    const refused = await runCommand(['cluster', 'backup', folder, '--timeout', '2'], { work, endpoints: at })
    expect(refused.code).toBe(5)
    const { code, json } = await command(['backup', folder, '--stale'], at)
    expect([code, json.blobs.count]).toEqual([0, 1])
    expect((await command(['backup', '--check', folder], [])).json.ok).toBe(true)
  } finally {
    await other[Symbol.asyncDispose]()
  }
}, 60_000)

describe('a damaged backup', () => {
  test('is told file by file; taking it again mends it', async () => {
    const [flipped, cut, gone] = (await blobFiles()) as [string, string, string]
    await flipBit(flipped)
    await truncate(cut, 10)
    await rm(gone)
    const { code, json } = await command(['backup', '--check', backup], [])
    expect([code, json.ok, json.damaged.length]).toEqual([6, false, 3])
    for (const [path, what] of [
      [flipped, /hash to/],
      [cut, /10 bytes hash to/],
      [gone, /missing/],
    ] as const) {
      const file = path.slice(backup.length + 1)
      expect(json.damaged).toContainEqual({ file, what: expect.stringMatching(what) })
    }
    const target = await TestCluster.make(1)
    try {
      const refused = await command(restoreArgs(target, 0), [])
      expect([refused.code, refused.json.error.reason]).toEqual([6, 'VERIFICATION_FAILED'])
      expect(refused.json.error.message).toContain('blobs/')
      // Nothing half-made is left behind.
      expect(await readdir(target.folder)).toEqual([])
    } finally {
      await target[Symbol.asyncDispose]()
    }
    const again = await command(['backup', backup])
    expect([again.code, again.json.fetched.count]).toEqual([0, 3])
    expect((await command(['backup', '--check', backup], [])).code).toBe(0)
  }, 60_000)

  test('with a changed state or manifest is refused by check and restore', async () => {
    const whole = join(work, 'whole')
    await cp(backup, whole, { recursive: true })
    const [state = ''] = (await readdir(backup)).filter((name) => name.endsWith('.snapshot'))
    const target = await TestCluster.make(1)
    const damages: [string, () => Promise<void>][] = [
      [state, () => flipBit(join(backup, state))],
      [state, () => truncate(join(backup, state), 200)],
      [state, () => rm(join(backup, state))],
      ['manifest', () => flipBit(join(backup, 'manifest'))],
    ]
    try {
      for (const [file, damage] of damages) {
        await damage()
        const checked = await command(['backup', '--check', backup], [])
        expect(checked.code).toBe(6)
        expect(checked.out).toContain(file)
        const refused = await command(restoreArgs(target, 0), [])
        expect([refused.code, refused.json.error.reason]).toEqual([6, 'VERIFICATION_FAILED'])
        expect(refused.json.error.message).toContain(file)
        await rm(backup, { recursive: true })
        await cp(whole, backup, { recursive: true })
      }
    } finally {
      await target[Symbol.asyncDispose]()
    }
    expect((await command(['backup', '--check', backup], [])).code).toBe(0)
  }, 60_000)

  test('that was cut off leaves the one before it valid', async () => {
    const before = (await command(['backup', '--check', backup], [])).json
    // What a killed run leaves: a state on its way, and no new manifest.
    await writeFile(join(backup, `state-${before.historyId.slice(0, 8)}-999999.snapshot.partial`), 'half')
    await writeFile(join(backup, `state-${before.historyId.slice(0, 8)}-999998.snapshot`), 'whole, not named')
    expect((await command(['backup', '--check', backup], [])).json).toEqual(before)
    const { code, json } = await command(['backup', backup])
    expect([code, json.fetched.count]).toEqual([0, 0])
    expect((await readdir(backup)).sort()).toEqual(['blobs', 'manifest', expect.stringMatching(/^state-/)])
  }, 60_000)
})

test('a first run that was cut off is told as unfinished, and is finished by the next', async () => {
  const folder = join(work, 'first')
  await mkdir(join(folder, 'blobs'), { recursive: true })
  await writeFile(join(folder, 'state-01234567-9.snapshot.partial'), 'half')
  const { code, json } = await command(['backup', '--check', folder], [])
  expect([code, json.error]).toEqual([
    2,
    expect.objectContaining({
      message: expect.stringContaining('unfinished'),
      help: expect.stringContaining('run `ggen-market cluster backup` on it again'),
    }),
  ])
  expect((await command(['backup', folder])).code).toBe(0)
  expect((await command(['backup', '--check', folder], [])).json.ok).toBe(true)
}, 60_000)

test('a file or a strange folder in the way, and another cluster’s backup, are refused by name', async () => {
  await writeFile(join(work, 'file'), '')
  await mkdir(join(work, 'strange'))
  await writeFile(join(work, 'strange', 'diary.txt'), 'mine')
  const other = await TestCluster.start(1)
  try {
    for (const [args, message] of [
      [['backup', join(work, 'file')], /is a file, not a folder/],
      [['backup', join(work, 'strange')], /diary\.txt/],
      [['backup', '--check', join(work, 'nowhere')], /there is no folder/],
      [['backup', '--check', join(work, 'strange')], /holds no backup/],
    ] as const) {
      const { code, json } = await command(args)
      expect([code, json.error]).toEqual([
        2,
        expect.objectContaining({ reason: 'FILE_INVALID', message: expect.stringMatching(message) }),
      ])
    }
    expect(await readdir(join(work, 'strange'))).toEqual(['diary.txt'])
    const { code, json } = await command(['backup', backup], other.endpoints)
    expect([code, json.error.reason]).toEqual([4, 'CLUSTER_MISMATCH'])
  } finally {
    await other[Symbol.asyncDispose]()
  }
}, 60_000)

test('restored into a new cluster of three: packages, signatures, request ids and new writes', async () => {
  const taken = (await command(['backup', backup])).json
  const target = await TestCluster.make(3, { '--cluster-token': 'the cluster after' })
  try {
    const first = await command(restoreArgs(target, 0), [])
    expect([first.code, first.json]).toEqual([
      0,
      expect.objectContaining({ nodeId: 'node-1', index: taken.index + 1, blobs: taken.blobs }),
    ])
    const { historyId, clusterId } = first.json
    expect(historyId).not.toBe(taken.historyId)
    expect(clusterId).not.toBe(taken.clusterId)
    expect((await command(restoreArgs(target, 0), [])).json.error).toMatchObject({
      reason: 'FILE_INVALID',
      message: expect.stringContaining('no empty folder'),
    })
    // A member that was given no history, or another, is not taken for one of them.
    expect((await command(restoreArgs(target, 1), [])).code).toBe(0)
    // Either may learn it first and end; the other one learns it too, or waits for somebody until it is stopped.
    const asked = new AbortController()
    const starts = [0, 1].map((i) =>
      runServer(target.node(i).config, { logger: silentLogger, signal: asked.signal }).then(
        () => undefined,
        (thrown: unknown) => thrown as MarketplaceError,
      ),
    )
    expect(await Promise.race(starts)).toMatchObject({
      reason: 'HISTORY_MISMATCH',
      help: expect.stringContaining('--history'),
    })
    asked.abort()
    for (const error of await Promise.all(starts))
      expect(['HISTORY_MISMATCH', 'SHUTTING_DOWN']).toContain(error?.reason)
    await rm(target.node(1).config.dataFolder, { recursive: true })
    for (const i of [1, 2]) {
      const { code, json } = await command(restoreArgs(target, i, ['--history', historyId]), [])
      expect([code, json.historyId, json.clusterId]).toEqual([0, historyId, clusterId])
    }
    await Promise.all([0, 1, 2].map((i) => target.startNode(i)))
    await Promise.all([0, 1, 2].map((i) => target.ready(i)))

    for (const i of [0, 1, 2]) {
      await using client = target.client(i)
      for (let version = 0; version <= VERSIONS; version++) {
        const { version: found } = await client.get(idOf(version))
        const bytes = await collect(client.download({ sha256: found.content?.sha256 as never }))
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(found.content?.sha256)
      }
    }
    await using client = target.client()
    expect((await client.get(idOf(1))).version).toMatchObject({ yanked: true, yankReason: 'has a hole' })
    // The retry of a write from before the backup is answered from memory.
    expect(await publish(client, 0, REQUEST)).toMatchObject({ created: true })
    const fresh = await publish(client, 500)
    expect([fresh.created, fresh.historyId]).toEqual([true, historyId])
    expect(fresh.index).toBeGreaterThan(taken.index + 1)
    expect((await client.search({ query: 'kept-500' })).hits.length).toBeGreaterThan(0)
    await mkdir(join(work, 'project'), { recursive: true })
    const added = await runCommand(['add', 'acme/kept-2'], {
      work: join(work, 'project'),
      endpoints: target.endpoints,
    })
    expect([added.code, added.json.error]).toEqual([0, undefined])
    const { nodes } = await client.clusterStatus()
    expect(new Set(nodes.map((node) => (node.reachable ? node.stateHash?.hash : 'none'))).size).toBe(1)
  } finally {
    await target[Symbol.asyncDispose]()
  }
}, 120_000)
