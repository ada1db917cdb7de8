import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SearchEngine } from '../../src/interface/search-engine.js'
import { defined } from '../../src/model/assert.js'
import type { PackageMetadata } from '../../src/model/metadata.js'
import { formatPackageId, parsePackageRef } from '../../src/model/package-id.js'
import { SEARCH_FACETS } from '../../src/model/search-facet.js'
import { anna, metadataOf, signedChange, signedVersion } from '../registry/signed-package.js'
import { expectRefusal, type MarketHarness } from './market.js'

/** What every SearchEngine must do, over the registry that it follows. */
export function searchEngineConformance(name: string, make: () => Promise<MarketHarness>): void {
  describe(`search engine: ${name}`, () => {
    let harness: MarketHarness
    let search: SearchEngine

    beforeAll(async () => {
      harness = await make()
      search = defined(harness.search, 'search engine')
    }, 120_000)
    afterAll(() => harness?.close())

    const register = (id: string, parts: Partial<PackageMetadata> = {}) =>
      harness.registry.register(signedVersion(metadataOf(id, parts), {}, anna))
    const found = async (query: string, minIndex: number) =>
      (await search.search({ query, minIndex })).hits.map(({ id }) => formatPackageId(id))

    test('a package is found by the words of its description, once the index that published it is asked for', async () => {
      const { index, historyId } = await register('finds/web@1.0.0', { description: 'kaleidoscopic weaver' })
      const answer = await search.search({ query: 'kaleidoscopic', minIndex: index, historyId })
      expect(answer.hits.map(({ id }) => formatPackageId(id))).toEqual(['finds/web@1.0.0'])
      expect(answer.hits[0]?.summary).toMatchObject({ kind: 'library', description: 'kaleidoscopic weaver' })
      expect(answer.total).toBe(1)
      expect(answer.relaxed).toBe(false)
      expect(answer.stateIndex).toBeGreaterThanOrEqual(answer.index)
      expect(answer.index).toBeGreaterThanOrEqual(index)
      expect(answer.historyId).toBe(historyId)
    })

    test('a package is one hit, of its latest version; a yanked one is none', async () => {
      await register('versions/found@1.0.0', { description: 'philatelic' })
      const { index } = await register('versions/found@1.1.0', { description: 'philatelic' })
      expect(await found('philatelic', index)).toEqual(['versions/found@1.1.0'])
      const { clusterId } = await harness.registry.identity()
      const yank = (id: string) =>
        harness.registry.yank(signedChange('yank', metadataOf(id).id, clusterId, {}))
      expect(await found('philatelic', (await yank('versions/found@1.1.0')).index)).toEqual([
        'versions/found@1.0.0',
      ])
      expect(await found('philatelic', (await yank('versions/found@1.0.0')).index)).toEqual([])
    })

    test('a filter narrows, and pages follow one another', async () => {
      for (const each of ['a', 'b', 'c'])
        await register(`paged/${each}@1.0.0`, { description: 'ornithopter' })
      const { index } = await register('paged/d@1.0.0', { description: 'ornithopter', kind: 'tool' })
      const query = 'ornithopter'
      const filter = { kinds: ['library'] }
      const first = await search.search({ query, filter, pageSize: 2, minIndex: index })
      expect(first).toMatchObject({ total: 3 })
      const pageToken = defined(first.nextPageToken, 'token of the second page')
      const second = await search.search({ query, filter, pageSize: 2, pageToken, minIndex: index })
      expect(second.nextPageToken).toBeUndefined()
      const ids = [...first.hits, ...second.hits].map(({ id }) => id.name).sort()
      expect(ids).toEqual(['a', 'b', 'c'])
      const other = search.search({ query: 'another', filter, pageToken, minIndex: index })
      await expectRefusal(other, 'PAGE_TOKEN_INVALID')
    })

    test('packages are found by kind and capability, whatever the case', async () => {
      await register('able/one@1.0.0', { kind: 'validator', capabilities: ['Json-Schema', 'openapi'] })
      await register('able/two@1.0.0', { kind: 'validator', capabilities: ['openapi'] })
      const { index } = await register('able/three@1.0.0', { capabilities: ['json-schema'] })
      const able = async (kinds: readonly string[], capabilities: readonly string[], query = '') => {
        const filter = { namespaces: ['able'], kinds, capabilities }
        return (await search.search({ query, filter, minIndex: index })).hits.map(({ id }) => id.name)
      }
      expect(await able(['validator'], ['json-schema'])).toEqual(['one'])
      expect(await able([], ['JSON-SCHEMA'])).toEqual(['one', 'three'])
      expect(await able(['validator'], ['openapi', 'none'], 'two')).toEqual(['two'])
      expect(await able(['validator'], ['json'])).toEqual([])
    })

    describe('suggestions', () => {
      const suggested = async (text: string, minIndex: number, limit?: number) =>
        (await search.suggest(text, { minIndex, limit })).suggestions.map(formatPackageId)

      test('are latest versions of what begins so, by name, and nothing yanked', async () => {
        await register('suggests/periwinkle@1.0.0')
        await register('suggests/periwinkle@1.1.0')
        await register('others/periwig@1.0.0')
        const { index } = await register('suggests/perishable@1.0.0')
        const all = ['suggests/perishable@1.0.0', 'others/periwig@1.0.0', 'suggests/periwinkle@1.1.0']
        expect(await suggested('PERI', index)).toEqual(all)
        expect(await suggested('peri', index, 2)).toEqual(all.slice(0, 2))
        expect(await suggested('suggests/periw', index)).toEqual(['suggests/periwinkle@1.1.0'])
        expect(await suggested('', index)).toEqual([])
        const { clusterId } = await harness.registry.identity()
        const { id } = metadataOf('others/periwig@1.0.0')
        const yanked = await harness.registry.yank(signedChange('yank', id, clusterId, {}))
        expect(await suggested('periw', yanked.index)).toEqual(['suggests/periwinkle@1.1.0'])
      })

      test('say what they reflect, and take no limit beyond theirs', async () => {
        const { index, historyId } = await register('suggests/quokka@1.0.0')
        const answer = await search.suggest('quokka', { minIndex: index, historyId })
        expect(answer.index).toBeGreaterThanOrEqual(index)
        expect(answer.historyId).toBe(historyId)
        await expectRefusal(search.suggest('quokka', { limit: 101 }), 'LIMIT_EXCEEDED')
        const elsewhere = search.suggest('quokka', { historyId: 'ab'.repeat(16) as typeof historyId })
        await expectRefusal(elsewhere, 'HISTORY_MISMATCH')
      })
    })

    test('a text with typing errors is corrected to what finds something', async () => {
      const { index, historyId } = await register('corrects/xylophone@1.0.0', { keywords: ['percussion'] })
      const { text, ...reflects } = await search.autocorrect('xilophone percusion', { minIndex: index })
      expect(text).toBe('xylophone percussion')
      expect(reflects).toMatchObject({ historyId })
      expect(reflects.index).toBeGreaterThanOrEqual(index)
      expect(await found(text ?? '', index)).toEqual(['corrects/xylophone@1.0.0'])
      expect((await search.autocorrect('xylophone', { minIndex: index })).text).toBeUndefined()
    })

    test('facets count what a query finds, by value', async () => {
      const filter = { namespaces: ['facets'] }
      await register('facets/a@1.0.0', { kind: 'tool', keywords: ['Yaml'], capabilities: ['lint'] })
      const { index } = await register('facets/b@1.0.0', { keywords: ['yaml', 'toml'] })
      const all = await search.facets({ query: '', filter, minIndex: index })
      expect(all.facets.map(({ facet }) => facet)).toEqual(SEARCH_FACETS)
      expect(all).toMatchObject({ total: 2, relaxed: false })
      expect(all.index).toBeGreaterThanOrEqual(index)
      const asked = { facets: ['capabilities', 'keywords'], limit: 1 } as const
      const some = await search.facets({ query: '', filter, minIndex: index, ...asked })
      expect(some.facets).toEqual([
        { facet: 'capabilities', values: [{ value: 'lint', count: 1 }] },
        { facet: 'keywords', values: [{ value: 'Yaml', count: 2 }] },
      ])
      const unknown = search.facets({ query: '', facets: ['nothing' as 'kinds'] })
      expect((await expectRefusal(unknown, 'INVALID_ARGUMENT')).help).toContain('capabilities')
      await expectRefusal(search.facets({ query: '', limit: 1_001 }), 'LIMIT_EXCEEDED')
    })

    test('similar packages share rare words; of one that is not there it is said', async () => {
      const keywords = ['barometer', 'altimeter']
      await register('similar/swift@1.0.0', { keywords })
      await register('similar/heron@1.0.0', { keywords })
      await register('similar/egret@1.0.0', { keywords: ['barometer'] })
      const { index } = await register('similar/alone@1.0.0', { keywords: ['unshared'], description: 'sole' })
      const to = parsePackageRef('similar/swift')
      const { hits } = await search.similar(to, { minIndex: index })
      const ids = hits.map(({ id }) => formatPackageId(id))
      expect(ids.slice(0, 2)).toEqual(['similar/heron@1.0.0', 'similar/egret@1.0.0'])
      expect(hits[0]?.summary).toMatchObject({ keywords })
      expect((await search.similar(to, { minIndex: index, limit: 1 })).hits).toHaveLength(1)
      await expectRefusal(search.similar(parsePackageRef('similar/none')), 'PACKAGE_NOT_FOUND')
      const { clusterId } = await harness.registry.identity()
      const { id } = metadataOf('similar/heron@1.0.0')
      const yanked = await harness.registry.yank(signedChange('yank', id, clusterId, {}))
      const later = await search.similar(to, { minIndex: yanked.index })
      expect(later.hits.map((hit) => hit.id.name)).not.toContain('heron')
      await expectRefusal(search.similar(parsePackageRef('similar/heron')), 'ALL_YANKED')
    })

    test('what several searches found is popular; a page further on, and what found nothing, is not counted', async () => {
      await register('popular/a@1.0.0', { description: 'clavichord' })
      const { index } = await register('popular/b@1.0.0', { description: 'clavichord' })
      for (const query of ['Clavichord', 'clavichord ', 'clavichord', 'harpsichordless', 'harpsichordless'])
        await search.search({ query, minIndex: index, pageSize: 1 })
      const { nextPageToken: pageToken } = await search.search({ query: 'clavichord', pageSize: 1 })
      await search.search({ query: 'clavichord', pageSize: 1, pageToken: defined(pageToken, 'token') })
      await search.search({ query: 'harpsichordless' })
      const { searches, historyId } = await search.popularSearches({ limit: 100 })
      expect(searches.find(({ text }) => text === 'clavichord')?.searches).toBe(4)
      expect(searches.map(({ text }) => text)).not.toContain('harpsichordless')
      expect(historyId).toBe((await harness.registry.identity()).historyId)
      await expectRefusal(search.popularSearches({ limit: 101 }), 'LIMIT_EXCEEDED')
    })

    test('an index made anew finds what it found, and says how far it is', async () => {
      const { index } = await register('anew/web@1.0.0', { description: 'hurdygurdy' })
      const before = await search.stats({ minIndex: index })
      const reports = []
      for await (const report of search.rebuild()) reports.push(report)
      expect(reports.map(({ done }) => done)).toEqual([...reports.slice(1).map(() => false), true])
      expect(reports.at(-1)).toMatchObject({ documents: before.documents, historyId: before.historyId })
      expect(defined(reports.at(-1), 'the last report').index).toBeGreaterThanOrEqual(index)
      expect(await found('hurdygurdy', index)).toEqual(['anew/web@1.0.0'])
      const later = await register('anew/other@1.0.0', { description: 'hurdygurdy' })
      expect(await found('hurdygurdy', later.index)).toHaveLength(2)
    })

    test('rebuilds at once have one end each', async () => {
      const all = await Promise.all(
        [1, 2, 3].map(async () => {
          let last: { readonly done: boolean } | undefined
          for await (const report of search.rebuild()) last = report
          return last?.done
        }),
      )
      expect(all).toEqual([true, true, true])
    })

    test('an optimized index finds what it found', async () => {
      const { index } = await register('merged/web@1.0.0', { description: 'theremin' })
      const { documents } = await search.stats({ minIndex: index })
      const optimized = await search.optimize()
      expect(optimized).toMatchObject({ documents, segments: 1 })
      expect(optimized.index).toBeGreaterThanOrEqual(index)
      expect(await found('theremin', index)).toEqual(['merged/web@1.0.0'])
    })

    test('counts follow what was registered', async () => {
      const { index } = await register('counts/web@1.0.0')
      const stats = await search.stats({ minIndex: index })
      expect(stats.documents).toBeGreaterThan(0)
      expect(stats.index).toBeGreaterThanOrEqual(index)
    })
  })
}
