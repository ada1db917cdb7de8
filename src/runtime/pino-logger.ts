import { type DestinationStream, type Logger as Pino, pino, stdTimeFunctions } from 'pino'
import { MarketplaceError } from '../model/error.js'
import type { Logger } from './logger.js'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface PinoLoggerOptions {
  /** Least severe level written. Default `info`. */
  readonly level?: LogLevel
  /** Fields on every line, such as the node id. */
  readonly fields?: Readonly<Record<string, unknown>>
  /** Where lines go. Default standard error, so that standard output stays free for results. */
  readonly destination?: DestinationStream
}

/** Of log lines that wait for room on a full disk; what is more is dropped. */
const WAITING_BYTES_MAX = 1024 * 1024

/**
 * Field names whose values never reach a log. A second net: secrets have types that print as `[redacted]`, and this one
 * catches the field that somebody named honestly and logged by mistake.
 */
const SECRET_FIELDS = ['token', 'clusterToken', 'privateKey', 'secretKey', 'passphrase', 'authorization']

/** One JSON line per event on the destination; `error` and `cause` fields become their reason, message and stack. */
export function createPinoLogger(options: PinoLoggerOptions = {}): Logger {
  const { level = 'info', fields = {}, destination } = options
  const settings = {
    level,
    base: { ...fields },
    timestamp: stdTimeFunctions.isoTime,
    messageKey: 'message',
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
    serializers: { error: describeError, cause: describeError },
  }
  return wrap(pino(settings, destination ?? standardError()))
}

/** Lines that cannot be written now (a full disk) are kept and tried again with the next, up to a limit: no reason to stop serving. */
function standardError(): DestinationStream {
  const stream = pino.destination({ fd: 2, sync: true, maxLength: WAITING_BYTES_MAX })
  stream.on('error', () => {})
  return stream
}

function wrap(inner: Pino): Logger {
  return {
    debug: (fields, message) => inner.debug(fields, message),
    info: (fields, message) => inner.info(fields, message),
    warn: (fields, message) => inner.warn(fields, message),
    error: (fields, message) => inner.error(fields, message),
    child: (fields) => wrap(inner.child(fields)),
  }
}

/** What a log line keeps of an error. The stack only where it is our own mistake: the world's errors explain themselves. */
function describeError(error: unknown): unknown {
  if (error instanceof MarketplaceError) {
    const { reason, message, field, help, details, cause } = error
    return { reason, message, field, help, details, cause: describeError(cause) }
  }
  if (error instanceof Error) {
    return { name: error.name, message: error.message, stack: error.stack, cause: describeError(error.cause) }
  }
  return error
}
