import { MarketplaceError } from '../model/error.js'
import type { HistoryId } from '../model/node-id.js'
import { decodeConfiguration } from '../raft/configuration.js'
import type { RecoveredLog } from '../storage/log-store.js'

/** The history that a log is of, as its newest configuration says; undefined of an empty one. */
export function historyOf(log: RecoveredLog): HistoryId | undefined {
  const newest = log.entries.findLast((entry) => entry.type === 'configuration')?.payload
  const bytes = newest ?? (log.mark.index > 0 ? log.mark.configuration : undefined)
  return bytes === undefined ? undefined : decodeConfiguration(bytes).historyId
}

/**
 * The members tell each other by the folder's identity which history they are of, so the log must be of the same.
 * @throws STORAGE_CORRUPT where a recovery was cut off between the two
 */
export function checkHistory(log: RecoveredLog, historyId: HistoryId): void {
  const found = historyOf(log)
  if (found === undefined || found === historyId) return
  throw new MarketplaceError({
    reason: 'STORAGE_CORRUPT',
    message: `the log is of history ${found}, and data folder file identity says ${historyId}: a recovery was cut off in the middle`,
    help: 'run `ggen-market cluster recover` on this data folder again',
    details: { file: 'identity', offset: '0', log: found, identity: historyId },
  })
}
