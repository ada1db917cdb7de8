import { describe, expect, it } from 'vitest'
import { MarketplaceError } from '../model/error.js'
import { compareManifest } from './compare-manifest.js'
import {
  type Manifest,
  type ManifestName,
  type ManifestOptions,
  readManifest,
  toMetadata,
} from './manifest.js'

function read(name: ManifestName, text: string, options?: ManifestOptions): Manifest {
  const manifest = readManifest(new Map([[name, new TextEncoder().encode(text)]]), options)
  if (manifest === undefined) throw new Error('no manifest was found')
  return manifest
}

function refusal(action: () => unknown): MarketplaceError {
  try {
    action()
  } catch (error) {
    if (error instanceof MarketplaceError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('package.toml', () => {
  it('says everything a package can say', () => {
    const { metadata } = read(
      'package.toml',
      `[package]
name = "web-framework"
namespace = "acme"
version = "1.2.0-rc.1+b"
kind = "template"
description = "Builds web things."
authors = ["Ada", "Grace"]
license = "MIT"
repository = "https://example.org/r"
homepage = "https://example.org"
keywords = ["web"]
categories = ["c"]
language = "typescript"
capabilities = ["render"]
[dependencies]
zlib = "1.2"
core = { version = "=2.0.0", namespace = "acme" }
extra = { version = "*", optional = true }
"tools/lint" = ">=1, <3"
`,
    )
    expect(metadata).toEqual({
      id: { namespace: 'acme', name: 'web-framework', version: '1.2.0-rc.1+b' },
      kind: 'template',
      description: 'Builds web things.',
      authors: ['Ada', 'Grace'],
      license: 'MIT',
      repository: 'https://example.org/r',
      homepage: 'https://example.org',
      keywords: ['web'],
      categories: ['c'],
      language: 'typescript',
      capabilities: ['render'],
      dependencies: [
        { namespace: 'acme', name: 'core', requirement: '=2.0.0', kind: 'normal' },
        {
          namespace: 'tools',
          name: 'lint',
          requirement: '>=1.0.0, <3.0.0',
          kind: 'normal',
          originalRequirement: '>=1, <3',
        },
        { name: 'zlib', requirement: '>=1.2.0, <2.0.0', kind: 'normal', originalRequirement: '1.2' },
        { name: 'extra', requirement: '*', kind: 'optional' },
      ],
    })
  })

  it.each([
    ['[package]\nname = "x"\n', 'FILE_INVALID package.toml: version'],
    ['[package]\nversion = "1.0.0"\n', 'FILE_INVALID package.toml: name'],
    ['name = "x"\n', 'FILE_INVALID package.toml: package'],
    ['[package\n', 'FILE_INVALID package.toml'],
    ['[package]\nname = "x y"\nversion = "1.0.0"\n', 'INVALID_NAME package.toml: name'],
    ['[package]\nname = "x"\nversion = "1.0"\n', 'INVALID_VERSION package.toml: version'],
    ['[package]\nname = "x"\nnamespace = "A"\nversion = "1.0.0"\n', 'INVALID_NAME package.toml: namespace'],
    [
      '[package]\nname = "x"\nversion = "1.0.0"\n[dependencies]\ny = "newest"\n',
      'INVALID_REQUIREMENT package.toml: dependencies.y',
    ],
    [
      '[package]\nname = "x"\nversion = "1.0.0"\n[dependencies]\ny = { optional = true }\n',
      'FILE_INVALID package.toml: dependencies.y',
    ],
  ])('%j is refused, naming the place', (text, expected) => {
    const error = refusal(() => read('package.toml', text))
    expect(`${error.reason} ${error.field}`).toBe(expected)
  })
})

describe('package.json', () => {
  it('is read with the forms of all times', () => {
    const { metadata } = read(
      'package.json',
      JSON.stringify({
        name: '@acme/web',
        version: 'v1.2.0',
        description: '  Web  ',
        author: { name: 'Ada', email: 'ada@example.org', url: 'https://example.org' },
        contributors: ['Grace', { name: 'Ada', email: 'ada@example.org', url: 'https://example.org' }, 7],
        licenses: [{ type: 'MIT' }, { type: 'Apache-2.0' }],
        repository: { type: 'git', url: 'git+https://example.org/r.git' },
        keywords: 'single',
        ggen: { kind: 'plugin', capabilities: ['a'], categories: ['c'], language: 'typescript' },
        dependencies: { constructor: '1.0.0', b: '~1.2', fsevents: '^2.0.0' },
        optionalDependencies: { fsevents: '^2.0.0' },
        peerDependencies: { react: '>=16 || ^18', redux: '*' },
        peerDependenciesMeta: { redux: { optional: true } },
        devDependencies: { '@types/b': 'latest' },
      }),
      { foreign: 'keep' },
    )
    expect(metadata).toEqual({
      id: { namespace: 'acme', name: 'web', version: '1.2.0' },
      kind: 'plugin',
      description: 'Web',
      authors: ['Ada <ada@example.org> (https://example.org)', 'Grace'],
      license: 'MIT OR Apache-2.0',
      repository: 'git+https://example.org/r.git',
      keywords: ['single'],
      categories: ['c'],
      language: 'typescript',
      capabilities: ['a'],
      dependencies: [
        { name: 'b', requirement: '>=1.2.0, <1.3.0', kind: 'normal', originalRequirement: '~1.2' },
        { name: 'constructor', requirement: '=1.0.0', kind: 'normal', originalRequirement: '1.0.0' },
        { name: 'fsevents', requirement: '^2.0.0', kind: 'optional' },
        { name: 'redux', requirement: '*', kind: 'optional' },
        {
          name: 'react',
          requirement: '>=16.0.0 || >=18.0.0, <19.0.0',
          kind: 'peer',
          originalRequirement: '>=16 || ^18',
        },
        {
          namespace: 'types',
          name: 'b',
          requirement: 'unresolvable',
          kind: 'dev',
          originalRequirement: 'latest',
        },
      ],
    })
  })

  it('with a dependency that is no range is refused on publish, and kept on import', () => {
    const text = JSON.stringify({ name: 'x', version: '1.0.0', dependencies: { y: 'github:a/b' } })
    expect(refusal(() => read('package.json', text)).message).toContain('"github:a/b"')
    expect(read('package.json', text, { foreign: 'keep' }).metadata.dependencies[0]).toEqual({
      name: 'y',
      requirement: 'unresolvable',
      kind: 'normal',
      originalRequirement: 'github:a/b',
    })
  })

  it('with a dependency whose name is impossible here is refused on publish; on import it is dropped and listed, and so is one on itself', () => {
    const text = JSON.stringify({
      name: 'x',
      version: '1.0.0',
      dependencies: { '@Up/y': '^1.0.0', z: '^1.0.0' },
      devDependencies: { x: '^0.9.0' },
    })
    expect(refusal(() => read('package.json', text)).reason).toBe('INVALID_NAME')
    const manifest = read('package.json', text, { foreign: 'keep' })
    expect(manifest.dropped).toEqual(['@Up/y', 'x'])
    expect(manifest.metadata.dependencies.map((each) => each.name)).toEqual(['z'])
  })

  it.each(['[]', 'null', '{', '"x"'])('that is %s is refused', (text) => {
    expect(refusal(() => read('package.json', text)).reason).toBe('FILE_INVALID')
  })
})

describe('Cargo.toml', () => {
  it('is read as cargo packages it', () => {
    const { metadata } = read(
      'Cargo.toml',
      `[package]
name = "serde_thing"
version = "0.3.1"
edition = "2021"
authors = ["Ada"]
license = "MIT OR Apache-2.0"
[package.metadata.ggen]
kind = "validator"
capabilities = ["check"]
[dependencies]
serde = { version = "1.0.100", features = ["derive"] }
short = "0.2"
renamed = { package = "real-name", version = "~1.2.3" }
maybe = { version = "2", optional = true }
[build-dependencies]
cc = "1.0.*"
[dev-dependencies.tester]
version = "=1.0.0"
[target.'cfg(unix)'.dependencies]
libc = "0.2.100"
`,
    )
    expect(metadata).toMatchObject({ kind: 'validator', capabilities: ['check'], language: 'rust' })
    expect(metadata.dependencies.map((each) => [each.name, each.requirement, each.kind])).toEqual([
      ['libc', '^0.2.100', 'normal'],
      ['real-name', '~1.2.3', 'normal'],
      ['serde', '^1.0.100', 'normal'],
      ['short', '>=0.2.0, <0.3.0', 'normal'],
      ['maybe', '>=2.0.0, <3.0.0', 'optional'],
      ['cc', '>=1.0.0, <1.1.0', 'build'],
      ['tester', '=1.0.0', 'dev'],
    ])
  })

  it('with a dependency by path alone is refused on publish', () => {
    const text = '[package]\nname = "x"\nversion = "1.0.0"\n[dependencies]\ny = { path = "../y" }\n'
    expect(refusal(() => read('Cargo.toml', text)).reason).toBe('INVALID_REQUIREMENT')
  })
})

describe('the comparison of manifest and metadata', () => {
  const manifest = read(
    'package.json',
    JSON.stringify({
      name: '@a/x',
      version: '1.0.0',
      license: 'MIT',
      dependencies: { y: '^1.0.0', z: '2.x' },
    }),
  )
  const metadata = toMetadata(manifest, undefined)
  const [first, second] = metadata.dependencies

  it('takes what the manifest says, in any order of dependencies, and what it leaves open filled in', () => {
    compareManifest(manifest, metadata)
    compareManifest(manifest, { ...metadata, dependencies: [second as never, first as never] })
    compareManifest(manifest, {
      ...metadata,
      description: 'more',
      keywords: ['k'],
      language: 'typescript',
      kind: 'tool',
    })
  })

  it.each([
    ['another name', { id: { ...metadata.id, name: 'w' as never } }, 'metadata.id'],
    ['another namespace', { id: { ...metadata.id, namespace: undefined } as never }, 'metadata.id'],
    ['another version', { id: { ...metadata.id, version: '1.0.1' as never } }, 'metadata.id'],
    ['a dependency less', { dependencies: [first as never] }, 'metadata.dependencies'],
    [
      'a dependency more',
      { dependencies: [...metadata.dependencies, { ...first, name: 'evil' } as never] },
      'metadata.dependencies',
    ],
    [
      'another requirement',
      { dependencies: [{ ...first, requirement: '*' } as never, second as never] },
      'metadata.dependencies',
    ],
    [
      'another kind of dependency',
      { dependencies: [{ ...first, kind: 'dev' } as never, second as never] },
      'metadata.dependencies',
    ],
    ['another license', { license: 'GPL-3.0' }, 'metadata.license'],
  ])('refuses %s, naming the field', (_, change, field) => {
    const error = refusal(() => compareManifest(manifest, { ...metadata, ...change }))
    expect([error.reason, error.field]).toEqual(['MANIFEST_MISMATCH', field])
  })

  it('takes other build metadata for the same version', () => {
    compareManifest(manifest, { ...metadata, id: { ...metadata.id, version: '1.0.0+b' as never } })
  })
})
