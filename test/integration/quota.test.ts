import { afterAll, beforeAll, expect, test } from 'vitest'
import { EXIT } from '../../src/cli/exit-code.js'
import { toDigest } from '../../src/model/content-hash.js'
import { type Namespace, parsePackageId } from '../../src/model/package-id.js'
import { type Ran, runCommand } from './command-line.js'
import { newSigner, packageFixture } from './package-fixture.js'
import { TestCluster } from './test-cluster.js'

const signer = newSigner()
let cluster: TestCluster

beforeAll(async () => {
  cluster = await TestCluster.start(3)
}, 60_000)

afterAll(async () => await cluster?.[Symbol.asyncDispose]())

const quota = (args: readonly string[], json = true): Promise<Ran> =>
  runCommand(['cluster', 'quota', ...args], { work: cluster.folder, endpoints: cluster.endpoints, json })

async function publish(id: string, through = 0): Promise<number> {
  const { metadata, content } = await packageFixture(id)
  await using client = cluster.client(through)
  await client.publish({ metadata, signers: [signer] }, content)
  return content.sizeBytes
}

test('a quota is set, shown, enforced on every node, raised and lifted', async () => {
  const bytes = await publish('acme/web@1.0.0')
  expect((await quota(['acme'])).json.quota).toEqual({
    namespace: 'acme',
    bytes,
    versions: 1,
    bytesMax: null,
    versionsMax: null,
  })
  expect(await quota(['acme', '--versions', '2'])).toMatchObject({
    code: EXIT.ok,
    json: { changed: true, quota: { versions: 1, versionsMax: 2, bytesMax: null } },
  })
  await publish('acme/web@1.1.0', 1)
  for (const node of [0, 1, 2])
    await expect(publish(`acme/web@1.${node + 2}.0`, node)).rejects.toMatchObject({
      reason: 'QUOTA_EXCEEDED',
      code: 'RESOURCE_EXHAUSTED',
      message: 'quota of namespace acme: 2 of 2 versions used, 1 more offered',
      help: expect.stringContaining('ggen-market cluster quota acme --versions'),
      details: { unit: 'versions', used: '2', offered: '1', limit: '2' },
    })
  // The other bound stays where one alone is named.
  expect((await quota(['acme/', '--bytes', '1GiB'])).json.quota).toMatchObject({
    versionsMax: 2,
    bytesMax: 1024 ** 3,
  })
  expect((await quota(['acme', '--versions', '3'])).json).toMatchObject({ changed: true })
  await publish('acme/web@1.2.0', 2)
  expect((await quota(['acme', '--none'])).json.quota).toMatchObject({ versionsMax: null, bytesMax: null })
  expect((await quota(['acme', '--none'])).json).toMatchObject({ changed: false })
  await publish('acme/web@1.3.0')
})

test('what would not fit is refused before its bytes are taken', async () => {
  await quota(['full', '--bytes', '1MiB'])
  const { metadata } = await packageFixture('full/big@1.0.0')
  await using client = cluster.client()
  const sizeBytes = 64 * 1024 * 1024
  const piece = new Uint8Array(1024 * 1024)
  const read = async function* () {
    for (let sent = 0; sent < sizeBytes; sent += piece.length) yield piece
  }
  // Had it been taken, it would not hash to this.
  const content = { sha256: toDigest('ab'.repeat(32)), sizeBytes, read }
  await expect(client.publish({ metadata, signers: [signer] }, content)).rejects.toMatchObject({
    reason: 'QUOTA_EXCEEDED',
    details: { unit: 'bytes', used: '0', offered: String(sizeBytes), limit: String(1024 ** 2) },
  })
})

test('packages without a namespace have a quota of their own, and all are listed over pages', async () => {
  await quota(['/', '--versions', '0'])
  await expect(publish('lonely@1.0.0')).rejects.toMatchObject({
    reason: 'QUOTA_EXCEEDED',
    help: expect.stringContaining('cluster quota / --versions'),
  })
  await using client = cluster.client()
  const names: (string | undefined)[] = []
  let pageToken: string | undefined
  do {
    const page = await client.quotas.list({ pageSize: 1, ...(pageToken !== undefined && { pageToken }) })
    names.push(...page.entries.map(({ namespace }) => namespace))
    pageToken = page.nextPageToken
  } while (pageToken !== undefined)
  expect(names).toEqual([undefined, 'acme', 'full'])
  const told = await quota([], false)
  expect(told.out.split('\n').slice(0, 3)).toEqual([
    '/: 0 B, 0 of 0 versions',
    expect.stringMatching(/^acme: .* versions; no quota$/),
    'full: 0 B of 1.0 MiB, 0 versions',
  ])
  expect((await client.quotas.of('none' as Namespace)).quota).toEqual({
    namespace: 'none',
    bytes: 0,
    versions: 0,
  })
})

test('a publish sent again is a success where no other version would fit', async () => {
  await publish('again/web@1.0.0')
  await quota(['again', '--versions', '1'])
  const { metadata, content } = await packageFixture('again/web@1.0.0')
  await using client = cluster.client()
  expect(await client.publish({ metadata, signers: [signer] }, content)).toMatchObject({ created: false })
  expect(metadata.id).toEqual(parsePackageId('again/web@1.0.0'))
})

test.each([
  [['Acme', '--bytes', '1GiB'], /namespace "Acme" is not valid/],
  [['acme', '--bytes', 'much'], /"much" is no size/],
  [['acme', '--versions', '-1'], /"-1" is no number of versions/],
  [['acme', '--versions', '1', '--none'], /--none lifts both bounds/],
  [['--bytes', '1GiB'], /none is named/],
])('%s is refused as it is written', async (args, message) => {
  const ran = await quota(args)
  expect(ran.code).toBe(EXIT.usage)
  expect(ran.json.error.message).toMatch(message)
})
