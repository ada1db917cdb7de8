import { describe, expect, test } from 'vitest'
import { type FaultPlan, STORM_MS, type Variant } from './fault-plan.js'
import { commandOf, kindOf, shrink } from './shrink.js'

const plan: FaultPlan = {
  network: { lossPermille: 10, cutPermille: 5, duplicatePermille: 0 },
  acts: Array.from({ length: 20 }, (_, i) => ({ number: i + 1, atMs: (i + 1) * 500, act: 'kill' as const })),
  copies: false,
  alters: true,
  leases: false,
  stormMs: STORM_MS,
}
const keeps = ({ acts }: Variant, ...needed: number[]) =>
  acts === undefined || needed.every((number) => acts.includes(number))

describe('a failing plan', () => {
  test('is brought down to the acts, the network trouble and the time that it needs', async () => {
    const { variant, tries } = await shrink(
      plan,
      async (some) =>
        keeps(some, 3, 14) && !(some.calm ?? []).includes('cut') && (some.stormMs ?? STORM_MS) >= 8_000,
    )
    expect(variant).toEqual({ alters: false, calm: ['loss'], acts: [3, 14], stormMs: 9_000 })
    expect(tries).toBeLessThan(60)
  })

  test('that fails without any act has none left', async () => {
    const { variant } = await shrink(plan, async () => true)
    expect(variant).toEqual({ alters: false, calm: ['loss', 'cut'], acts: [], stormMs: 500 })
  })

  test('that needs all of it stays, and is not tried more often than allowed', async () => {
    let runs = 0
    const never = async () => {
      runs++
      return false
    }
    expect(await shrink(plan, never, 7)).toEqual({ variant: {}, tries: 7 })
    expect(runs).toBe(7)
  })
})

test('failures are of one kind where they differ in numbers and hashes only', () => {
  expect(kindOf(['state hash at 57 is b7385712ab83 on node-1', 'more'])).toBe(
    kindOf(['state hash at 9 is 00385712ab83 on node-3']),
  )
  expect(kindOf(['no leader'])).not.toBe(kindOf(['no client']))
  expect(kindOf([])).toBeUndefined()
})

test('the command names what is left', () => {
  expect(commandOf(7, {})).toBe('make simulate SEED=7')
  expect(commandOf(7, { acts: [3, 14], calm: ['loss'], stormMs: 900, alters: false })).toBe(
    'make simulate SEED=7 ACTS=3,14 CALM=loss STORM_MS=900 ALTERS=no',
  )
  expect(commandOf(7, { acts: [] })).toBe('make simulate SEED=7 ACTS=none')
})
