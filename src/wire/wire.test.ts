import { status as grpcStatus } from '@grpc/grpc-js'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RequestId } from '../model/command.js'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError, STATUS_OF_REASON, type StatusCode } from '../model/error.js'
import type { Dependency, KeyId, PackageMetadata, PackageVersion, Signature } from '../model/metadata.js'
import type { Namespace, PackageName } from '../model/package-id.js'
import type { PackageSummary, VersionSummary } from '../model/summary.js'
import type { Version } from '../model/version.js'
import { ErrorReason } from '../rpc/gen/ggen/marketplace/v1/ErrorReason.js'
import { messageType } from '../rpc/services.js'
import {
  decodeErrorDetails,
  encodeErrorDetails,
  errorFromMessage,
  errorToMessage,
  STATUS_NUMBER,
} from './error-details.js'
import type { MessageName, Received, Sent } from './message.js'
import {
  metadataFromMessage,
  metadataToMessage,
  packageVersionFromMessage,
  packageVersionToMessage,
  signatureFromMessage,
} from './metadata-message.js'
import {
  contentHashFromMessage,
  packageIdFromMessage,
  packageIdToMessage,
  packageQueryFromMessage,
  packageRefFromMessage,
} from './package-id-message.js'
import {
  readDemandFromMessage,
  readDemandToMessage,
  requestIdFromMessage,
  requestIdToMessage,
} from './request-options.js'
import {
  packageSummaryFromMessage,
  packageSummaryToMessage,
  versionSummaryFromMessage,
  versionSummaryToMessage,
} from './summary-message.js'

