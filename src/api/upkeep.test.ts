import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ApiServer, ask, startApiServer } from '../../test/registry/api-server.js'
import { anna, archiveOf, inChunks, metadataOf, sha256 } from '../../test/registry/signed-package.js'
import type { MarketplaceClient } from '../client/marketplace-client.js'
import { MarketplaceBuilder } from '../marketplace-builder.js'
import { sha256Hash } from '../model/content-hash.js'
import type { Received } from '../wire/message.js'

let api: ApiServer
let client: MarketplaceClient
beforeEach(async () => {
  api = await startApiServer()
  client = await new MarketplaceBuilder().withCluster([api.address]).build()
})
afterEach(async () => {
  await client.close()
  await api[Symbol.asyncDispose]()
})

const bytes = new Uint8Array(5_000).fill(3)
const hash = sha256Hash(sha256(bytes))

describe('blobs', () => {
  test('under lease are not removed; once it is over, they are, and what is not there is gone already', async () => {
    const { local, context } = api.registry
    await context.blobs.write(inChunks(bytes))
    await expect(client.blobs.delete(hash)).rejects.toMatchObject({
      reason: 'BLOB_REFERENCED',
      code: 'FAILED_PRECONDITION',
      details: { leaseEnd: expect.any(String) },
    })
    const old = new Uint8Array(100).fill(4)
    const oldHash = sha256Hash(sha256(old))
    await local.write(inChunks(old), {}, { keepUntilMs: 1 })
    expect(await client.blobs.delete(oldHash)).toMatchObject({ historyId: api.registry.state.historyId })
    expect(await local.info(oldHash.digest)).toBeUndefined()
    expect((await client.blobs.delete(oldHash)).index).toBeGreaterThan(0)
    expect(await local.info(hash.digest)).toBeDefined()
  })

  test('that a version names are never removed', async () => {
    const metadata = metadataOf('acme/web@1.0.0')
    const archive = await archiveOf(metadata)
    const digest = sha256(archive)
    await client.publish(
      { metadata, signers: [anna] },
      { sha256: digest, sizeBytes: archive.length, read: () => inChunks(archive) },
    )
    const { local } = api.registry
    // However old its promise.
    await local.dropLeases(Number.MAX_SAFE_INTEGER)
    await local.keep(digest, 1)
    await expect(client.blobs.delete(sha256Hash(digest))).rejects.toMatchObject({
      reason: 'BLOB_REFERENCED',
    })
    await local.write(inChunks(bytes))
    await local.keep(hash.digest, 1)
    expect(await client.blobs.compact()).toMatchObject({
      nodeId: api.registry.state.nodeId,
      examined: 2,
      removed: 1,
      removedBytes: bytes.length,
      leased: 0,
    })
    expect(await local.info(digest)).toBeDefined()
  })

  test('are copied to members only, never to an address', async () => {
    await api.registry.context.blobs.write(inChunks(bytes))
    const { nodeId } = api.registry.state
    expect(await client.blobs.copyTo(hash, nodeId)).toMatchObject({ sizeBytes: bytes.length })
    for (const target of ['node-9', 'https://example.org/', '127.0.0.1:7401', ''])
      await expect(client.blobs.copyTo(hash, target)).rejects.toMatchObject({ reason: 'MEMBER_UNKNOWN' })
    await expect(client.blobs.copyTo(sha256Hash(sha256('none')), nodeId)).rejects.toMatchObject({
      reason: 'BLOB_NOT_FOUND',
    })
  })
})

test('what versions share is counted once, and told', async () => {
  const archive = await archiveOf(metadataOf('acme/web@1.0.0'))
  const digest = sha256(archive)
  const content = { sha256: digest, sizeBytes: archive.length, read: () => inChunks(archive) }
  await client.publish({ metadata: metadataOf('acme/web@1.0.0'), signers: [anna] }, content)
  const stats = () =>
    ask<Received<'PackageStoreServiceStatsResponse'>>((done) => api.packageStore.stats({}, done))
  expect(await stats()).toMatchObject({
    blobs: 1,
    referencedBlobs: 1,
    references: 1,
    referencedBytes: archive.length,
    sharedBytes: 0,
  })
  const readme = Buffer.from('# the same for all')
  for (const id of ['acme/a@1.0.0', 'acme/b@1.0.0'])
    await client.register({
      metadata: metadataOf(id, { readmeSha256: sha256(readme) }),
      readme,
      signers: [anna],
    })
  expect(await stats()).toMatchObject({ blobs: 2, referencedBlobs: 2, references: 3 })
})
