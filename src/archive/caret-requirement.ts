import { LIMITS } from '../model/limit.js'
import { expandComparator, readPartialVersion } from './version-range.js'

const OPERATORS = ['>=', '<=', '>', '<', '=', '~', '^']

/**
 * Translates a requirement as Cargo.toml, package.toml and the command line write it: comparators joined by commas or blanks,
 * alternatives by `||`, a bare version meaning caret, `1.2.*` a range. Undefined where it is none.
 */
export function translateCaretRequirement(text: string): string | undefined {
  if (text.length > LIMITS.requirementLengthMax) return undefined
  const alternatives: string[] = []
  for (const alternative of text.split('||')) {
    const comparators = translateAlternative(alternative)
    if (comparators === undefined) return undefined
    alternatives.push(comparators.length === 0 ? '*' : comparators.join(', '))
  }
  const translated = alternatives.join(' || ')
  return translated.length > LIMITS.requirementLengthMax ? undefined : translated
}

function translateAlternative(text: string): readonly string[] | undefined {
  const words = text.split(/[ \t,]+/).filter((word) => word !== '')
  if (words.length === 0) return undefined
  const comparators: string[] = []
  for (let at = 0; at < words.length; at++) {
    let word = words[at] as string
    if (OPERATORS.includes(word)) word += words[++at] ?? ''
    const operator = OPERATORS.find((each) => word.startsWith(each)) ?? ''
    const written = word.slice(operator.length)
    const version = readPartialVersion(written)
    if (version === undefined) return undefined
    const wildcard = /[xX*]/.test(written.split('-')[0] as string)
    const expanded = expandComparator(operator === '' && !wildcard ? '^' : operator, version)
    if (expanded === undefined) return undefined
    comparators.push(...expanded)
  }
  return comparators
}
