import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ApiServer, startApiServer } from '../../test/registry/api-server.js'
import { anna, berta, metadataOf } from '../../test/registry/signed-package.js'
import type { MarketplaceClient } from '../client/marketplace-client.js'
import { MarketplaceBuilder } from '../marketplace-builder.js'
import { parsePackageId, parsePackageRef } from '../model/package-id.js'
import type { Signer } from '../trust/signer.js'

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

const publish = (id: string, signer: Signer = anna) =>
  client.register({ metadata: metadataOf(id), signers: [signer] })

async function download(counts: Record<string, number>): Promise<void> {
  const { context, downloads } = api.registry
  for (const [id, count] of Object.entries(counts))
    for (let n = 0; n < count; n++) context.downloads.count(parsePackageId(id))
  await downloads.flush()
}

describe('statistics', () => {
  test('tell downloads in all, by version and by day', async () => {
    for (const id of ['acme/web@1.0.0', 'acme/web@1.1.0', 'lonely@1.0.0']) await publish(id)
    await download({ 'acme/web@1.0.0': 3, 'acme/web@1.1.0': 2, 'lonely@1.0.0': 1 })
    const date = new Date(api.registry.state.logTimeMs()).toISOString().slice(0, 10)
    expect(await client.stats()).toMatchObject({
      packages: 2,
      versions: 3,
      downloads: 6,
      days: [{ date, downloads: 6 }],
      versionDownloads: [],
    })
    expect(await client.stats(parsePackageRef('acme/web'))).toMatchObject({
      packages: 1,
      versions: 2,
      downloads: 5,
      days: [{ date, downloads: 5 }],
      versionDownloads: [
        { version: '1.1.0', downloads: 2 },
        { version: '1.0.0', downloads: 3 },
      ],
    })
    await expect(client.stats(parsePackageRef('none'))).rejects.toMatchObject({ reason: 'PACKAGE_NOT_FOUND' })
  })

  test('trending packages come most downloads first, over pages, without those that are all yanked', async () => {
    const counts = { 'a@1.0.0': 2, 'b@1.0.0': 9, 'c@1.0.0': 2, 'd@1.0.0': 5, 'gone@1.0.0': 20 }
    for (const id of [...Object.keys(counts), 'quiet@1.0.0']) await publish(id)
    await download(counts)
    await client.yank(parsePackageId('gone@1.0.0'), undefined, anna)
    const found: string[] = []
    for (let pageToken: string | undefined; ; ) {
      const page = await client.trending({ pageSize: 2, ...(pageToken !== undefined && { pageToken }) })
      expect(page.entries.length).toBeLessThanOrEqual(2)
      found.push(...page.entries.map(({ summary, downloads }) => `${summary.id.name} ${downloads}`))
      pageToken = page.nextPageToken
      if (pageToken === undefined) break
    }
    expect(found).toEqual(['b 9', 'd 5', 'a 2', 'c 2'])
    const page = await client.trending({ pageSize: 2 })
    await expect(client.trending({ days: 3, pageToken: page.nextPageToken })).rejects.toMatchObject({
      reason: 'PAGE_TOKEN_INVALID',
    })
    await expect(client.trending({ days: 91 })).rejects.toMatchObject({ reason: 'INVALID_ARGUMENT' })
  })
})

describe('check for updates', () => {
  test('tells of many at once what is behind, yanked, deprecated or unknown', async () => {
    for (const version of ['1.0.0', '1.1.0', '2.0.0', '2.1.0-rc.1']) await publish(`acme/web@${version}`)
    await publish('sad@1.0.0')
    await client.yank(parsePackageId('sad@1.0.0'), 'broken', anna)
    await client.deprecate(parsePackageId('acme/web@1.0.0'), 'old', anna)
    const { updates, index } = await client.checkUpdates([
      { id: parsePackageId('acme/web@1.0.0'), requirement: '^1.0.0' },
      { id: parsePackageId('acme/web@2.0.0'), requirement: '' },
      { id: parsePackageId('sad@1.0.0'), requirement: '^1.0.0' },
      { id: parsePackageId('acme/web@9.0.0'), requirement: '^9.0.0' },
      { id: parsePackageId('none@1.0.0'), requirement: '^1.0.0' },
    ])
    expect(index).toBeGreaterThan(0)
    const told = updates.map(({ id, installed, wanted, latest }) => [
      id.name,
      installed && (installed.yanked ? 'yanked' : (installed.deprecated ?? 'fine')),
      wanted?.id.version,
      latest?.id.version,
    ])
    expect(told).toEqual([
      ['web', 'old', '1.1.0', '2.0.0'],
      ['web', 'fine', '2.0.0', '2.0.0'],
      ['sad', 'yanked', undefined, undefined],
      ['web', undefined, undefined, '2.0.0'],
      ['none', undefined, undefined, undefined],
    ])
  })

  test('takes more than one call holds, and keeps their order', async () => {
    await publish('acme/web@1.0.0')
    const many = Array.from({ length: 1_100 }, (_, at) => ({
      id: parsePackageId(at === 1_050 ? 'acme/web@1.0.0' : `none@1.0.${at}`),
      requirement: '',
    }))
    const { updates } = await client.checkUpdates(many)
    expect(updates.map(({ id }) => id.version)).toEqual(many.map(({ id }) => id.version))
    expect(updates.flatMap(({ latest }, at) => (latest === undefined ? [] : [at]))).toEqual([1_050])
  })
})

describe('suggestions', () => {
  test('begin with what is downloaded most of late, then go by name', async () => {
    for (const name of ['web-a', 'web-b', 'acme/web-c', 'web-d', 'web-gone', 'wobble'])
      await publish(`${name}@1.0.0`)
    await download({
      'web-d@1.0.0': 100,
      'acme/web-c@1.0.0': 200,
      'web-gone@1.0.0': 300,
      'wobble@1.0.0': 400,
    })
    await client.yank(parsePackageId('web-gone@1.0.0'), undefined, anna)
    await api.registry.context.lookAlikes.refresh()
    const suggested = async (text: string, limit?: number) =>
      (await client.suggest(text, limit === undefined ? {} : { limit })).suggestions.map(({ name }) => name)
    expect(await suggested('Web')).toEqual(['web-c', 'web-d', 'web-a', 'web-b'])
    expect(await suggested('web', 3)).toEqual(['web-c', 'web-d', 'web-a'])
    expect(await suggested('acme/')).toEqual(['web-c'])
  })
})

describe('a name like that of a popular package', () => {
  test('is flagged when it is first published and when it is read, where somebody else owns it', async () => {
    await publish('web-framework@1.0.0')
    await download({ 'web-framework@1.0.0': 100 })
    await api.registry.context.lookAlikes.refresh()
    const popular = [parsePackageRef('web-framework')]
    expect((await publish('web-frarnework@1.0.0', berta)).resembles).toEqual(popular)
    expect((await publish('web-frarnework@1.1.0', berta)).resembles).toEqual([])
    expect((await client.get(parsePackageRef('web-frarnework'))).resembles).toEqual(popular)
    expect((await publish('webframework@1.0.0')).resembles).toEqual([])
    expect((await publish('something-else@1.0.0', berta)).resembles).toEqual([])
    expect((await client.get(parsePackageRef('web-framework'))).resembles).toEqual([])
  })

  test('is not flagged for one that few have downloaded', async () => {
    await publish('web-framework@1.0.0')
    await download({ 'web-framework@1.0.0': 99 })
    await api.registry.context.lookAlikes.refresh()
    expect((await publish('web-frarnework@1.0.0', berta)).resembles).toEqual([])
  })
})
