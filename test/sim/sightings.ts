/** How often what was seen, by name. */
export type Sightings = Readonly<Record<string, number>>

/** What nodes say of themselves that is worth counting: messages of their logs, and how they are told to people. */
const TOLD: Readonly<Record<string, string>> = {
  'sending a snapshot': 'snapshot begun',
  'a snapshot was cut and goes on': 'snapshot cut on its way',
  'installed a snapshot': 'snapshot installed',
}

/** Counts what happened in one simulation, so that nobody has to believe that a fault ever occurs. */
export class SightingCounter {
  readonly #counts = new Map<string, number>()

  saw(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  /** A line of some node's log. */
  heard(message: string, fields: Readonly<Record<string, unknown>>): void {
    const told = TOLD[message]
    if (told !== undefined) this.saw(told)
    if (message === 'a snapshot arrived' && Number(fields.cuts) > 0) this.saw('snapshot resumed to its end')
  }

  counts(): Sightings {
    return Object.fromEntries(this.#counts)
  }
}

/** One line for each name, over many simulations: how often, and in how many of them. */
export function tellSightings(all: readonly Sightings[]): string[] {
  const names = [...new Set(all.flatMap((each) => Object.keys(each)))].sort()
  return names.map((name) => {
    const counts = all.flatMap((each) => each[name] ?? [])
    return `${name} ${counts.reduce((sum, count) => sum + count, 0)}× in ${counts.length}`
  })
}
