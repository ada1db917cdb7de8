/** A timer that can be called off. */
export interface Timer {
  cancel(): void
}

/** The only source of time. Simulation injects its own. */
export interface Clock {
  /** Milliseconds that only ever grow; for durations and deadlines. */
  monotonicMs(): number
  /** Milliseconds since the Unix epoch as this machine believes; for stamps. */
  wallMs(): number
  /** Calls back once, after at least delayMs. */
  after(delayMs: number, callback: () => void): Timer
}

/** Resolves after delayMs of the clock. */
export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.after(delayMs, resolve))
}
