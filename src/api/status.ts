import { Metadata, type ServiceError, type StatusObject, type status } from '@grpc/grpc-js'
import { type ErrorReason, MarketplaceError } from '../model/error.js'
import { messageType } from '../rpc/services.js'
import type { Logger } from '../runtime/logger.js'
import { DETAILS_KEY, type DetailCodecs, encodeErrorDetails, STATUS_NUMBER } from '../wire/error-details.js'

let codecs: DetailCodecs | undefined

function detailCodecs(): DetailCodecs {
  codecs ??= { status: messageType('google.rpc.Status'), errorInfo: messageType('google.rpc.ErrorInfo') }
  return codecs
}

/** What a handler gives back to gRPC for an error: status, message, and the details that programs read. */
export type CallFailure = Pick<ServiceError, 'name' | 'message'> &
  StatusObject & { readonly reason: ErrorReason }

/** Everything a handler can throw, as gRPC says it. The one place where errors become statuses. */
export function toCallFailure(error: unknown, method: string, logger: Logger): CallFailure {
  const known = fitting(error instanceof MarketplaceError ? error : unexpected(error, method, logger))
  const metadata = new Metadata()
  metadata.set(DETAILS_KEY, encodeErrorDetails(known, detailCodecs()))
  return {
    name: known.name,
    reason: known.reason,
    message: known.message,
    code: STATUS_NUMBER[known.code] satisfies status,
    details: known.message,
    metadata,
  }
}

/** A fault of this program. Its text may hold anything, so it goes to the log and not to the caller. */
export function unexpected(error: unknown, method: string, logger: Logger): MarketplaceError {
  logger.error({ err: error, method }, 'a call failed for a reason that this program did not foresee')
  return new MarketplaceError({
    reason: 'INTERNAL',
    message: `${method} failed inside the registry`,
    help: "try again; if it goes on, the node's log says why",
  })
}

/** Longest text of an error: all of them travel in headers, of which some clients take 8 KiB. */
const TEXT_LENGTH_MAX = 1_000

function fitting(error: MarketplaceError): MarketplaceError {
  const { reason, message, help, field, details } = error
  if (message.length <= TEXT_LENGTH_MAX) return error
  return new MarketplaceError({
    reason,
    message: `${message.slice(0, TEXT_LENGTH_MAX)}…`,
    help,
    field,
    details,
  })
}
