// What all clients did, as test/history/operation.ts has it: kept, and written line by line as it happens.
import { createWriteStream, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

export class HistoryRecorder {
  operations = []
  /** Acknowledged publishes: key → { id, sha256, sizeBytes }. */
  acknowledged = new Map()
  /** Broken promises that show without the whole history, in sentences. */
  violations = []
  /** Refusals and troubles by operation and reason, for whoever wants to know what the faults did. */
  troubles = new Map()
  #begun = process.hrtime.bigint()
  #lines

  constructor(path) {
    mkdirSync(dirname(path), { recursive: true })
    this.path = path
    this.#lines = createWriteStream(path)
  }

  /** Nanoseconds of the one clock that all clients share. */
  now() {
    return Number(process.hrtime.bigint() - this.#begun)
  }

  add(operation) {
    this.operations.push(operation)
    this.#lines.write(`${JSON.stringify(operation)}\n`)
  }

  trouble(op, reason) {
    const what = `${op} ${reason}`
    this.troubles.set(what, (this.troubles.get(what) ?? 0) + 1)
  }

  violate(text) {
    this.violations.push(text)
    console.log(`VIOLATION ${text}`)
  }

  close() {
    return new Promise((resolve) => this.#lines.end(resolve))
  }
}
