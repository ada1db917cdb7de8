/** What came of a spell of calls. */
export interface Load {
  readonly perSecond: number
  readonly latenciesMs: readonly number[]
}

export interface Spell {
  /** Calls under way at once. */
  readonly inFlight: number
  /** No call begins after this … */
  readonly forMs: number
  /** … or after so many. */
  readonly callsMax?: number
}

/** Keeps a number of calls under way and times each. A call that fails ends the bench: a figure with errors in it says nothing. */
export async function load(spell: Spell, call: (n: number) => Promise<unknown>): Promise<Load> {
  const latenciesMs: number[] = []
  const startMs = performance.now()
  let next = 0
  const worker = async () => {
    while (next < (spell.callsMax ?? Number.POSITIVE_INFINITY)) {
      const beganMs = performance.now()
      if (beganMs - startMs >= spell.forMs) return
      await call(next++)
      latenciesMs.push(performance.now() - beganMs)
    }
  }
  await Promise.all(Array.from({ length: spell.inFlight }, worker))
  const seconds = (performance.now() - startMs) / 1_000
  return { perSecond: latenciesMs.length / seconds, latenciesMs }
}

/** Runs a round again and again, the first one only to warm up. */
export async function rounds<T>(count: number, round: (n: number) => Promise<T>): Promise<T[]> {
  await round(-1)
  const results: T[] = []
  for (let n = 0; n < count; n++) results.push(await round(n))
  return results
}

/** Milliseconds that something takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}
