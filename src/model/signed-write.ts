import type { ChangeCommand, OwnerCommand, RequestId } from './command.js'
import type { ContentHash } from './content-hash.js'
import type { KeyId, PackageMetadata, Signature } from './metadata.js'
import type { OwnerScope } from './owner-scope.js'
import type { PackageId } from './package-id.js'

/** What a person says and signs of a version, however its content comes. */
export interface SignedVersion {
  readonly metadata: PackageMetadata
  /** Absent: metadata only. */
  readonly contentHash?: ContentHash | undefined
  readonly signatures: readonly Signature[]
  /** Raw, 32 bytes each. */
  readonly publicKeys: readonly Uint8Array[]
  /** Empty: none, or uploaded before. */
  readonly readme: Uint8Array
  /** Absent: made by whoever takes it, so that a retry is another request. */
  readonly requestId?: RequestId | undefined
}

/** A yank, unyank or deprecation, signed. */
export interface SignedChange {
  readonly action: ChangeCommand['type']
  readonly id: PackageId
  /** Reason of a yank, message of a deprecation. */
  readonly text?: string | undefined
  readonly signedAtMs: number
  readonly signature?: Signature | undefined
  /** 32 raw bytes. */
  readonly publicKey: Uint8Array
  /** Signed, so nobody else can make it. */
  readonly requestId?: RequestId | undefined
}

/** A change of owners, signed. */
export interface SignedOwnerChange {
  readonly action: OwnerCommand['type']
  readonly scope: OwnerScope
  /** The raw key of who comes (32 bytes), the key id of who goes. */
  readonly owner: { readonly publicKey: Uint8Array } | { readonly keyId: KeyId }
  readonly signedAtMs: number
  readonly signature?: Signature | undefined
  /** 32 raw bytes. */
  readonly publicKey: Uint8Array
  /** Signed, so nobody else can make it. */
  readonly requestId?: RequestId | undefined
}
