import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pigeons, SmallWorld } from '../../test/resolver/small-world.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import { parseRequirement, requirementMatches } from '../model/requirement.js'
import { compareVersions, parseVersion, versionIdentity } from '../model/version.js'
import { nodeClock } from '../runtime/node-clock.js'
import { NativeSolver } from './native-solver.js'
import { conflictError, type PackageWorld, type ResolveTask, resolveIn } from './resolve.js'

const SEED = 20_261_121
const solver = new NativeSolver()

async function resolve(world: PackageWorld, roots: ResolveTask['roots'], more: Partial<ResolveTask> = {}) {
  const task = { roots, locked: [], optional: false, deadlineMs: 60_000, ...more }
  const solved = await resolveIn(world, task, solver, nodeClock)
  if ('packages' in solved) return solved
  throw conflictError(solved)
}

async function refusal(work: Promise<unknown>): Promise<MarketplaceError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof MarketplaceError) return error
  throw new Error(`it ended with ${String(error)}`)
}

const number = fc.constantFrom('0', '1', '2', '3', '10', '99999999999999999999')
const prerelease = fc
  .array(fc.constantFrom('alpha', 'rc', '0', '1', '2', '10', 'x-y', '1a', 'A', 'x'), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => `-${parts.join('.')}`)
const triple = fc.tuple(number, number, number).map((parts) => parts.join('.'))
const version = fc.oneof(
  triple,
  fc.tuple(triple, prerelease).map((parts) => parts.join('')),
  triple.map((text) => `${text}+build.1`),
)
const partial = fc.oneof(
  version,
  number,
  fc.tuple(number, number).map((parts) => parts.join('.')),
  fc.tuple(number, number, fc.constantFrom('*', 'x', 'X')).map((parts) => parts.join('.')),
  number.map((major) => `${major}.x.x`),
)
const comparator = fc
  .tuple(fc.constantFrom('=', '>', '>=', '<', '<=', '^', '~', ''), fc.constantFrom('', '', ' '), partial)
  .map((parts) => parts.join(''))
const alternative = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('*', 'x', ' X ', '') },
  {
    weight: 9,
    arbitrary: fc
      .array(comparator, { minLength: 1, maxLength: 3 })
      .chain((parts) => fc.constantFrom(' ', ', ', ',', ' , ').map((separator) => parts.join(separator))),
  },
)
const noise = fc.string({
  unit: fc.constantFrom(
    '1',
    '0',
    '.',
    'x',
    '*',
    '^',
    '~',
    '<',
    '>',
    '=',
    '|',
    ',',
    ' ',
    '-',
    '+',
    'a',
    '\t',
    '\u00a0',
  ),
  maxLength: 12,
})
const requirement = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.array(alternative, { minLength: 1, maxLength: 3 }).map((each) => each.join('||')),
  },
  { weight: 1, arbitrary: noise },
)

/** Whether the registry's own grammar takes the text and it admits the version. */
function admits(text: string, candidate: string): boolean {
  try {
    return requirementMatches(parseRequirement(text), parseVersion(candidate))
  } catch {
    return false
  }
}

test("the solver's requirements admit what the registry's do", async () => {
  const pairs = fc.sample(fc.tuple(requirement, version), { seed: SEED, numRuns: 20_000 })
  let admitted = 0
  // Optional dependencies are followed where they can be met: one resolution tries many requirements.
  for (let from = 0; from < pairs.length; from += 1_000) {
    const world = new SmallWorld()
    const part = pairs.slice(from, from + 1_000)
    for (const [at, [, candidate]] of part.entries()) world.add(`p${at}`, candidate)
    world.add(
      'app',
      '1.0.0',
      part.map(([text], at) => [`p${at}`, text, 'optional']),
    )
    const graph = await resolve(world, [{ package: 'app', requirement: '*' }], { optional: true })
    const chosen = new Set(graph.packages.map((each) => each.package))
    const wrong = part.filter(([text, candidate], at) => chosen.has(`p${at}`) !== admits(text, candidate))
    expect(wrong).toEqual([])
    admitted += chosen.size - 1
  }
  expect(admitted).toBeGreaterThan(2_000)
})

test("the solver's order of versions is the registry's", async () => {
  const pairs = fc
    .sample(fc.tuple(version, version), { seed: SEED, numRuns: 5_000 })
    .filter(([a, b]) => versionIdentity(parseVersion(a)) !== versionIdentity(parseVersion(b)))
  for (let from = 0; from < pairs.length; from += 1_000) {
    const world = new SmallWorld()
    const part = pairs.slice(from, from + 1_000)
    for (const [at, [a, b]] of part.entries()) world.add(`p${at}`, a).add(`p${at}`, b)
    world.add(
      'app',
      '1.0.0',
      part.map(([a, b], at) => [`p${at}`, `=${a} || =${b}`]),
    )
    const graph = await resolve(world, [{ package: 'app', requirement: '*' }])
    const chosen = new Map(graph.packages.map((each) => [each.package, each.version]))
    const wrong = part.filter(([a, b], at) => {
      const higher = compareVersions(parseVersion(a), parseVersion(b)) > 0 ? a : b
      return chosen.get(`p${at}`) !== higher
    })
    expect(wrong).toEqual([])
  }
})

