import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MarketplaceError } from '../../src/model/error.js'
import { type PackageKey, packageKey, parsePackageRef } from '../../src/model/package-id.js'
import { SEARCH_FACETS } from '../../src/model/search-facet.js'
import type {
  FacetQuery,
  SearchChange,
  SearchDocument,
  SearchIndex,
  SearchQuery,
} from '../../src/search/search-index.js'

/** A document with the fields that matter to a test. */
export function searchDocument(
  name: string,
  fields: Partial<Omit<SearchDocument, 'key'>> = {},
): SearchDocument {
  return {
    key: keyOf(name),
    packageNumber: 1,
    kind: 'library',
    keywords: [],
    categories: [],
    authors: [],
    capabilities: [],
    publishedAtMs: 0,
    quality: 0.5,
    yanked: false,
    ...fields,
  }
}

export function keyOf(name: string): PackageKey {
  return packageKey(parsePackageRef(name))
}

/** An upsert of one package. */
export function upsert(name: string, fields?: Partial<Omit<SearchDocument, 'key'>>): SearchChange {
  return { type: 'upsert', document: searchDocument(name, fields) }
}

export function remove(name: string): SearchChange {
  return { type: 'remove', key: keyOf(name) }
}

/** Keys that a text finds, best first. */
export async function found(
  index: SearchIndex,
  text: string,
  more: Partial<SearchQuery> = {},
): Promise<readonly string[]> {
  const result = await index.search({ text, limit: 50, ...more })
  return result.hits.map((hit) => hit.key)
}

async function* stream(documents: readonly SearchDocument[]): AsyncIterable<SearchDocument> {
  for (const document of documents) yield document
}

async function reasonOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (error instanceof MarketplaceError) return error.reason
    throw error
  }
  throw new Error('it succeeded')
}

