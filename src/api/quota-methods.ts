import { MarketplaceError } from '../model/error.js'
import { formatQuotaScope, parseQuotaScope } from '../model/quota-scope.js'
import type { RegistryContext } from '../registry/ports.js'
import { listQuotas, type NamespaceUse, quotaOf, setQuota } from '../registry/quotas.js'
import type { ClusterServiceHandlers } from '../rpc/gen/ggen/marketplace/v1/ClusterService.js'
import { type Received, type Sent, toCount } from '../wire/message.js'
import { requestIdFromMessage } from '../wire/request-options.js'
import { type ApiContext, unary } from './call.js'
import { listDemand, pageToMessage } from './paging.js'

/** What namespaces may hold. */
export function quotaMethods(
  registry: Pick<RegistryContext, 'state' | 'random'>,
  api: ApiContext,
): Pick<ClusterServiceHandlers, 'SetQuota' | 'ListQuotas'> {
  const { historyId } = registry.state
  return {
    SetQuota: unary(api, 'SetQuota', async (request: Received<'SetQuotaRequest'>, options) => {
      if (request.namespace === '') throw nothingNamed()
      const quota = {
        bytesMax: request._bytesMax && toCount(request.bytesMax ?? 0, 'bytes_max'),
        versionsMax: request._versionsMax && toCount(request.versionsMax ?? 0, 'versions_max'),
      }
      const { index, changed, use } = await setQuota(
        registry,
        parseQuotaScope(request.namespace),
        quota,
        requestIdFromMessage(request.requestId),
        options,
      )
      return { index, historyId, changed, quota: quotaToMessage(use) }
    }),
    ListQuotas: unary(api, 'ListQuotas', async (request: Received<'ListQuotasRequest'>, options) => {
      const demand = listDemand(request)
      const page =
        request.namespace === ''
          ? await listQuotas(registry, demand, options)
          : await quotaOf(registry, parseQuotaScope(request.namespace), demand, options)
      return { ...pageToMessage(page, historyId), quotas: page.entries.map(quotaToMessage) }
    }),
  }
}

function quotaToMessage({
  scope,
  bytes,
  versions,
  bytesMax,
  versionsMax,
}: NamespaceUse): Sent<'NamespaceQuota'> {
  return {
    namespace: formatQuotaScope(scope),
    bytes,
    versions,
    ...(bytesMax !== undefined && { bytesMax }),
    ...(versionsMax !== undefined && { versionsMax }),
  }
}

function nothingNamed(): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'namespace',
    message: 'no namespace is named',
    help: 'name one, or `/` for the packages without a namespace',
  })
}
