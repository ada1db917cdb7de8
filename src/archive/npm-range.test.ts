import { describe, expect, it } from 'vitest'
import { formatRequirement, parseRequirement } from '../model/requirement.js'
import { translateCaretRequirement } from './caret-requirement.js'
import { translateNpmRange } from './npm-range.js'

describe('an npm range', () => {
  it.each([
    ['1.2.3', '=1.2.3'],
    ['=1.2.3', '=1.2.3'],
    ['v1.2.3', '=1.2.3'],
    ['=v1.2.3', '=1.2.3'],
    ['^1.2.3', '^1.2.3'],
    ['~1.2.3', '~1.2.3'],
    ['~> 1.2.3', '~1.2.3'],
    ['^1.2', '>=1.2.0, <2.0.0'],
    ['^0.2', '>=0.2.0, <0.3.0'],
    ['^0', '>=0.0.0, <1.0.0'],
    ['^0.0', '>=0.0.0, <0.1.0'],
    ['^0.0.x', '>=0.0.0, <0.1.0'],
    ['^1.x', '>=1.0.0, <2.0.0'],
    ['~1.2', '>=1.2.0, <1.3.0'],
    ['~1', '>=1.0.0, <2.0.0'],
    ['1', '>=1.0.0, <2.0.0'],
    ['1.2', '>=1.2.0, <1.3.0'],
    ['1.2.x', '>=1.2.0, <1.3.0'],
    ['1.X.3', '>=1.0.0, <2.0.0'],
    ['', '*'],
    ['*', '*'],
    ['x', '*'],
    ['>=*', '*'],
    ['<*', '<0.0.0'],
    ['>=1.2', '>=1.2.0'],
    ['>1.2', '>=1.3.0'],
    ['>1', '>=2.0.0'],
    ['<1.2', '<1.2.0'],
    ['<=1.2', '<1.3.0'],
    ['>= 1.2.3 < 2', '>=1.2.3, <2.0.0'],
    ['>=1.2.3  <2.0.0', '>=1.2.3, <2.0.0'],
    ['1.2.3 - 2.3.4', '>=1.2.3, <=2.3.4'],
    ['1.2 - 2.3', '>=1.2.0, <2.4.0'],
    ['1 - 2', '>=1.0.0, <3.0.0'],
    ['^14 || ^16.0.0 || >= 18', '>=14.0.0, <15.0.0 || ^16.0.0 || >=18.0.0'],
    ['1.0.0||2.0.0', '=1.0.0 || =2.0.0'],
    ['^1.0.0 ||', '^1.0.0 || *'],
    ['^1.2.3-beta.2', '^1.2.3-beta.2'],
    ['^1.2.3-beta.2+build', '^1.2.3-beta.2'],
    ['1.2.3+build', '=1.2.3'],
  ])('%j is %j', (range, expected) => {
    expect(translateNpmRange(range)).toBe(expected)
    expect(formatRequirement(parseRequirement(expected))).toBe(expected.replaceAll(', ', ' '))
  })

  it.each([
    'latest',
    'next',
    'npm:other@^1.0.0',
    'file:../x',
    'link:../x',
    'workspace:*',
    'workspace:^1.0.0',
    'git+ssh://git@example.org/x.git#semver:^5.0',
    'https://example.org/x.tgz',
    'user/repo',
    '1.2.3beta',
    '01.2.3',
    '1.2.3.4',
    '>=',
    '^',
    '1.0.0 - ',
    '>=1.0.0, <2.0.0',
    '>>1.0.0',
    `^1.0.0 || ${'1.0.0 || '.repeat(60)}2.0.0`,
  ])('%j cannot be translated', (range) => {
    expect(translateNpmRange(range)).toBeUndefined()
  })
})

describe('a requirement where a bare version means caret', () => {
  it.each([
    ['1.2.3', '^1.2.3'],
    ['1.2', '>=1.2.0, <2.0.0'],
    ['1', '>=1.0.0, <2.0.0'],
    ['0.3', '>=0.3.0, <0.4.0'],
    ['0.0.3', '^0.0.3'],
    ['*', '*'],
    ['1.*', '>=1.0.0, <2.0.0'],
    ['1.2.*', '>=1.2.0, <1.3.0'],
    ['=1.2.3', '=1.2.3'],
    ['= 1.2', '>=1.2.0, <1.3.0'],
    ['>= 1.2, < 1.5', '>=1.2.0, <1.5.0'],
    ['>=1.2.0,<2', '>=1.2.0, <2.0.0'],
    ['~1.2.3', '~1.2.3'],
    ['1.0.0-rc.1', '^1.0.0-rc.1'],
    ['^1.0.0 || ^2.0.0', '^1.0.0 || ^2.0.0'],
  ])('%j is %j', (text, expected) => {
    expect(translateCaretRequirement(text)).toBe(expected)
    expect(formatRequirement(parseRequirement(expected))).toBe(expected.replaceAll(', ', ' '))
  })

  it.each(['', 'latest', '1.2.3.4', '!=1.0.0', '^', '1.0.0 ||', 'a.b.c'])('%j is refused', (text) => {
    expect(translateCaretRequirement(text)).toBeUndefined()
  })
})
