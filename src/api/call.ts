import type {
  handleServerStreamingCall,
  handleUnaryCall,
  ServerUnaryCall,
  sendUnaryData,
} from '@grpc/grpc-js'
import { MarketplaceError } from '../model/error.js'
import type { CallOptions } from '../registry/ports.js'
import type { Clock } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'
import type { MetricsCollector } from '../runtime/metrics.js'
import type { CallLimit } from './call-limit.js'
import { decoded } from './request-decoding.js'
import { type CallFailure, toCallFailure } from './status.js'
import { StreamSender } from './stream-sender.js'

/** What every handler of a service shares. */
export interface ApiContext {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: MetricsCollector
}

/** The part of a call that says how long it may take. */
export interface TimedCall {
  getDeadline(): Date | number
}

/** Left of a deadline for the answer to travel, so that the caller hears our reason instead of its own timeout. */
const ANSWER_MS_MAX = 100

/** @throws DEADLINE where the deadline has passed already */
export function callOptions(call: TimedCall, clock: Clock): CallOptions {
  const deadline = call.getDeadline()
  const at = typeof deadline === 'number' ? deadline : deadline.getTime()
  if (at === Number.POSITIVE_INFINITY) return NO_DEADLINE
  const leftMs = at - clock.wallMs()
  if (leftMs > 0) return { deadlineMs: Math.ceil(leftMs - Math.min(ANSWER_MS_MAX, leftMs / 10)) }
  throw new MarketplaceError({
    reason: 'DEADLINE',
    message: 'the deadline of the call had passed before it was begun',
    help: 'allow more time',
  })
}

const NO_DEADLINE: CallOptions = {}

/** For a call that goes on for long: what is left is reckoned when it is asked for. */
export function streamOptions(call: TimedCall, clock: Clock): CallOptions {
  return {
    get deadlineMs() {
      return callOptions(call, clock).deadlineMs
    },
  }
}

/** A handler of one request and one answer. */
export function unary<Request, Response>(
  context: ApiContext,
  method: string,
  handle: (request: Request, options: CallOptions) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => {
    const startMs = context.clock.monotonicMs()
    const work = async () => handle(decoded(call.request), callOptions(call, context.clock))
    work().then(
      (response) => {
        observe(context, method, startMs)
        callback(null, response)
      },
      (error: unknown) => callback(failed(context, method, startMs, error)),
    )
  }
}

/** As {@link unary}, for work that is worth ending when its caller goes away: the options have a signal. */
export function cancellable<Request, Response>(
  context: ApiContext,
  method: string,
  handle: (request: Request, options: CallOptions) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const gone = new AbortController()
    call.on('cancelled', () => gone.abort())
    const { signal } = gone
    unary(context, method, (request: Request, options) => handle(request, { ...options, signal }))(
      call,
      callback,
    )
  }
}

/**
 * A handler of one request and a stream of answers, sent no faster than they are taken. `taken` resolves once the caller's
 * side has taken all that was sent so far; `gone` is told once there is nobody any more.
 */
export function serverStream<Request, Response>(
  context: ApiContext,
  method: string,
  handle: (
    request: Request,
    options: CallOptions,
    taken: () => Promise<void>,
    gone: AbortSignal,
  ) => AsyncIterable<Response>,
  sizeOf: (message: Response) => number,
  limit: CallLimit,
): handleServerStreamingCall<Request, Response> {
  return (call) => {
    const startMs = context.clock.monotonicMs()
    const sender = new StreamSender<Response>(call, context.clock, sizeOf)
    const gone = new AbortController()
    call.once('cancelled', () => gone.abort())
    const work = async () => {
      const options = callOptions(call, context.clock)
      const messages = handle(decoded(call.request), options, () => sender.drained(), gone.signal)
      for await (const message of messages) {
        await sender.send(message)
      }
    }
    limit.hold(work).then(
      () => {
        observe(context, method, startMs)
        call.end()
      },
      (error: unknown) => {
        const failure = failed(context, method, startMs, error)
        if (!call.cancelled) call.emit('error', failure)
      },
    )
  }
}

/** The failure to answer with; it is counted. */
export function failed(context: ApiContext, method: string, startMs: number, error: unknown): CallFailure {
  const failure = toCallFailure(error, method, context.logger)
  observe(context, method, startMs)
  context.metrics.counter('calls_failed_total', 'Calls of clients that ended in an error.', 1, {
    method,
    reason: failure.reason,
  })
  return failure
}

export function observe(context: ApiContext, method: string, startMs: number): void {
  const seconds = (context.clock.monotonicMs() - startMs) / 1_000
  context.metrics.histogram('call_seconds', 'Duration of calls of clients.', seconds, { method })
}
