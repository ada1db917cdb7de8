import { type FaultPlan, NETWORK_FAULTS, type Variant } from './fault-plan.js'

/** Runs that one search makes at most. */
export const SHRINK_TRIES_MAX = 120

export interface Shrunk {
  readonly variant: Variant
  readonly tries: number
}

/**
 * The smallest part of a plan that still fails, as far as so many tries find it: first single kinds of network trouble go,
 * then acts (Zeller's delta debugging: halves, quarters, … single acts), then the rest of the storm after the last act. Every
 * part is a deterministic run of its own.
 * @param fails whether the plan so narrowed fails in the same way
 */
export async function shrink(
  plan: FaultPlan,
  fails: (variant: Variant) => Promise<boolean>,
  triesMax = SHRINK_TRIES_MAX,
): Promise<Shrunk> {
  let tries = 0
  const stillFails = async (variant: Variant): Promise<boolean> => {
    if (tries >= triesMax) return false
    tries++
    return await fails(variant)
  }
  let variant: Variant = {}
  const keepIfFailing = async (smaller: Variant): Promise<boolean> => {
    if (!(await stillFails(smaller))) return false
    variant = smaller
    return true
  }
  if (plan.alters) await keepIfFailing({ ...variant, alters: false })
  const noisy = NETWORK_FAULTS.filter((fault) => (plan.network[`${fault}Permille`] ?? 0) > 0)
  if (noisy.length > 1 && (await keepIfFailing({ ...variant, calm: noisy }))) {
    // All of it at once.
  } else {
    for (const fault of noisy) await keepIfFailing({ ...variant, calm: [...(variant.calm ?? []), fault] })
  }
  const acts = await fewestOf(
    plan.acts.map(({ number }) => number),
    (some) => keepIfFailing({ ...variant, acts: some }),
  )
  const lastMs = Math.max(
    0,
    ...plan.acts.flatMap(({ number, atMs }) => (acts.includes(number) ? [atMs] : [])),
  )
  for (const stormMs of [lastMs + 500, lastMs + 2_000, lastMs + 5_000])
    if (stormMs < plan.stormMs && (await keepIfFailing({ ...variant, stormMs }))) break
  return { variant, tries }
}

/** Zeller & Hildebrandt 2002, "Simplifying and isolating failure-inducing input". */
async function fewestOf(all: readonly number[], fails: (some: readonly number[]) => Promise<boolean>) {
  if (all.length > 0 && (await fails([]))) return []
  let some = all
  for (let pieces = 2; some.length > 1; ) {
    const size = Math.ceil(some.length / pieces)
    let smaller: readonly number[] | undefined
    for (let from = 0; from < some.length && smaller === undefined; from += size) {
      const without = [...some.slice(0, from), ...some.slice(from + size)]
      if (await fails(without)) smaller = without
    }
    if (smaller !== undefined) {
      some = smaller
      pieces = Math.max(2, pieces - 1)
    } else if (size === 1) break
    else pieces = Math.min(some.length, pieces * 2)
  }
  return some
}

/** What makes two failures the same: the first violation without its numbers, hashes and names of nodes. */
export function kindOf(violations: readonly string[]): string | undefined {
  const [first] = violations
  return first
    ?.split('\n')[0]
    ?.replace(/[0-9a-f]{6,}/g, '#')
    .replace(/\d+/g, '#')
}

/** The arguments of `make simulate` that run this variant of a seed. */
export function commandOf(seed: number, { acts, calm, stormMs, alters }: Variant): string {
  const parts = [
    `make simulate SEED=${seed}`,
    ...(acts === undefined ? [] : [`ACTS=${acts.length === 0 ? 'none' : acts.join(',')}`]),
    ...(calm === undefined || calm.length === 0 ? [] : [`CALM=${calm.join(',')}`]),
    ...(stormMs === undefined ? [] : [`STORM_MS=${stormMs}`]),
    ...(alters === false ? ['ALTERS=no'] : []),
  ]
  return parts.join(' ')
}
