import type { RegistryContext } from '../registry/ports.js'
import { search, searchStats } from '../registry/search.js'
import type { SearchServiceHandlers } from '../rpc/gen/ggen/marketplace/v1/SearchService.js'
import type { Received } from '../wire/message.js'
import { packageIdToMessage } from '../wire/package-id-message.js'
import { readDemandFromMessage } from '../wire/request-options.js'
import { packageSummaryToMessage } from '../wire/summary-message.js'
import { type ApiContext, unary } from './call.js'
import { listDemand } from './paging.js'

/** ggen.marketplace.v1.SearchService: reads messages, calls the use case, writes messages. */
export function searchService(registry: RegistryContext, api: ApiContext): SearchServiceHandlers {
  const { historyId, nodeId } = registry.state
  return {
    Search: unary(api, 'Search', async (request: Received<'SearchRequest'>, options) => {
      const filter = request.filter ?? undefined
      const demand = { ...listDemand(request), text: request.query, filter }
      const page = await search(registry, demand, options)
      return {
        index: page.index,
        historyId,
        hits: page.hits.map((hit) => ({
          id: packageIdToMessage(hit.id),
          score: hit.score,
          summary: packageSummaryToMessage(hit.summary),
        })),
        total: page.total,
        nextPageToken: page.nextPageToken,
        relaxed: page.relaxed,
        stateIndex: page.stateIndex,
      }
    }),
    Stats: unary(api, 'SearchStats', async (request: Received<'SearchServiceStatsRequest'>, options) => {
      const stats = await searchStats(registry, readDemandFromMessage(request), options)
      return { ...stats, historyId, nodeId }
    }),
  }
}
