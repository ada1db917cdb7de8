import { assertNever } from '../model/assert.js'
import { toNamespace } from '../model/package-id.js'
import type { RegistryContext } from '../registry/ports.js'
import { type WatchDemand, type WatchEvent, watch } from '../registry/watch.js'
import type { RegistryServiceHandlers } from '../rpc/gen/ggen/marketplace/v1/RegistryService.js'
import { changeKindFromMessage, changeToMessage } from '../wire/change-message.js'
import { type Received, type Sent, textOrAbsent, toCount } from '../wire/message.js'
import { packageRefFromMessage } from '../wire/package-id-message.js'
import { versionSummaryToMessage } from '../wire/summary-message.js'
import { type ApiContext, serverStream } from './call.js'
import type { CallLimit } from './call-limit.js'

/** A message's weight beside its listing or changes, about. */
const MESSAGE_BYTES = 128
const VERSION_BYTES = 256

/** RegistryService.Watch */
export function watchMethod(
  registry: RegistryContext,
  api: ApiContext,
  limit: CallLimit,
): RegistryServiceHandlers['Watch'] {
  const { historyId } = registry.state
  return serverStream(
    api,
    'Watch',
    async function* (request: Received<'WatchRequest'>, options, _, gone) {
      for await (const event of watch(registry, demandOf(request), options, gone))
        yield { index: event.index, historyId, ...contentOf(event) } satisfies Sent<'WatchResponse'>
    },
    (message: Sent<'WatchResponse'>) =>
      MESSAGE_BYTES +
      VERSION_BYTES * (message.existing?.versions?.length ?? message.changes?.changes?.length ?? 0),
    limit,
  )
}

function demandOf(request: Received<'WatchRequest'>): WatchDemand {
  return {
    afterIndex: toCount(request.afterIndex, 'after_index'),
    historyId: textOrAbsent(request.historyId),
    includeExisting: request.includeExisting,
    namespaces: request.namespaces.map((each, at) => toNamespace(each, `namespaces[${at}]`)),
    packages: request.packages.map((each, at) => packageRefFromMessage(each, `packages[${at}]`)),
    kinds: request.kinds.map((each, at) => changeKindFromMessage(each, `kinds[${at}]`)),
    progressMs: toCount(request.progressMs, 'progress_ms'),
  }
}

function contentOf(event: WatchEvent): Pick<Sent<'WatchResponse'>, 'existing' | 'changes' | 'progress'> {
  switch (event.type) {
    case 'existing':
      return { existing: { versions: event.versions.map(versionSummaryToMessage), complete: event.complete } }
    case 'changes':
      return { changes: { logTimeMs: event.logTimeMs, changes: event.records.map(changeToMessage) } }
    case 'progress':
      return { progress: {} }
    default:
      return assertNever(event, 'watch event')
  }
}
