import { createHash } from 'node:crypto'
import { bytesToHex } from '../model/codec.js'
import type { RequestId } from '../model/command.js'
import type { ContentHash, Digest } from '../model/content-hash.js'
import type { Dependency, KeyId, PackageMetadata } from '../model/metadata.js'
import type { ClusterId } from '../model/node-id.js'
import type { OwnerScope } from '../model/owner-scope.js'
import type { PackageId } from '../model/package-id.js'
import { canonicalJson, type Json } from './canonical-json.js'

/** First line of what a publish signs; no other form begins with it. */
export const PUBLISH_DOMAIN = 'ggen-marketplace/v1/publish'
/** First line of what a change signs. */
export const CHANGE_DOMAIN = 'ggen-marketplace/v1/change'

/** What a person's change says; all of it is signed. */
export interface Change {
  readonly action: 'yank' | 'unyank' | 'deprecate'
  readonly id: PackageId
  /** Reason of a yank, message of a deprecation; absent or empty clears. An unyank has none. */
  readonly text?: string | undefined
  readonly clusterId: ClusterId
  readonly requestId: RequestId
  /** When it was signed, milliseconds since the Unix epoch. */
  readonly signedAtMs: number
}

/** What an owner's change of the owners says; all of it is signed. */
export interface OwnerChange {
  readonly action: 'addOwner' | 'removeOwner' | 'transferOwnership'
  readonly scope: OwnerScope
  /** Whom it is about: the raw key of who comes, the key id of who goes. */
  readonly owner: { readonly publicKey: Uint8Array } | { readonly keyId: KeyId }
  readonly clusterId: ClusterId
  readonly requestId: RequestId
  /** When it was signed, milliseconds since the Unix epoch. */
  readonly signedAtMs: number
}

const encoder = new TextEncoder()

/**
 * The bytes that the keys of a publish sign: domain line, line feed, RFC 8785 JSON. Text that is empty and lists that are empty
 * are absent, since protobuf cannot tell them apart. proto/test-vectors/README.md describes it for other languages.
 */
export function publishForm(metadata: PackageMetadata, contentHash: ContentHash | undefined): Uint8Array {
  // In the order in which canonical JSON has them, which spares their sorting; the form does not depend on it.
  return form(PUBLISH_DOMAIN, {
    authors: list(metadata.authors),
    capabilities: list(metadata.capabilities),
    categories: list(metadata.categories),
    contentHash: contentHash && { algorithm: contentHash.algorithm, digest: contentHash.digest },
    dependencies: list(metadata.dependencies.map(dependencyFields)),
    description: text(metadata.description),
    homepage: text(metadata.homepage),
    id: idFields(metadata.id),
    keywords: list(metadata.keywords),
    kind: metadata.kind,
    language: text(metadata.language),
    license: text(metadata.license),
    readmeSha256: text(metadata.readmeSha256),
    repository: text(metadata.repository),
  })
}

/** The bytes that a yank, unyank or deprecation signs. */
export function changeForm(change: Change): Uint8Array {
  const argument = change.action === 'yank' ? 'reason' : 'message'
  const value = change.action === 'unyank' ? undefined : text(change.text)
  return form(CHANGE_DOMAIN, {
    action: change.action,
    id: idFields(change.id),
    arguments: value === undefined ? undefined : { [argument]: value },
    clusterId: change.clusterId,
    requestId: change.requestId,
    signedAt: new Date(change.signedAtMs).toISOString(),
  })
}

/** The bytes that a change of owners signs. */
export function ownerChangeForm(change: OwnerChange): Uint8Array {
  const { scope, owner } = change
  return form(CHANGE_DOMAIN, {
    action: change.action,
    id: { namespace: text(scope.namespace), name: text(scope.name) },
    arguments: 'keyId' in owner ? { keyId: owner.keyId } : { publicKey: bytesToHex(owner.publicKey) },
    clusterId: change.clusterId,
    requestId: change.requestId,
    signedAt: new Date(change.signedAtMs).toISOString(),
  })
}

/** sha256 of a signed form, which stands for it in the replicated state. */
export function signedFormSha256(bytes: Uint8Array): Digest {
  return createHash('sha256').update(bytes).digest('hex') as Digest
}

function form(domain: string, fields: Json): Uint8Array {
  return encoder.encode(`${domain}\n${canonicalJson(fields)}`)
}

function idFields(id: PackageId): Json {
  return { name: id.name, namespace: text(id.namespace), version: id.version }
}

function dependencyFields(dependency: Dependency): Json {
  return {
    kind: dependency.kind,
    name: dependency.name,
    namespace: text(dependency.namespace),
    originalRequirement: text(dependency.originalRequirement),
    requirement: dependency.requirement,
  }
}

function text(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}

function list<T extends Json>(values: readonly T[]): readonly T[] | undefined {
  return values.length === 0 ? undefined : values
}
