import { assert } from '../../src/model/assert.js'
import type { Clock, Timer } from '../../src/runtime/clock.js'

/** Wall time at which every simulation begins: 2026-01-01T00:00:00Z. */
const WALL_EPOCH_MS = 1_767_225_600_000

interface Event {
  /** Whole microseconds since the simulation began. */
  readonly atUs: number
  readonly sequence: number
  /** Undefined once cancelled or run. */
  callback: (() => void) | undefined
}

/**
 * The one source of time of a simulation: a queue of events ordered by (time, sequence), so that two events of one moment
 * run in the order in which they were scheduled. Nothing happens by itself: the driver calls {@link SimClock.runNext},
 * drains microtasks to quiet, and calls again. Resolution one microsecond.
 */
export class SimClock {
  readonly #heap: Event[] = []
  #nowUs = 0
  #sequence = 0
  #pending = 0

  /** Milliseconds since the simulation began. */
  get now(): number {
    return this.#nowUs / 1000
  }

  /** Events that will still run. */
  get pending(): number {
    return this.#pending
  }

  /** Time of the next event, in milliseconds, or undefined where none is left. */
  get nextAt(): number | undefined {
    this.#dropCancelled()
    const next = this.#heap[0]
    return next === undefined ? undefined : next.atUs / 1000
  }

  /** Runs callback once, delayMs from now (rounded up to a microsecond), after all that was scheduled for that moment before. */
  schedule(delayMs: number, callback: () => void): Timer {
    assert(delayMs >= 0 && Number.isFinite(delayMs), () => `delay of ${delayMs} ms`)
    return this.#add(this.#nowUs + Math.ceil(delayMs * 1000), callback)
  }

  /** Runs callback once at this moment of {@link SimClock.now}, or now where it has passed. */
  scheduleAt(atMs: number, callback: () => void): Timer {
    return this.#add(Math.max(this.#nowUs, Math.round(atMs * 1000)), callback)
  }

  /**
   * A node's own idea of time. Its timers run on this clock; skew moves only its wall time, drift also its timers.
   * @param options.pass takes what is due, to run it now or later
   */
  forNode(
    options: {
      readonly skewMs?: number
      readonly driftPpm?: number
      readonly pass?: (callback: () => void) => void
    } = {},
  ): SimNodeClock {
    return new SimNodeClock(
      () => this.#nowUs,
      (atUs, callback) => this.#add(atUs, callback),
      options.skewMs ?? 0,
      options.driftPpm ?? 0,
      options.pass ?? ((callback) => callback()),
    )
  }

  /** Moves to the next event and runs it; false where none is left. What the callback throws goes to the caller. */
  runNext(): boolean {
    this.#dropCancelled()
    const event = this.#pop()
    if (event === undefined) return false
    const callback = event.callback
    assert(callback !== undefined && event.atUs >= this.#nowUs, () => `event at ${event.atUs} us`)
    this.#nowUs = event.atUs
    this.#pending--
    event.callback = undefined
    callback()
    return true
  }

  #add(atUs: number, callback: () => void): Timer {
    const event: Event = { atUs, sequence: this.#sequence++, callback }
    this.#push(event)
    this.#pending++
    return {
      cancel: () => {
        if (event.callback === undefined) return
        event.callback = undefined
        this.#pending--
      },
    }
  }

  #dropCancelled(): void {
    for (let next = this.#heap[0]; next !== undefined && next.callback === undefined; next = this.#heap[0])
      this.#pop()
  }

  #push(event: Event): void {
    let index = this.#heap.push(event) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!before(event, this.#heap[parent] as Event)) break
      this.#heap[index] = this.#heap[parent] as Event
      index = parent
    }
    this.#heap[index] = event
  }

  #pop(): Event | undefined {
    const first = this.#heap[0]
    const last = this.#heap.pop()
    if (first === undefined || last === undefined || this.#heap.length === 0) return first
    let index = 0
    for (;;) {
      let child = index * 2 + 1
      if (child >= this.#heap.length) break
      const right = this.#heap[child + 1]
      if (right !== undefined && before(right, this.#heap[child] as Event)) child++
      if (!before(this.#heap[child] as Event, last)) break
      this.#heap[index] = this.#heap[child] as Event
      index = child
    }
    this.#heap[index] = last
    return first
  }
}

function before(a: Event, b: Event): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.sequence < b.sequence)
}

/** What one node sees of the simulation's time. After {@link SimNodeClock.stop} (a crash) none of its timers ever runs. */
export class SimNodeClock implements Clock {
  readonly #timers = new Set<Timer>()
  #stopped = false
  /** Local microseconds per microsecond of the simulation. */
  #rate: number
  /** Where the present rate began: (simulation, local), in microseconds. */
  #base: { readonly globalUs: number; readonly localUs: number }
  #skewMs: number

  constructor(
    private readonly globalUs: () => number,
    private readonly add: (atUs: number, callback: () => void) => Timer,
    skewMs: number,
    driftPpm: number,
    private readonly pass: (callback: () => void) => void,
  ) {
    this.#rate = 1 + driftPpm / 1e6
    this.#base = { globalUs: globalUs(), localUs: globalUs() }
    this.#skewMs = skewMs
  }

  monotonicMs(): number {
    return this.#localUs(this.globalUs()) / 1000
  }

  wallMs(): number {
    return WALL_EPOCH_MS + Math.floor(this.monotonicMs() + this.#skewMs)
  }

  after(delayMs: number, callback: () => void): Timer {
    if (this.#stopped) return { cancel() {} }
    const targetUs = this.#localUs(this.globalUs()) + Math.ceil(Math.max(0, delayMs) * 1000)
    const exactUs = this.#base.globalUs + Math.ceil((targetUs - this.#base.localUs) / this.#rate)
    // Rounding between the two scales must not lead into the past.
    let atUs = Math.max(this.globalUs(), exactUs)
    while (this.#localUs(atUs) < targetUs) atUs++
    const scheduled = this.add(atUs, () =>
      this.pass(() => {
        // It may have been called off while it was held back.
        if (this.#timers.delete(timer)) callback()
      }),
    )
    const timer: Timer = {
      cancel: () => {
        this.#timers.delete(timer)
        scheduled.cancel()
      },
    }
    this.#timers.add(timer)
    return timer
  }

  /** Timers that will still run. */
  get pending(): number {
    return this.#timers.size
  }

  /** The wall clock jumps by deltaMs (either way); durations are not touched. */
  jump(deltaMs: number): void {
    this.#skewMs += deltaMs
  }

  /** From now on the node's time runs at this rate. Timers already set keep their moment. */
  drift(driftPpm: number): void {
    const globalUs = this.globalUs()
    this.#base = { globalUs, localUs: this.#localUs(globalUs) }
    this.#rate = 1 + driftPpm / 1e6
  }

  /** Somebody sets the clock: it is so far off the simulation's time and runs at its rate. */
  correct(skewMs: number): void {
    this.drift(0)
    this.#skewMs = skewMs - (this.#base.localUs - this.#base.globalUs) / 1000
  }

  /** The node is gone: its timers are called off, and new ones never run. */
  stop(): void {
    this.#stopped = true
    for (const timer of [...this.#timers]) timer.cancel()
  }

  #localUs(globalUs: number): number {
    return this.#base.localUs + Math.floor((globalUs - this.#base.globalUs) * this.#rate)
  }
}
