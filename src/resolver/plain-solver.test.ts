import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Root, SmallWorld } from '../../test/resolver/small-world.js'
import { MarketplaceError } from '../model/error.js'
import { nodeClock } from '../runtime/node-clock.js'
import { NativeSolver } from './native-solver.js'
import { PlainSolver } from './plain-solver.js'
import { type ResolveTask, resolveIn } from './resolve.js'
import type { DependencySolver, SolvedGraph } from './solver.js'

const SEED = 20_261_121
const WORLDS = 1_500

function resolve(
  solver: DependencySolver,
  world: SmallWorld,
  roots: readonly Root[],
  more: Partial<ResolveTask> = {},
): Promise<SolvedGraph | string> {
  const task = { roots, locked: [], optional: false, deadlineMs: 60_000, ...more }
  return resolveIn(world, task, solver, nodeClock).then(
    (found) => ('packages' in found ? found : `no answer, root ${found.unmetRoot}`),
    (error: unknown) => {
      if (error instanceof MarketplaceError) return error.reason
      throw error
    },
  )
}

/** Without the order in which edges are told. */
function sorted(graph: SolvedGraph | string): unknown {
  if (typeof graph === 'string') return graph
  const inOrder = (edges: readonly unknown[]) => edges.map((edge) => JSON.stringify(edge)).sort()
  return graph.packages.map(({ requiredBy, dependencies, reason, ...rest }) => ({
    ...rest,
    // Whose requirements are named first is told otherwise where there are several.
    reason: requiredBy.length === 1 ? reason : reason.split(' meet')[0],
    requiredBy: inOrder(requiredBy),
    dependencies: inOrder(dependencies),
  }))
}

const names = ['a', 'b', 'c', 'd', 'e']
const requirement = fc.constantFrom('*', '*', '^1.0.0', '^2.0.0', '>=1.1.0', '<2.0.0', '=1.0.0', '~1.1.0')
const dependency = fc.tuple(
  fc.constantFrom(...names),
  requirement,
  fc.constantFrom('normal', 'normal', 'normal', 'peer', 'optional', 'dev') as fc.Arbitrary<'normal'>,
)
const versionOf = fc.record({
  version: fc.constantFrom('1.0.0', '1.1.0', '1.1.5', '2.0.0', '2.1.0', '3.0.0-rc.1'),
  dependencies: fc.array(dependency, { maxLength: 2 }),
  yanked: fc.constantFrom(false, false, false, true),
})
const worldOf = fc.record({
  packages: fc.array(fc.array(versionOf, { minLength: 1, maxLength: 4 }), { minLength: 5, maxLength: 5 }),
  roots: fc.array(fc.tuple(fc.constantFrom(...names), requirement), { minLength: 1, maxLength: 2 }),
  optional: fc.boolean(),
  locked: fc.option(fc.tuple(fc.constantFrom(...names), fc.constantFrom('1.0.0', '1.1.0')), {
    nil: undefined,
  }),
})

test('answers what the native solver answers, or refuses', async () => {
  let answered = 0
  for (const drawn of fc.sample(worldOf, { seed: SEED, numRuns: WORLDS })) {
    const world = new SmallWorld()
    for (const [at, versions] of drawn.packages.entries())
      for (const { version, dependencies, yanked } of versions)
        world.add(names[at] ?? '', version, dependencies, yanked)
    const roots = drawn.roots.map(([name, text]) => ({ package: name, requirement: text }))
    const locked = drawn.locked === undefined ? [] : [{ package: drawn.locked[0], version: drawn.locked[1] }]
    const task = { optional: drawn.optional, locked }
    const plain = await resolve(new PlainSolver(), world, roots, task)
    if (plain === 'NATIVE_MODULE_MISSING') continue
    answered++
    const native = await resolve(new NativeSolver(), world, roots, task)
    expect(sorted(plain), JSON.stringify(drawn)).toEqual(sorted(native))
  }
  expect(answered).toBeGreaterThan(WORLDS / 4)
}, 120_000)

test('follows a tree to its end, each package after those that it needs', async () => {
  const world = new SmallWorld()
    .add('app', '1.0.0', [
      ['web', '^1.0.0'],
      ['log', '*'],
    ])
    .add('web', '1.0.0')
    .add('web', '1.4.0', [['log', '^1.0.0']])
    .add('log', '1.2.0')
    .add('log', '2.0.0')
  const graph = await resolve(new PlainSolver(), world, [{ package: 'app', requirement: '*' }])
  const { packages } = graph as SolvedGraph
  expect(packages.map((each) => `${each.package} ${each.version} ${each.choice}`)).toEqual([
    'log 1.2.0 highest',
    'web 1.4.0 highest',
    'app 1.0.0 highest',
  ])
  expect(packages[1]?.reason).toBe('the highest of 2 that meet ^1.0.0 (app@1.0.0)')
})

test('refuses where a lower version would have to be looked for, and says what for', async () => {
  const world = new SmallWorld()
    .add('app', '2.0.0', [['log', '^2.0.0']])
    .add('app', '1.0.0', [['log', '^1.0.0']])
    .add('log', '1.0.0')
  const task = {
    roots: [{ package: 'app', requirement: '*' }],
    locked: [],
    optional: false,
    deadlineMs: 1_000,
  }
  await expect(resolveIn(world, task, new PlainSolver(), nodeClock)).rejects.toMatchObject({
    reason: 'NATIVE_MODULE_MISSING',
    message: expect.stringContaining('no version of log meets ^2.0.0 (app)'),
    help: expect.stringContaining('--endpoint'),
  })
})

test('says so where the versions that would meet it are yanked, and leaves out what is optional', async () => {
  const world = new SmallWorld()
    .add('app', '1.0.0', [['log', '^2.0.0']])
    .add('web', '1.0.0', [['log', '^2.0.0', 'optional']])
    .add('log', '1.0.0')
    .add('log', '2.0.0', [], true)
  const refused = resolveIn(
    world,
    { roots: [{ package: 'app', requirement: '*' }], locked: [], optional: true, deadlineMs: 1_000 },
    new PlainSolver(),
    nodeClock,
  )
  await expect(refused).rejects.toMatchObject({
    message: expect.stringContaining('only a yanked version of log meets ^2.0.0 (app)'),
  })
  const graph = await resolve(new PlainSolver(), world, [{ package: 'web', requirement: '*' }], {
    optional: true,
  })
  expect((graph as SolvedGraph).packages.map((each) => each.package)).toEqual(['web'])
})

test('a package that many ask for is looked at once; more than the limit are refused', async () => {
  const world = new SmallWorld()
  world.add(
    'app',
    '1.0.0',
    Array.from({ length: 6_000 }, (_, at) => [`p${at}`, '*'] as const),
  )
  for (let at = 0; at < 6_000; at++) world.add(`p${at}`, '1.0.0')
  expect(await resolve(new PlainSolver(), world, [{ package: 'app', requirement: '*' }])).toBe(
    'LIMIT_EXCEEDED',
  )
})

test('a root that no version meets is told as such, also where it is not there at all', async () => {
  const world = new SmallWorld().add('app', '1.0.0').add('old', '1.0.0', [], true)
  const unmet = async (...roots: Root[]) => resolve(new PlainSolver(), world, roots)
  const app = { package: 'app', requirement: '*' }
  expect(await unmet(app, { package: 'app', requirement: '^2.0.0' })).toBe('no answer, root 1')
  expect(await unmet(app, { package: 'nobody', requirement: '*' })).toBe('no answer, root 1')
  expect(await unmet({ package: 'old', requirement: '*' })).toBe('no answer, root 0')
})
