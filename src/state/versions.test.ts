import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Digest } from '../model/content-hash.js'
import type { MarketplaceError } from '../model/error.js'
import type { Dependency, KeyId, PackageMetadata, PackageVersion } from '../model/metadata.js'
import { parsePackageId } from '../model/package-id.js'
import type { StateReader } from './stored-value.js'
import { encodeVersion, readShownVersion, readVersion } from './versions.js'

const SEED = 20
const text = fc.string({ unit: 'grapheme', maxLength: 90 })
const optionalText = fc.option(text, { nil: undefined })
const texts = fc.array(text, { maxLength: 3 })
const hex = (bytes: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${bytes * 2}}$`))
const digest = hex(32).map((value) => value as Digest)
const id = fc.constantFrom('web@1.0.0', 'acme/Web_Kit@2.0.0-rc.1+linux').map((each) => parsePackageId(each))
const dependency: fc.Arbitrary<Dependency> = fc
  .record({
    id,
    requirement: text,
    kind: fc.constantFrom('normal', 'dev'),
    originalRequirement: optionalText,
  })
  .map(({ id: { namespace, name }, ...rest }) => ({ namespace, name, ...rest }))
const metadata: fc.Arbitrary<PackageMetadata> = fc.record({
  id,
  kind: text,
  description: optionalText,
  authors: texts,
  license: optionalText,
  repository: optionalText,
  homepage: optionalText,
  keywords: texts,
  categories: texts,
  language: optionalText,
  capabilities: texts,
  dependencies: fc.array(dependency, { maxLength: 3 }),
  readmeSha256: fc.option(digest, { nil: undefined }),
})
const signature = fc.record({
  keyId: hex(8).map((value) => value as KeyId),
  algorithm: fc.constant('ed25519' as const),
  value: fc.uint8Array({ maxLength: 70 }),
})
const content = fc.record({
  sha256: digest,
  sizeBytes: fc.maxSafeNat(),
  sha1: hex(20),
  sha512: hex(64),
  tarSha256: digest,
})
const version: fc.Arbitrary<PackageVersion> = fc.record(
  {
    metadata,
    signatures: fc.array(signature, { maxLength: 3 }),
    content,
    publishedAtMs: fc.maxSafeNat(),
    publishedIndex: fc.maxSafeNat(),
    yanked: fc.boolean(),
    yankReason: text,
    deprecated: text,
    signedFormSha256: digest,
  },
  {
    requiredKeys: ['metadata', 'signatures', 'publishedAtMs', 'publishedIndex', 'yanked', 'signedFormSha256'],
  },
)

function readerOf(body: Uint8Array): StateReader {
  return { get: () => body }
}

test('a version comes back as it was written, and the shown part of it is what the whole says', () => {
  const property = fc.property(version, (written) => {
    const reader = readerOf(encodeVersion(written).slice())
    const whole = readVersion(reader, written.metadata.id)
    const shown = readShownVersion(reader, written.metadata.id)
    expect(whole).toEqual(written)
    const { id, kind, description, license, keywords } = written.metadata
    expect(shown).toEqual({
      metadata: { id, kind, description, license, keywords },
      content: written.content && { sha256: written.content.sha256, sizeBytes: written.content.sizeBytes },
      publishedAtMs: written.publishedAtMs,
      publishedIndex: written.publishedIndex,
      yanked: written.yanked,
      yankReason: written.yankReason,
      deprecated: written.deprecated,
    })
  })
  fc.assert(property, { seed: SEED, numRuns: 300 })
})

test('a record that is cut short or goes on is refused, also where only its shown part is read', () => {
  const property = fc.property(version, fc.nat(), (written, at) => {
    const body = encodeVersion(written).slice()
    const refused = expect.objectContaining<Partial<MarketplaceError>>({ reason: 'STATE_CORRUPT' })
    const { id } = written.metadata
    expect(() => readShownVersion(readerOf(body.subarray(0, at % body.length)), id)).toThrow(refused)
    expect(() => readShownVersion(readerOf(Uint8Array.of(...body, 0)), id)).toThrow(refused)
  })
  fc.assert(property, { seed: SEED, numRuns: 200 })
})
