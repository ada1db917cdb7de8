import { MarketplaceError } from '../model/error.js'
import type { RegistryContext } from '../registry/ports.js'
import { getStats, recordDownload } from '../registry/stats.js'
import { listTrending } from '../registry/trending.js'
import { checkUpdates } from '../registry/updates.js'
import type { RegistryServiceHandlers } from '../rpc/gen/ggen/marketplace/v1/RegistryService.js'
import { type Received, required, toCount } from '../wire/message.js'
import {
  packageIdFromMessage,
  packageIdToMessage,
  packageQueryFromMessage,
  packageRefFromMessage,
} from '../wire/package-id-message.js'
import { readDemandFromMessage, requestIdFromMessage } from '../wire/request-options.js'
import { packageSummaryToMessage, versionSummaryToMessage } from '../wire/summary-message.js'
import { type ApiContext, cancellable, unary } from './call.js'
import { listDemand, pageToMessage } from './paging.js'

/** Packages of one CheckUpdates: the answer keeps within one message, however long its texts are. */
const CHECKED_ENTRIES_MAX = 500

/** The methods of RegistryService that count and compare. */
export function statisticsMethods(
  registry: RegistryContext,
  api: ApiContext,
): Pick<RegistryServiceHandlers, 'GetStats' | 'RecordDownload' | 'ListTrending' | 'CheckUpdates'> {
  const { historyId } = registry.state
  return {
    GetStats: unary(api, 'GetStats', async (request: Received<'GetStatsRequest'>, options) => {
      const ref = request.ref === null ? undefined : packageRefFromMessage(request.ref, 'ref')
      const stats = await getStats(registry, ref, readDemandFromMessage(request), options)
      return {
        ...stats,
        historyId,
        days: [...stats.days],
        versionDownloads: [...stats.versionDownloads],
      }
    }),
    RecordDownload: unary(
      api,
      'RecordDownload',
      async (request: Received<'RecordDownloadRequest'>, options) => {
        requestIdFromMessage(request.requestId)
        const query = packageQueryFromMessage(required(request.id, 'id'), 'id')
        return { index: await recordDownload(registry, query, options), historyId }
      },
    ),
    ListTrending: unary(api, 'ListTrending', async (request: Received<'ListTrendingRequest'>, options) => {
      const page = await listTrending(registry, toCount(request.days, 'days'), listDemand(request), options)
      return {
        ...pageToMessage(page, historyId),
        packages: page.entries.map(({ summary, downloads }) => ({
          package: packageSummaryToMessage(summary),
          downloads,
        })),
      }
    }),
    CheckUpdates: cancellable(
      api,
      'CheckUpdates',
      async (request: Received<'CheckUpdatesRequest'>, options) => {
        if (request.installed.length > CHECKED_ENTRIES_MAX) throw tooMany(request.installed.length)
        const installed = request.installed.map(({ id, requirement }, at) => ({
          id: packageIdFromMessage(required(id, `installed[${at}].id`), `installed[${at}].id`),
          requirement,
        }))
        const { index, updates } = await checkUpdates(
          registry,
          installed,
          readDemandFromMessage(request),
          options,
        )
        return {
          index,
          historyId,
          updates: updates.map(({ id, installed, wanted, latest }) => ({
            id: packageIdToMessage(id),
            installed: installed === undefined ? null : versionSummaryToMessage(installed),
            wanted: wanted === undefined ? null : versionSummaryToMessage(wanted),
            latest: latest === undefined ? null : versionSummaryToMessage(latest),
          })),
        }
      },
    ),
  }
}

function tooMany(count: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'LIMIT_EXCEEDED',
    field: 'installed',
    message: `${count} packages in one call, the limit is ${CHECKED_ENTRIES_MAX}`,
    help: 'ask in several calls',
    details: { limit: String(CHECKED_ENTRIES_MAX) },
  })
}
