import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import { SEARCH_FACETS } from '../model/search-facet.js'
import type { SearchFilter } from '../search/search-index.js'

/**
 * Refuses what no search may ask for, before anything is done with it.
 * @throws LIMIT_EXCEEDED
 */
export function checkSearch(text: string, filter: SearchFilter = {}): void {
  const bytes = Buffer.byteLength(text)
  if (bytes > LIMITS.searchTextBytesMax) {
    throw new MarketplaceError({
      reason: 'LIMIT_EXCEEDED',
      field: 'query',
      message: `the text to search for has ${bytes} bytes, the limit is ${LIMITS.searchTextBytesMax}`,
      help: 'a few words find more',
    })
  }
  for (const name of SEARCH_FACETS) {
    const values = filter[name]?.length ?? 0
    if (values <= LIMITS.searchFilterValuesMax) continue
    throw new MarketplaceError({
      reason: 'LIMIT_EXCEEDED',
      field: `filter.${name}`,
      message: `the filter names ${values} ${name}, the limit is ${LIMITS.searchFilterValuesMax}`,
      help: 'ask in several searches',
    })
  }
}
