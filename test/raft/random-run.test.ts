import { describe, expect, test } from 'vitest'
import { RandomRun } from './random-run.js'

const SEEDS = Number(process.env.RAFT_SEEDS ?? 200)
const EVENTS = 1_200

describe('cores under random misfortune', () => {
  test(`keep Raft's promises after every event, and come back, on ${SEEDS} seeds`, () => {
    let reads = 0
    let elections = 0
    let installs = 0
    let changes = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      try {
        const run = new RandomRun(seed)
        for (let event = 0; event < EVENTS; event++) run.step()
        run.heal()
        reads += run.readsServed
        elections += run.elections
        installs += run.installs
        changes += run.changes
      } catch (cause) {
        throw new Error(`seed ${seed}: ${(cause as Error).message}`, { cause })
      }
    }
    // The misfortune must leave something to check.
    expect(elections).toBeGreaterThan(SEEDS)
    expect(reads).toBeGreaterThan(SEEDS * 3)
    expect(installs).toBeGreaterThan(SEEDS / 10)
    expect(changes).toBeGreaterThan(SEEDS / 10)
  }, 600_000)
})
