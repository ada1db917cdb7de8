// By hand: node .build/test/resolver/debian-main.js [COUNT] [SEED] — resolves so many packages of the Debian index of this machine,
// each with all that it needs, and compares with a plain walk: where every package has one version, there is nothing to choose.
import { MarketplaceError } from '../../src/model/error.js'
import { parseRequirement, requirementMatches } from '../../src/model/requirement.js'
import { NativeSolver } from '../../src/resolver/native-solver.js'
import { conflictError, resolveIn } from '../../src/resolver/resolve.js'
import { nodeClock } from '../../src/runtime/node-clock.js'
import { SeededRandom } from '../sim/seeded-random.js'
import { type DebianPackage, debianIndexHere } from './debian.js'
import { SmallWorld } from './small-world.js'

const count = Number(process.argv[2] ?? 1_000)
const seed = Number(process.argv[3] ?? 1)

const index = debianIndexHere()
if (index === undefined) {
  console.error('this machine has no Debian package index: apt-cache dumpavail says nothing')
  process.exit(2)
}
const world = new SmallWorld()
const byName = new Map<string, DebianPackage[]>()
for (const each of index) {
  world.add(
    each.name,
    each.version,
    each.dependencies.map(({ name, requirement }) => [name, requirement]),
  )
  byName.set(each.name, [...(byName.get(each.name) ?? []), each])
}
const single = [...byName.values()].filter((versions) => versions.length === 1).flat()
console.log(`${index.length} versions of ${byName.size} packages; ${single.length} packages have one version`)

/** All that a package needs; undefined where some of it is not there, 'choice' where a package has several versions. */
function walk(from: DebianPackage): Set<string> | 'choice' | undefined {
  const found = new Set([from.name])
  const queue = [from]
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (const { name, requirement } of at.dependencies) {
      const [target, ...others] = byName.get(name) ?? []
      if (others.length > 0) return 'choice'
      if (target === undefined || !requirementMatches(parseRequirement(requirement), target.version))
        return undefined
      if (found.has(name)) continue
      found.add(name)
      queue.push(target)
    }
  }
  return found
}

const random = new SeededRandom(seed)
const solver = new NativeSolver()
const times: number[] = []
let [solved, refused, chosen, largest] = [0, 0, 0, 0]
for (let n = 0; n < count; n++) {
  const wanted = single[random.below(single.length)] as DebianPackage
  const expected = walk(wanted)
  const task = {
    roots: [{ package: wanted.name, requirement: '*' }],
    locked: [],
    optional: false,
    deadlineMs: 60_000,
  }
  const startMs = performance.now()
  try {
    const found = await resolveIn(world, task, solver, nodeClock)
    if (!('packages' in found)) throw conflictError(found)
    const { packages } = found
    times.push(performance.now() - startMs)
    solved++
    largest = Math.max(largest, packages.length)
    const names = new Set(packages.map((each) => each.package))
    if (expected === 'choice') chosen++
    else if (
      expected === undefined ||
      names.size !== expected.size ||
      [...names].some((each) => !expected.has(each))
    )
      throw new Error(`${wanted.name}: ${names.size} packages instead of ${expected?.size}`)
  } catch (error) {
    if (!(error instanceof MarketplaceError) || error.reason !== 'DEPENDENCY_CONFLICT') throw error
    refused++
    if (expected !== undefined && expected !== 'choice') throw new Error(`${wanted.name}: ${error.message}`)
  }
}
times.sort((a, b) => a - b)
const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(1)
console.log(
  `${solved} resolved as a walk finds them (${chosen} with a choice of versions), ${refused} refused where something is missing; ` +
    `largest ${largest} packages; p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
)