/** What the other side receives of a message: through bytes. */
function transmit<Name extends MessageName>(name: Name, message: Sent<Name>): Received<Name> {
  const type = messageType(`ggen.marketplace.v1.${name}` as Parameters<typeof messageType>[0])
  return type.deserialize(type.serialize(message as never)) as Received<Name>
}

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
const optionalText = fc.option(text, { nil: undefined })
const texts = fc.array(text, { maxLength: 4 })
const hex = (bytes: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${bytes * 2}}$`))
const digest = hex(32).map((value) => value as Digest)
const count = fc.nat(Number.MAX_SAFE_INTEGER)
const namespace = fc.option(
  fc.constantFrom('acme', 'a-1', '0').map((value) => value as Namespace),
  { nil: undefined },
)
const name = fc.constantFrom('web', 'Web_Kit', 'c++', 'constructor').map((value) => value as PackageName)
const version = fc
  .constantFrom('1.0.0', '0.0.1-rc.1', '2.3.4+linux', '99999999999999999999.0.0')
  .map((value) => value as Version)
const id = fc.record({ namespace, name, version })
const contentHash = digest.map((each) => ({ algorithm: 'sha256' as const, digest: each }))
const dependency: fc.Arbitrary<Dependency> = fc.record({
  namespace,
  name,
  requirement: text,
  kind: fc.constantFrom('normal', 'optional', 'peer', 'build', 'dev'),
  originalRequirement: optionalText,
})
const metadata: fc.Arbitrary<PackageMetadata> = fc.record({
  id,
  kind: fc.constantFrom('library', 'tool', 'something-new'),
  description: optionalText,
  authors: texts,
  license: optionalText,
  repository: optionalText,
  homepage: optionalText,
  keywords: texts,
  categories: texts,
  language: optionalText,
  capabilities: texts,
  dependencies: fc.array(dependency, { maxLength: 4 }),
  readmeSha256: fc.option(digest, { nil: undefined }),
})
const signature: fc.Arbitrary<Signature> = fc.record({
  keyId: hex(8).map((value) => value as KeyId),
  algorithm: fc.constant('ed25519' as const),
  value: fc.uint8Array({ minLength: 64, maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
})
const packageVersion: fc.Arbitrary<PackageVersion> = fc.record({
  metadata,
  signatures: fc.array(signature, { maxLength: 3 }),
  content: fc.option(
    fc.record({ sha256: digest, sizeBytes: count, sha1: hex(20), sha512: hex(64), tarSha256: digest }),
    { nil: undefined },
  ),
  publishedAtMs: count,
  publishedIndex: count,
  yanked: fc.boolean(),
  yankReason: optionalText,
  deprecated: optionalText,
  signedFormSha256: digest,
})
const versionSummary: fc.Arbitrary<VersionSummary> = fc.record({
  id,
  contentHash: fc.option(contentHash, { nil: undefined }),
  sizeBytes: count,
  publishedAtMs: count,
  publishedIndex: count,
  yanked: fc.boolean(),
  yankReason: optionalText,
  deprecated: optionalText,
})
const packageSummary: fc.Arbitrary<PackageSummary> = fc.record({
  id,
  kind: text,
  description: optionalText,
  license: optionalText,
  keywords: texts,
  publishedAtMs: count,
  contentHash: fc.option(contentHash, { nil: undefined }),
  yanked: fc.boolean(),
  deprecated: optionalText,
})

describe('what is written is read back', () => {
  test('metadata', () => {
    fc.assert(
      fc.property(metadata, (value) => {
        expect(metadataFromMessage(transmit('PackageMetadata', metadataToMessage(value)))).toEqual(value)
      }),
    )
  })
  test('a version as the registry holds it', () => {
    fc.assert(
      fc.property(packageVersion, (value) => {
        const read = packageVersionFromMessage(transmit('PackageVersion', packageVersionToMessage(value)))
        expect(read).toEqual(value)
      }),
    )
  })
  test('summaries of versions and packages', () => {
    fc.assert(
      fc.property(versionSummary, packageSummary, (one, other) => {
        expect(versionSummaryFromMessage(transmit('VersionSummary', versionSummaryToMessage(one)))).toEqual(
          one,
        )
        expect(packageSummaryFromMessage(transmit('PackageSummary', packageSummaryToMessage(other)))).toEqual(
          other,
        )
      }),
    )
  })
  test('what a read demands, and request ids', () => {
    const demand = fc.record({
      consistency: fc.constantFrom('linearizable' as const, 'stale' as const, undefined),
      minIndex: count,
      historyId: fc.option(hex(16), { nil: undefined }),
    })
    fc.assert(
      fc.property(demand, hex(16), (value, requestId) => {
        expect(readDemandFromMessage(transmit('GetRequest', readDemandToMessage(value)))).toEqual(value)
        expect(requestIdFromMessage(requestIdToMessage(requestId as RequestId))).toBe(requestId)
      }),
    )
    expect(requestIdFromMessage(Buffer.alloc(0))).toBeUndefined()
  })
  test('errors, in details and inside a stream', () => {
    const codecs = {
      status: messageType('google.rpc.Status'),
      errorInfo: messageType('google.rpc.ErrorInfo'),
    }
    const names = Object.keys(STATUS_OF_REASON) as (keyof typeof STATUS_OF_REASON)[]
    const error = fc
      .record({
        reason: fc.constantFrom(...names),
        message: text,
        help: text,
        field: optionalText,
        details: fc.dictionary(fc.constantFrom('found', 'expected', 'owners'), text),
      })
      .map((parts) => new MarketplaceError(parts))
    const partsOf = ({ reason, message, help, field, details }: MarketplaceError) => ({
      reason,
      message,
      help,
      field,
      details: { ...details },
    })
    fc.assert(
      fc.property(error, (value) => {
        const decoded = decodeErrorDetails(encodeErrorDetails(value, codecs), codecs)
        expect(decoded && partsOf(decoded)).toEqual(partsOf(value))
        expect(partsOf(errorFromMessage(transmit('Error', errorToMessage(value))))).toEqual(partsOf(value))
      }),
    )
    expect(decodeErrorDetails(Buffer.from('not a status'), codecs)).toBeUndefined()
  })
})

describe('the contract and the model agree', () => {
  test('ErrorReason lists exactly the reasons of the model', () => {
    const listed = Object.keys(ErrorReason).filter((each) => each !== 'ERROR_REASON_UNSPECIFIED')
    expect(listed.sort()).toEqual(
      Object.keys(STATUS_OF_REASON)
        .map((each) => `ERROR_REASON_${each}`)
        .sort(),
    )
  })
  test('status numbers are those of gRPC', () => {
    for (const [code, number] of Object.entries(STATUS_NUMBER)) {
      expect(number).toBe(grpcStatus[code as StatusCode])
    }
  })
})

describe('what this build does not know is refused by name', () => {
  const fieldOf = (read: () => unknown) => {
    try {
      read()
    } catch (error) {
      if (error instanceof MarketplaceError) return `${error.reason} ${error.field}`
      throw error
    }
    return 'read'
  }
  test('enum values of a newer client', () => {
    const plain = transmit('PackageMetadata', {
      id: packageIdToMessage({ name: 'x', version: '1.0.0' } as never),
    })
    const newer = transmit('Dependency', { name: 'y', requirement: '*', kind: 99 as never })
    expect(fieldOf(() => metadataFromMessage({ ...plain, dependencies: [newer] }))).toBe(
      'INVALID_ARGUMENT metadata.dependencies[0].kind',
    )
    const hash = transmit('ContentHash', { algorithm: 99 as never, digest: 'a'.repeat(64) })
    expect(fieldOf(() => contentHashFromMessage(hash, 'hash'))).toBe('INVALID_ARGUMENT hash.algorithm')
    const signed = transmit('Signature', { keyId: 'a'.repeat(16), algorithm: 99 as never })
    expect(fieldOf(() => signatureFromMessage(signed, 's'))).toBe('INVALID_ARGUMENT s.algorithm')
  })
  test('key ids, digests and ids of the wrong form', () => {
    const signed = transmit('Signature', { keyId: 'A'.repeat(16), value: Buffer.alloc(64) })
    expect(fieldOf(() => signatureFromMessage(signed, 's'))).toBe('SIGNATURE_INVALID s.key_id')
    const hash = transmit('ContentHash', { digest: 'A'.repeat(64) })
    expect(fieldOf(() => contentHashFromMessage(hash, 'hash'))).toBe('INVALID_ARGUMENT hash.digest')
    const spelled = transmit('PackageId', { name: 'acme/web', version: '1.0.0' })
    expect(fieldOf(() => packageIdFromMessage(spelled, 'id'))).toBe('INVALID_NAME id.name')
    expect(packageQueryFromMessage(spelled, 'id')).toEqual({
      namespace: 'acme',
      name: 'web',
      version: '1.0.0',
    })
    expect(packageRefFromMessage(transmit('PackageRef', { name: '@acme/web' }), 'ref')).toEqual({
      namespace: 'acme',
      name: 'web',
    })
  })
})
