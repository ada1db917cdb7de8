import { MarketplaceError } from './error.js'
import { LIMITS } from './limit.js'
import { requirementHint } from './requirement-hint.js'
import {
  compareReleases,
  compareVersionParts,
  splitVersion,
  type Version,
  type VersionParts,
} from './version.js'

export type Operator = '=' | '>' | '>=' | '<' | '<=' | '^' | '~'

/**
 * One comparator as written: `>=1.2` has operator `>=`, major 1, minor 2 and no patch. Parts left out stand for a whole
 * span (below). A pre-release needs all three numbers.
 */
export interface Comparator {
  readonly operator: Operator
  readonly major: string
  readonly minor?: string
  readonly patch?: string
  readonly prerelease: readonly string[]
}

/** Alternatives (`||`) of comparators that must all hold; no comparators: any release (`*`). */
export interface Requirement {
  readonly alternatives: readonly (readonly Comparator[])[]
}

export interface RequirementOptions {
  /**
   * What a version without an operator means: caret in package.toml, Cargo.toml and on the command line, exact in
   * package.json. Left out, it is refused: what is stored must mean one thing. A bare `1.2.*` is clear by itself.
   */
  readonly bare?: 'caret' | 'exact'
  /** Path of the field for the error. Default `requirement`. */
  readonly field?: string
}

/**
 * Reads the registry's one requirement grammar (contract.md):
 *
 *     requirement = alternative *( "||" alternative )
 *     alternative = "*" | comparator *( ( "," | " " ) comparator )
 *     comparator  = [ operator ] partial          operator: = > >= < <= ^ ~
 *     partial     = number [ "." part [ "." part ] ] | full semver version     part: number | "*" | "x" | "X"
 *
 * Blanks may stand between operator and version and around commas and bars. A part left out or written as a wildcard
 * leaves a span, of which the operator takes what it says: `=1.2` any 1.2.z, `>1.2` from 1.3.0, `>=1.2` from 1.2.0,
 * `<1.2` below 1.2.0, `<=1.2` below 1.3.0, `~1.2` any 1.2.z, `~1` and `^1` any 1.y.z, `^1.2` from 1.2.0 below 2.0.0,
 * `^0.2` any 0.2.z, `^0.0.3` 0.0.3 alone. Build metadata is read and dropped.
 * @throws INVALID_REQUIREMENT
 */
export function parseRequirement(text: string, options: RequirementOptions = {}): Requirement {
  const fail = (why: string): never => {
    throw new MarketplaceError({
      reason: 'INVALID_REQUIREMENT',
      field: options.field ?? 'requirement',
      message: `requirement ${JSON.stringify(text.slice(0, 200))} is not valid: ${why}`,
      help: requirementHint(text.slice(0, LIMITS.requirementLengthMax)) ?? HELP,
    })
  }
  if (text.length > LIMITS.requirementLengthMax) {
    fail(`it has ${text.length} characters, the limit is ${LIMITS.requirementLengthMax}`)
  }
  return {
    alternatives: text.split('||').map((alternative) => parseAlternative(alternative, options.bare, fail)),
  }
}

/** The one canonical text: one blank between comparators, ` || ` between alternatives, wildcards as parts left out. */
export function formatRequirement(requirement: Requirement): string {
  return requirement.alternatives
    .map((comparators) => (comparators.length === 0 ? '*' : comparators.map(formatComparator).join(' ')))
    .join(' || ')
}

/**
 * Whether a version meets the requirement. A pre-release does only where, in the alternative that holds, a comparator
 * with the same major.minor.patch carries a pre-release itself: `^1.2.0-rc.1` admits 1.2.0-rc.2 but not 1.3.0-rc.1.
 * For many versions: {@link requirementMatcher}.
 */
export function requirementMatches(requirement: Requirement, version: Version): boolean {
  return requirementMatcher(requirement)(version)
}

/** The same for many versions: what comparators name is worked out once. */
export function requirementMatcher(requirement: Requirement): (version: Version) => boolean {
  const alternatives = requirement.alternatives.map((comparators) => comparators.map(judgeOf))
  return (version) => {
    const parts = splitVersion(version)
    if (parts === undefined) return false
    return alternatives.some(
      (judges) =>
        judges.every(({ holds }) => holds(parts)) &&
        (parts.prerelease.length === 0 || judges.some(({ comparator }) => admits(comparator, parts))),
    )
  }
}

const HELP = 'write comparators such as ^1.2.0, ~1.4, >=1.0.0 <2.0.0 or *, with || between alternatives'

type Fail = (why: string) => never

const TOKEN = /^(\^|~|>=|<=|>|<|=)? *([^\s,<>=^~|]+)/

function parseAlternative(text: string, bare: 'caret' | 'exact' | undefined, fail: Fail): Comparator[] {
  let rest = text.trim()
  if (/[\t\n\r\v\f]/.test(text)) fail('only blanks separate comparators')
  if (rest === '') fail('an alternative is empty; * stands for any version')
  if (/^[*xX]$/.test(rest)) return []
  const comparators: Comparator[] = []
  while (rest !== '') {
    const token = TOKEN.exec(rest)
    if (token === null) return fail(`${JSON.stringify(rest.slice(0, 40))} is no comparator`)
    comparators.push(parseComparator(token[1] as Operator | undefined, token[2] as string, bare, fail))
    const left = rest.slice(token[0].length)
    const separator = /^( *, *| +)?/.exec(left)?.[0] ?? ''
    rest = left.slice(separator.length)
    if (separator === '' && rest !== '') fail(`a blank or comma must stand before ${JSON.stringify(rest)}`)
    if (separator.includes(',') && rest === '') fail('it ends in a comma')
  }
  return comparators
}

