import { AssertionFailure, assert } from '../model/assert.js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import { AnswerStreams, type ExchangeStream } from './answer-streams.js'
import { CallBody } from './call-body.js'
import { type CalleeStream, CallStream, SourceFailed } from './call-stream.js'
import type { PeerContext } from './exchange-link.js'
import { asBuffer } from './frame-bytes.js'
import type { ExchangeFrame__Output } from './gen/ggen/raft/v1/ExchangeFrame.js'
import type { Hello__Output } from './gen/ggen/raft/v1/Hello.js'
import { errorToSend, fromFailure, toFailure, unreachable } from './peer-failure.js'
import { type Admit, acceptHello, laneOf, type PeerHello, toHello } from './peer-hello.js'
import type { CallHandler, Lane } from './peer-transport.js'

/** Peers whose last refusal is remembered, so that the log tells it once. */
const REFUSALS_KEPT_MAX = 64

/** The answering half: what other members send here. */
export class PeerService {
  /** What each peer was refused for last. */
  readonly #refusals = new Map<string, string>()
  readonly #procedures = new Map<string, CallHandler>()
  /** Ends an incoming stream of messages whose sender is let in no more. */
  readonly #reviews = new Set<() => void>()
  readonly #answers: AnswerStreams

  constructor(private readonly context: PeerContext) {
    this.#answers = new AnswerStreams(context.metrics)
  }

  /** Sends over a connection that the other made. False where it has none on this lane, or one that takes no answers. */
  answer(to: NodeId, lane: Lane, message: Uint8Array): boolean {
    return this.#answers.send(to, lane, message)
  }

  serve(procedure: string, handler: CallHandler): void {
    assert(!this.#procedures.has(procedure), () => `${procedure} is served already`)
    this.#procedures.set(procedure, handler)
  }

  /** Who is a member has changed: whoever would be refused now is told so, as if it came anew. */
  review(): void {
    for (const review of [...this.#reviews]) review()
  }

  exchange(stream: ExchangeStream): void {
    const { clock, timing, logger } = this.context
    let from: NodeId | undefined
    let lane: Lane | undefined
    let review = () => {}
    const over = () => {
      giveUp.cancel()
      this.#reviews.delete(review)
      this.#answers.remove(stream)
    }
    const end = (error: MarketplaceError) => {
      over()
      stream.removeAllListeners('data')
      // Read on, to nowhere: an unread stream would never close.
      stream.resume()
      stream.write({ failure: toFailure(error) })
      stream.end()
    }
    const giveUp = clock.after(timing.connectMs, () => end(badFrame('no hello came')))
    stream.on('error', (error) => logger.debug({ error, peer: from, lane }, 'incoming stream broke'))
    stream.on('end', () => {
      over()
      stream.end()
    })
    stream.on('close', over)
    stream.on('data', (frame: ExchangeFrame__Output) => {
      if (from !== undefined && lane !== undefined && frame.batch) {
        for (const message of frame.batch.messages) this.context.deliver(from, lane, message)
        return
      }
      if (from !== undefined && frame.failure) {
        over()
        stream.end()
        this.context.onTold(from, fromFailure(frame.failure))
        return
      }
      if (from !== undefined || !frame.hello) return end(badFrame('a frame out of order'))
      lane = laneOf(frame.hello)
      if (lane === undefined) return end(badFrame('an unknown lane'))
      const welcome = this.#welcome(frame.hello)
      if (welcome instanceof MarketplaceError) return end(welcome)
      giveUp.cancel()
      from = welcome.nodeId
      review = () => {
        const refusal = this.#judged(welcome, this.context.review)
        if (refusal !== undefined) end(refusal)
      }
      this.#reviews.add(review)
      stream.write({ hello: toHello(this.context.self, from, lane) })
      if (frame.hello.takesAnswers) this.#answers.add(from, lane, stream)
    })
  }

  async call(incoming: CalleeStream): Promise<void> {
    const { clock, timing } = this.context
    const stream = new CallStream(incoming, clock, timing.stallMs)
    let answer: AsyncIterable<Uint8Array> | undefined
    try {
      const { hello } = await stream.next(timing.connectMs)
      if (!hello) throw badFrame('a call without hello')
      const welcome = this.#welcome(hello)
      if (welcome instanceof MarketplaceError) throw welcome
      const from = welcome.nodeId
      await stream.write({ hello: toHello(this.context.self, from) })
      const { header } = await stream.next()
      if (!header) throw badFrame('a call without header')
      answer = await this.#answer(stream, from, header)
      if (answer !== undefined) await stream.writeBody(answer, () => true)
      stream.end()
    } catch (error) {
      this.#refuse(stream, error)
    }
  }

  async #answer(
    stream: CallStream,
    from: NodeId,
    { procedure, header, hasBody }: { procedure: string; header: Uint8Array; hasBody: boolean },
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    const handler = this.#procedures.get(procedure)
    const labels = { procedure: handler === undefined ? 'unknown' : procedure }
    this.context.metrics.counter('peer_calls_total', 'Calls that peers made here.', 1, labels)
    if (handler === undefined) throw unknownProcedure(procedure)
    const body = hasBody ? this.#requestBody(stream, from, procedure) : undefined
    let reply: Awaited<ReturnType<CallHandler>>
    try {
      reply = await handler(from, body === undefined ? { header } : { header, body })
    } catch (error) {
      throw errorToSend(error, procedure, this.context.logger)
    }
    const answer = { header: asBuffer(reply.header), hasBody: reply.body !== undefined }
    try {
      await stream.write({ header: answer })
    } catch (error) {
      await reply.body?.[Symbol.asyncIterator]().return?.()
      throw error
    }
    return reply.body
  }

  #requestBody(stream: CallStream, from: NodeId, procedure: string): CallBody {
    const broken = (what: string, cause?: unknown) =>
      unreachable(from, `its call of ${procedure} was cut: ${what}`, cause)
    return new CallBody({
      next: () =>
        stream.next().catch((error: Error) => {
          throw broken(error.message, error)
        }),
      broken,
      // The caller still waits for the answer, so the stream stays.
      over: () => {},
    })
  }

  /** Who it is, or why not. */
  #welcome(hello: Hello__Output): PeerHello | MarketplaceError {
    try {
      const accepted = acceptHello(hello, this.context.self, undefined)
      return this.#judged(accepted, this.context.admit) ?? accepted
    } catch (error) {
      if (!(error instanceof MarketplaceError)) throw error
      this.#tellRefusal(hello.nodeId.slice(0, 64), error)
      return error
    }
  }

