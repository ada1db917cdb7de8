import type { FacetsRequest, SearchEngine, SearchRequest } from '../interface/search-engine.js'
import type { PackageRef } from '../model/package-id.js'
import type { ReadDemand } from '../model/read-demand.js'
import { autocorrect, facets, similar, suggest } from './discovery.js'
import { listDemand, withoutEmptyToken } from './local-registry.js'
import type { RegistryContext } from './ports.js'
import { search, searchStats } from './search.js'
import { optimizeSearch, popularSearches, rebuildSearch } from './search-upkeep.js'

/** The search of this process as a {@link SearchEngine}: no message, no network. */
export class LocalSearch implements SearchEngine {
  constructor(private readonly context: RegistryContext) {}

  async search({ query, filter, ...options }: SearchRequest) {
    const page = await search(this.context, { ...listDemand(options), text: query, filter })
    return this.#reflected(withoutEmptyToken(page))
  }

  async suggest(text: string, { limit = 0, ...demand }: ReadDemand & { readonly limit?: number } = {}) {
    return this.#reflected(await suggest(this.context, { ...demand, text, limit }))
  }

  async autocorrect(text: string, demand: ReadDemand = {}) {
    return this.#reflected(await autocorrect(this.context, { ...demand, text }))
  }

  async facets({ query, facets: wanted = [], limit = 0, ...demand }: FacetsRequest) {
    return this.#reflected(await facets(this.context, { ...demand, text: query, facets: wanted, limit }))
  }

  async similar(to: PackageRef, { limit = 0, ...demand }: ReadDemand & { readonly limit?: number } = {}) {
    return this.#reflected(await similar(this.context, { ...demand, to, limit }))
  }

  async popularSearches({ limit = 0 }: { readonly limit?: number | undefined } = {}) {
    return this.#reflected(popularSearches(this.context, { limit }))
  }

  async *rebuild() {
    for await (const progress of rebuildSearch(this.context)) yield this.#reflected(progress)
  }

  async optimize() {
    return this.#reflected(await optimizeSearch(this.context))
  }

  async stats(demand: ReadDemand = {}) {
    const { index, documents } = await searchStats(this.context, demand)
    return this.#reflected({ index, documents })
  }

  #reflected<T>(answer: T) {
    return { ...answer, historyId: this.context.state.historyId }
  }
}
