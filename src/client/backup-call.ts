import { Metadata } from '@grpc/grpc-js'
import { assert } from '../model/assert.js'
import type { ClusterId, HistoryId } from '../model/node-id.js'
import type { ReadDemand } from '../model/read-demand.js'
import type { Received } from '../wire/message.js'
import { readDemandToMessage } from '../wire/request-options.js'
import type { Caller } from './caller.js'
import type { Endpoint } from './endpoint.js'
import { MessageStream } from './message-stream.js'

/** A whole state, as one node sends it; to be disposed of. */
export interface StateStream extends AsyncDisposable {
  readonly clusterId: ClusterId
  readonly historyId: HistoryId
  /** All up to this entry of the log is in it, and nothing after. */
  readonly index: number
  readonly term: number
  readonly logTimeMs: number
  /** The node that sends it. */
  readonly nodeId: string
  /**
   * To be read once. It cannot be taken up again: where it breaks, a new one is asked for, and another node will give it.
   * @throws UNREACHABLE, DEADLINE
   */
  readonly body: AsyncIterable<Uint8Array>
}

/** Opens a stream of the state, on whichever node gives one. */
export function openStateStream(caller: Caller, demand: ReadDemand | undefined): Promise<StateStream> {
  return caller.attempts('read', (endpoint) => open(caller, endpoint, demand))
}

async function open(
  caller: Caller,
  endpoint: Endpoint,
  demand: ReadDemand | undefined,
): Promise<StateStream> {
  const call = endpoint.cluster.backup(readDemandToMessage(caller.session.demand(demand)), new Metadata())
  const stream = new MessageStream<Received<'BackupResponse'>>(caller, endpoint, call)
  const next = async () => {
    try {
      return await stream.next(caller.times.stallMs)
    } catch (error) {
      caller.pool.leave(endpoint)
      throw error
    }
  }
  const end = async () => stream.end()
  async function* body() {
    for (let message = await next(); message.done !== true; message = await next()) {
      if (message.value.chunk) yield message.value.chunk
    }
  }
  try {
    const first = await next()
    const header = first.done === true ? undefined : first.value.header
    assert(header !== undefined && header !== null, 'a backup begins with its header')
    const { index, term, logTimeMs, nodeId } = header
    return {
      clusterId: header.clusterId as ClusterId,
      historyId: header.historyId as HistoryId,
      index,
      term,
      logTimeMs,
      nodeId,
      body: body(),
      [Symbol.asyncDispose]: end,
    }
  } catch (error) {
    await end()
    throw error
  }
}
