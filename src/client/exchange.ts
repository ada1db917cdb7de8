import type { RequestId } from '../model/command.js'
import type { ContentHash } from '../model/content-hash.js'
import type { PackageMetadata, PackageVersion } from '../model/metadata.js'
import type { PackageId } from '../model/package-id.js'
import type { ReadDemand } from '../model/read-demand.js'
import type { PackageSummary } from '../model/summary.js'
import type { Signer } from '../trust/signer.js'

/** Which state an answer reflects. */
export interface Reflected {
  readonly index: number
  readonly historyId: string
}

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

export interface PublishReceipt extends Reflected {
  readonly id: PackageId
  /** Absent on a metadata-only version. */
  readonly contentHash?: ContentHash | undefined
  /** False where the same content was there already. */
  readonly created: boolean
}

export interface ChangeReceipt extends Reflected {
  readonly id: PackageId
  /** False where it was so already. */
  readonly changed: boolean
}

export interface VersionAnswer extends Reflected {
  readonly version: PackageVersion
  /** Raw keys that the signatures name. */
  readonly publicKeys: readonly Uint8Array[]
  readonly readme?: Uint8Array | undefined
}

export interface SearchRequest extends ReadDemand {
  readonly query: string
  readonly filter?: Partial<
    Record<
      'kinds' | 'namespaces' | 'keywords' | 'categories' | 'authors' | 'licenses' | 'languages',
      readonly string[]
    >
  >
  /** Default 50, at most 1,000. */
  readonly pageSize?: number
  readonly pageToken?: string
}

export interface SearchAnswer extends Reflected {
  /** What the answering node's state had come to; where `index` is lower, its search index is behind, and hits may be missing. */
  readonly stateIndex: number
  readonly hits: readonly {
    readonly id: PackageId
    readonly score: number
    readonly summary: PackageSummary
  }[]
  readonly total: number
  readonly relaxed: boolean
  readonly nextPageToken?: string | undefined
}
