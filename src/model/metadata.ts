import type { ContentHash, Digest } from './content-hash.js'
import type { Namespace, PackageId, PackageName } from './package-id.js'

export type DependencyKind = 'normal' | 'optional' | 'peer' | 'build' | 'dev'

/** One requirement on another package. */
export interface Dependency {
  readonly namespace?: Namespace
  readonly name: PackageName
  /** In the registry's one grammar (see requirement.ts), or `unresolvable` on imported versions. */
  readonly requirement: string
  readonly kind: DependencyKind
  /** What the manifest said, where it was translated. */
  readonly originalRequirement?: string
}

/**
 * What an author says of one version; all of it is signed, together with the content hash.
 * Absent text fields are absent, never empty.
 */
export interface PackageMetadata {
  readonly id: PackageId
  /** `template`, `validator`, `plugin`, `library`, `tool`, or any other lower-case word. */
  readonly kind: string
  readonly description?: string
  readonly authors: readonly string[]
  readonly license?: string
  readonly repository?: string
  readonly homepage?: string
  readonly keywords: readonly string[]
  readonly categories: readonly string[]
  readonly language?: string
  readonly capabilities: readonly string[]
  readonly dependencies: readonly Dependency[]
  /** sha256 of the readme, which is a second, small blob outside the log. */
  readonly readmeSha256?: Digest
}

/** First 16 hex digits of the sha256 of a raw Ed25519 public key. */
export type KeyId = string & { readonly __brand: 'KeyId' }

export interface Signature {
  readonly keyId: KeyId
  readonly algorithm: 'ed25519'
  /** 64 bytes. */
  readonly value: Uint8Array
}

/** Digests of the stored bytes that the server computes; only sha256 is an address. */
export interface ContentDigests {
  readonly sha256: Digest
  readonly sizeBytes: number
  /** Hex, 20 bytes. */
  readonly sha1: string
  /** Hex, 64 bytes. */
  readonly sha512: string
  /** sha256 of the uncompressed tar. */
  readonly tarSha256: Digest
}

/** One version as the registry holds it. */
export interface PackageVersion {
  readonly metadata: PackageMetadata
  readonly signatures: readonly Signature[]
  /** Absent on metadata-only versions. */
  readonly content?: ContentDigests
  /** Log time at which the publish was applied. */
  readonly publishedAtMs: number
  /** Log index of the publish. */
  readonly publishedIndex: number
  readonly yanked: boolean
  readonly yankReason?: string
  readonly deprecated?: string
  /** sha256 of the signed form: with the content hash it decides what "same content" means. */
  readonly signedFormSha256: Digest
}

export type { ContentHash }
