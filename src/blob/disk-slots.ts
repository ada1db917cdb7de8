import { assert } from '../model/assert.js'

/** Lets at most so many disk operations of blobs run at once, so that they never take all threads from the log and the state. */
export class DiskSlots {
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(private readonly operationsMax: number) {
    assert(Number.isInteger(operationsMax) && operationsMax > 0, () => `${operationsMax} disk slots`)
  }

  /** Runs the operation once a slot is free; first come, first served. */
  async run<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#running >= this.operationsMax) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#running++
    try {
      return await operation()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
