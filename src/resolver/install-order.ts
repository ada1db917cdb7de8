/** Packages in the order of installing. */
export interface InstallOrder {
  /** Each after those that it needs; members of a circle side by side. */
  readonly names: readonly string[]
  /** Those that need themselves, through others. */
  readonly circular: ReadonlySet<string>
}

interface Visit {
  readonly name: string | undefined
  readonly targets: readonly string[]
  next: number
}

/**
 * Strongly connected components come out dependencies first (Tarjan 1972): that is the order. Without recursion, since a chain of
 * dependencies may be long.
 * @param targetsOf what a package needs; of undefined: what the request names
 */
export function installOrder(targetsOf: (name: string | undefined) => readonly string[]): InstallOrder {
  const names: string[] = []
  const circular = new Set<string>()
  const found = new Map<string | undefined, number>()
  const low = new Map<string | undefined, number>()
  const waiting: (string | undefined)[] = []
  const path: Visit[] = []
  const enter = (name: string | undefined) => {
    found.set(name, found.size)
    low.set(name, found.size - 1)
    waiting.push(name)
    path.push({ name, targets: [...new Set(targetsOf(name))].sort(), next: 0 })
  }
  const lower = (name: string | undefined, to: number) => low.set(name, Math.min(low.get(name) ?? to, to))
  enter(undefined)
  for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
    const target = visit.targets[visit.next++]
    if (target !== undefined) {
      const at = found.get(target)
      if (at === undefined) enter(target)
      else if (waiting.includes(target)) lower(visit.name, at)
      continue
    }
    path.pop()
    const own = low.get(visit.name) ?? 0
    const parent = path.at(-1)
    if (parent !== undefined) lower(parent.name, own)
    if (own !== found.get(visit.name)) continue
    const members = waiting.splice(waiting.indexOf(visit.name)).reverse()
    for (const member of members) {
      if (member === undefined) continue
      names.push(member)
      if (members.length > 1) circular.add(member)
    }
  }
  return { names, circular }
}
