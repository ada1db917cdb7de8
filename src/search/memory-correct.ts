import { type PreparedDocument, prepareWord, scoreOf } from './match.js'
import { nameWords, queryText, queryWords } from './words.js'

/** As native/core/src/correct.rs: letters of a word from which on one error is forgiven, and two. */
const ONE_ERROR_LETTERS_MIN = 5
const TWO_ERRORS_LETTERS_MIN = 9
const LETTERS_MAX = 64

/** The text with words that no package has exchanged for near ones; undefined where there is nothing to exchange. */
export function correctText(candidates: readonly PreparedDocument[], text: string): string | undefined {
  const words = queryWords(queryText(text))
  const packages = vocabulary(candidates)
  let changed = false
  const corrected = words.map((word, at) => {
    if (word.quoted) return `"${word.text}"`
    const prepared = prepareWord(word, at === words.length - 1)
    const isKnown =
      prepared === undefined ||
      prepared.isStopWord ||
      candidates.some((target) => scoreOf(prepared, target) > 0)
    const better = isKnown ? undefined : nearest(packages, nameWords(word.text).parts.join(''))
    changed ||= better !== undefined
    return better ?? word.text
  })
  return changed ? corrected.join(' ') : undefined
}

/** How many packages have each word of names and topics. */
function vocabulary(candidates: readonly PreparedDocument[]): ReadonlyMap<string, number> {
  const packages = new Map<string, number>()
  const add = (words: ReadonlySet<string>) => {
    for (const word of words) packages.set(word, (packages.get(word) ?? 0) + 1)
  }
  for (const { nameWords: name, topics } of candidates) {
    add(name.tokens)
    add(new Set(topics.flatMap((topic) => [...topic.tokens])))
  }
  return packages
}

/** The word with the fewest errors between; of several the one that most packages have, then the first. */
function nearest(packages: ReadonlyMap<string, number>, typed: string): string | undefined {
  const letters = [...typed]
  if (letters.length < ONE_ERROR_LETTERS_MIN || letters.length > LETTERS_MAX) return undefined
  const errorsMax = letters.length < TWO_ERRORS_LETTERS_MIN ? 1 : 2
  const near = [...packages]
    .map(([word, count]) => ({ word, count, errors: errorsBetween(letters, [...word]) }))
    .filter(({ errors }) => errors >= 1 && errors <= errorsMax)
    .sort((a, b) => a.errors - b.errors || b.count - a.count || (a.word < b.word ? -1 : 1))
  return near[0]?.word
}

/** Letters missing, too many, wrong or exchanged with their neighbour; a wrong first letter counts double. */
function errorsBetween(typed: readonly string[], word: readonly string[]): number {
  let beforeLast: readonly number[] = []
  let last = Array.from({ length: word.length + 1 }, (_, at) => at)
  for (const [row, letter] of typed.entries()) {
    const current = [row + 1]
    for (const [column, other] of word.entries()) {
      const at = (line: readonly number[], index: number) => line[index] ?? Number.POSITIVE_INFINITY
      const exchanged = row > 0 && column > 0 && letter === word[column - 1] && typed[row - 1] === other
      current.push(
        Math.min(
          at(last, column) + (letter === other ? 0 : 1),
          at(last, column + 1) + 1,
          at(current, column) + 1,
          exchanged ? at(beforeLast, column - 1) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
    beforeLast = last
    last = current
  }
  return (last[word.length] ?? 0) + (typed[0] === word[0] ? 0 : 1)
}
