import { MarketplaceError } from '../model/error.js'
import type { HistoryId } from '../model/node-id.js'
import type { ReadDemand } from '../model/read-demand.js'
import type { StateView } from '../state/state-view.js'
import type { CallOptions, RegistryContext } from './ports.js'

/**
 * Opens what a read asks for; linearizable by default. The caller closes it.
 * @throws INVALID_ARGUMENT, HISTORY_MISMATCH, INDEX_NOT_REACHED, NO_LEADER
 */
export async function openView(
  context: Pick<RegistryContext, 'state'>,
  demand: ReadDemand,
  options: CallOptions,
): Promise<StateView> {
  const { state } = context
  checkIndex(demand.minIndex ?? 0, 'min_index')
  if (demand.historyId !== undefined) checkHistory(demand.historyId, state.historyId, 'history_id')
  return state.view({
    consistency: demand.consistency,
    minIndex: demand.minIndex,
    deadlineMs: options.deadlineMs,
  })
}

/** @throws HISTORY_MISMATCH: log indexes and positions of one history say nothing in another. */
export function checkHistory(given: string, ours: HistoryId, field: string): void {
  if (given === ours) return
  throw new MarketplaceError({
    reason: 'HISTORY_MISMATCH',
    field,
    message: `history ${JSON.stringify(given.slice(0, 64))} is not this registry's, which is ${ours}`,
    help: 'the registry was restored or is another one: start again without the old index, token or lock',
    details: { historyId: ours },
  })
}

/** @throws INVALID_ARGUMENT where it can be no log index */
export function checkIndex(index: number, field: string): void {
  if (Number.isSafeInteger(index) && index >= 0) return
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field,
    message: `${field} ${index} is not a whole number from 0 to 2^53-1`,
    help: 'give a number in that range, or leave it out',
  })
}
