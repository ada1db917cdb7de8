import { expect, test } from 'vitest'
import { MarketplaceError } from '../model/error.js'
import { readMetadataRecord } from './metadata-record.js'

function reasonOf(record: unknown): string {
  try {
    readMetadataRecord(typeof record === 'string' ? record : JSON.stringify(record), 'line 7')
  } catch (error) {
    if (error instanceof MarketplaceError) return `${error.reason}: ${error.message}`
    throw error
  }
  return 'read'
}

test('a record says what a version says, in the form of info --json', () => {
  const printed = {
    id: { namespace: 'acme', name: 'web', version: '1.2.0' },
    kind: 'tool',
    description: 'a web',
    authors: ['Ann <ann@acme.example>'],
    license: 'MIT',
    repository: 'https://git.acme.example/web',
    homepage: 'https://web.acme.example',
    keywords: ['web', 'web', 'net'],
    categories: ['net'],
    language: 'c',
    capabilities: ['check'],
    dependencies: [
      { namespace: 'acme', name: 'wire', requirement: '^1.0.0', kind: 'normal' },
      { name: 'acme/yarn', requirement: '*', originalRequirement: 'yarn' },
    ],
    contentHash: { algorithm: 'sha256', digest: '00' },
    yanked: false,
    index: 7,
  }
  const { contentHash, yanked, index, ...said } = printed
  expect(readMetadataRecord(JSON.stringify(printed), 'line 1')).toEqual({
    ...said,
    keywords: ['web', 'net'],
    dependencies: [
      printed.dependencies[0],
      { namespace: 'acme', name: 'yarn', requirement: '*', kind: 'normal', originalRequirement: 'yarn' },
    ],
  })
})

test('an id is enough, also as text; what is not said is absent', () => {
  expect(readMetadataRecord('{"id": "acme/web@1.2.0"}', 'line 1')).toEqual({
    id: { namespace: 'acme', name: 'web', version: '1.2.0' },
    kind: 'library',
    authors: [],
    keywords: [],
    categories: [],
    capabilities: [],
    dependencies: [],
  })
})

test('what cannot be read is refused with the record named', () => {
  expect(reasonOf('{')).toMatch(/^FILE_INVALID: line 7 cannot be read: it is not JSON/)
  expect(reasonOf([])).toMatch('it is not a JSON object')
  expect(reasonOf({})).toMatch('it has no id with a name')
  expect(reasonOf({ id: 'web' })).toMatch(/^INVALID_VERSION/)
  expect(reasonOf({ id: '-@1.0.0' })).toMatch(/^INVALID_NAME/)
  expect(reasonOf({ id: { name: 'a/b', namespace: 'c', version: '1.0.0' } })).toMatch(/^INVALID_NAME/)
  expect(reasonOf({ id: 'web@1.0.0', licence: 'MIT' })).toMatch('"licence" is no field of a record')
  expect(reasonOf({ id: 'web@1.0.0', yanked: true })).toMatch('this version is yanked')
  expect(reasonOf({ id: 'web@1.0.0', dependencies: {} })).toMatch('dependencies is not a list')
  expect(reasonOf({ id: 'web@1.0.0', dependencies: ['a'] })).toMatch('dependencies[0] needs a name')
  const wrongKind = { name: 'a', requirement: '*', kind: 'soft' }
  expect(reasonOf({ id: 'web@1.0.0', dependencies: [wrongKind] })).toMatch(
    'dependencies[0] is of kind "soft"',
  )
})
