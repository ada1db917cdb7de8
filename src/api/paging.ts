import type { HistoryId } from '../model/node-id.js'
import type { ListDemand, Page } from '../registry/listing.js'
import type { Received } from '../wire/message.js'
import { readDemandFromMessage } from '../wire/request-options.js'

type ListFields = Pick<
  Received<'ListPackagesRequest'>,
  'pageSize' | 'pageToken' | 'historyId' | 'minIndex' | 'consistency'
>

export function listDemand(request: ListFields): ListDemand {
  return { ...readDemandFromMessage(request), page: { size: request.pageSize, token: request.pageToken } }
}

export function pageToMessage(page: Page<unknown>, historyId: HistoryId) {
  return { index: page.index, historyId, nextPageToken: page.nextPageToken }
}
