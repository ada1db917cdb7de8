/**
 * How names, descriptions and queries fall into words: the counterpart in TypeScript of native/core/src/tokenizer.rs and
 * the reading part of native/core/src/plan.rs, without stemming.
 */
import { SEARCH_LIMITS } from './search-index.js'

const WORD = /[\p{L}\p{N}]+/gu
/** Between camelCase words, and between letters and digits. */
const PART = /\p{N}+|\p{Lu}+(?!\p{Ll})|\p{Lu}?[^\p{Lu}\p{N}]+|\p{Lu}/gu

const STOP_WORDS = new Set(
  (
    'a an and are as at be but by for if in into is it no not of on or such that the their then there these they this ' +
    'to was will with'
  ).split(' '),
)

/** One word of a query: what stands between blanks, or in quotes. */
export interface QueryWord {
  readonly text: string
  readonly quoted: boolean
}

/** A name or keyword in the forms in which it is found. */
export interface NameWords {
  /** In their order: `WebPack-cli2` → web, pack, cli, 2. */
  readonly parts: readonly string[]
  /** Parts and joined forms: also webpack, cli2, webpackcli2. */
  readonly tokens: ReadonlySet<string>
}

export function nameWords(text: string): NameWords {
  const parts: string[] = []
  const tokens = new Set<string>()
  for (const piece of text.split(/[/ ]/)) {
    const words = (piece.match(WORD) ?? []).map((word) => (word.match(PART) ?? []).map(fold))
    for (const word of words) {
      parts.push(...word)
      for (const part of word) tokens.add(part)
      tokens.add(word.join(''))
    }
    if (words.length > 0) tokens.add(words.flat().join(''))
  }
  return { parts, tokens }
}

/** Words of a description in their order; a stop word leaves a hole, so that phrases keep their distances. */
export function descriptionWords(text: string): readonly (string | undefined)[] {
  return (text.match(WORD) ?? []).map(fold).map((word) => (STOP_WORDS.has(word) ? undefined : word))
}

/** Words of a query within its limits; a quote that is never closed is a blank. */
export function queryWords(text: string): readonly QueryWord[] {
  const pieces = text.replace(/[“”„]/g, '"').split('"')
  const closed = pieces.length - ((pieces.length + 1) % 2)
  const words = pieces.flatMap((piece, at) =>
    at % 2 === 1 && at < closed
      ? [{ text: piece, quoted: true }]
      : (piece.match(/\S+/g) ?? []).map((word) => ({ text: word, quoted: false })),
  )
  return words.slice(0, SEARCH_LIMITS.queryWordsMax)
}

/** The text without outer blanks, cut to its limit at a whole character. */
export function queryText(text: string): string {
  const trimmed = text.trim()
  const bytes = Buffer.from(trimmed)
  if (bytes.length <= SEARCH_LIMITS.queryBytesMax) return trimmed
  let end: number = SEARCH_LIMITS.queryBytesMax
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.toString('utf8', 0, end)
}

function fold(word: string): string {
  return word.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC')
}
