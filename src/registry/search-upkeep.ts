import { LIMITS } from '../model/limit.js'
import { pause } from '../runtime/clock.js'
import { limitOf } from './discovery.js'
import type { PopularSearch } from './popular-searches.js'
import type { RegistryContext } from './ports.js'
import { checkHistory } from './read-view.js'

/** How often whoever waits for a rebuild is told how far it is. */
const TELL_MS = 500

/** How far a rebuild of this node's index is. */
export interface RebuildProgress {
  /** Packages taken so far. */
  readonly documents: number
  readonly done: boolean
  /** Log index that the index reflects. */
  readonly index: number
}

/**
 * Makes this node's search index anew from its state, while the old one serves; one at a time, whoever asks meanwhile waits for the same.
 * It goes on when its caller goes away.
 */
export async function* rebuildSearch(
  context: RegistryContext,
): AsyncGenerator<RebuildProgress, void, undefined> {
  let documents = 0
  const rebuilt = context.searchFeed.rebuild((taken) => {
    documents = taken
  })
  // Whoever went away hears of no failure.
  rebuilt.catch(() => {})
  for (let done = false; !done; ) {
    done = await Promise.race([rebuilt.then(() => true), pause(context.clock, TELL_MS).then(() => false)])
    const { appliedIndex: index, documents: held } = context.search.stats()
    yield { documents: done ? held : documents, done, index }
  }
}

/** Merges what this node's index is made of, which leaves behind what was removed. Searches go on; changes wait. */
export async function optimizeSearch(
  context: RegistryContext,
): Promise<{ readonly index: number; readonly documents: number; readonly segments: number }> {
  const { appliedIndex: index } = await context.search.optimize()
  const { documents, segments } = context.search.stats()
  return { index, documents, segments }
}

/** What was searched for most on this node of late. @throws LIMIT_EXCEEDED, HISTORY_MISMATCH */
export function popularSearches(
  context: RegistryContext,
  demand: { readonly historyId?: string | undefined; readonly limit: number },
): { readonly index: number; readonly searches: readonly PopularSearch[] } {
  if (demand.historyId !== undefined) checkHistory(demand.historyId, context.state.historyId, 'history_id')
  const limit = limitOf(demand.limit, LIMITS.suggestionsDefault, LIMITS.suggestionsMax)
  return { index: context.search.stats().appliedIndex, searches: context.searches.top(limit) }
}
