import type { MarketplaceClient, SearchAnswer, SearchRequest } from '../../client/marketplace-client.js'
import { MarketplaceError } from '../../model/error.js'
import { formatPackageId } from '../../model/package-id.js'
import { type CommandContext, readDemand, type StaleOption } from '../command-context.js'
import { shownId } from '../shown-version.js'

export interface SearchOptions extends StaleOption {
  readonly kind?: string[]
  readonly namespace?: string[]
  readonly keyword?: string[]
  readonly capability?: string[]
  readonly limit?: string
  readonly pageToken?: string
}

const LIMIT_DEFAULT = 20
const LIMIT_MAX = 1_000

/** `ggen-market search QUERY…` */
export async function search(
  context: CommandContext,
  words: readonly string[],
  options: SearchOptions,
): Promise<void> {
  const request: SearchRequest = {
    query: words.join(' '),
    filter: {
      kinds: options.kind ?? [],
      namespaces: options.namespace ?? [],
      keywords: options.keyword ?? [],
      capabilities: options.capability ?? [],
    },
    pageSize: pageSize(options.limit),
    ...readDemand(options),
    ...(options.pageToken !== undefined && { pageToken: options.pageToken }),
  }
  const { answer, didYouMean } = await context.withClient(async (client) => {
    const found = await searchAfterOwnWrites(context, client, request)
    return { answer: found, didYouMean: await correction(client, request, found) }
  })
  const { hits, total, index, stateIndex, relaxed, nextPageToken } = answer
  const lines = hits.map(
    ({ id, summary }) =>
      `${formatPackageId(id)}${summary.description === undefined ? '' : `  ${oneLine(summary.description)}`}`,
  )
  if (relaxed) lines.unshift('no package has every word; these have some:')
  if (didYouMean !== undefined) lines.push(`did you mean: ${didYouMean}`)
  lines.push(`${hits.length} of ${total} ${total === 1 ? 'package' : 'packages'}`)
  context.output.result(
    {
      hits: hits.map(({ id, score }) => ({ id: shownId(id), score })),
      total,
      index,
      ...(stateIndex > index && { stateIndex }),
      ...(nextPageToken !== undefined && { nextPageToken }),
      ...(didYouMean !== undefined && { didYouMean }),
    },
    lines,
  )
}

/**
 * Searches a state that has what this user wrote last, and what the node asked has. The index as it is usually has both; where it is
 * behind, as while it is built after a restore, one search waits for it. (Not for the index remembered: a registry that was reset
 * would never reach it.)
 */
async function searchAfterOwnWrites(
  context: CommandContext,
  client: MarketplaceClient,
  request: SearchRequest,
): Promise<SearchAnswer> {
  const answer = await client.search(request)
  const { index, stateIndex, historyId } = answer
  const isBehind = stateIndex > index
  if (request.consistency === 'stale') {
    if (isBehind) tellLag(context, answer)
    return answer
  }
  const written = (await context.written.read()).find((each) => each.historyId === historyId)
  const lacksOwn = written !== undefined && written.index > index
  if (!lacksOwn && !isBehind) return answer
  try {
    return await client.search({
      ...request,
      ...(lacksOwn ? { consistency: 'linearizable' } : { minIndex: stateIndex, historyId }),
    })
  } catch (error) {
    if (!(error instanceof MarketplaceError)) throw error
    if (error.reason === 'INDEX_NOT_REACHED') tellLag(context, answer)
    else if (error.code !== 'UNAVAILABLE') throw error
    else if (lacksOwn)
      context.output.note('the registry has no quorum: what you published last may be missing here')
    return answer
  }
}

/** What the words may have meant, where no package has them all. A search is no worse for having no such hint. */
async function correction(
  client: MarketplaceClient,
  { query, pageToken }: SearchRequest,
  { relaxed, total }: SearchAnswer,
): Promise<string | undefined> {
  if (pageToken !== undefined || (total > 0 && !relaxed)) return undefined
  try {
    return (await (await client.searchEngine()).autocorrect(query)).text
  } catch (error) {
    if (error instanceof MarketplaceError) return undefined
    throw error
  }
}

function tellLag({ output }: CommandContext, { index, stateIndex }: SearchAnswer): void {
  output.note(
    `the search index is at ${index}, behind the state, which is at ${stateIndex}: packages may be missing here`,
  )
}

function pageSize(limit: string | undefined): number {
  if (limit === undefined) return LIMIT_DEFAULT
  if (/^[0-9]{1,4}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= LIMIT_MAX) return Number(limit)
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: '--limit',
    message: `--limit is ${JSON.stringify(limit)}`,
    help: `give a number from 1 to ${LIMIT_MAX}`,
  })
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > 100 ? `${line.slice(0, 99)}…` : line
}
