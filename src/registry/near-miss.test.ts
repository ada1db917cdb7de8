import { describe, expect, it } from 'vitest'
import { parsePackageRef } from '../model/package-id.js'
import { isNearMiss } from './near-miss.js'

describe('a near miss', () => {
  it.each([
    ['lodahs', 'lodash', 'two neighbours exchanged'],
    ['lodas', 'lodash', 'a letter missing'],
    ['loddash', 'lodash', 'a letter more'],
    ['lodasj', 'lodash', 'the key beside it'],
    ['Lodasj', 'lodash', 'whatever the case'],
    ['web-frarnework', 'web-framework', 'rn for m'],
    ['g00gle', 'google', 'digits for letters'],
    ['expIess', 'express', 'a letter that reads alike'],
    ['webframework', 'web-framework', 'without its hyphen'],
    ['web.framework', 'web-framework', 'another separator'],
    ['framework-web', 'web-framework', 'words exchanged'],
    ['acrne/web', 'acme/web', 'a namespace that reads alike'],
    ['acmee/web', 'acme/web', undefined],
  ])('%s is one of %s: %s', (name, popular, why) => {
    const found = isNearMiss(parsePackageRef(name), parsePackageRef(popular))
    // Four letters are too few to judge by one.
    expect(found).toBe(why !== undefined)
    expect(isNearMiss(parsePackageRef(popular), parsePackageRef(name))).toBe(found)
  })

  it.each([
    ['lodash', 'lodash'],
    ['lodash', 'LODASH'],
    ['react', 'preact-x'],
    ['zlib', 'glib'],
    ['web-framework', 'web-frameworks-2'],
    ['acme/web', 'acme/wed'],
    ['acme/lodash', 'lodash'],
    ['acme/lodash', 'other/lodash'],
    ['acme/lodash', 'other/lodahs'],
  ])('%s is none of %s', (name, popular) => {
    expect(isNearMiss(parsePackageRef(name), parsePackageRef(popular))).toBe(false)
  })
})