/** What every {@link SearchIndex} does. `open` makes an empty one. */
export function searchIndexConformance(name: string, open: () => Promise<SearchIndex>): void {
  describe(`${name} as a search index`, () => {
    let index: SearchIndex

    beforeEach(async () => {
      index = await open()
    })
    afterEach(async () => {
      await index[Symbol.asyncDispose]()
    })

    async function hold(...changes: readonly SearchChange[]): Promise<void> {
      await index.apply(changes, index.stats().submittedIndex + 1)
      await index.commit()
    }

    describe('matching', () => {
      test('a package is found by its name, a part of it, its joined form, and words of its topics and description', async () => {
        await hold(
          upsert('acme/WebPack-cli2', {
            description: 'bundles modules for browsers',
            keywords: ['asset-pipeline'],
            categories: ['build tools'],
          }),
          upsert('unrelated'),
        )
        const texts = [
          ...[
            'acme/webpack-cli2',
            '@acme/webpack-cli2',
            'webpack-cli2',
            'WebPack',
            'web',
            'pack',
            'cli2',
            'webpackcli2',
          ],
          ...['web pack', 'acme', 'modules', 'asset', 'pipeline', 'asset-pipeline', 'tools', 'BROWSERS'],
        ]
        for (const text of texts)
          expect([text, await found(index, text)]).toEqual([text, ['acme/WebPack-cli2']])
        expect(await found(index, 'ack')).toEqual([])
      })

      test('every word must match, and the last one may be a beginning', async () => {
        await hold(
          upsert('react-router', { description: 'routing' }),
          upsert('vue-router', { description: 'routing' }),
          upsert('react'),
        )
        expect(await found(index, 'router react')).toEqual(['react-router'])
        expect(await found(index, 'react rou')).toEqual(['react-router'])
        expect(await found(index, 'rou react')).toEqual(['react', 'react-router'])
        expect((await index.search({ text: 'rou react', limit: 5 })).relaxed).toBe(true)
        expect((await index.search({ text: 'react rou', limit: 5 })).relaxed).toBe(false)
      })

      test('where no package has every word, those with any of them are found', async () => {
        await hold(upsert('alpha'), upsert('beta'), upsert('gamma'))
        expect(await found(index, 'alpha beta')).toEqual(['alpha', 'beta'])
      })

      test('words in quotes must stand side by side', async () => {
        await hold(
          upsert('one', { description: 'a fast web framework' }),
          upsert('two', { description: 'framework of the web' }),
          upsert('web-framework'),
          upsert('framework-web'),
        )
        expect([...(await found(index, '"web framework"'))].sort()).toEqual(['one', 'web-framework'])
        expect(await found(index, 'web framework')).toHaveLength(4)
      })

      test('English stop words do not narrow, unless there is nothing else', async () => {
        await hold(upsert('router', { description: 'a router for the web' }), upsert('is'))
        expect(await found(index, 'the router of web')).toEqual(['router'])
        expect(await found(index, 'is')).toEqual(['is'])
      })

      test('no text is a syntax error', async () => {
        await hold(upsert('a'))
        const texts = [
          ...[
            '"',
            '""',
            '"a',
            'a AND',
            '(',
            'name:a',
            'a^2 ~1',
            '+ - && || ! ( ) { } [ ] ^ " ~ * ? : \\ /',
            '*',
            '/',
          ],
          ...[
            '\u0000',
            '\ud800',
            'é'.repeat(5_000),
            'a '.repeat(5_000),
            'x'.repeat(100_000),
            '日本語',
            '-a',
            '@',
            '\\ud800',
          ],
        ]
        for (const text of texts) {
          const result = await index.search({ text, limit: 10 })
          expect(result.total).toBeGreaterThanOrEqual(result.hits.length)
        }
        expect(await found(index, '(')).toEqual([])
        expect(await found(index, '+a')).toEqual(['a'])
      })

      test('empty text finds every package, by name', async () => {
        await hold(upsert('z/beta'), upsert('gamma'), upsert('alpha'), upsert('a/beta'))
        expect(await found(index, '  ')).toEqual(['alpha', 'a/beta', 'z/beta', 'gamma'])
      })

      test('odd bytes in a document do not stop the index', async () => {
        await hold(
          upsert('odd', {
            description: 'half \ud800 a pair, \\ud800 none, 😀 one',
            keywords: ['', '\udfff'],
          }),
        )
        expect(await found(index, 'pair')).toEqual(['odd'])
      })
    })

    describe('ranking', () => {
      test('the package of exactly that name is first, however often others say it', async () => {
        const shout = 'core core core core core core core core'
        await hold(
          upsert('core-core', { description: shout, keywords: ['core'] }),
          upsert('acme/core'),
          upsert('CoRe', { description: 'else' }),
          upsert('core-tools', { description: shout, keywords: ['core'] }),
        )
        const result = await index.search({ text: 'core', limit: 10 })
        expect(result.hits.map((hit) => hit.key).slice(0, 2)).toEqual(['CoRe', 'acme/core'])
        const points = result.hits.map((hit) => Math.floor(hit.score))
        expect(points).toEqual([2, 1, 0, 0])
      })

      test('a name is recognised through case, underscore, npm form, quotes and blanks', async () => {
        await hold(upsert('acme/Web_Kit'), upsert('acme/web-kit-extra'))
        for (const text of ['acme/web-kit', '@acme/web_kit', 'WEB_KIT', 'web-kit', 'web kit', '"web kit"']) {
          expect([text, (await found(index, text))[0]]).toEqual([text, 'acme/Web_Kit'])
        }
      })

      test('a word in the name outranks one among the keywords, and that one in the description', async () => {
        await hold(
          upsert('c', { description: 'this is about yaml' }),
          upsert('b', { keywords: ['yaml'] }),
          upsert('yaml-a'),
        )
        expect(await found(index, 'yaml')).toEqual(['yaml-a', 'b', 'c'])
      })

      test('a name that begins with the text outranks one that has it further back', async () => {
        await hold(upsert('babel-plugin-lodash'), upsert('lodash'), upsert('lodash-es'), upsert('an-lodash'))
        expect((await found(index, 'lod')).slice(0, 2)).toEqual(['lodash', 'lodash-es'])
        expect((await found(index, 'plugin'))[0]).toBe('babel-plugin-lodash')
      })

      test('equal scores are in the order of names, then keys', async () => {
        await hold(
          ...['z/m', 'b', 'a/m', 'c', 'a'].map((name) => upsert(name, { description: 'same words' })),
        )
        expect(await found(index, 'words')).toEqual(['a', 'b', 'c', 'a/m', 'z/m'])
      })

      test('scores are from 0 to 1 but for exact matches, and two searches of one generation agree', async () => {
        await hold(
          ...Array.from({ length: 40 }, (_, i) => upsert(`web-${i}`, { description: 'web '.repeat(i) })),
        )
        const first = await index.search({ text: 'web', limit: 40 })
        expect(first.hits).toHaveLength(40)
        for (const hit of first.hits) {
          expect(hit.score).toBeGreaterThan(0)
          expect(hit.score).toBeLessThan(1)
        }
        expect(await index.search({ text: 'web', limit: 40 })).toEqual(first)
      })
    })

    describe('filters', () => {
      beforeEach(async () => {
        await hold(
          upsert('acme/one', {
            kind: 'tool',
            keywords: ['CLI', 'yaml'],
            categories: ['Build Tools'],
            authors: ['Ann <ann@example.org>'],
            license: 'MIT',
            language: 'TypeScript',
            capabilities: ['Json-Schema', 'json-schema', 'openapi'],
          }),
          upsert('acme/two', {
            keywords: ['yaml'],
            license: 'Apache-2.0',
            language: 'Rust',
            capabilities: ['OpenAPI'],
          }),
          upsert('three', { kind: 'plugin', keywords: ['cli'], license: 'MIT' }),
        )
      })

      const cases: readonly [string, SearchQuery['filter'], readonly string[]][] = [
        ['kind', { kinds: ['tool'] }, ['acme/one']],
        ['several kinds', { kinds: ['tool', 'plugin'] }, ['acme/one', 'three']],
        ['namespace', { namespaces: ['acme'] }, ['acme/one', 'acme/two']],
        ['keyword in any case', { keywords: ['cli'] }, ['acme/one', 'three']],
        ['a whole keyword only', { keywords: ['yam'] }, []],
        ['category', { categories: ['build tools'] }, ['acme/one']],
        ['author', { authors: ['ann <ann@example.org>'] }, ['acme/one']],
        ['license', { licenses: ['mit'] }, ['acme/one', 'three']],
        ['language', { languages: ['rust'] }, ['acme/two']],
        ['capability in any case', { capabilities: ['json-SCHEMA'] }, ['acme/one']],
        ['any of several capabilities', { capabilities: ['openapi', 'none'] }, ['acme/one', 'acme/two']],
        ['a whole capability only', { capabilities: ['json'] }, []],
        ['kind and capability', { kinds: ['library'], capabilities: ['openapi'] }, ['acme/two']],
        ['two lists, both of which must hold', { keywords: ['yaml'], licenses: ['MIT'] }, ['acme/one']],
        ['empty lists', { kinds: [], keywords: [] }, ['acme/one', 'three', 'acme/two']],
      ]
      test.each(cases)('by %s', async (_, filter, expected) => {
        expect(await found(index, '', { filter })).toEqual(expected)
      })

      test('a filter does not change scores', async () => {
        const all = await index.search({ text: 'cli', limit: 10 })
        const some = await index.search({ text: 'cli', limit: 10, filter: { kinds: ['plugin'] } })
        expect(some.hits).toEqual(all.hits.filter((hit) => hit.key === 'three'))
        expect(some.total).toBe(1)
      })

      test('an exact name is no hit where the filter excludes it', async () => {
        expect(await found(index, 'three', { filter: { kinds: ['tool'] } })).toEqual([])
      })
    })

    describe('suggestions', () => {
      const suggested = async (text: string, limit = 10) => (await index.suggest({ text, limit })).keys

      test('are packages whose name begins with the text, by name, then those whose key does', async () => {
        await hold(upsert('lodash'), upsert('acme/Lodash_es'), upsert('an-lodash'), upsert('z/lo'))
        await hold(upsert('lod/other'), upsert('b/lodash'), upsert('yanked-lod'), upsert('zz'))
        expect(await suggested('lod')).toEqual(['b/lodash', 'lodash', 'acme/Lodash_es', 'lod/other'])
        expect(await suggested('LODASH-')).toEqual(['acme/Lodash_es'])
        expect(await suggested('@acme/lo')).toEqual(['acme/Lodash_es'])
        expect(await suggested('lo', 2)).toEqual(['z/lo', 'b/lodash'])
        expect(await suggested('nothing')).toEqual([])
        expect(await suggested(' ')).toEqual([])
      })

      test('follow changes, and show nothing that is yanked', async () => {
        await hold(upsert('web-a'), upsert('web-b'), upsert('web-c'))
        await hold(remove('web-a'), upsert('web-b', { yanked: true }), upsert('web-d'))
        expect(await suggested('web', 1)).toEqual(['web-c'])
        const { keys, appliedIndex, generation } = await index.suggest({ text: 'web', limit: 10 })
        expect(keys).toEqual(['web-c', 'web-d'])
        const { appliedIndex: same, generation: too } = index.stats()
        expect([appliedIndex, generation]).toEqual([same, too])
      })

      test('no text fails; a limit outside 1 to 100 is refused', async () => {
        await hold(upsert('a'))
        for (const text of ['"', '\u0000', '\ud800', 'é'.repeat(5_000), '/', '@', '日本'])
          expect(await suggested(text)).toEqual([])
        for (const limit of [0, 101, 1.5]) {
          expect(await reasonOf(index.suggest({ text: 'a', limit }))).toBe('INVALID_ARGUMENT')
        }
      })
    })

    describe('corrections', () => {
      const corrected = async (text: string) => (await index.correct({ text })).text

      beforeEach(async () => {
        await hold(
          upsert('serializer', { keywords: ['parser'], description: 'quixotic words' }),
          upsert('parse-all', { keywords: ['parsec'] }),
          upsert('yaml-parser'),
        )
        await hold(upsert('purser'))
        await hold(remove('purser'))
      })

      test('exchange words that no package has for near ones, and leave the others', async () => {
        const cases: readonly [string, string | undefined][] = [
          ['parsr', 'parser'],
          ['praser yaml', 'parser yaml'],
          ['yaml  Paresr', 'yaml parser'],
          ['the serailizr', 'the serializer'],
          ['sarielizer', 'serializer'],
          // Known: whole, as a beginning at the end, by a description.
          ['parser', undefined],
          ['yaml pars', undefined],
          ['quixotic', undefined],
          // Too short, too far, quoted, a wrong first letter, of a package that is gone.
          ['yalm', undefined],
          ['zzzzzzzz', undefined],
          ['"parsr"', undefined],
          ['qarser', undefined],
          ['pursre', undefined],
          ['', undefined],
        ]
        for (const [text, expected] of cases) expect([text, await corrected(text)]).toEqual([text, expected])
      })

      test('find something, and say what they reflect', async () => {
        const { text, ...position } = await index.correct({ text: 'yamll parserr' })
        expect(await found(index, text ?? '')).toContain('yaml-parser')
        const { appliedIndex, generation } = index.stats()
        expect(position).toEqual({ appliedIndex, generation })
        for (const odd of [
          '"',
          '\u0000\u0000\u0000\u0000\u0000',
          '\ud800\ud800',
          'é'.repeat(5_000),
          '日本語日本語',
        ])
          expect(await corrected(odd)).toBeUndefined()
      })
    })

    describe('facets', () => {
      const facetsOf = async (query: Partial<FacetQuery>) => {
        const answer = await index.facets({ text: '', facets: ['keywords'], limit: 10, ...query })
        const counts = answer.facets.map(({ facet, values }) => [
          facet,
          values.map(({ value, count }) => `${value} ${count}`),
        ])
        return { total: answer.total, relaxed: answer.relaxed, counts: Object.fromEntries(counts) }
      }

      beforeEach(async () => {
        await hold(
          upsert('acme/one', { kind: 'tool', keywords: ['CLI', 'yaml', 'cli'], authors: ['Ann'] }),
          upsert('acme/two', { keywords: ['cli'], license: 'MIT', language: 'Rust', categories: ['Build'] }),
        )
        await hold(
          upsert('three', { keywords: ['cli', 'toml'], capabilities: ['openapi'], license: 'mit' }),
          upsert('gone', { keywords: ['cli'] }),
          upsert('hidden', { keywords: ['cli'], yanked: true }),
        )
        await hold(remove('gone'))
      })

      test('count packages by value in any case, most packages first, then by value', async () => {
        const all = await facetsOf({
          facets: [
            ...(['kinds', 'namespaces', 'keywords', 'categories'] as const),
            ...(['authors', 'licenses', 'languages', 'capabilities'] as const),
          ],
        })
        expect(all).toEqual({
          total: 3,
          relaxed: false,
          counts: {
            kinds: ['library 2', 'tool 1'],
            namespaces: ['acme 2'],
            keywords: ['cli 3', 'toml 1', 'yaml 1'],
            categories: ['Build 1'],
            authors: ['Ann 1'],
            licenses: ['MIT 2'],
            languages: ['Rust 1'],
            capabilities: ['openapi 1'],
          },
        })
      })

      test('count what the text and the filter find, no more values than wanted, and no facet unasked', async () => {
        expect(await facetsOf({ text: 'three', limit: 1 })).toEqual({
          total: 1,
          relaxed: false,
          counts: { keywords: ['cli 1'] },
        })
        const filter = { namespaces: ['ACME'] }
        expect((await facetsOf({ filter })).counts).toEqual({ keywords: ['CLI 2', 'yaml 1'] })
        expect(await facetsOf({ text: 'one three', facets: ['kinds'] })).toEqual({
          total: 2,
          relaxed: true,
          counts: { kinds: ['library 1', 'tool 1'] },
        })
        expect(await facetsOf({ text: 'nothing', facets: [] })).toEqual({
          total: 0,
          relaxed: false,
          counts: {},
        })
      })

      test('agree with what a filter by the value finds', async () => {
        const { facets } = await index.facets({ text: '', facets: SEARCH_FACETS, limit: 100 })
        for (const { facet, values } of facets)
          for (const { value, count } of values)
            expect([facet, value, (await found(index, '', { filter: { [facet]: [value] } })).length]).toEqual(
              [facet, value, count],
            )
      })

      test('a limit outside 1 to 1,000 and a filter of too many values are refused', async () => {
        for (const limit of [0, 1_001])
          expect(await reasonOf(index.facets({ text: '', facets: [], limit }))).toBe('INVALID_ARGUMENT')
        const filter = { keywords: Array.from({ length: 65 }, (_, i) => `${i}`) }
        const refused = index.facets({ text: '', facets: [], limit: 1, filter })
        expect(await reasonOf(refused)).toBe('INVALID_ARGUMENT')
      })
    })

    describe('similar packages', () => {
      const like = (name: string, fields: Parameters<typeof searchDocument>[1] = {}, limit = 10) =>
        index.similar({ document: searchDocument(name, fields), limit })
      const keysLike = async (...which: Parameters<typeof like>) =>
        (await like(...which)).hits.map((hit) => hit.key)

      test('share rare words, and most of all topics; the package itself is none', async () => {
        const yaml = { keywords: ['yaml', 'parser'], description: 'reads configuration' }
        await hold(
          upsert('yaml-reader', yaml),
          upsert('other', { keywords: ['yaml', 'parser'] }),
          upsert('third', { description: 'configuration of houses' }),
          upsert('stranger', { keywords: ['grpc'], description: 'far away' }),
          upsert('hidden', { ...yaml, yanked: true }),
        )
        await hold(upsert('gone', yaml))
        await hold(remove('gone'))
        expect(await keysLike('yaml-reader', yaml)).toEqual(['other', 'third'])
        expect(await keysLike('yaml-reader', yaml, 1)).toEqual(['other'])
        for (const { score } of (await like('yaml-reader', yaml)).hits) {
          expect(score).toBeGreaterThan(0)
          expect(score).toBeLessThan(1)
        }
        // One that is not in the index is compared all the same; what nobody shares is like nothing.
        expect(await keysLike('new', { keywords: ['yaml'] })).toEqual(['other', 'yaml-reader'])
        expect(await keysLike('lonely', { keywords: ['unheard'] })).toEqual([])
      })

      test('a limit outside 1 to 1,000 is refused', async () => {
        for (const limit of [0, 1_001]) expect(await reasonOf(like('a', {}, limit))).toBe('INVALID_ARGUMENT')
      })
    })

    describe('pages', () => {
      async function pages(text: string, limit: number): Promise<string[]> {
        const keys: string[] = []
        let after: SearchQuery['after']
        for (let page = 0; page < 1_000; page++) {
          const result = await index.search({ text, limit, after })
          keys.push(...result.hits.map((hit) => hit.key))
          if (result.next === undefined) return keys
          expect(result.hits).toHaveLength(limit)
          after = result.next
        }
        throw new Error('the pages have no end')
      }

      test('pages of any size follow on one another without a gap or a repetition', async () => {
        // Two commits, so that there are several segments; many ties, so that names decide.
        const make = (i: number) =>
          upsert(`web-${i}`, { description: 'web '.repeat(i % 3), keywords: i % 5 ? [] : ['web'] })
        await hold(...Array.from({ length: 61 }, (_, i) => make(i)))
        await hold(...Array.from({ length: 40 }, (_, i) => make(61 + i)), upsert('web'))
        const { hits, total, next } = await index.search({ text: 'web', limit: 1_000 })
        expect(total).toBe(102)
        expect(next).toBeUndefined()
        const all = hits.map((hit) => hit.key)
        expect(new Set(all).size).toBe(102)
        for (const limit of [1, 7, 51, 101, 102, 103]) expect(await pages('web', limit)).toEqual(all)
        expect(await pages('', 10)).toEqual([...all].sort((a, b) => (a < b ? -1 : 1)))
      })

      test('the total counts every page', async () => {
        await hold(...Array.from({ length: 9 }, (_, i) => upsert(`web-${i}`)))
        const first = await index.search({ text: 'web', limit: 4 })
        const second = await index.search({ text: 'web', limit: 4, after: first.next })
        expect([first.total, second.total]).toEqual([9, 9])
      })

      test('after a change the listing goes on from the last score and name', async () => {
        await hold(...['a', 'b', 'c', 'd'].map((name) => upsert(name)))
        const first = await index.search({ text: '', limit: 2 })
        await hold(remove('b'), upsert('bb'), upsert('aa'))
        const second = await index.search({ text: '', limit: 10, after: first.next })
        expect(second.hits.map((hit) => hit.key)).toEqual(['bb', 'c', 'd'])
        expect(second.generation).not.toBe(first.generation)
      })

      test('a limit outside 1 to 1,000 is refused', async () => {
        for (const limit of [0, 1_001, -1, 1.5]) {
          expect(await reasonOf(index.search({ text: '', limit }))).toBe('INVALID_ARGUMENT')
        }
      })
    })

    describe('changes', () => {
      test('a change is seen after the commit, and the answer says which index it reflects', async () => {
        const before = await index.search({ text: 'new', limit: 5 })
        await index.apply([upsert('new')], 7)
        const position = await index.commit()
        const after = await index.search({ text: 'new', limit: 5 })
        expect(before.total).toBe(0)
        expect(after.hits.map((hit) => hit.key)).toEqual(['new'])
        expect(position.appliedIndex).toBe(7)
        expect(position.generation).toBeGreaterThan(before.generation)
        expect({ ...after, hits: [] }).toMatchObject(position)
      })

      test('an upsert replaces, also within one batch; the last one counts', async () => {
        await hold(upsert('p', { description: 'first' }))
        await hold(
          upsert('p', { description: 'second' }),
          upsert('q'),
          remove('q'),
          upsert('r'),
          upsert('p', { description: 'third' }),
          remove('r'),
          upsert('r', { description: 'again' }),
        )
        expect(await found(index, 'first')).toEqual([])
        expect(await found(index, 'second')).toEqual([])
        expect(await found(index, 'third')).toEqual(['p'])
        expect(await found(index, '')).toEqual(['p', 'r'])
        expect(index.stats().documents).toBe(2)
      })

      test('names that differ by case only are different packages to the index', async () => {
        await hold(upsert('Name', { description: 'upper' }), upsert('name', { description: 'lower' }))
        await hold(remove('Name'))
        expect(await found(index, '')).toEqual(['name'])
      })

      test('removing what is not there is fine', async () => {
        await hold(remove('nothing'))
        expect((await index.search({ text: '', limit: 1 })).total).toBe(0)
      })

      test('a package whose versions are all yanked is no hit, until one is not', async () => {
        await hold(upsert('p', { yanked: true }), upsert('q'))
        expect(await found(index, '')).toEqual(['q'])
        expect(await found(index, 'p')).toEqual([])
        await hold(upsert('p'))
        expect(await found(index, 'p')).toEqual(['p'])
      })

      test('the index moves with changes that concern no package', async () => {
        await hold(upsert('p'))
        await index.apply([], 50)
        await index.commit()
        expect((await index.search({ text: '', limit: 1 })).appliedIndex).toBe(50)
      })

      test('many batches in a row are all taken', async () => {
        for (let i = 1; i <= 300; i++) {
          await index.apply([upsert(`p-${i}`, { description: 'x'.repeat(2_000) })], i)
        }
        expect((await index.commit()).appliedIndex).toBe(300)
        expect((await index.search({ text: '', limit: 1 })).total).toBe(300)
        expect(index.stats()).toMatchObject({ pendingChanges: 0, submittedIndex: 300, documents: 300 })
      })
    })

    test('an optimized index holds what was applied, and goes on', async () => {
      for (let i = 1; i <= 4; i++) await hold(upsert(`p-${i}`))
      await hold(remove('p-1'), upsert('p-2', { description: 'changed' }))
      await index.apply([upsert('p-5')], 50)
      const before = index.stats()
      const position = await index.optimize()
      expect(position.appliedIndex).toBe(50)
      expect(position.generation).toBeGreaterThan(before.generation)
      expect(index.stats()).toMatchObject({ ...position, segments: 1, documents: 4, pendingChanges: 0 })
      expect(await found(index, '')).toEqual(['p-2', 'p-3', 'p-4', 'p-5'])
      await hold(upsert('p-6'))
      expect(await found(index, 'changed')).toEqual(['p-2'])
      expect(await found(index, '')).toHaveLength(5)
    })

    describe('waiting for an index', () => {
      test('an index that is applied already is committed for whoever waits', async () => {
        await index.apply([upsert('p')], 3)
        expect((await index.waitFor(3, 20_000)).appliedIndex).toBe(3)
        expect(await found(index, 'p')).toEqual(['p'])
      })

      test('an index that is reached at once needs no wait', async () => {
        expect((await index.waitFor(0, 0)).appliedIndex).toBe(0)
      })

      test('whoever waits for an index to come is answered when it comes', async () => {
        const waiting = Promise.all([index.waitFor(5, 20_000), index.waitFor(4, 20_000)])
        await index.apply([upsert('p')], 4)
        await index.apply([upsert('q')], 5)
        for (const position of await waiting) expect(position.appliedIndex).toBeGreaterThanOrEqual(4)
        expect(await found(index, '')).toEqual(['p', 'q'])
      })

      test('an index that does not come in time is refused', async () => {
        await index.apply([upsert('p')], 4)
        expect(await reasonOf(index.waitFor(5, 30))).toBe('INDEX_NOT_REACHED')
      })
    })

    describe('rebuilding', () => {
      test('the new content replaces the old, and carries its index', async () => {
        await hold(upsert('old'), upsert('both', { description: 'before' }))
        const heard: number[] = []
        const documents = ['new', 'both'].map((name) => searchDocument(name))
        const position = await index.rebuild(stream(documents), 9, (count) => heard.push(count))
        expect(position.appliedIndex).toBe(9)
        expect(await found(index, '')).toEqual(['both', 'new'])
        expect(await found(index, 'before')).toEqual([])
        expect(heard.at(-1)).toBe(2)
        await index.apply([upsert('later')], 10)
        await index.commit()
        expect(await found(index, '')).toEqual(['both', 'later', 'new'])
      })

      test('the old content serves meanwhile, and changes applied meanwhile survive', async () => {
        await hold(upsert('old'))
        let release = () => {}
        const gate = new Promise<void>((resolve) => {
          release = resolve
        })
        let started = () => {}
        const begun = new Promise<void>((resolve) => {
          started = resolve
        })
        async function* slowly(): AsyncIterable<SearchDocument> {
          yield searchDocument('old')
          started()
          await gate
          // Both are as they were at index 5: removed at 6, changed at 7.
          yield searchDocument('removed')
          yield searchDocument('changed', { description: 'stale' })
        }
        const rebuilt = index.rebuild(slowly(), 5)
        await begun
        await index.apply([remove('removed'), upsert('added')], 6)
        await index.apply([upsert('changed', { description: 'fresh' })], 7)
        await index.commit()
        expect(await found(index, '')).toEqual(['added', 'changed', 'old'])
        release()
        expect((await rebuilt).appliedIndex).toBe(7)
        expect(await found(index, '')).toEqual(['added', 'changed', 'old'])
        expect(await found(index, 'fresh')).toEqual(['changed'])
        expect(await found(index, 'stale')).toEqual([])
      })

      test('a source that fails leaves the old content, and another rebuild may follow', async () => {
        await hold(upsert('old'))
        async function* failing(): AsyncIterable<SearchDocument> {
          yield searchDocument('new')
          throw new Error('the snapshot is gone')
        }
        await expect(index.rebuild(failing(), 5)).rejects.toThrow('the snapshot is gone')
        expect(await found(index, '')).toEqual(['old'])
        expect(index.stats().rebuilding).toBe(false)
        await index.rebuild(stream([searchDocument('new')]), 5)
        expect(await found(index, '')).toEqual(['new'])
      })

      test('a rebuild from a state older than the changes applied is refused', async () => {
        await index.apply([upsert('p')], 8)
        expect(await reasonOf(index.rebuild(stream([]), 7))).toBe('INVALID_ARGUMENT')
        await index.commit()
        expect(await found(index, '')).toEqual(['p'])
      })
    })

    test('a closed index refuses, and closing twice is fine', async () => {
      await index[Symbol.asyncDispose]()
      await index[Symbol.asyncDispose]()
      expect(await reasonOf(index.search({ text: '', limit: 1 }))).toBe('SHUTTING_DOWN')
      expect(await reasonOf(index.suggest({ text: 'a', limit: 1 }))).toBe('SHUTTING_DOWN')
      expect(await reasonOf(index.apply([], 1))).toBe('SHUTTING_DOWN')
      expect(await reasonOf(index.commit())).toBe('SHUTTING_DOWN')
      expect(await reasonOf(index.optimize())).toBe('SHUTTING_DOWN')
    })
  })
}
