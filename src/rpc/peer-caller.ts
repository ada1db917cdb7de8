import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import { CallBody } from './call-body.js'
import { CallStream, Silence, SourceFailed } from './call-stream.js'
import type { PeerContext } from './exchange-link.js'
import { asBuffer } from './frame-bytes.js'
import type { PeerServiceClient } from './gen/ggen/raft/v1/PeerService.js'
import { createPeerChannel } from './peer-channel.js'
import { deadlinePassed, fromFailure, unreachable } from './peer-failure.js'
import { acceptHello, toHello } from './peer-hello.js'
import type { PeerCall, PeerReply } from './peer-transport.js'

/** The calling half towards one peer, over a connection of its own that is made at the first call. */
export class PeerCaller {
  #channel: PeerServiceClient | undefined
  readonly #underWay = new Set<CallStream>()

  constructor(
    private readonly context: PeerContext,
    private readonly peer: NodeId,
    readonly address: string,
  ) {}

  /** @throws UNREACHABLE, DEADLINE, what the other side threw, and what the call's own body throws */
  async call(procedure: string, call: PeerCall, deadlineMs: number): Promise<PeerReply> {
    const { clock, timing } = this.context
    this.#channel ??= createPeerChannel(this.address, timing)
    const channel = this.#channel
    const stream = new CallStream(channel.call(), clock, deadlineMs)
    this.#underWay.add(stream)
    let greeted = false
    try {
      await this.#greet(stream, Math.min(deadlineMs, timing.connectMs))
      greeted = true
      return await this.#converse(stream, procedure, call)
    } catch (error) {
      this.#giveUp(stream)
      if (error instanceof SourceFailed) throw error.cause
      if (error instanceof MarketplaceError) throw error
      // An attempt to connect that hangs, hangs long: later calls get a channel of their own rather than wait for it.
      if (!greeted) this.#abandon(channel)
      throw this.#explain(error, procedure, greeted ? deadlineMs : undefined)
    }
  }

  /** Asks who is there, and no more. @throws UNREACHABLE, CLUSTER_MISMATCH where it is another one, and what else it has against us */
  async meet(deadlineMs: number): Promise<void> {
    const { self, clock, timing } = this.context
    this.#channel ??= createPeerChannel(this.address, timing)
    const stream = new CallStream(this.#channel.call(), clock, deadlineMs)
    this.#underWay.add(stream)
    try {
      await stream.write({ hello: toHello(self, this.peer) })
      const frame = await stream.next(deadlineMs)
      if (frame.failure) throw fromFailure(frame.failure)
      if (!frame.hello) throw new Error('unexpected frame')
      acceptHello(frame.hello, self, this.peer)
    } catch (error) {
      throw error instanceof MarketplaceError ? error : this.#explain(error, 'hello', undefined)
    } finally {
      this.#giveUp(stream)
    }
  }

  close(): void {
    for (const stream of this.#underWay) stream.cancel()
    this.#underWay.clear()
    this.#channel?.close()
    this.#channel = undefined
  }

  async #greet(stream: CallStream, limitMs: number): Promise<void> {
    const { self, admit } = this.context
    await stream.write({ hello: toHello(self, this.peer) })
    const frame = await stream.next(limitMs)
    if (frame.failure) throw fromFailure(frame.failure)
    if (!frame.hello) throw new Error('unexpected frame')
    admit(acceptHello(frame.hello, self, this.peer))
  }

  async #converse(stream: CallStream, procedure: string, call: PeerCall): Promise<PeerReply> {
    const hasBody = call.body !== undefined
    await stream.write({ header: { procedure, header: asBuffer(call.header), hasBody } })
    const answer = stream.read()
    if (call.body !== undefined) await this.#sendBody(stream, call.body, answer)
    stream.end()
    const frame = await stream.within(answer)
    if (frame.failure) throw fromFailure(frame.failure)
    if (!frame.header) throw new Error('unexpected frame')
    const { header } = frame.header
    if (!frame.header.hasBody) {
      this.#underWay.delete(stream)
      return { header }
    }
    return { header, body: this.#replyBody(stream, procedure) }
  }

  /** Until all is sent or the answer is there, whichever is first: who answers early wants no more. */
  async #sendBody(
    stream: CallStream,
    body: AsyncIterable<Uint8Array>,
    answer: Promise<unknown>,
  ): Promise<void> {
    let answered = false
    const heard = answer.then(
      () => true,
      () => true,
    )
    heard.then(() => {
      answered = true
    })
    const sent = stream
      .writeBody(body, () => !answered)
      .catch((error: unknown) => {
        // A stream that broke has told `answer` too, which says why.
        if (error instanceof SourceFailed || error instanceof Silence) throw error
      })
    sent.catch(() => {})
    await Promise.race([sent, heard])
  }

  #replyBody(stream: CallStream, procedure: string): CallBody {
    return new CallBody({
      next: async () => {
        try {
          return await stream.next()
        } catch (error) {
          throw this.#explain(error, procedure, stream.silenceMs)
        }
      },
      broken: (what) => unreachable(this.peer, `the answer to ${procedure} was cut: ${what}`),
      over: (early) => {
        if (early) this.#giveUp(stream)
        else this.#underWay.delete(stream)
      },
    })
  }

  /** @param deadlineMs undefined while there was no hello yet: then silence means that nobody is there */
  #explain(error: unknown, procedure: string, deadlineMs: number | undefined): MarketplaceError {
    if (error instanceof Silence && deadlineMs !== undefined) {
      return deadlinePassed(this.peer, procedure, deadlineMs)
    }
    return unreachable(this.peer, error instanceof Error ? error.message : String(error), error)
  }

  #giveUp(stream: CallStream): void {
    this.#underWay.delete(stream)
    stream.cancel()
  }

  #abandon(channel: PeerServiceClient): void {
    if (this.#channel === channel) this.#channel = undefined
    channel.close()
  }
}
