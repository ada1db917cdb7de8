import { type ErrorReason, isErrorReason, MarketplaceError, type StatusCode } from '../model/error.js'
import type { Messages } from '../rpc/gen/names.js'
import type { Received, Sent } from './message.js'

/** Domain of every ErrorInfo that this registry sends. */
export const ERROR_DOMAIN = 'ggen.marketplace'
/** Metadata key that carries an encoded google.rpc.Status, by the convention of gRPC. */
export const DETAILS_KEY = 'grpc-status-details-bin'
const ERROR_INFO_TYPE = 'type.googleapis.com/google.rpc.ErrorInfo'

/** Canonical numbers of gRPC's status codes. */
export const STATUS_NUMBER = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const satisfies Record<StatusCode, number>

interface MessageCodec<Name extends keyof Messages> {
  serialize(value: Messages[Name]['input']): Buffer
  deserialize(bytes: Buffer): Messages[Name]['output']
}

/** How the two messages of an error's details become bytes; `messageType` of src/rpc/services.ts has both. */
export interface DetailCodecs {
  readonly status: MessageCodec<'google.rpc.Status'>
  readonly errorInfo: MessageCodec<'google.rpc.ErrorInfo'>
}

/** Names inside ErrorInfo.metadata that are not facts. */
const RESERVED = { field: 'field', help: 'help' } as const

/** The value of {@link DETAILS_KEY} for an error. */
export function encodeErrorDetails(error: MarketplaceError, codecs: DetailCodecs): Buffer {
  const metadata: Record<string, string> = { ...error.details, [RESERVED.help]: error.help }
  if (error.field !== undefined) metadata[RESERVED.field] = error.field
  const info = codecs.errorInfo.serialize({ reason: error.reason, domain: ERROR_DOMAIN, metadata })
  return codecs.status.serialize({
    code: STATUS_NUMBER[error.code],
    message: error.message,
    details: [{ type_url: ERROR_INFO_TYPE, value: info }],
  })
}

/**
 * The error that details stand for; undefined where they hold none of this registry's, or a reason that this build does not
 * know: then the status code is all there is to go by.
 */
export function decodeErrorDetails(bytes: Uint8Array, codecs: DetailCodecs): MarketplaceError | undefined {
  try {
    const status = codecs.status.deserialize(Buffer.from(bytes))
    for (const detail of status.details ?? []) {
      const found = errorOf(detail, status.message, codecs)
      if (found !== undefined) return found
    }
  } catch {
    // Not a google.rpc.Status: some proxy's own bytes.
  }
  return undefined
}

function errorOf(detail: unknown, message: string, codecs: DetailCodecs): MarketplaceError | undefined {
  const { type_url, value } = detail as { type_url?: string; value?: Uint8Array }
  if (type_url !== ERROR_INFO_TYPE || value === undefined) return undefined
  const info = codecs.errorInfo.deserialize(Buffer.from(value))
  if (info.domain !== ERROR_DOMAIN || !isErrorReason(info.reason)) return undefined
  const { field, help, ...details } = info.metadata
  return new MarketplaceError({ reason: info.reason, message, help: help ?? '', field, details })
}

const PREFIX = 'ERROR_REASON_'

/** An error inside a stream that goes on. */
export function errorToMessage(error: MarketplaceError): Sent<'Error'> {
  return {
    reason: `${PREFIX}${error.reason}`,
    message: error.message,
    field: error.field ?? '',
    help: error.help,
    code: STATUS_NUMBER[error.code],
    facts: Object.entries(error.details).map(([name, value]) => ({ name, value })),
  }
}

/** A reason that this build does not know becomes INTERNAL, with the number in its message. */
export function errorFromMessage(message: Received<'Error'>): MarketplaceError {
  const reason = reasonOf(message.reason)
  return new MarketplaceError({
    reason: reason ?? 'INTERNAL',
    message: reason === undefined ? `${message.message} (reason ${message.reason})` : message.message,
    help: message.help,
    field: message.field === '' ? undefined : message.field,
    details: Object.fromEntries(message.facts.map(({ name, value }) => [name, value])),
  })
}

function reasonOf(name: string | number): ErrorReason | undefined {
  const text = String(name)
  const short = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : ''
  return isErrorReason(short) ? short : undefined
}
