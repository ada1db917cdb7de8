import { describe, expect, test } from 'vitest'
import type { BreachRule } from '../../src/raft/breach.js'
import { LyingRun } from './lying-run.js'

const SEEDS = Number(process.env.RAFT_SEEDS ?? 200)
const EVENTS = 1_000

describe('a core among members that say anything', () => {
  test(`neither falls over nor breaks a promise of its own, on ${SEEDS} seeds`, () => {
    const met = new Map<BreachRule, number>()
    let leaderships = 0
    let commits = 0
    let installs = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      const run = new LyingRun(seed)
      try {
        for (let event = 0; event < EVENTS; event++) run.step()
      } catch (cause) {
        throw new Error(`seed ${seed}: ${(cause as Error).message}`, { cause })
      }
      for (const [rule, count] of run.met) met.set(rule, (met.get(rule) ?? 0) + count)
      leaderships += run.leaderships
      commits += run.commits
      installs += run.installs
    }
    // The lies must be near enough to the truth to get somewhere, and each rule must have been broken.
    expect(Math.min(leaderships, commits, installs)).toBeGreaterThan(SEEDS)
    expect([...met.keys()].sort()).toEqual([
      'beyond-held',
      'beyond-log',
      'committed-conflict',
      'log-lost',
      'malformed',
      'not-leader',
      'term-leap',
      'two-leaders',
    ])
  }, 600_000)
})
