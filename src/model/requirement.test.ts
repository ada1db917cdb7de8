import fc from 'fast-check'
import semver from 'semver'
import { describe, expect, it } from 'vitest'
import { MarketplaceError } from './error.js'
import { formatRequirement, parseRequirement, requirementMatches } from './requirement.js'
import { parseVersion } from './version.js'

const SEED = 20_260_901

function matches(requirement: string, version: string, bare?: 'caret' | 'exact'): boolean {
  const options = bare === undefined ? {} : { bare }
  return requirementMatches(parseRequirement(requirement, options), parseVersion(version))
}

const number = fc.constantFrom('0', '1', '2', '3', '10')
const prerelease = fc
  .array(fc.constantFrom('alpha', 'rc', '0', '1', '2', '10', 'x-y', '1a'), { minLength: 1, maxLength: 3 })
  .map((parts) => `-${parts.join('.')}`)
const triple = fc.tuple(number, number, number).map((parts) => parts.join('.'))
const version = fc.oneof(
  { weight: 2, arbitrary: triple },
  { weight: 2, arbitrary: fc.tuple(triple, prerelease).map((parts) => parts.join('')) },
)
const partial = fc.oneof(
  version,
  number,
  fc.tuple(number, number).map((parts) => parts.join('.')),
  fc.tuple(number, fc.constantFrom('*', 'x', 'X')).map((parts) => parts.join('.')),
  fc.tuple(number, number, fc.constantFrom('*', 'x')).map((parts) => parts.join('.')),
  number.map((major) => `${major}.x.x`),
)
const operator = fc.constantFrom('=', '>', '>=', '<', '<=', '^', '~', '')
const gap = fc.constantFrom('', '', ' ')
const comparator = fc
  .tuple(operator, gap, partial)
  .map(([sign, blank, text]) => (sign === '' ? text : sign + blank + text))
const separator = fc.constantFrom(' ', '  ', ',', ', ', ' , ')
const alternative = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('*', 'x', ' * ') },
  {
    weight: 8,
    arbitrary: fc
      .tuple(comparator, fc.array(fc.tuple(separator, comparator), { maxLength: 2 }))
      .map(([first, more]) => first + more.map((pair) => pair.join('')).join('')),
  },
)
const requirement = fc
  .array(alternative, { minLength: 1, maxLength: 3 })
  .map((alternatives) => alternatives.join(' || '))

