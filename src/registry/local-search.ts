import type { SearchEngine, SearchRequest } from '../interface/search-engine.js'
import type { ReadDemand } from '../model/read-demand.js'
import { listDemand, withoutEmptyToken } from './local-registry.js'
import type { RegistryContext } from './ports.js'
import { search, searchStats } from './search.js'

/** The search of this process as a {@link SearchEngine}: no message, no network. */
export class LocalSearch implements SearchEngine {
  constructor(private readonly context: RegistryContext) {}

  async search({ query, filter, ...options }: SearchRequest) {
    const page = await search(this.context, { ...listDemand(options), text: query, filter })
    return { ...withoutEmptyToken(page), historyId: this.context.state.historyId }
  }

  async stats(demand: ReadDemand = {}) {
    const { index, documents } = await searchStats(this.context, demand)
    return { index, documents, historyId: this.context.state.historyId }
  }
}
