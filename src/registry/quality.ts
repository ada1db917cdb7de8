import type { PackageMetadata } from '../model/metadata.js'

/**
 * How much a package tells of itself, 0 to 1: the share of what a reader looks for that is there. Part of the ranking,
 * never a condition.
 */
export function metadataQuality(metadata: PackageMetadata): number {
  const told = [
    (metadata.description?.length ?? 0) >= 20,
    metadata.readmeSha256 !== undefined,
    metadata.license !== undefined,
    metadata.repository !== undefined || metadata.homepage !== undefined,
    metadata.keywords.length > 0 || metadata.categories.length > 0,
    metadata.authors.length > 0,
  ]
  return told.filter(Boolean).length / told.length
}
