import { autocorrect, facets, similar, suggest } from '../registry/discovery.js'
import type { RegistryContext } from '../registry/ports.js'
import { type FoundPackage, search, searchStats } from '../registry/search.js'
import { optimizeSearch, popularSearches, rebuildSearch } from '../registry/search-upkeep.js'
import type { SearchServiceHandlers } from '../rpc/gen/ggen/marketplace/v1/SearchService.js'
import { type Received, required, textOrAbsent } from '../wire/message.js'
import { packageIdToMessage, packageRefFromMessage } from '../wire/package-id-message.js'
import { readDemandFromMessage } from '../wire/request-options.js'
import { packageSummaryToMessage } from '../wire/summary-message.js'
import { type ApiContext, serverStream, unary } from './call.js'
import type { StreamLimits } from './call-limit.js'
import { listDemand } from './paging.js'

/** ggen.marketplace.v1.SearchService: reads messages, calls the use case, writes messages. */
export function searchService(
  registry: RegistryContext,
  api: ApiContext,
  limits: Pick<StreamLimits, 'rebuilds'>,
): SearchServiceHandlers {
  const { historyId, nodeId } = registry.state
  return {
    Search: unary(api, 'Search', async (request: Received<'SearchRequest'>, options) => {
      const filter = request.filter ?? undefined
      const demand = { ...listDemand(request), text: request.query, filter }
      const page = await search(registry, demand, options)
      return {
        index: page.index,
        historyId,
        hits: page.hits.map(hitToMessage),
        total: page.total,
        nextPageToken: page.nextPageToken,
        relaxed: page.relaxed,
        stateIndex: page.stateIndex,
      }
    }),
    Suggest: unary(api, 'Suggest', async (request: Received<'SuggestRequest'>, options) => {
      const { text, limit } = request
      const found = await suggest(registry, { ...readDemandFromMessage(request), text, limit }, options)
      const suggestions = found.suggestions.map((id) => ({ id: packageIdToMessage(id) }))
      return { index: found.index, historyId, suggestions }
    }),
    Autocorrect: unary(api, 'Autocorrect', async (request: Received<'AutocorrectRequest'>, options) => {
      const demand = { ...readDemandFromMessage(request), text: request.text }
      const { index, text = '' } = await autocorrect(registry, demand, options)
      return { index, historyId, text }
    }),
    Facets: unary(api, 'Facets', async (request: Received<'FacetsRequest'>, options) => {
      const { query: text, facets: wanted, limit } = request
      const filter = request.filter ?? undefined
      const demand = { ...readDemandFromMessage(request), text, filter, facets: wanted, limit }
      const counted = await facets(registry, demand, options)
      const messages = counted.facets.map(({ facet, values }) => ({ name: facet, values: [...values] }))
      return { ...counted, historyId, facets: messages }
    }),
    Similar: unary(api, 'Similar', async (request: Received<'SimilarRequest'>, options) => {
      const to = packageRefFromMessage(required(request.ref, 'ref'), 'ref')
      const demand = { ...readDemandFromMessage(request), to, limit: request.limit }
      const { index, hits } = await similar(registry, demand, options)
      return { index, historyId, hits: hits.map(hitToMessage) }
    }),
    PopularSearches: unary(
      api,
      'PopularSearches',
      async ({ limit, historyId: history }: Received<'PopularSearchesRequest'>) => {
        const { index, searches } = popularSearches(registry, { limit, historyId: textOrAbsent(history) })
        return { index, historyId, nodeId, searches: [...searches] }
      },
    ),
    Rebuild: serverStream(
      api,
      'Rebuild',
      async function* (_request: Received<'RebuildRequest'>) {
        for await (const progress of rebuildSearch(registry)) yield { ...progress, historyId, nodeId }
      },
      () => 256,
      limits.rebuilds,
    ),
    Optimize: unary(api, 'Optimize', async (_request: Received<'OptimizeRequest'>) => {
      return { ...(await optimizeSearch(registry)), historyId, nodeId }
    }),
    Stats: unary(api, 'SearchStats', async (request: Received<'SearchServiceStatsRequest'>, options) => {
      const stats = await searchStats(registry, readDemandFromMessage(request), options)
      return { ...stats, historyId, nodeId }
    }),
  }
}

function hitToMessage({ id, score, summary }: FoundPackage) {
  return { id: packageIdToMessage(id), score, summary: packageSummaryToMessage(summary) }
}
