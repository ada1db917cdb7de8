import { describe, expect, test } from 'vitest'
import { runUntil } from '../../test/sim/run-until.js'
import { SeededRandom } from '../../test/sim/seeded-random.js'
import { SimClock } from '../../test/sim/sim-clock.js'
import { MarketplaceError } from '../model/error.js'
import { pause } from '../runtime/clock.js'
import { Caller } from './caller.js'
import { DEFAULT_TIMES } from './client-builder.js'
import type { Endpoint, EndpointPool } from './endpoint.js'
import { NothingSent } from './retry.js'
import { Session } from './session.js'

/** Two nodes: one has no connection to give, however long it is asked; the other answers nothing before the deadline. */
function setUp(allMs: number | undefined, writeTotalMs = 5_000) {
  const time = new SimClock()
  const clock = time.forNode()
  const epochMs = clock.wallMs()
  const trouble = (reason: 'DEADLINE' | 'UNREACHABLE') =>
    new MarketplaceError({ reason, message: reason, help: 'wait' })
  const silent = {
    connected: async () => {},
    unary: (call: (callback: () => void) => unknown) => call(() => {}),
  } as unknown as Endpoint
  const gone = {
    connected: async (waitMs: number) => {
      await pause(clock, waitMs)
      throw new NothingSent(trouble('UNREACHABLE'))
    },
  } as unknown as Endpoint
  let current = gone
  const pool = {
    size: 2,
    get current() {
      return current
    },
    leave: () => {
      current = current === gone ? silent : gone
    },
  } as unknown as EndpointPool
  const times = { ...DEFAULT_TIMES, writeTotalMs, ...(allMs !== undefined && { allMs }) }
  const caller = new Caller(pool, new Session(), clock, new SeededRandom(7), times)
  const deadlines: number[] = []
  const call = async () => {
    const work = caller.unary('write', async (_endpoint, _metadata, { deadline }) => {
      deadlines.push(deadline - epochMs)
      await pause(clock, deadline - clock.wallMs())
      throw trouble('DEADLINE')
    })
    const error = await runUntil(
      time,
      work.catch((thrown: unknown) => thrown),
    )
    return { error, endedMs: time.now, last: deadlines.at(-1) ?? 0 }
  }
  return { time, call }
}

describe('a client that was given one time for everything', () => {
  test.each([300, 2_500, 5_000])(
    'has nothing under way after %i ms, neither connecting nor waiting',
    async (allMs) => {
      const { call } = setUp(allMs)
      const { error, endedMs, last } = await call()
      expect(error).toBeInstanceOf(MarketplaceError)
      expect(endedMs).toBeLessThanOrEqual(allMs)
      expect(last).toBeLessThanOrEqual(allMs)
    },
  )

  test('spends it on all calls together', async () => {
    const { call } = setUp(3_000)
    await call()
    const { error, endedMs } = await call()
    expect([error, endedMs]).toEqual([
      expect.any(MarketplaceError),
      expect.toSatisfy((ms: number) => ms <= 3_000),
    ])
  })
})

test('without it, the last attempt is given a moment beyond the time for all attempts, so that it can succeed', async () => {
  const { endedMs } = await setUp(undefined, 2_500).call()
  expect(endedMs).toBeGreaterThan(2_500)
})
