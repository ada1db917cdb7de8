import { beforeEach, expect, test } from 'vitest'
import type { Clock } from '../runtime/clock.js'
import { LEASE_DRIFT_PPM_MAX, LeaseClock, readLeaseMs } from './lease-clock.js'

const LEASE_MS = 315

let monotonicMs: number
let wallMs: number
let troubled: boolean
let lease: LeaseClock

const clock: Clock = {
  monotonicMs: () => monotonicMs,
  wallMs: () => wallMs,
  after: () => {
    throw new Error('a lease waits for nothing')
  },
}

function pass(ms: number, wallToo = ms): void {
  monotonicMs += ms
  wallMs += wallToo
}

beforeEach(() => {
  monotonicMs = 1_000
  wallMs = 1_700_000_000_000
  troubled = false
  lease = new LeaseClock(clock, LEASE_MS, () => troubled)
})

/** Time that passes by the lease's clock while something happens. */
function passed(what: () => void): number {
  const beganMs = lease.monotonicMs()
  what()
  return lease.monotonicMs() - beganMs
}

test('the lease is over before a member listens to candidates whose clock is as fast as may be, and which ticked as soon as it had heard the leader', () => {
  expect(readLeaseMs({ tickMs: 50, electionTicks: 8 })).toBe(LEASE_MS)
  const drift = LEASE_DRIFT_PPM_MAX / 1e6
  for (const tickMs of [10, 50, 100])
    for (const electionTicks of [2, 3, 8, 10, 50]) {
      const leaderMs = readLeaseMs({ tickMs, electionTicks }) / (1 - drift)
      const memberMs = ((electionTicks - 1) * tickMs) / (1 + drift)
      expect(leaderMs, `${electionTicks} ticks of ${tickMs} ms`).toBeLessThan(memberMs)
    }
})

test('time passes as on the monotonic clock, whatever the grain of the wall clock', () => {
  expect(passed(() => pass(100.4, 101))).toBeCloseTo(100.4)
  expect(passed(() => pass(100.6, 100))).toBeCloseTo(100.6)
})

test('a machine that slept, so that only its wall clock went on, has outslept its lease', () => {
  expect(passed(() => pass(5, 3_600_005))).toBeGreaterThanOrEqual(LEASE_MS)
  expect(passed(() => pass(5))).toBeCloseTo(5)
})

test('a wall clock that is set back changes nothing, and the next step ahead counts from there', () => {
  expect(passed(() => pass(5, -60_000))).toBeCloseTo(5)
  expect(passed(() => pass(5, 1_005))).toBeCloseTo(1_005)
})

test('while the clock is not to be trusted no lease lasts from one look to the next', () => {
  troubled = true
  expect(passed(() => pass(1))).toBeGreaterThanOrEqual(LEASE_MS)
  expect(passed(() => pass(1))).toBeGreaterThanOrEqual(LEASE_MS)
  troubled = false
  expect(passed(() => pass(1))).toBeCloseTo(1)
})
