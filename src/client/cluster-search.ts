import type { SearchAnswer, SearchEngine, SearchRequest } from '../interface/search-engine.js'
import type { ReadDemand } from '../model/read-demand.js'
import { type Received, required, textOrAbsent } from '../wire/message.js'
import { packageIdFromMessage } from '../wire/package-id-message.js'
import { readDemandToMessage } from '../wire/request-options.js'
import { packageSummaryFromMessage } from '../wire/summary-message.js'
import type { Caller } from './caller.js'
import { listToMessage, reflected } from './cluster-registry.js'

/** A cluster's SearchService as a {@link SearchEngine}: each node has an index of its own. */
export class ClusterSearch implements SearchEngine {
  constructor(private readonly caller: Caller) {}

  async search({ query, filter = {}, ...options }: SearchRequest): Promise<SearchAnswer> {
    const lists = Object.fromEntries(Object.entries(filter).map(([name, values]) => [name, [...values]]))
    const request = { query, filter: lists, ...listToMessage(options) }
    const answer = await this.caller.unary<Received<'SearchResponse'>>('read', ({ search }, ...rest) =>
      search.search(request, ...rest),
    )
    return {
      hits: answer.hits.map((hit) => ({
        id: packageIdFromMessage(required(hit.id, 'hit.id'), 'hit.id'),
        score: hit.score,
        summary: packageSummaryFromMessage(required(hit.summary, 'hit.summary')),
      })),
      total: answer.total,
      relaxed: answer.relaxed,
      stateIndex: answer.stateIndex,
      nextPageToken: textOrAbsent(answer.nextPageToken),
      ...reflected(answer),
    }
  }

  async stats(demand: ReadDemand = {}) {
    const request = readDemandToMessage(demand)
    const answer = await this.caller.unary<Received<'SearchServiceStatsResponse'>>(
      'read',
      ({ search }, ...rest) => search.stats(request, ...rest),
    )
    return { documents: answer.documents, ...reflected(answer) }
  }
}
