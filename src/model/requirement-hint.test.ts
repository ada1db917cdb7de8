import { expect, it } from 'vitest'
import { parseRequirement } from './requirement.js'
import { requirementHint } from './requirement-hint.js'

it.each([
  ['git+https://example.org/x.git', 'publish it here'],
  ['https://example.org/x.tgz', 'publish it here'],
  ['file:../x', 'publish it here'],
  ['workspace:*', 'publish it here'],
  ['npm:other@^1.0.0', 'publish it here'],
  ['../x', 'publish it here'],
  ['~> 1.2.3', "Ruby's ~> 1.2.3 is ~1.2.3 here"],
  ['~> 1.2', "Ruby's ~> 1.2 is ^1.2 here"],
  ['~=1.4.2', "Python's ~=1.4.2 is ~1.4.2 here"],
  ['~= 1.4', "Python's ~=1.4 is >=1.4 <2 here"],
  ['==1.2.3', 'one exact version is =1.2.3 here'],
  ['>=1.0,!=1.5.0', 'to leave 1.5.0 out, write <1.5.0 || >1.5.0'],
  ['1.0.0 - 2.0.0', '>=1.0.0 <=2.0.0'],
  ['[1.0,2.0)', "Maven's interval is >=1.0 <2.0 here"],
  ['(1.0,]', "Maven's interval is >1.0 here"],
  ['[1.2.3]', "Maven's [1.2.3] is =1.2.3 here"],
  ['1.2.+', "Gradle's 1.2.+ is 1.2.* here"],
  ['v1.2.3', 'leave the v out: =1.2.3'],
  ['^v1.2', 'leave the v out: ^1.2'],
  ['>> 1.2', "Debian's >> 1.2 is >1.2 here"],
  ['latest', '* is any release'],
])('%s, as elsewhere, is told how it is said here: %s', (text, expected) => {
  expect(requirementHint(text)).toContain(expected)
  expect(() => parseRequirement(text)).toThrow(
    expect.objectContaining({ reason: 'INVALID_REQUIREMENT', help: expect.stringContaining(expected) }),
  )
})

it('what is written as here, or as nowhere, has no hint', () => {
  for (const text of ['^1.0.0', '>=1.0.0 <2.0.0', '*', '1.2.*', 'nonsense 7', ''])
    expect(requirementHint(text)).toBeUndefined()
})
