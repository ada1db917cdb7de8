import { LIMITS } from '../model/limit.js'
import { expandComparator, readPartialVersion } from './version-range.js'

/**
 * Translates an npm version range into the registry's grammar: hyphen ranges, x-ranges, `||`, blanks between an operator and its
 * version, a leading `v`. A bare version is exact, as npm has it. Undefined where it is none: a tag, a url, an alias, a path.
 */
export function translateNpmRange(range: string): string | undefined {
  if (range.length > LIMITS.requirementLengthMax) return undefined
  const alternatives: string[] = []
  for (const alternative of range.split('||')) {
    const comparators = translateAlternative(alternative.trim())
    if (comparators === undefined) return undefined
    alternatives.push(comparators.length === 0 ? '*' : comparators.join(', '))
  }
  const text = [...new Set(alternatives)].join(' || ')
  return text.length > LIMITS.requirementLengthMax ? undefined : text
}

function translateAlternative(text: string): readonly string[] | undefined {
  const words = text.split(/[ \t\r\n]+/).filter((word) => word !== '')
  if (words.length === 3 && words[1] === '-') return translateHyphen(words[0] as string, words[2] as string)
  const comparators: string[] = []
  for (let at = 0; at < words.length; at++) {
    let word = words[at] as string
    // ">= 1.2.3": the operator stands alone, its version is the next word.
    if (splitOperator(word).version === '') word += words[++at] ?? ''
    const { operator, version } = splitOperator(word)
    const partial = readNpmVersion(version)
    const expanded = partial && expandComparator(operator, partial)
    if (expanded === undefined) return undefined
    comparators.push(...expanded)
  }
  return comparators
}

/** `1.2 - 2.3` is from 1.2.0 to below 2.4.0; full versions are bounds themselves. */
function translateHyphen(from: string, to: string): readonly string[] | undefined {
  const low = readNpmVersion(from)
  const high = readNpmVersion(to)
  const above = low && expandComparator('>=', low)
  const below = high && expandComparator('<=', high)
  return above && below && [...above, ...below]
}

const OPERATORS = ['>=', '<=', '~>', '>', '<', '=', '~', '^']

function splitOperator(word: string): { readonly operator: string; readonly version: string } {
  const operator = OPERATORS.find((each) => word.startsWith(each)) ?? ''
  return { operator, version: word.slice(operator.length) }
}

function readNpmVersion(text: string): ReturnType<typeof readPartialVersion> {
  // npm reads "=v1.2.3" and "v1.2.3" as 1.2.3
  const plain = text.startsWith('=') ? text.slice(1) : text
  return readPartialVersion(plain.startsWith('v') ? plain.slice(1) : plain)
}