test('a conflict is an error with the whole derivation as a fact, a step a line', async () => {
  const world = new SmallWorld()
    .add('web', '1.0.0', [['log', '^1.0.0']])
    .add('api', '2.0.0', [['log', '^2.0.0']])
    .add('log', '1.0.0')
    .add('log', '2.0.0')
  const error = await refusal(
    resolve(world, [
      { package: 'web', requirement: '^1.0.0' },
      { package: 'api', requirement: '*' },
    ]),
  )
  expect(error.reason).toBe('DEPENDENCY_CONFLICT')
  expect(error.message).toBe(
    'no versions fit together: the request needs api and web ^1.0.0; web 1.0.0 needs log ^1.0.0; api 2.0.0 needs log ^2.0.0',
  )
  expect(error.help).toBe('ask for other versions of one of api, web ^1.0.0')
  expect(error.details.explanation?.split('\n').at(-1)).toMatch(/nothing meets the request$/)
})

test('as many packages as the limit are resolved, and one more is refused', async () => {
  const wide = (packages: number) => {
    const world = new SmallWorld()
    const names = Array.from({ length: packages - 1 }, (_, at) => `p${at}`)
    for (const name of names) world.add(name, '1.0.0')
    return world.add(
      'app',
      '1.0.0',
      names.map((name) => [name, '*']),
    )
  }
  const roots = [{ package: 'app', requirement: '*' }]
  const graph = await resolve(wide(LIMITS.resolvePackagesMax), roots)
  expect(graph.packages.length).toBe(LIMITS.resolvePackagesMax)
  const error = await refusal(resolve(wide(LIMITS.resolvePackagesMax + 1), roots))
  expect(error.reason).toBe('LIMIT_EXCEEDED')
  expect(error.message).toContain(`${LIMITS.resolvePackagesMax} packages`)
})

test('a chain of a thousand packages that ends in a circle is resolved, deepest first', async () => {
  const world = new SmallWorld()
  for (let at = 0; at < 1_000; at++) world.add(`p${at}`, '1.0.0', [[`p${Math.min(at + 1, 999)}`, '^1.0.0']])
  world.add('p999', '1.0.0', [['p998', '^1.0.0']])
  const graph = await resolve(world, [{ package: 'p0', requirement: '*' }])
  expect(graph.packages.length).toBe(1_000)
  expect(graph.packages.filter((each) => each.circular).map((each) => each.package)).toEqual(['p999', 'p998'])
  expect(graph.packages.at(-1)?.package).toBe('p0')
})

test('packages of thousands of versions are told in parts', async () => {
  const world = new SmallWorld()
  for (let at = 0; at < 10; at++)
    for (let minor = 0; minor < 2_000; minor++) world.add(`p${at}`, `1.${minor}.0`)
  const needs = Array.from({ length: 10 }, (_, at) => [`p${at}`, `<1.${1_000 + at}.0`] as const)
  const { packages } = await resolve(world.add('app', '1.0.0', needs), [{ package: 'app', requirement: '*' }])
  expect(packages.map((each) => each.version)).toEqual([
    ...Array.from({ length: 10 }, (_, at) => `1.${999 + at}.0`),
    '1.0.0',
  ])
})

test('what takes too long ends in DEADLINE, and the process goes on meanwhile', async () => {
  const { world, roots } = pigeons(14)
  let turns = 0
  const beat = setInterval(() => turns++, 5)
  try {
    const error = await refusal(resolve(world, roots, { deadlineMs: 500 }))
    expect(error.reason).toBe('DEADLINE')
    expect(error.message).toBe('resolving took longer than 500 ms')
    expect(turns).toBeGreaterThan(5)
  } finally {
    clearInterval(beat)
  }
})

test('whoever goes away ends the work', async () => {
  const { world, roots } = pigeons(14)
  const gone = new AbortController()
  const timer = setTimeout(() => gone.abort(), 100)
  const error = await refusal(resolve(world, roots, { signal: gone.signal }))
  clearTimeout(timer)
  expect(error.reason).toBe('CANCELLED')
  expect((await refusal(resolve(world, roots, { signal: AbortSignal.abort() }))).reason).toBe('CANCELLED')
})

test('a world that cannot be read ends the resolution with its own error', async () => {
  const world: PackageWorld = {
    package: () => ({ package: 'app', versions: [{ version: '1.0.0', yanked: false }] }),
    release: () => {
      throw new Error('the disk is gone')
    },
  }
  await expect(resolve(world, [{ package: 'app', requirement: '*' }])).rejects.toThrow('the disk is gone')
})

test('without the native module a resolution says what is missing', async () => {
  const missing = new MarketplaceError({
    reason: 'NATIVE_MODULE_MISSING',
    message: 'not here',
    help: 'build it',
  })
  const without = new NativeSolver(() => {
    throw missing
  })
  const task = { roots: [], locked: [], optional: false, deadlineMs: 1_000 }
  await expect(resolveIn(new SmallWorld(), task, without, nodeClock)).rejects.toBe(missing)
})
