import { type ClientDuplexStream, type ServerDuplexStream, status } from '@grpc/grpc-js'
import type { Clock } from '../runtime/clock.js'
import { pieces } from './call-body.js'
import { asBuffer } from './frame-bytes.js'
import type { CallFrame, CallFrame__Output } from './gen/ggen/raft/v1/CallFrame.js'

export type CallerStream = ClientDuplexStream<CallFrame, CallFrame__Output>
export type CalleeStream = ServerDuplexStream<CallFrame__Output, CallFrame>

/** The other side let us wait too long. */
export class Silence extends Error {
  override readonly name = 'Silence'
}

/** Reading what is to be sent failed, so that the trouble is ours and not the network's; `cause` is the error itself. */
export class SourceFailed extends Error {
  override readonly name = 'SourceFailed'
}

/**
 * One side of a call: frames in and out, with backpressure both ways and a limit on every wait for the other side.
 * Waiting for our own source or reader does not count.
 */
export class CallStream {
  readonly #frames: AsyncIterator<CallFrame__Output>
  #broken: Error | undefined
  #onBroken: ((error: Error) => void) | undefined

  constructor(
    private readonly stream: CallerStream | CalleeStream,
    private readonly clock: Clock,
    readonly silenceMs: number,
  ) {
    stream.on('error', (error: Error) => this.#break(error))
    stream.on('cancelled', () => this.#break(new Error('the caller went away')))
    stream.on('status', () => this.#break(new Error('the call is over')))
    stream.on('close', () => this.#break(new Error('the stream is closed')))
    this.#frames = stream[Symbol.asyncIterator]()
  }

  /** The next frame, whenever it comes. */
  async read(): Promise<CallFrame__Output> {
    const result = await this.#frames.next()
    if (result.done === true) throw this.#broken ?? new Error('the stream ended before its time')
    return result.value
  }

  /** The next frame, within the limit. */
  next(limitMs = this.silenceMs): Promise<CallFrame__Output> {
    return this.within(this.read(), limitMs)
  }

  /** Resolves once there is room for more. */
  async write(frame: CallFrame): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken
    if (this.stream.write(frame)) return
    const room = new Promise<void>((resolve, reject) => {
      this.stream.once('drain', resolve)
      this.#onBroken = (error) => {
        this.stream.removeListener('drain', resolve)
        reject(error)
      }
    })
    await this.within(room)
  }

  /**
   * Sends a body and its trailer.
   * @param wanted asked between chunks; false ends the sending quietly
   * @throws SourceFailed where the body itself throws
   */
  async writeBody(body: AsyncIterable<Uint8Array>, wanted: () => boolean): Promise<void> {
    let bodyBytes = 0
    for await (const chunk of namingItsErrors(body)) {
      for (const piece of pieces(chunk)) {
        if (!wanted()) return
        await this.write({ chunk: asBuffer(piece) })
        bodyBytes += piece.length
      }
    }
    if (wanted()) await this.write({ trailer: { bodyBytes } })
  }

  /** Nothing more is sent from here. */
  end(): void {
    this.stream.end()
  }

  /** Cuts the call in both directions. (A server stream that is merely destroyed leaves its caller waiting.) */
  cancel(): void {
    this.#break(new Error('the call was given up'))
    if ('cancel' in this.stream) this.stream.cancel()
    else this.stream.emit('error', { code: status.CANCELLED, details: 'the call was cut' })
  }

  /** The promise's outcome, or Silence after the limit. */
  within<T>(promise: Promise<T>, limitMs = this.silenceMs): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.clock.after(limitMs, () => reject(new Silence(`nothing for ${limitMs} ms`)))
      promise.then(resolve, reject).finally(() => timer.cancel())
    })
  }

  #break(error: Error): void {
    this.#broken ??= error
    this.#onBroken?.(this.#broken)
    this.#onBroken = undefined
  }
}

async function* namingItsErrors(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]()
  let over = false
  try {
    while (true) {
      const result = await chunks.next().catch((cause: unknown) => {
        over = true
        throw new SourceFailed('the body could not be read', { cause })
      })
      if (result.done === true) {
        over = true
        return
      }
      yield result.value
    }
  } finally {
    if (!over) await chunks.return?.()
  }
}
