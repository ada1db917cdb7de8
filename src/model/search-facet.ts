/** What packages found by a search are filtered and counted by. */
export const SEARCH_FACETS = [
  'kinds',
  'namespaces',
  'keywords',
  'categories',
  'authors',
  'licenses',
  'languages',
  'capabilities',
] as const

export type SearchFacet = (typeof SEARCH_FACETS)[number]

/** How many packages have one value. */
export interface FacetValue {
  /** In its most frequent spelling: values are compared without regard to case. */
  readonly value: string
  readonly count: number
}

/** The values of one facet, those of most packages first. */
export interface FacetCounts {
  readonly facet: SearchFacet
  readonly values: readonly FacetValue[]
}
