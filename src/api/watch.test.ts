import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ApiServer, startApiServer } from '../../test/registry/api-server.js'
import { anna, berta, metadataOf } from '../../test/registry/signed-package.js'
import type { MarketplaceClient } from '../client/marketplace-client.js'
import type { WatchEvent, WatchOptions } from '../interface/watch.js'
import { MarketplaceBuilder } from '../marketplace-builder.js'
import type { Namespace } from '../model/package-id.js'
import { parsePackageId, parsePackageRef } from '../model/package-id.js'

/** Small enough that the feed is trimmed within a test. */
const FEED_MAX = 4

let api: ApiServer
let client: MarketplaceClient
const gone = { now: new AbortController() }
beforeEach(async () => {
  api = await startApiServer({ changeFeedEntriesMax: FEED_MAX })
  client = await new MarketplaceBuilder().withCluster([api.address]).build()
  gone.now = new AbortController()
})
afterEach(async () => {
  gone.now.abort()
  await client.close()
  await api[Symbol.asyncDispose]()
})

const publish = (id: string) => client.register({ metadata: metadataOf(id), signers: [anna] })

/** Reads events until one is the last wanted. */
async function read(
  events: AsyncGenerator<WatchEvent>,
  isLast: (event: WatchEvent) => boolean,
): Promise<WatchEvent[]> {
  const found: WatchEvent[] = []
  for (;;) {
    const next = await events.next()
    if (next.done === true) return found
    found.push(next.value)
    if (isLast(next.value)) return found
  }
}

const watch = (options: WatchOptions) => client.watch({ signal: gone.now.signal, ...options })
const isChanges = (event: WatchEvent) => event.type === 'changes'
const described = (event: WatchEvent) =>
  event.type === 'changes'
    ? event.changes.map((change) => `${change.kind} ${'id' in change ? change.id.name : change.scope.name}`)
    : []

describe('a watch', () => {
  test('brings changes as they land, each with its index, kind and version', async () => {
    const events = watch({ from: 'beginning' })
    expect((await events.next()).value).toMatchObject({ type: 'progress', index: 0 })
    const { index } = await publish('acme/web@1.0.0')
    const { historyId } = api.registry.state
    expect((await events.next()).value).toEqual({
      type: 'changes',
      index,
      historyId,
      logTimeMs: expect.any(Number),
      changes: [{ kind: 'published', id: parsePackageId('acme/web@1.0.0') }],
    })
    const yanked = await client.yank(parsePackageId('acme/web@1.0.0'), 'broken', anna)
    await client.addOwner(parsePackageRef('acme/web'), berta.publicKey, anna)
    expect((await events.next()).value).toMatchObject({ index: yanked.index, changes: [{ kind: 'yanked' }] })
    expect((await events.next()).value).toMatchObject({
      changes: [{ kind: 'ownersChanged', scope: parsePackageRef('acme/web') }],
    })
  })

  test('goes on after an index: what came before is not told again', async () => {
    const { index, historyId } = await publish('one@1.0.0')
    await publish('two@1.0.0')
    const events = await read(watch({ from: { index, historyId } }), isChanges)
    expect(events.flatMap(described)).toEqual(['published two'])
  })

  test('without a place begins now', async () => {
    await publish('before@1.0.0')
    const events = watch({})
    await events.next()
    await publish('after@1.0.0')
    expect((await read(events, isChanges)).flatMap(described)).toEqual(['published after'])
  })

  test('that is silent says how far it is, also where only changes happened that were not asked for', async () => {
    const events = watch({ from: 'beginning', namespaces: ['acme' as Namespace], progressMs: 100 })
    await events.next()
    const { index } = await publish('other@1.0.0')
    const [last] = (await read(events, (event) => event.index >= index)).slice(-1)
    expect(last).toMatchObject({ type: 'progress', index })
  })

  test.each<[string, WatchOptions, string[]]>([
    ['a namespace', { namespaces: ['acme' as Namespace] }, ['published web', 'published core']],
    ['a package, however spelled', { packages: [parsePackageRef('LONELY')] }, ['published lonely']],
    [
      'either',
      { namespaces: ['acme' as Namespace], packages: [parsePackageRef('lonely')] },
      ['published web', 'published lonely', 'published core'],
    ],
    ['kinds', { kinds: ['yanked'] }, ['yanked core']],
  ])('brings only what was asked for: %s', async (_, filter, wanted) => {
    for (const id of ['acme/web@1.0.0', 'lonely@1.0.0', 'acme/core@1.0.0']) await publish(id)
    const last = (await client.yank(parsePackageId('acme/core@1.0.0'), undefined, anna)).index
    const events = await read(
      watch({ from: 'beginning', progressMs: 100, ...filter }),
      (event) => event.index >= last,
    )
    const found = events.flatMap(described)
    expect(found.filter((each) => filter.kinds !== undefined || !each.startsWith('yanked'))).toEqual(wanted)
  })

  test('from everything there is lists all versions at one index, then what comes after', async () => {
    await publish('acme/web@1.0.0')
    await publish('acme/web@1.1.0')
    const { index } = await publish('lonely@1.0.0')
    const events = watch({ from: 'existing' })
    const listing = await read(events, (event) => event.type === 'existing' && event.complete)
    expect(listing).toMatchObject([{ type: 'existing', first: true, complete: true, index }])
    expect(listing.flatMap((event) => (event.type === 'existing' ? event.versions : []))).toMatchObject([
      { id: parsePackageId('lonely@1.0.0') },
      { id: parsePackageId('acme/web@1.0.0') },
      { id: parsePackageId('acme/web@1.1.0') },
    ])
    await publish('late@1.0.0')
    expect((await read(events, isChanges)).flatMap(described)).toEqual(['published late'])
  })

  test('from a place that the feed no longer reaches is refused, naming the first that is kept', async () => {
    const ids = Array.from({ length: FEED_MAX + 2 }, (_, at) => `many@1.${at}.0`)
    let first = 0
    for (const [at, id] of ids.entries()) {
      const { index } = await publish(id)
      if (at === 1) first = index + 1
    }
    const events = watch({ from: 'beginning' })
    await expect(read(events, isChanges)).rejects.toMatchObject({
      reason: 'COMPACTED',
      details: { firstRetained: String(first) },
    })
    const { historyId } = api.registry.state
    const kept = await read(watch({ from: { index: first - 1, historyId } }), (event) => event.index > first)
    expect(kept.flatMap(described).length).toBeGreaterThan(0)
  })

  test('from a place of another history is refused', async () => {
    const events = watch({ from: { index: 1, historyId: 'ff'.repeat(16) } })
    await expect(events.next()).rejects.toMatchObject({ reason: 'HISTORY_MISMATCH' })
  })

  test('many at once see the same, and each change is seen by all', async () => {
    const watchers = Array.from({ length: 20 }, () => client.watch({ from: 'beginning' }))
    await Promise.all(watchers.map((events) => events.next()))
    const ids = ['a@1.0.0', 'b@1.0.0', 'c@1.0.0']
    for (const id of ids) await publish(id)
    const seen = await Promise.all(
      watchers.map(async (events) => {
        const found = []
        while (found.length < ids.length) found.push(...(await read(events, isChanges)).flatMap(described))
        return found
      }),
    )
    for (const each of seen) expect(each).toEqual(['published a', 'published b', 'published c'])
    await Promise.all(watchers.map((events) => events.return()))
  })

  test('ends when it is told to, also while it waits', async () => {
    const events = watch({})
    await events.next()
    const waiting = events.next()
    gone.now.abort()
    expect((await waiting).done).toBe(true)
  })
})
