import { expect, test } from 'vitest'
import { DAMAGES, STATE_ALTERED } from './damage.js'
import { ACT_CLASSES, drawPlan, draws, type FaultPlan, narrowed, STORM_MS } from './fault-plan.js'
import { SeededRandom } from './seeded-random.js'

const plans = Array.from({ length: 300 }, (_, seed) => drawPlan(new SeededRandom(seed)))

test('the same seed draws the same plan, and the acts of a plan come in order and within the storm', () => {
  expect(drawPlan(new SeededRandom(7))).toEqual(plans[7])
  for (const { acts } of plans) {
    expect(acts.map(({ number }) => number)).toEqual(acts.map((_, i) => i + 1))
    expect(acts.every(({ atMs }) => atMs < STORM_MS)).toBe(true)
    const inOrder = acts.filter(({ act }) => act !== STATE_ALTERED)
    expect(inOrder.every(({ atMs }, i) => atMs > (inOrder[i - 1]?.atMs ?? 0))).toBe(true)
  }
})

test('no plan takes the promises of a node in two ways', () => {
  for (const { acts } of plans) {
    const taking = acts.flatMap(({ act }) => (typeof act !== 'string' && act.takesPromises ? [act.name] : []))
    expect(new Set(taking).size).toBeLessThan(2)
  }
})

test('every act is drawn by some seed and left out by most', () => {
  const drawn = new Map<unknown, number>()
  for (const { acts } of plans)
    for (const act of new Set(acts.map((planned) => planned.act))) drawn.set(act, (drawn.get(act) ?? 0) + 1)
  expect(drawn.size).toBe(Object.values(ACT_CLASSES).flat().length + [...DAMAGES, STATE_ALTERED].length)
  for (const [, count] of drawn) expect(count).toBeLessThan(plans.length * 0.6)
})

test('a variant keeps the acts it names, with their moments, and calms the network as far as it says', () => {
  const plan = plans.find(({ acts, network }) => acts.length > 4 && (network.lossPermille ?? 0) > 0)
  if (plan === undefined) return expect.unreachable()
  const less = narrowed(plan, { acts: [2, 4], calm: ['loss'], stormMs: 900 })
  expect(less.acts).toEqual([plan.acts[1], plan.acts[3]])
  expect(less.network).toEqual({ ...plan.network, lossPermille: 0 })
  expect(less.stormMs).toBe(900)
  expect(narrowed(plan, {})).toEqual(plan)
})

test('a plan draws what is named: a class of acts, one act, leases, or all of several', () => {
  const plan: FaultPlan = {
    network: {},
    acts: [{ number: 1, atMs: 5, act: 'suspend-cut-off' }],
    copies: false,
    alters: false,
    leases: true,
    stormMs: 100,
  }
  const drawn = ['stops', 'suspend-cut-off', 'leases', 'leases+stops', 'leases+suspend-cut-off']
  const others = ['kills', 'suspend', 'leases+kills', 'nonsense']
  expect([...drawn, ...others].filter((what) => draws(plan, what))).toEqual(drawn)
})
