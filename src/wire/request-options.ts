import { bytesToHex, hexToBytes } from '../model/codec.js'
import type { RequestId } from '../model/command.js'
import { MarketplaceError } from '../model/error.js'
import type { ReadDemand } from '../model/read-demand.js'
import { type Received, textOrAbsent, toCount, toEnum } from './message.js'

type ReadFields = Pick<Received<'GetRequest'>, 'historyId' | 'minIndex' | 'consistency'>

const CONSISTENCIES = new Map<string, 'linearizable' | 'stale' | 'default'>([
  ['CONSISTENCY_UNSPECIFIED', 'default'],
  ['CONSISTENCY_LINEARIZABLE', 'linearizable'],
  ['CONSISTENCY_STALE', 'stale'],
])

/** @throws INVALID_ARGUMENT */
export function readDemandFromMessage(message: ReadFields): ReadDemand {
  const consistency = toEnum(CONSISTENCIES, message.consistency, 'consistency')
  return {
    consistency: consistency === 'default' ? undefined : consistency,
    minIndex: toCount(message.minIndex, 'min_index'),
    historyId: textOrAbsent(message.historyId),
  }
}

/** The fields that every read message shares. */
export interface ReadFieldsToSend {
  historyId: string
  minIndex: number
  consistency: 'CONSISTENCY_UNSPECIFIED' | 'CONSISTENCY_LINEARIZABLE' | 'CONSISTENCY_STALE'
}

export function readDemandToMessage(demand: ReadDemand = {}): ReadFieldsToSend {
  return {
    historyId: demand.historyId ?? '',
    minIndex: demand.minIndex ?? 0,
    consistency:
      demand.consistency === undefined
        ? 'CONSISTENCY_UNSPECIFIED'
        : demand.consistency === 'stale'
          ? 'CONSISTENCY_STALE'
          : 'CONSISTENCY_LINEARIZABLE',
  }
}

const REQUEST_ID_BYTES = 16

/**
 * Undefined where none was sent.
 * @throws INVALID_ARGUMENT
 */
export function requestIdFromMessage(bytes: Uint8Array): RequestId | undefined {
  if (bytes.length === 0) return undefined
  if (bytes.length === REQUEST_ID_BYTES) return bytesToHex(bytes) as RequestId
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'request_id',
    message: `request_id has ${bytes.length} bytes instead of ${REQUEST_ID_BYTES}`,
    help: 'send 16 random bytes, made once per logical write',
  })
}

export function requestIdToMessage(requestId: RequestId): Buffer {
  return Buffer.from(hexToBytes(requestId))
}
