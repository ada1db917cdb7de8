import type { MarketplaceClient, SearchAnswer, SearchRequest } from '../../client/marketplace-client.js'
import { MarketplaceError } from '../../model/error.js'
import { formatPackageId } from '../../model/package-id.js'
import { type CommandContext, readDemand, type StaleOption } from '../command-context.js'
import { shownId } from '../shown-version.js'

export interface SearchOptions extends StaleOption {
  readonly kind?: string[]
  readonly namespace?: string[]
  readonly keyword?: string[]
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
    },
    pageSize: pageSize(options.limit),
    ...readDemand(options),
    ...(options.pageToken !== undefined && { pageToken: options.pageToken }),
  }
  const answer = await context.withClient((client) => searchAfterOwnWrites(context, client, request))
  const { hits, total, index, relaxed, nextPageToken } = answer
  const lines = hits.map(
    ({ id, summary }) =>
      `${formatPackageId(id)}${summary.description === undefined ? '' : `  ${oneLine(summary.description)}`}`,
  )
  if (relaxed) lines.unshift('no package has every word; these have some:')
  lines.push(`${hits.length} of ${total} ${total === 1 ? 'package' : 'packages'}`)
  context.output.result(
    {
      hits: hits.map(({ id, score }) => ({ id: shownId(id), score })),
      total,
      index,
      ...(nextPageToken !== undefined && { nextPageToken }),
    },
    lines,
  )
}

/**
 * Searches a state that has what this user wrote last. The index as it is usually has it; where it is behind, one search asks for
 * everything acknowledged so far. (Not for the index remembered: a registry that was reset would never reach it.)
 */
async function searchAfterOwnWrites(
  context: CommandContext,
  client: MarketplaceClient,
  request: SearchRequest,
): Promise<SearchAnswer> {
  const answer = await client.search(request)
  if (request.consistency === 'stale') return answer
  const written = (await context.written.read()).find((each) => each.historyId === answer.historyId)
  if (written === undefined || written.index <= answer.index) return answer
  try {
    return await client.search({ ...request, consistency: 'linearizable' })
  } catch (error) {
    if (!(error instanceof MarketplaceError) || error.code !== 'UNAVAILABLE') throw error
    context.output.note('the registry has no quorum: what you published last may be missing here')
    return answer
  }
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
