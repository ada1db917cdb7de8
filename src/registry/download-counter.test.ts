import { describe, expect, test } from 'vitest'
import { openEmbeddedRegistry } from '../../test/registry/embedded-registry.js'
import {
  archiveOf,
  inChunks,
  metadataOf,
  signedPublish,
  signedVersion,
} from '../../test/registry/signed-package.js'
import type { DownloadsCommand } from '../model/command.js'
import { MarketplaceError } from '../model/error.js'
import { download } from './content.js'
import { publish } from './publish.js'
import { register } from './register.js'
import { getStats } from './stats.js'

const { id } = metadataOf('acme/web@1.0.0')

async function opened() {
  const registry = await openEmbeddedRegistry()
  await register(registry.context, signedVersion(metadataOf('acme/web@1.0.0')))
  const counted = async () => (await getStats(registry.context, id, {})).downloads
  const batches = () =>
    registry.state.proposed.filter(
      (command): command is DownloadsCommand => command.type === 'dailyDownloads',
    )
  return { registry, counted, batches }
}

describe('counting downloads', () => {
  test('many downloads are one batch, and an idle node proposes nothing', async () => {
    const { registry, counted, batches } = await opened()
    await using _ = registry
    await registry.downloads.flush()
    expect(batches()).toHaveLength(0)
    for (let at = 0; at < 5; at++) registry.downloads.count(id)
    await registry.downloads.flush()
    await registry.downloads.flush()
    expect(batches().map((batch) => batch.counts)).toEqual([[{ id, count: 5 }]])
    expect(await counted()).toBe(5)
  })

  test.each(['before', 'after'] as const)(
    'a batch whose outcome was lost %s it was applied is sent again and counts once',
    async (at) => {
      const { registry, counted, batches } = await opened()
      await using _ = registry
      const error = new MarketplaceError({ reason: 'OUTCOME_UNKNOWN', message: 'unknown', help: 'again' })
      registry.state.failures.push({ error, at })
      registry.downloads.count(id)
      await registry.downloads.flush()
      registry.downloads.count(id)
      await registry.downloads.flush()
      await registry.downloads.flush()
      expect(await counted()).toBe(2)
      const epochs = batches().map((batch) => batch.epoch)
      expect(epochs[0]).toBe(epochs[1])
    },
  )

  test('a download counts with its last byte, in however many parts it came; asking for what follows counts nothing', async () => {
    const registry = await openEmbeddedRegistry()
    await using _ = registry
    const metadata = metadataOf('acme/web@1.0.0')
    const bytes = await archiveOf(metadata)
    await publish(registry.context, signedPublish(metadata, bytes), inChunks(bytes))
    const part = async (offset: number, length: number) => {
      const opened = await download(registry.context, { id, offset, length })
      let received = 0
      for await (const chunk of opened.body) received += chunk.length
      opened.sent()
      await registry.downloads.flush()
      return [received, (await getStats(registry.context, id, {})).downloads]
    }
    const size = bytes.length
    expect(await part(0, 50)).toEqual([50, 0])
    expect(await part(50, 0)).toEqual([size - 50, 1])
    expect(await part(size, 0)).toEqual([0, 1])
    expect(await part(0, size)).toEqual([size, 2])
  })

  test('what is left is proposed when the node stops', async () => {
    const { registry, counted } = await opened()
    registry.downloads.count(id)
    await registry.downloads[Symbol.asyncDispose]()
    expect(await counted()).toBe(1)
    await registry[Symbol.asyncDispose]()
  })

  test('an epoch that a clock gone back makes stale is passed over once and counted under a later one', async () => {
    const { registry, counted } = await opened()
    await using _ = registry
    const ahead: DownloadsCommand = {
      type: 'dailyDownloads',
      requestId: '0'.repeat(32) as DownloadsCommand['requestId'],
      nodeId: registry.state.nodeId,
      epoch: Date.now() + 60_000,
      counts: [],
    }
    await registry.state.propose(ahead)
    registry.downloads.count(id)
    await registry.downloads.flush()
    await registry.downloads.flush()
    expect(await counted()).toBe(1)
  })
})
