import { foldName } from '../model/package-id.js'
import { SEARCH_FACETS, type SearchFacet } from '../model/search-facet.js'
import type { SearchDocument, SearchFilter } from './search-index.js'
import { descriptionWords, type NameWords, nameWords, type QueryWord } from './words.js'

const NAME_WEIGHT = 6
const TOPIC_WEIGHT = 3
const JOINED_WEIGHT = 1.5
const BEGINNING_WEIGHT = 0.5
/** Letters from which on the last word is also a beginning. */
const BEGINNING_LETTERS_MIN = 2

/** A document, analysed once. */
export interface PreparedDocument {
  readonly document: SearchDocument
  readonly name: string
  readonly foldedKey: string
  readonly foldedName: string
  readonly nameWords: NameWords
  readonly topics: readonly NameWords[]
  readonly description: readonly (string | undefined)[]
}

/** A word of a query, analysed once. */
export interface PreparedWord {
  readonly parts: readonly string[]
  readonly description: readonly (string | undefined)[]
  readonly quoted: boolean
  readonly isLast: boolean
  /** English knows it as one that narrows nothing. */
  readonly isStopWord: boolean
}

export function prepareDocument(document: SearchDocument): PreparedDocument {
  const name = document.key.slice(document.key.indexOf('/') + 1)
  return {
    document,
    name,
    foldedKey: foldName(document.key),
    foldedName: foldName(name),
    nameWords: nameWords(document.key),
    topics: [...document.keywords, ...document.categories].map(nameWords),
    description: descriptionWords(document.description ?? ''),
  }
}

/** Undefined where the word has no letter and no digit. */
export function prepareWord(word: QueryWord, isLast: boolean): PreparedWord | undefined {
  const { parts } = nameWords(word.text)
  if (parts.length === 0) return undefined
  const description = descriptionWords(word.text)
  return {
    parts,
    description,
    quoted: word.quoted,
    isLast,
    isStopWord: description.every((part) => part === undefined),
  }
}

/** How much a word says of a document; 0: it does not match. */
export function scoreOf(word: PreparedWord, target: PreparedDocument): number {
  const inTopics = target.topics.map((topic) => nameScore(word, topic))
  return (
    NAME_WEIGHT * nameScore(word, target.nameWords) +
    TOPIC_WEIGHT * Math.max(0, ...inTopics) +
    descriptionScore(word, target.description)
  )
}

function nameScore(word: PreparedWord, target: NameWords): number {
  const { parts } = word
  // A word says more of a short name than of a long one.
  const length = 1 / (1 + 0.1 * Math.max(0, target.parts.length - 1))
  if (word.quoted) return includesRun(target.parts, parts) ? length : 0
  const joined = parts.join('')
  const tokens = [...target.tokens]
  const before = parts.slice(0, -1)
  const readings = [
    parts.every((part) => target.tokens.has(part)) ? 1 : 0,
    parts.length > 1 && target.tokens.has(joined) ? JOINED_WEIGHT : 0,
  ]
  if (word.isLast && joined.length >= BEGINNING_LETTERS_MIN) {
    const last = parts.at(-1) ?? ''
    const begins =
      tokens.some((token) => token.startsWith(joined)) ||
      (before.length > 0 &&
        before.every((part) => target.tokens.has(part)) &&
        tokens.some((token) => token.startsWith(last)))
    readings.push(begins ? BEGINNING_WEIGHT : 0)
  }
  return Math.max(...readings) * length
}

function descriptionScore(word: PreparedWord, target: PreparedDocument['description']): number {
  if (word.isStopWord) return 0
  const matches = word.quoted
    ? includesRun(target, word.description)
    : word.description.every((part) => part === undefined || target.includes(part))
  return matches ? 1 / (1 + 0.01 * target.length) : 0
}

/** A hole in the run matches anything. */
function includesRun(target: readonly (string | undefined)[], run: readonly (string | undefined)[]): boolean {
  const last = target.length - run.length
  for (let at = 0; at <= last; at++) {
    if (run.every((part, i) => part === undefined || part === target[at + i])) return true
  }
  return false
}

/** Values of one facet that a document has. */
export function valuesOf(document: SearchDocument, facet: SearchFacet): readonly string[] {
  const one = (value: string | undefined) => (value === undefined ? [] : [value])
  const slash = document.key.indexOf('/')
  switch (facet) {
    case 'kinds':
      return [document.kind]
    case 'namespaces':
      return slash < 0 ? [] : [document.key.slice(0, slash)]
    case 'licenses':
      return one(document.license)
    case 'languages':
      return one(document.language)
    default:
      return document[facet]
  }
}

/** Whether a document passes every list of the filter. */
export function passes(document: SearchDocument, filter: SearchFilter): boolean {
  return SEARCH_FACETS.every((facet) => any(filter[facet], valuesOf(document, facet)))
}

function any(wanted: readonly string[] | undefined, held: readonly string[]): boolean {
  if (wanted === undefined || wanted.length === 0) return true
  const folded = held.map((value) => value.toLowerCase())
  return wanted.some((value) => folded.includes(value.toLowerCase()))
}
