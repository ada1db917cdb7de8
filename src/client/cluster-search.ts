import { Metadata } from '@grpc/grpc-js'
import type {
  FacetsAnswer,
  FacetsRequest,
  RebuildReport,
  SearchAnswer,
  SearchEngine,
  SearchRequest,
  SimilarAnswer,
  SuggestAnswer,
} from '../interface/search-engine.js'
import { MarketplaceError } from '../model/error.js'
import type { PackageRef } from '../model/package-id.js'
import type { ReadDemand } from '../model/read-demand.js'
import { SEARCH_FACETS, type SearchFacet } from '../model/search-facet.js'
import { type Received, required, textOrAbsent } from '../wire/message.js'
import { packageIdFromMessage, packageRefToMessage } from '../wire/package-id-message.js'
import { readDemandToMessage } from '../wire/request-options.js'
import { packageSummaryFromMessage } from '../wire/summary-message.js'
import type { Caller } from './caller.js'
import { listToMessage, reflected } from './cluster-registry.js'
import { MessageStream } from './message-stream.js'

/** A cluster's SearchService as a {@link SearchEngine}: each node has an index of its own. */
export class ClusterSearch implements SearchEngine {
  constructor(private readonly caller: Caller) {}

  async search({ query, filter = {}, ...options }: SearchRequest): Promise<SearchAnswer> {
    const request = { query, filter: filterToMessage(filter), ...listToMessage(options) }
    const answer = await this.caller.unary<Received<'SearchResponse'>>('read', ({ search }, ...rest) =>
      search.search(request, ...rest),
    )
    return {
      hits: answer.hits.map(hitFromMessage),
      total: answer.total,
      relaxed: answer.relaxed,
      stateIndex: answer.stateIndex,
      nextPageToken: textOrAbsent(answer.nextPageToken),
      ...reflected(answer),
    }
  }

  async suggest(
    text: string,
    { limit = 0, ...demand }: ReadDemand & { readonly limit?: number } = {},
  ): Promise<SuggestAnswer> {
    const request = { text, limit, ...readDemandToMessage(demand) }
    const answer = await this.caller.unary<Received<'SuggestResponse'>>('read', ({ search }, ...rest) =>
      search.suggest(request, ...rest),
    )
    const suggestions = answer.suggestions.map(({ id }) =>
      packageIdFromMessage(required(id, 'suggestion.id'), 'suggestion.id'),
    )
    return { suggestions, ...reflected(answer) }
  }

  async autocorrect(text: string, demand: ReadDemand = {}) {
    const request = { text, ...readDemandToMessage(demand) }
    const answer = await this.caller.unary<Received<'AutocorrectResponse'>>('read', ({ search }, ...rest) =>
      search.autocorrect(request, ...rest),
    )
    return { text: textOrAbsent(answer.text), ...reflected(answer) }
  }

  async facets({
    query,
    filter = {},
    facets = [],
    limit = 0,
    ...demand
  }: FacetsRequest): Promise<FacetsAnswer> {
    const what = { query, filter: filterToMessage(filter), facets: [...facets], limit }
    const request = { ...what, ...readDemandToMessage(demand) }
    const answer = await this.caller.unary<Received<'FacetsResponse'>>('read', ({ search }, ...rest) =>
      search.facets(request, ...rest),
    )
    const counts = answer.facets.map(({ name, values }) => ({ facet: facetFromMessage(name), values }))
    return { facets: counts, total: answer.total, relaxed: answer.relaxed, ...reflected(answer) }
  }

  async similar(
    to: PackageRef,
    { limit = 0, ...demand }: ReadDemand & { readonly limit?: number } = {},
  ): Promise<SimilarAnswer> {
    const request = { ref: packageRefToMessage(to), limit, ...readDemandToMessage(demand) }
    const answer = await this.caller.unary<Received<'SimilarResponse'>>('read', ({ search }, ...rest) =>
      search.similar(request, ...rest),
    )
    return { hits: answer.hits.map(hitFromMessage), ...reflected(answer) }
  }

  async popularSearches({ limit = 0 }: { readonly limit?: number | undefined } = {}) {
    const answer = await this.caller.unary<Received<'PopularSearchesResponse'>>(
      'read',
      ({ search }, ...rest) => search.popularSearches({ limit }, ...rest),
    )
    return { searches: answer.searches, ...reflected(answer) }
  }

  async *rebuild(): AsyncGenerator<RebuildReport, void, undefined> {
    const messages = await this.caller.attempts(
      'read',
      async (node) => new MessageStream(this.caller, node, node.search.rebuild({}, new Metadata())),
    )
    try {
      const { stallMs } = this.caller.times
      for (let next = await messages.next(stallMs); next.done !== true; next = await messages.next(stallMs)) {
        const { documents, done } = next.value
        yield { documents, done, ...reflected(next.value) }
      }
    } finally {
      messages.end()
    }
  }

  async optimize() {
    const answer = await this.caller.unary<Received<'OptimizeResponse'>>('write', ({ search }, ...rest) =>
      search.optimize({}, ...rest),
    )
    return { documents: answer.documents, segments: answer.segments, ...reflected(answer) }
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

function filterToMessage(filter: NonNullable<SearchRequest['filter']>) {
  return Object.fromEntries(Object.entries(filter).map(([name, values]) => [name, [...values]]))
}

function hitFromMessage(hit: Received<'SearchHit'>): SearchAnswer['hits'][number] {
  return {
    id: packageIdFromMessage(required(hit.id, 'hit.id'), 'hit.id'),
    score: hit.score,
    summary: packageSummaryFromMessage(required(hit.summary, 'hit.summary')),
  }
}

function facetFromMessage(name: string): SearchFacet {
  const facet = SEARCH_FACETS.find((each) => each === name)
  if (facet !== undefined) return facet
  throw new MarketplaceError({
    reason: 'INTERNAL',
    message: `the node answered with the facet ${JSON.stringify(name)}, which was not asked for`,
    help: 'ask a node of the same release',
  })
}