describe('requirement', () => {
  it('admits what the semver package admits, wherever the two grammars coincide', () => {
    let admitted = 0
    const property = fc.property(requirement, version, (text, candidate) => {
      const theirs = semver.satisfies(candidate, text.replaceAll(',', ' '))
      if (theirs) admitted++
      expect(matches(text, candidate, 'exact')).toBe(theirs)
    })
    fc.assert(property, { seed: SEED, numRuns: 20_000 })
    expect(admitted).toBeGreaterThan(2_000)
  })

  it('keeps its meaning, and its text, through the canonical form', () => {
    const property = fc.property(requirement, version, (text, candidate) => {
      const parsed = parseRequirement(text, { bare: 'caret' })
      const canonical = formatRequirement(parsed)
      const again = parseRequirement(canonical)
      expect(again).toEqual(parsed)
      expect(formatRequirement(again)).toBe(canonical)
      expect(requirementMatches(again, parseVersion(candidate))).toBe(
        requirementMatches(parsed, parseVersion(candidate)),
      )
    })
    fc.assert(property, { seed: SEED, numRuns: 2_000 })
  })

  it('ends any text in a requirement or in INVALID_REQUIREMENT', () => {
    const signs = fc.string({
      unit: fc.constantFrom(
        '1',
        '0',
        '.',
        'x',
        '*',
        '^',
        '~',
        '<',
        '>',
        '=',
        '|',
        ',',
        ' ',
        '-',
        '+',
        'a',
        '\t',
      ),
    })
    const property = fc.property(fc.oneof(signs, fc.string()), (text) => {
      try {
        parseRequirement(text)
      } catch (error) {
        expect(error).toBeInstanceOf(MarketplaceError)
        expect((error as MarketplaceError).reason).toBe('INVALID_REQUIREMENT')
      }
    })
    fc.assert(property, { seed: SEED, numRuns: 3_000 })
  })

  it.each([
    ['^1.2.3', '1.9.0', true],
    ['^1.2.3', '2.0.0', false],
    ['^0.2.3', '0.3.0', false],
    ['^0.0.3', '0.0.4', false],
    ['^0.0', '0.0.9', true],
    ['^0', '0.9.0', true],
    ['~1.2', '1.2.9', true],
    ['~1', '1.9.9', true],
    ['~1.2.3', '1.3.0', false],
    ['=1.2', '1.2.7', true],
    ['1.2.*', '1.3.0', false],
    ['>1.2', '1.2.9', false],
    ['>1.2', '1.3.0', true],
    ['<=1.2', '1.2.9', true],
    ['<1.2', '1.2.0', false],
    ['>=1.0.0, <2.0.0', '1.5.0', true],
    ['>=1.0.0 <2.0.0 || ^3', '3.1.0', true],
    ['*', '0.0.0', true],
    ['*', '1.0.0-rc.1', false],
    ['^1.2.0-rc.1', '1.2.0-rc.2', true],
    ['^1.2.0-rc.1', '1.3.0-rc.1', false],
    ['>=1.0.0-a <2.0.0', '1.0.0-b', true],
    ['>=2.0.0-a ^1.0.0', '2.0.0-b', false],
    ['=1.0.0', '1.0.0+build', true],
    ['=1.0.0+linux', '1.0.0', true],
    ['^99999999999999999999.0.0', '99999999999999999999.9.0', true],
    ['^99999999999999999999.0.0', '100000000000000000000.0.0', false],
  ])('%s against %s is %s', (text, candidate, expected) => {
    expect(matches(text, candidate)).toBe(expected)
  })

  it.each([
    ['', 'empty'],
    ['^1 ||', 'empty'],
    ['1.2.3', 'has no operator'],
    ['1.2', 'has no operator'],
    ['^1.2-rc', 'no version'],
    ['^01.2.3', 'no version'],
    ['^1.2.3.4', 'no version'],
    ['v1.2.3', 'no version'],
    ['^v1.2.3', 'no version'],
    ['^*', 'stands alone'],
    ['^1.*.3', 'number after a wildcard'],
    ['1.0.0 - 2.0.0', 'has no operator'],
    ['>=1.0.0,', 'ends in a comma'],
    [',>=1.0.0', 'no comparator'],
    ['>=1.0.0,,<2.0.0', 'no comparator'],
    ['>=1.0.0<2.0.0', 'must stand before'],
    ['==1.0.0', 'no comparator'],
    ['^1.0.0\t<2.0.0', 'only blanks'],
    ['latest', 'no version'],
    [`^1.0.0-${'a'.repeat(600)}`, 'limit is 512'],
  ])('%s is refused because: %s', (text, why) => {
    expect(() => parseRequirement(text, { field: 'dependencies[0].requirement' })).toThrow(
      expect.objectContaining({
        reason: 'INVALID_REQUIREMENT',
        field: 'dependencies[0].requirement',
        message: expect.stringContaining(why),
      }),
    )
  })

  it('reads a bare version as the caller says', () => {
    expect(formatRequirement(parseRequirement('1.2', { bare: 'caret' }))).toBe('^1.2')
    expect(formatRequirement(parseRequirement('1.2.3+b', { bare: 'exact' }))).toBe('=1.2.3')
    expect(formatRequirement(parseRequirement('1.x || >= 2.0.0 , <3'))).toBe('=1 || >=2.0.0 <3')
  })
})
