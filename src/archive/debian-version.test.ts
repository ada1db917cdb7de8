import { expect, test } from 'vitest'
import { compareVersions } from '../model/version.js'
import { compareMapped, debianVersion } from './debian-version.js'

test("Debian's versions keep their order as versions of this registry", () => {
  const ascending = [
    '0~~',
    '0~~a',
    '0~',
    '0',
    '0.1~rc1-1',
    '0.1-1~bpo11+1',
    '0.1-1',
    '0.1-1+b1',
    '0.1-1+deb12u1',
    '0.1-2',
    '0.1-10',
    '0.1a-1',
    '0.1+dfsg-1',
    '0.1.0-1',
    '0.9',
    '0.10',
    '1.2.3~beta2',
    '1.2.3',
    '1.2.3z',
    '1.2.3+git20210101.abcdef',
    '20230101-3',
    '1:0.1',
    '2:0.0.1',
  ]
  for (const [i, a] of ascending.entries())
    for (const [j, b] of ascending.entries()) {
      const [left, right] = [debianVersion(a), debianVersion(b)]
      expect([a, b, Math.sign(compareVersions(left, right))]).toEqual([a, b, Math.sign(i - j)])
      expect(Math.sign(compareMapped(left, right))).toBe(Math.sign(i - j))
    }
})

test('spellings that Debian takes for one version are one version here', () => {
  for (const [a, b] of [
    ['1.0', '0:1.0-0'],
    ['1.00', '1.0'],
    ['1.0-01', '1.0-1'],
  ] as const)
    expect(compareVersions(debianVersion(a), debianVersion(b))).toBe(0)
})