function parseComparator(
  operator: Operator | undefined,
  text: string,
  bare: 'caret' | 'exact' | undefined,
  fail: Fail,
): Comparator {
  const full = splitVersion(text)
  if (full !== undefined) {
    const { major, minor, patch, prerelease } = full
    return { operator: operator ?? bareOperator(text, bare, fail), major, minor, patch, prerelease }
  }
  const parts = text.split('.')
  if (parts.length > 3 || !parts.every((part) => PART.test(part))) {
    return fail(`${JSON.stringify(text.slice(0, 80))} is no version`)
  }
  const [major, minor, patch] = parts.map((part) => (WILDCARD.test(part) ? undefined : part))
  if (major === undefined) return fail('* stands alone')
  if (minor === undefined && patch !== undefined) return fail(`${text} has a number after a wildcard`)
  return {
    operator: operator ?? bareOperator(text, bare, fail),
    major,
    ...(minor === undefined ? {} : { minor }),
    ...(patch === undefined ? {} : { patch }),
    prerelease: [],
  }
}

const PART = /^(0|[1-9][0-9]*|[*xX])$/
const WILDCARD = /^[*xX]$/

function bareOperator(text: string, bare: 'caret' | 'exact' | undefined, fail: Fail): Operator {
  if (/\.[*xX]$/.test(text)) return '='
  if (bare === undefined) return fail(`${text.slice(0, 80)} has no operator; write ^${text} or =${text}`)
  return bare === 'caret' ? '^' : '='
}

function formatComparator(comparator: Comparator): string {
  const { operator, major, minor, patch, prerelease } = comparator
  const numbers = [major, minor, patch].filter((part) => part !== undefined).join('.')
  return `${operator}${numbers}${prerelease.length === 0 ? '' : `-${prerelease.join('.')}`}`
}

/** A comparator, and what it says of a version. */
interface Judge {
  readonly comparator: Comparator
  readonly holds: (version: VersionParts) => boolean
}

function judgeOf(comparator: Comparator): Judge {
  return { comparator, holds: holdsOf(comparator) }
}

function holdsOf(comparator: Comparator): Judge['holds'] {
  const low = lowest(comparator)
  const isWhole = comparator.patch !== undefined
  const atLeast = (version: VersionParts) => compareVersionParts(version, low) >= 0
  switch (comparator.operator) {
    case '>=':
      return atLeast
    case '<':
      // A whole version is compared by precedence; the edge of a span leaves that release's pre-releases out too.
      return isWhole
        ? (version) => compareVersionParts(version, low) < 0
        : (version) => beforeRelease(version, low)
    case '>': {
      if (isWhole) return (version) => compareVersionParts(version, low) > 0
      const past = pastSpan(comparator)
      return (version) => compareVersionParts(version, past) >= 0
    }
    case '<=': {
      if (isWhole) return (version) => compareVersionParts(version, low) <= 0
      const past = pastSpan(comparator)
      return (version) => beforeRelease(version, past)
    }
    case '=':
      return isWhole
        ? (version) => compareVersionParts(version, low) === 0
        : within(atLeast, pastSpan(comparator))
    case '~':
      return within(atLeast, pastTilde(comparator))
    case '^':
      return within(atLeast, pastCaret(comparator))
  }
}

function within(atLeast: Judge['holds'], past: VersionParts): Judge['holds'] {
  return (version) => atLeast(version) && beforeRelease(version, past)
}

/** Below a release and below all its pre-releases: 2.0.0-alpha is not before 2.0.0 in this sense. */
function beforeRelease(version: VersionParts, release: VersionParts): boolean {
  return compareReleases(version, release) < 0
}

function admits(comparator: Comparator, version: VersionParts): boolean {
  return (
    comparator.prerelease.length > 0 &&
    comparator.major === version.major &&
    comparator.minor === version.minor &&
    comparator.patch === version.patch
  )
}

function lowest(comparator: Comparator): VersionParts {
  const { major, minor = '0', patch = '0', prerelease } = comparator
  return { major, minor, patch, prerelease, build: '' }
}

/** First release after the span that the given parts name. */
function pastSpan({ major, minor, patch }: Comparator): VersionParts {
  if (minor === undefined) return release(next(major), '0', '0')
  if (patch === undefined) return release(major, next(minor), '0')
  return release(major, minor, next(patch))
}

function pastTilde({ major, minor }: Comparator): VersionParts {
  return minor === undefined ? release(next(major), '0', '0') : release(major, next(minor), '0')
}

/** Caret keeps the leftmost number that is not 0, as far as numbers are given. */
function pastCaret(comparator: Comparator): VersionParts {
  const { major, minor, patch } = comparator
  if (major !== '0' || minor === undefined) return release(next(major), '0', '0')
  if (minor !== '0' || patch === undefined) return release(major, next(minor), '0')
  return release(major, minor, next(patch))
}

function release(major: string, minor: string, patch: string): VersionParts {
  return { major, minor, patch, prerelease: [], build: '' }
}

/** Numbers are text of any length, as semver leaves them unbounded. */
function next(number: string): string {
  return (BigInt(number) + 1n).toString()
}
