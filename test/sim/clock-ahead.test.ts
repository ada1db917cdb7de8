import { describe, expect, test } from 'vitest'
import type { RequestId } from '../../src/model/command.js'
import { toNodeId } from '../../src/model/node-id.js'
import { runFor } from './run-until.js'
import { SeededRandom } from './seeded-random.js'
import { SimClock } from './sim-clock.js'
import { SimNetwork } from './sim-network.js'
import { SimNode } from './sim-node.js'

const HOUR_MS = 3_600_000
const LIMIT_MS = 60_000

/** Three whole nodes, the first with a clock far ahead, all writing from their first moment on. */
async function logTimes(seed: number): Promise<{ aheadMs: number; applied: number; led: boolean }> {
  const random = new SeededRandom(seed)
  const clock = new SimClock()
  const network = new SimNetwork({ clock, random: random.fork('network') })
  const ids = [1, 2, 3].map((i) => toNodeId(`node-${i}`))
  const members = ids.map((id) => ({ id, address: `${id}:7500` }))
  const nodes = ids.map(
    (id, i) =>
      new SimNode({
        id,
        seed: { clusterToken: `clock ${seed}`, members },
        clock,
        network,
        random: random.fork(id),
        syncMsMax: 2,
        tailEntries: 5,
        skewMs: i === 0 ? HOUR_MS : 0,
        driftPpm: 0,
        trace: () => {},
        traceDetail: () => {},
      }),
  )
  let led = false
  let request = 0
  for (let round = 0; round < 2; round++) {
    for (const node of nodes) node.boot()
    for (let step = 0; step < 60; step++) {
      await runFor(clock, 50)
      for (const { node } of nodes) {
        const requestId = (++request).toString(16).padStart(32, '0') as RequestId
        node?.propose({ type: 'tick', requestId }, { deadlineMs: 500 }).catch(() => {})
      }
      led ||= nodes[0]?.node?.status().role === 'leader'
    }
    if (round === 0) for (const node of nodes) node.crash('kill')
  }
  const logTimeMs = Math.max(...nodes.map(({ node }) => node?.logTimeMs() ?? 0))
  const applied = Math.max(...nodes.map(({ node }) => node?.status().appliedIndex ?? 0))
  const rightMs = nodes[1]?.clock?.wallMs() ?? 0
  for (const node of nodes) node.crash('kill')
  return { aheadMs: logTimeMs - rightMs, applied, led }
}

describe('a clock an hour ahead', () => {
  test('moves log time on no node, though it leads now and then and everybody writes from the first moment on; writes go on', async () => {
    let led = 0
    for (let seed = 1; seed <= 8; seed++) {
      const found = await logTimes(seed)
      expect(found.aheadMs, `seed ${seed}`).toBeLessThan(LIMIT_MS)
      expect(found.applied, `seed ${seed}`).toBeGreaterThan(20)
      if (found.led) led++
    }
    expect(led).toBeGreaterThan(0)
  }, 120_000)
})
