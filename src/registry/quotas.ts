import { assert } from '../model/assert.js'
import type { Quota, RequestId } from '../model/command.js'
import { formatQuotaScope, parseQuotaScope, type QuotaScope } from '../model/quota-scope.js'
import { refusalError } from '../state/command-result.js'
import type { NamespaceUse } from '../state/quota.js'
import type { ListDemand, Page } from './listing.js'
import { decodePageToken, encodePageToken, pageSize } from './page-token.js'
import type { CallOptions, RegistryContext } from './ports.js'
import { openView } from './read-view.js'
import { makeRequestId } from './register.js'

export type { NamespaceUse } from '../state/quota.js'

/** A quota as it stands after a change. */
export interface QuotaReceipt {
  readonly index: number
  /** False where it stood so already. */
  readonly changed: boolean
  readonly use: NamespaceUse
}

/**
 * Sets what a namespace may hold; what it holds already stays.
 * @throws MEMBERS_OUTDATED, NOT_PROPOSED, OUTCOME_UNKNOWN, OVERLOADED
 */
export async function setQuota(
  { state, random }: Pick<RegistryContext, 'state' | 'random'>,
  scope: QuotaScope,
  quota: Quota,
  requestId: RequestId = makeRequestId(random),
  options: CallOptions = {},
): Promise<QuotaReceipt> {
  const { deadlineMs } = options
  const { result } = await state.propose(
    { type: 'setQuota', requestId, namespace: scope, quota },
    { deadlineMs },
  )
  if (result.type === 'refused') throw refusalError(result)
  assert(result.type === 'quotaSet', () => `a quota ended in ${result.type}`)
  await using view = await state.view({ consistency: 'stale', minIndex: result.index, deadlineMs })
  return { index: view.appliedIndex, changed: result.changed, use: view.namespaceUse(scope) }
}

/** What namespaces hold and may hold, by name; those of packages without one first. @throws PAGE_TOKEN_INVALID, LIMIT_EXCEEDED */
export async function listQuotas(
  context: Pick<RegistryContext, 'state'>,
  demand: ListDemand,
  options: CallOptions = {},
): Promise<Page<NamespaceUse>> {
  const query = { method: 'ListQuotas', arguments: [] }
  const { historyId } = context.state
  const size = pageSize(demand.page)
  const after = decodePageToken(demand.page.token, query, historyId, (input) => ({
    scope: parseQuotaScope(input.text()),
  }))
  await using view = await openView(context, demand, options)
  const found = await view.listNamespaceUses(after, size + 1)
  const entries = found.slice(0, size)
  const last = found.length > size ? entries.at(-1) : undefined
  return {
    index: view.appliedIndex,
    entries,
    nextPageToken:
      last === undefined
        ? ''
        : encodePageToken(query, historyId, (out) => out.text(formatQuotaScope(last.scope))),
  }
}

/** What one namespace holds and may hold. */
export async function quotaOf(
  context: Pick<RegistryContext, 'state'>,
  scope: QuotaScope,
  demand: ListDemand,
  options: CallOptions = {},
): Promise<Page<NamespaceUse>> {
  await using view = await openView(context, demand, options)
  return { index: view.appliedIndex, entries: [view.namespaceUse(scope)], nextPageToken: '' }
}
