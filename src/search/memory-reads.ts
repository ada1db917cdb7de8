import type { FacetCounts, FacetValue, SearchFacet } from '../model/search-facet.js'
import { type PreparedDocument, valuesOf } from './match.js'
import type { SearchDocument, SearchHit } from './search-index.js'
import { descriptionWords, nameWords } from './words.js'

/** Most telling words of a package that are looked for; see native/core/src/similar.rs. */
const TELLING_WORDS_MAX = 25
/** A word that no other package has leads nowhere. */
const PACKAGES_MIN = 2
const WEIGHTS = { topic: 3, name: 2, description: 1 } as const

/** Packages whose name begins with the prefix, in the order of names; behind them those whose key does. */
export function suggestKeys(candidates: readonly PreparedDocument[], prefix: string, limit: number) {
  const beginning = (textOf: (target: PreparedDocument) => string) =>
    candidates
      .filter((target) => textOf(target).startsWith(prefix))
      .map((target) => ({ text: textOf(target), key: target.document.key }))
      .sort((a, b) => compareText(a.text, b.text) || compareText(a.key, b.key))
      .map(({ key }) => key)
  if (prefix === '') return []
  const keys = [...beginning((target) => target.foldedName), ...beginning((target) => target.foldedKey)]
  return [...new Set(keys)].slice(0, limit)
}

/** How the documents are spread over the values of one facet. */
export function countFacet(
  documents: readonly SearchDocument[],
  facet: SearchFacet,
  limit: number,
): FacetCounts {
  const spellings = new Map<string, number>()
  for (const document of documents) {
    // Once a package, as it is spelled first.
    const once = new Map<string, string>()
    for (const value of valuesOf(document, facet))
      if (!once.has(value.toLowerCase())) once.set(value.toLowerCase(), value)
    for (const value of once.values()) spellings.set(value, (spellings.get(value) ?? 0) + 1)
  }
  const together = new Map<string, FacetValue>()
  const byFrequency = [...spellings].sort((a, b) => b[1] - a[1] || compareText(a[0], b[0]))
  for (const [value, count] of byFrequency) {
    const shown = together.get(value.toLowerCase()) ?? { value, count: 0 }
    together.set(value.toLowerCase(), { value: shown.value, count: shown.count + count })
  }
  const values = [...together]
    .sort((a, b) => b[1].count - a[1].count || compareText(a[0], b[0]))
    .map(([, value]) => value)
  return { facet, values: values.slice(0, limit) }
}

/** Packages that share the rarer words of one, with the sum of what these tell. */
export function similarTo(
  candidates: readonly PreparedDocument[],
  source: SearchDocument,
): readonly { readonly target: PreparedDocument; readonly points: number }[] {
  const words = telling(candidates, source)
  return candidates
    .filter((target) => target.document.key !== source.key)
    .map((target) => ({
      target,
      points: words.reduce((sum, word) => sum + (has(target, word) ? word.points : 0), 0),
    }))
    .filter(({ points }) => points > 0)
}

interface Telling {
  readonly field: keyof typeof WEIGHTS
  readonly text: string
  readonly points: number
}

/** Words of a package by how much they tell: rare ones, and those of its topics, more than others. */
function telling(candidates: readonly PreparedDocument[], source: SearchDocument): readonly Telling[] {
  const name = source.key.slice(source.key.indexOf('/') + 1)
  const topics = [...source.keywords, ...source.categories].flatMap((topic) => nameWords(topic).parts)
  const texts: Record<keyof typeof WEIGHTS, readonly (string | undefined)[]> = {
    topic: topics,
    name: nameWords(name).parts,
    description: descriptionWords(source.description ?? ''),
  }
  const found = (Object.keys(WEIGHTS) as (keyof typeof WEIGHTS)[]).flatMap((field) =>
    [...new Set(texts[field])].flatMap((text) => {
      if (text === undefined) return []
      const packages = candidates.filter((target) => has(target, { field, text })).length
      if (packages < PACKAGES_MIN) return []
      const rarity = Math.log(1 + (candidates.length - packages + 0.5) / (packages + 0.5))
      return [{ field, text, points: WEIGHTS[field] * rarity }]
    }),
  )
  return found.sort((a, b) => b.points - a.points).slice(0, TELLING_WORDS_MAX)
}

function has(target: PreparedDocument, { field, text }: Pick<Telling, 'field' | 'text'>): boolean {
  switch (field) {
    case 'topic':
      return target.topics.some((topic) => topic.tokens.has(text))
    case 'name':
      return target.nameWords.tokens.has(text)
    case 'description':
      return target.description.includes(text)
  }
}

export function compareHits(a: SearchHit, b: SearchHit): number {
  return b.score - a.score || compareText(nameOf(a.key), nameOf(b.key)) || compareText(a.key, b.key)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function nameOf(key: string): string {
  return key.slice(key.indexOf('/') + 1)
}
