import { toDigest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type {
  Dependency,
  DependencyKind,
  KeyId,
  PackageMetadata,
  PackageVersion,
  Signature,
} from '../model/metadata.js'
import { toNamespace, toPackageName } from '../model/package-id.js'
import { type Received, required, type Sent, textOrAbsent, toEnum } from './message.js'
import { packageIdFromMessage, packageIdToMessage } from './package-id-message.js'

/** Taken where no kind is given. */
export const DEFAULT_KIND = 'library'

export const DEPENDENCY_KINDS = new Map<string, DependencyKind>([
  ['DEPENDENCY_KIND_UNSPECIFIED', 'normal'],
  ['DEPENDENCY_KIND_NORMAL', 'normal'],
  ['DEPENDENCY_KIND_OPTIONAL', 'optional'],
  ['DEPENDENCY_KIND_PEER', 'peer'],
  ['DEPENDENCY_KIND_BUILD', 'build'],
  ['DEPENDENCY_KIND_DEV', 'dev'],
])

export const DEPENDENCY_KIND_NAME = {
  normal: 'DEPENDENCY_KIND_NORMAL',
  optional: 'DEPENDENCY_KIND_OPTIONAL',
  peer: 'DEPENDENCY_KIND_PEER',
  build: 'DEPENDENCY_KIND_BUILD',
  dev: 'DEPENDENCY_KIND_DEV',
} as const satisfies Record<DependencyKind, string>

const SIGNATURE_ALGORITHMS = new Map<string, Signature['algorithm']>([
  ['SIGNATURE_ALGORITHM_UNSPECIFIED', 'ed25519'],
  ['SIGNATURE_ALGORITHM_ED25519', 'ed25519'],
])

/**
 * Names, versions and digests are checked here; sizes, counts and requirements where a version is admitted.
 * @throws INVALID_NAME, INVALID_VERSION, INVALID_ARGUMENT
 */
export function metadataFromMessage(
  message: Received<'PackageMetadata'>,
  field = 'metadata',
): PackageMetadata {
  const readmeSha256 = textOrAbsent(message.readmeSha256)
  return {
    id: packageIdFromMessage(required(message.id, `${field}.id`), `${field}.id`),
    kind: textOrAbsent(message.kind) ?? DEFAULT_KIND,
    description: textOrAbsent(message.description),
    authors: message.authors,
    license: textOrAbsent(message.license),
    repository: textOrAbsent(message.repository),
    homepage: textOrAbsent(message.homepage),
    keywords: message.keywords,
    categories: message.categories,
    language: textOrAbsent(message.language),
    capabilities: message.capabilities,
    dependencies: message.dependencies.map((each, at) =>
      dependencyFromMessage(each, `${field}.dependencies[${at}]`),
    ),
    readmeSha256: readmeSha256 === undefined ? undefined : toDigest(readmeSha256, `${field}.readme_sha256`),
  }
}

export function metadataToMessage(metadata: PackageMetadata): Sent<'PackageMetadata'> {
  return {
    id: packageIdToMessage(metadata.id),
    kind: metadata.kind,
    description: metadata.description ?? '',
    authors: [...metadata.authors],
    license: metadata.license ?? '',
    repository: metadata.repository ?? '',
    homepage: metadata.homepage ?? '',
    keywords: [...metadata.keywords],
    categories: [...metadata.categories],
    language: metadata.language ?? '',
    capabilities: [...metadata.capabilities],
    dependencies: metadata.dependencies.map(dependencyToMessage),
    readmeSha256: metadata.readmeSha256 ?? '',
  }
}

function dependencyFromMessage(message: Received<'Dependency'>, field: string): Dependency {
  const namespace = textOrAbsent(message.namespace)
  return {
    namespace: namespace === undefined ? undefined : toNamespace(namespace, `${field}.namespace`),
    name: toPackageName(message.name, `${field}.name`),
    requirement: message.requirement,
    kind: toEnum(DEPENDENCY_KINDS, message.kind, `${field}.kind`),
    originalRequirement: textOrAbsent(message.originalRequirement),
  }
}

function dependencyToMessage(dependency: Dependency): Sent<'Dependency'> {
  return {
    namespace: dependency.namespace ?? '',
    name: dependency.name,
    requirement: dependency.requirement,
    kind: DEPENDENCY_KIND_NAME[dependency.kind],
    originalRequirement: dependency.originalRequirement ?? '',
  }
}

/** @throws SIGNATURE_INVALID, INVALID_ARGUMENT */
export function signatureFromMessage(message: Received<'Signature'>, field: string): Signature {
  if (!/^[0-9a-f]{16}$/.test(message.keyId)) {
    throw new MarketplaceError({
      reason: 'SIGNATURE_INVALID',
      field: `${field}.key_id`,
      message: `key id ${JSON.stringify(message.keyId.slice(0, 100))} is not 16 lower-case hex digits`,
      help: 'give the first 16 hex digits of the sha256 of the raw public key',
    })
  }
  return {
    keyId: message.keyId as KeyId,
    algorithm: toEnum(SIGNATURE_ALGORITHMS, message.algorithm, `${field}.algorithm`),
    value: message.value,
  }
}

export function signatureToMessage(signature: Signature): Sent<'Signature'> {
  return {
    keyId: signature.keyId,
    algorithm: 'SIGNATURE_ALGORITHM_ED25519',
    value: toBuffer(signature.value),
  }
}

/** @throws INVALID_ARGUMENT and others, where a server sent what this build does not understand. */
export function packageVersionFromMessage(message: Received<'PackageVersion'>): PackageVersion {
  const content = message.content
  return {
    metadata: metadataFromMessage(required(message.metadata, 'version.metadata'), 'version.metadata'),
    signatures: message.signatures.map((each, at) => signatureFromMessage(each, `version.signatures[${at}]`)),
    content:
      content === null || content === undefined
        ? undefined
        : {
            sha256: toDigest(content.sha256, 'version.content.sha256'),
            sizeBytes: content.sizeBytes,
            sha1: content.sha1,
            sha512: content.sha512,
            tarSha256: toDigest(content.tarSha256, 'version.content.tar_sha256'),
          },
    publishedAtMs: message.publishedAtMs,
    publishedIndex: message.publishedIndex,
    yanked: message.yanked,
    yankReason: textOrAbsent(message.yankReason),
    deprecated: textOrAbsent(message.deprecated),
    signedFormSha256: toDigest(message.signedFormSha256, 'version.signed_form_sha256'),
  }
}

export function packageVersionToMessage(version: PackageVersion): Sent<'PackageVersion'> {
  return {
    metadata: metadataToMessage(version.metadata),
    signatures: version.signatures.map(signatureToMessage),
    content: version.content === undefined ? null : { ...version.content },
    publishedAtMs: version.publishedAtMs,
    publishedIndex: version.publishedIndex,
    yanked: version.yanked,
    yankReason: version.yankReason ?? '',
    deprecated: version.deprecated ?? '',
    signedFormSha256: version.signedFormSha256,
  }
}

/** A view of the same memory. */
export function publicKeyToMessage(key: {
  readonly keyId: KeyId
  readonly publicKey: Uint8Array
}): Sent<'PublicKey'> {
  return { keyId: key.keyId, publicKey: toBuffer(key.publicKey) }
}

export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
