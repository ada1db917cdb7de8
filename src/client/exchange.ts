import type { RequestId } from '../model/command.js'
import type { PackageMetadata } from '../model/metadata.js'
import type { Signer } from '../trust/signer.js'

export type { Reflected } from '../interface/answer.js'
export type { ChangeReceipt, PublishReceipt, ResolutionAnswer, VersionAnswer } from '../interface/registry.js'
export type { SearchAnswer, SearchRequest } from '../interface/search-engine.js'

/** A version to be made. */
export interface NewVersion {
  readonly metadata: PackageMetadata
  /** The bytes that metadata.readmeSha256 names. */
  readonly readme?: Uint8Array | undefined
  /** At least one; the first publish of a package makes their keys its owners. */
  readonly signers: readonly Signer[]
  /** Default: a new one. The same again repeats the same write, for 15 minutes. */
  readonly requestId?: RequestId
}
