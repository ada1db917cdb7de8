import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sha256Hash } from '../../src/model/content-hash.js'
import { newSigner, packageFixture } from './package-fixture.js'
import { TestCluster } from './test-cluster.js'

let folder: string
let cluster: TestCluster

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ggen-market-stores-'))
  await mkdir(join(folder, 'archive'))
  const stores = `archive=${join(folder, 'archive')};away=${join(folder, 'not-mounted')}`
  cluster = await TestCluster.start(1, {}, { GGEN_MARKET_STORES: stores })
}, 60_000)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** Publishes a package and gives its hash, its bytes, and where a store has it. */
async function published(id: string) {
  const { metadata, content, bytes } = await packageFixture(id)
  await using client = cluster.client()
  await client.publish({ metadata, signers: [newSigner()] }, content)
  const path = join(folder, 'archive', content.sha256.slice(0, 2), content.sha256.slice(2))
  return { hash: sha256Hash(content.sha256), bytes, path }
}

test('a package is copied into a store whole, once or again, and nothing else is left there', async () => {
  const { hash, bytes, path } = await published('first/web@1.0.0')
  await using client = cluster.client()
  for (let i = 0; i < 2; i++)
    expect(await client.blobs.copyTo(hash, { store: 'archive' })).toMatchObject({ sizeBytes: bytes.length })
  expect(Buffer.compare(await readFile(path), bytes)).toBe(0)
  expect(await readdir(join(path, '..'))).toHaveLength(1)
})

test('a copy that is something else by now is replaced', async () => {
  const { hash, bytes, path } = await published('second/web@1.0.0')
  await using client = cluster.client()
  for (const wrong of [new Uint8Array(bytes.length), bytes.subarray(1)]) {
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, wrong)
    await client.blobs.copyTo(hash, { store: 'archive' })
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0)
  }
})

test('a store that nobody configured is refused, naming those that there are; a path or URL is none', async () => {
  const { hash } = await published('third/web@1.0.0')
  await using client = cluster.client()
  for (const store of ['backup', folder, 'https://example.org/', '../archive'])
    await expect(client.blobs.copyTo(hash, { store })).rejects.toMatchObject({
      reason: 'STORE_UNKNOWN',
      code: 'NOT_FOUND',
      help: expect.stringContaining('name one of archive, away'),
    })
})

test('a folder that is not there is not made', async () => {
  const { hash } = await published('fourth/web@1.0.0')
  await using client = cluster.client()
  await expect(client.blobs.copyTo(hash, { store: 'away' })).rejects.toMatchObject({
    reason: 'CONFIG_INVALID',
    message: 'the folder of store away is not there',
    help: expect.stringContaining('mount or make it'),
  })
  expect(await readdir(folder)).toEqual(['archive'])
  await expect(
    client.blobs.copyTo(sha256Hash('ab'.repeat(32) as never), { store: 'archive' }),
  ).rejects.toMatchObject({
    reason: 'BLOB_NOT_FOUND',
  })
})