  #judged(hello: PeerHello, judge: Admit): MarketplaceError | undefined {
    try {
      judge(hello)
      return undefined
    } catch (error) {
      if (!(error instanceof MarketplaceError)) throw error
      this.#tellRefusal(hello.nodeId, error)
      return error
    }
  }

  /** Once for each peer and trouble: it will try again and again. That we are only starting is none. */
  #tellRefusal(peer: string, refusal: MarketplaceError): void {
    if (refusal.reason === 'UNREACHABLE') return
    if (this.#refusals.get(peer) === refusal.message) return
    if (this.#refusals.size >= REFUSALS_KEPT_MAX) this.#refusals.clear()
    this.#refusals.set(peer, refusal.message)
    this.context.logger.warn({ peer, cause: refusal }, 'refused a peer')
  }

  /** Ends a call with an error, as far as anybody still listens. */
  #refuse(stream: CallStream, thrown: unknown): void {
    const error = thrown instanceof SourceFailed ? thrown.cause : thrown
    if (thrown instanceof SourceFailed || error instanceof MarketplaceError) {
      const failure = toFailure(errorToSend(error, 'the answer', this.context.logger))
      stream.write({ failure }).then(
        () => stream.end(),
        () => stream.cancel(),
      )
      return
    }
    if (error instanceof AssertionFailure) throw error
    // The stream broke or fell silent: there is nobody to tell.
    this.context.logger.debug({ error }, 'incoming call broke')
    stream.cancel()
  }
}

function badFrame(what: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    message: `peer protocol: ${what}`,
    help: 'only members of the cluster talk to this port',
  })
}

function unknownProcedure(procedure: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'UNSUPPORTED',
    message: `no procedure ${JSON.stringify(procedure.slice(0, 64))} here`,
    help: 'the node may still be starting, or run another release',
  })
}
