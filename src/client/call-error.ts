import { type ServiceError, status } from '@grpc/grpc-js'
import { type ErrorReason, MarketplaceError } from '../model/error.js'
import { messageType } from '../rpc/services.js'
import { DETAILS_KEY, type DetailCodecs, decodeErrorDetails } from '../wire/error-details.js'

let codecs: DetailCodecs | undefined

/** The error that a failed call stands for: the registry's own where it sent one, else one about the connection. */
export function fromCallError(error: unknown, address: string): MarketplaceError {
  if (error instanceof MarketplaceError) return error
  if (!isServiceError(error)) {
    return new MarketplaceError({
      reason: 'INTERNAL',
      message: `call to ${address} failed: ${error instanceof Error ? error.message : String(error)}`,
      help: 'this is a fault of the client; report it',
      cause: error,
    })
  }
  codecs ??= { status: messageType('google.rpc.Status'), errorInfo: messageType('google.rpc.ErrorInfo') }
  for (const details of error.metadata?.get(DETAILS_KEY) ?? []) {
    const found = typeof details === 'string' ? undefined : decodeErrorDetails(details, codecs)
    if (found !== undefined) return found
  }
  const reason = REASON_OF_STATUS.get(error.code) ?? 'UNREACHABLE'
  return new MarketplaceError({ reason, ...wordsOf(reason, address, error), cause: error })
}

function wordsOf(reason: ErrorReason, address: string, { details }: ServiceError) {
  switch (reason) {
    case 'DEADLINE':
      return {
        message: `${address} gave no answer in the time allowed`,
        help: 'try again, with more time (--timeout on the command line); `ggen-market cluster status` says how the nodes are',
      }
    case 'UNSUPPORTED':
      return {
        message: `${address} does not answer as a registry: ${details}`,
        help: "give a node's client address (listen.client), not the one at which the other nodes reach it; a node of an older release may lack the call",
      }
    case 'UNREACHABLE':
      return {
        message: `the connection to ${address} broke: ${details}`,
        help: 'check that the address is that of a node and that the node is running',
      }
    default:
      return {
        message: `${address} refuses the call: ${details}`,
        help: 'check that the address is that of a node of this release',
      }
  }
}

/** What a status without details means. All else is a connection that broke. */
const REASON_OF_STATUS: ReadonlyMap<status, ErrorReason> = new Map([
  [status.DEADLINE_EXCEEDED, 'DEADLINE'],
  [status.UNIMPLEMENTED, 'UNSUPPORTED'],
  [status.RESOURCE_EXHAUSTED, 'LIMIT_EXCEEDED'],
  [status.INVALID_ARGUMENT, 'INVALID_ARGUMENT'],
])

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error
}

export function unreachable(address: string, why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'UNREACHABLE',
    message: `${address} cannot be reached: ${why}`,
    help: 'check that the address is that of a node and that the node is running',
  })
}
