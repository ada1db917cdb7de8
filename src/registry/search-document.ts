import { packageKey } from '../model/package-id.js'
import type { SearchDocument } from '../search/search-index.js'
import type { PackageDocument } from '../state/state-view.js'
import { metadataQuality } from './quality.js'

/** What the search index is told of a package. */
export function searchDocument(document: PackageDocument): SearchDocument {
  const { metadata, publishedAtMs } = document.latest
  return {
    key: packageKey(document.ref),
    packageNumber: document.firstIndex,
    description: metadata.description,
    kind: metadata.kind,
    keywords: metadata.keywords,
    categories: metadata.categories,
    authors: metadata.authors,
    capabilities: metadata.capabilities,
    license: metadata.license,
    language: metadata.language,
    publishedAtMs,
    quality: metadataQuality(metadata),
    yanked: false,
  }
}
