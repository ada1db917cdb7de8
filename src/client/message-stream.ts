import type { ClientReadableStream } from '@grpc/grpc-js'
import { fromCallError } from './call-error.js'
import type { Caller } from './caller.js'
import type { Endpoint } from './endpoint.js'
import { stalled } from './publish-call.js'
import { StallGuard } from './stall-guard.js'

/** What one node sends over one call, message by message; a node that falls silent is given up. */
export class MessageStream<Message> {
  readonly #guard: StallGuard
  readonly #messages: AsyncIterator<Message>

  constructor(
    caller: Pick<Caller, 'clock'>,
    private readonly endpoint: Endpoint,
    private readonly call: ClientReadableStream<Message>,
  ) {
    // A broken stream is reported by the iterator; without a listener it would end the process.
    call.on('error', () => {})
    this.#guard = new StallGuard(caller.clock, () => call.cancel())
    this.#messages = call[Symbol.asyncIterator]() as AsyncIterator<Message>
  }

  /**
   * The next message. How long whoever gets it takes before asking again does not count.
   * @param silenceMs how long the node may take
   * @throws UNREACHABLE, and what the node answered
   */
  async next(silenceMs: number): Promise<IteratorResult<Message>> {
    this.#guard.moved(silenceMs)
    try {
      return await this.#messages.next()
    } catch (error) {
      const { address } = this.endpoint
      throw this.#guard.stalled ? stalled(address, error) : fromCallError(error, address)
    } finally {
      this.#guard.stop()
    }
  }

  /** Ends the call, wherever it is. */
  end(): void {
    this.#guard.stop()
    this.call.cancel()
  }
}
