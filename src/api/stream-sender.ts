import { MarketplaceError } from '../model/error.js'
import type { Clock } from '../runtime/clock.js'

/** What {@link StreamSender} needs of a call. */
export interface WritableCall<Message> {
  readonly cancelled: boolean
  write(message: Message, callback: (error?: Error | null) => void): boolean
  once(event: 'cancelled', listener: () => void): unknown
}

/** Bytes handed to the connection and not yet taken by it. */
const WINDOW_BYTES_MAX = 1024 * 1024
/** A receiver that takes nothing for so long is given up. */
const STALL_MS = 60_000

/** Sends messages as fast as the other side takes them, holding a bounded number of bytes. */
export class StreamSender<Message> {
  #pendingBytes = 0
  #gone = false
  #waiting: (() => void)[] = []

  constructor(
    private readonly call: WritableCall<Message>,
    private readonly clock: Clock,
    private readonly sizeOf: (message: Message) => number,
  ) {
    call.once('cancelled', () => {
      this.#gone = true
      this.#wakeUp()
    })
  }

  /** Resolves once the next message may be sent. @throws CANCELLED, DEADLINE (nothing was taken for {@link STALL_MS}) */
  async send(message: Message): Promise<void> {
    this.#checkThere()
    const bytes = this.sizeOf(message)
    this.#pendingBytes += bytes
    this.call.write(message, (error) => {
      this.#pendingBytes -= bytes
      if (error !== undefined && error !== null) this.#gone = true
      this.#wakeUp()
    })
    while (this.#pendingBytes > WINDOW_BYTES_MAX) await this.#room()
    this.#checkThere()
  }

  /** Resolves once everything sent was taken. */
  async drained(): Promise<void> {
    while (this.#pendingBytes > 0) await this.#room()
    this.#checkThere()
  }

  async #room(): Promise<void> {
    this.#checkThere()
    let stalled = false
    await new Promise<void>((resolve) => {
      const timer = this.clock.after(STALL_MS, () => {
        stalled = true
        resolve()
      })
      this.#waiting.push(() => {
        timer.cancel()
        resolve()
      })
    })
    if (!stalled) return
    throw new MarketplaceError({
      reason: 'DEADLINE',
      message: `nothing of the stream was taken for ${STALL_MS / 1_000} s`,
      help: 'read faster, or ask for the rest from an offset',
    })
  }

  #checkThere(): void {
    if (!this.#gone && !this.call.cancelled) return
    throw new MarketplaceError({
      reason: 'CANCELLED',
      message: 'the caller has gone away',
      help: 'call again',
    })
  }

  #wakeUp(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}
