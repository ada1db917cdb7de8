import { Metadata } from '@grpc/grpc-js'
import type { WatchEvent, WatchOptions } from '../interface/watch.js'
import { assert } from '../model/assert.js'
import { MarketplaceError } from '../model/error.js'
import { toWatchedKind } from '../model/watched-change.js'
import { changeFromMessage, changeKindToMessage } from '../wire/change-message.js'
import type { Received } from '../wire/message.js'
import { packageRefToMessage } from '../wire/package-id-message.js'
import { versionSummaryFromMessage } from '../wire/summary-message.js'
import type { Caller } from './caller.js'
import type { Endpoint } from './endpoint.js'
import { MessageStream } from './message-stream.js'
import { isCurable } from './retry.js'

/** Marks that may be missed before a node is taken for dead. */
const MISSED_MARKS_MAX = 3
const PROGRESS_MS_DEFAULT = 10_000

/**
 * Changes as they land, without end. A node that fails or stops is replaced by another, which goes on after the last index
 * received: nothing is missed, nothing comes twice.
 * @throws COMPACTED (`firstRetained` in its details), HISTORY_MISMATCH, and whatever ends every attempt
 */
export async function* watch(
  caller: Caller,
  options: WatchOptions,
): AsyncGenerator<WatchEvent, void, undefined> {
  const { signal } = options
  const ended = () => signal?.aborted === true
  let position = typeof options.from === 'object' ? options.from : await startOf(caller, options)
  for (let first = true; !ended(); ) {
    const stream = await caller.attempts('read', (endpoint) => open(caller, endpoint, options, position))
    const end = () => stream.end()
    signal?.addEventListener('abort', end)
    try {
      for (let message = stream.first; message.done !== true; message = await stream.next()) {
        const event = eventOf(message.value, first)
        if (event.type === 'existing') {
          first = false
          if (event.complete) position = event
        } else {
          assert(
            position === undefined || event.index >= position.index,
            () => `${stream.address} sent index ${event.index} after ${position?.index}`,
          )
          position = event
        }
        yield event
        if (ended()) return
      }
    } catch (error) {
      if (ended()) return
      if (!(error instanceof MarketplaceError) || !isCurable(error)) throw error
    } finally {
      signal?.removeEventListener('abort', end)
      stream.end()
    }
    // A listing that was broken off begins anew: a part of it is no state that ever was.
    first = position === undefined
    caller.pool.leave(stream.endpoint)
  }
}

/** Undefined where a listing comes first. */
async function startOf(
  caller: Caller,
  { from }: WatchOptions,
): Promise<{ readonly index: number; readonly historyId: string } | undefined> {
  if (from === 'existing') return undefined
  if (from === 'beginning') return { index: 0, historyId: '' }
  return caller.unary<Received<'GetStatsResponse'>>('read', ({ registry }, ...rest) =>
    registry.getStats({}, ...rest),
  )
}

interface OpenWatch {
  readonly endpoint: Endpoint
  readonly address: string
  readonly first: IteratorResult<Received<'WatchResponse'>>
  next(): Promise<IteratorResult<Received<'WatchResponse'>>>
  end(): void
}

async function open(
  caller: Caller,
  endpoint: Endpoint,
  options: WatchOptions,
  position: { readonly index: number; readonly historyId: string } | undefined,
): Promise<OpenWatch> {
  const progressMs = options.progressMs ?? PROGRESS_MS_DEFAULT
  const kinds = (options.kinds ?? []).map((each, at) => toWatchedKind(each, `kinds[${at}]`))
  const call = endpoint.registry.watch(
    {
      afterIndex: position?.index ?? 0,
      historyId: position?.historyId ?? '',
      includeExisting: position === undefined,
      namespaces: [...(options.namespaces ?? [])],
      packages: (options.packages ?? []).map(packageRefToMessage),
      kinds: kinds.map(changeKindToMessage),
      progressMs,
    },
    new Metadata(),
  )
  const stream = new MessageStream<Received<'WatchResponse'>>(caller, endpoint, call)
  const end = () => stream.end()
  try {
    const first = await stream.next(caller.times.attemptMs)
    const silenceMs = Math.max(caller.times.stallMs, progressMs * MISSED_MARKS_MAX)
    return { endpoint, address: endpoint.address, first, next: () => stream.next(silenceMs), end }
  } catch (error) {
    end()
    throw error
  }
}

function eventOf(message: Received<'WatchResponse'>, first: boolean): WatchEvent {
  const { index, historyId, existing, changes } = message
  if (existing) {
    const versions = existing.versions.map(versionSummaryFromMessage)
    return { type: 'existing', index, historyId, versions, first, complete: existing.complete }
  }
  if (changes) {
    const { logTimeMs } = changes
    return { type: 'changes', index, historyId, logTimeMs, changes: changes.changes.map(changeFromMessage) }
  }
  return { type: 'progress', index, historyId }
}
