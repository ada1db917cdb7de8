import { describe, expect, test } from 'vitest'
import { metadataOf } from '../../test/registry/signed-package.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { PackageMetadata } from '../model/metadata.js'
import type { PackageName } from '../model/package-id.js'
import { checkMetadata } from './admission.js'

function verdict(parts: Partial<PackageMetadata>): string {
  try {
    checkMetadata(metadataOf('acme/web@1.0.0', parts))
  } catch (error) {
    if (error instanceof MarketplaceError) return `${error.reason} ${error.field}`
    throw error
  }
  return 'admitted'
}

const dependency = (requirement: string, originalRequirement?: string) => ({
  name: 'left' as PackageName,
  requirement,
  kind: 'normal' as const,
  originalRequirement,
})

describe('admission', () => {
  test('a limit admits what just fits it and refuses one more, by field', () => {
    const many = (count: number, text = 'x') => Array.from({ length: count }, () => text)
    const cases: [Partial<PackageMetadata>, Partial<PackageMetadata>, string][] = [
      [
        { description: 'x'.repeat(LIMITS.descriptionBytesMax) },
        { description: 'x'.repeat(LIMITS.descriptionBytesMax + 1) },
        'metadata.description',
      ],
      [
        { license: 'é'.repeat(LIMITS.textBytesMax / 2) },
        { license: `${'é'.repeat(LIMITS.textBytesMax / 2)}x` },
        'metadata.license',
      ],
      [{ authors: many(LIMITS.authorsMax) }, { authors: many(LIMITS.authorsMax + 1) }, 'metadata.authors'],
      [
        { keywords: many(LIMITS.keywordsMax) },
        { keywords: many(LIMITS.keywordsMax + 1) },
        'metadata.keywords',
      ],
      [
        { keywords: ['x'.repeat(LIMITS.textBytesMax)] },
        { keywords: ['ok', 'x'.repeat(LIMITS.textBytesMax + 1)] },
        'metadata.keywords[1]',
      ],
      [
        { dependencies: Array.from({ length: LIMITS.dependenciesMax }, () => dependency('*')) },
        { dependencies: Array.from({ length: LIMITS.dependenciesMax + 1 }, () => dependency('*')) },
        'metadata.dependencies',
      ],
    ]
    for (const [fits, exceeds, field] of cases) {
      expect(verdict(fits)).toBe('admitted')
      expect(verdict(exceeds)).toBe(`LIMIT_EXCEEDED ${field}`)
    }
  })

  test('all fields together keep within the limit of metadata', () => {
    const long = 'x'.repeat(LIMITS.textBytesMax)
    const parts = { keywords: Array.from({ length: 200 }, () => long) }
    expect(verdict(parts)).toBe('admitted')
    expect(verdict({ ...parts, authors: Array.from({ length: 56 }, () => long) })).toBe(
      'LIMIT_EXCEEDED metadata',
    )
  })

  test('a requirement must mean one thing; one that cannot be said is taken beside its original only', () => {
    expect(verdict({ dependencies: [dependency('^1.2.0, <1.9.0 || ~2.1.0')] })).toBe('admitted')
    for (const requirement of ['1.2.0', 'latest', '', 'unresolvable', '^']) {
      expect(verdict({ dependencies: [dependency('*'), dependency(requirement)] })).toBe(
        'INVALID_REQUIREMENT metadata.dependencies[1].requirement',
      )
    }
    expect(verdict({ dependencies: [dependency('unresolvable', 'git+https://example.org/x')] })).toBe(
      'admitted',
    )
  })

  test('a kind is a lower-case word, texts are not empty and hold no zero character', () => {
    expect(verdict({ kind: 'validator' })).toBe('admitted')
    for (const kind of ['Tool', '', 'two words', '1st']) {
      expect(verdict({ kind })).toBe('INVALID_ARGUMENT metadata.kind')
    }
    expect(verdict({ authors: [''] })).toBe('INVALID_ARGUMENT metadata.authors[0]')
    expect(verdict({ homepage: 'a\0b' })).toBe('INVALID_ARGUMENT metadata.homepage')
  })

  test('a dependency on itself is refused under every spelling, one of another namespace is not', () => {
    const on = (name: string, namespace?: string) => ({
      dependencies: [{ ...dependency('*'), name: name as PackageName, namespace: namespace as never }],
    })
    expect(verdict(on('WEB', 'acme'))).toBe('SELF_DEPENDENCY metadata.dependencies[0]')
    expect(verdict(on('web'))).toBe('admitted')
    expect(verdict(on('web', 'other'))).toBe('admitted')
  })
})
