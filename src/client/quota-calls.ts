import type { ListOptions, Page, Reflected } from '../interface/answer.js'
import { bytesToHex } from '../model/codec.js'
import type { Quota, RequestId } from '../model/command.js'
import { formatQuotaScope, parseQuotaScope, type QuotaScope } from '../model/quota-scope.js'
import type { ReadDemand } from '../model/read-demand.js'
import { type Received, required, textOrAbsent } from '../wire/message.js'
import { readDemandToMessage, requestIdToMessage } from '../wire/request-options.js'
import type { Caller } from './caller.js'

/** What a namespace holds, and what it may hold; a bound that is absent is none. */
export interface NamespaceQuota extends Quota {
  /** Undefined: the packages without a namespace, together. */
  readonly namespace: QuotaScope
  /** Of contents, each version's counted whole, however many share them. */
  readonly bytes: number
  readonly versions: number
}

/** What namespaces of a cluster may hold; `client.quotas`. */
export class QuotaCalls {
  constructor(private readonly cluster: () => Promise<Caller>) {}

  /**
   * Sets both bounds of a namespace; one that is absent is none. What it holds already stays.
   * @throws MEMBERS_OUTDATED where a member runs a release that knows no quotas
   */
  async set(
    namespace: QuotaScope,
    quota: Quota,
  ): Promise<Reflected & { readonly changed: boolean; readonly quota: NamespaceQuota }> {
    const caller = await this.cluster()
    const request = {
      namespace: formatQuotaScope(namespace),
      ...quota,
      requestId: requestIdToMessage(bytesToHex(caller.random.bytes(16)) as RequestId),
    }
    const answer = await caller.unary<Received<'SetQuotaResponse'>>('write', ({ cluster }, ...rest) =>
      cluster.setQuota(request, ...rest),
    )
    const { changed, index, historyId } = answer
    return { changed, quota: quotaFromMessage(required(answer.quota, 'quota')), index, historyId }
  }

  /** Of one namespace, whether it holds anything or not. */
  async of(
    namespace: QuotaScope,
    demand?: ReadDemand,
  ): Promise<Reflected & { readonly quota: NamespaceQuota }> {
    const { entries, index, historyId } = await this.#list(formatQuotaScope(namespace), demand)
    return { quota: required(entries[0], 'quotas'), index, historyId }
  }

  /** Of every namespace that holds anything or has a quota, by name; that of the packages without one first. */
  list(options: ListOptions = {}): Promise<Page<NamespaceQuota>> {
    return this.#list('', options)
  }

  async #list(
    namespace: string,
    { pageSize = 0, pageToken = '', ...demand }: ListOptions = {},
  ): Promise<Page<NamespaceQuota>> {
    const request = { namespace, pageSize, pageToken, ...readDemandToMessage(demand) }
    const answer = await (await this.cluster()).unary<Received<'ListQuotasResponse'>>(
      'read',
      ({ cluster }, ...rest) => cluster.listQuotas(request, ...rest),
    )
    const { index, historyId, nextPageToken, quotas } = answer
    return {
      entries: quotas.map(quotaFromMessage),
      nextPageToken: textOrAbsent(nextPageToken),
      index,
      historyId,
    }
  }
}

function quotaFromMessage(message: Received<'NamespaceQuota'>): NamespaceQuota {
  const { namespace, bytes, versions, _bytesMax, bytesMax, _versionsMax, versionsMax } = message
  return {
    namespace: parseQuotaScope(namespace),
    bytes,
    versions,
    ...(_bytesMax && { bytesMax }),
    ...(_versionsMax && { versionsMax }),
  }
}
