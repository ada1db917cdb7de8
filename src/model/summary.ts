import type { ContentHash } from './content-hash.js'
import type { PackageId } from './package-id.js'

/** One version in a listing. */
export interface VersionSummary {
  readonly id: PackageId
  /** Absent on a metadata-only version. */
  readonly contentHash?: ContentHash | undefined
  /** 0 on a metadata-only version. */
  readonly sizeBytes: number
  readonly publishedAtMs: number
  readonly publishedIndex: number
  readonly yanked: boolean
  readonly yankReason?: string | undefined
  readonly deprecated?: string | undefined
}

/** One package in a listing, described by its latest version (the highest of all where every one is yanked). */
export interface PackageSummary {
  readonly id: PackageId
  readonly kind: string
  readonly description?: string | undefined
  readonly license?: string | undefined
  readonly keywords: readonly string[]
  readonly publishedAtMs: number
  /** Absent on a metadata-only version. */
  readonly contentHash?: ContentHash | undefined
  /** Every version is yanked. */
  readonly yanked: boolean
  readonly deprecated?: string | undefined
}
