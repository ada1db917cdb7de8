import { expect, test } from 'vitest'
import { runFor } from '../../test/sim/run-until.js'
import { SimClock } from '../../test/sim/sim-clock.js'
import { type NodeId, toNodeId } from '../model/node-id.js'
import { bootstrapState } from '../raft/bootstrap.js'
import { Raft } from '../raft/raft.js'
import { silentLogger } from '../runtime/logger.js'
import { silentMetrics } from '../runtime/metrics.js'
import { MemberGossip } from './member-gossip.js'

const [one, two, three] = [1, 2, 3].map((number) => toNodeId(`node-${number}`)) as [NodeId, NodeId, NodeId]
const OPTIONS = { clockSkewMaxMs: 60_000, clockGossipMs: 500, hashGraceMs: 3_000 }
const hashOf = (byte: number) => new Uint8Array(32).fill(byte)

function gossip(send: (to: NodeId, message: Uint8Array) => void = () => {}) {
  const clock = new SimClock()
  const members = [one, two, three].map((id) => ({ id, address: `${id}:1` }))
  const seen = { decided: 0, diverged: 0 }
  const told = new MemberGossip(
    {
      self: one,
      raft: new Raft({ id: one, random: () => 0 }, bootstrapState({ clusterToken: 'gossip', members })),
      clock: clock.forNode(),
      logger: silentLogger,
      metrics: silentMetrics,
      peers: () => [two, three],
      send,
      machine: () => ({ appliedIndex: 5, hashAt: (index) => (index === 5 ? hashOf(1) : undefined) }),
      schedule: () => {},
      onDecided: () => {
        seen.decided++
      },
      onDiverged: () => {
        seen.diverged++
      },
    },
    OPTIONS,
  )
  told.start()
  return { clock, told, seen }
}

test('whoever begins and was greeted before it listened is told the time as soon as it speaks, once for each connection', async () => {
  const sent: NodeId[] = []
  const { told } = gossip((to) => sent.push(to))
  told.greet(two)
  sent.length = 0
  for (const wallMs of [7, 8]) told.heard(two, { type: 'clock', wallMs })
  expect(sent).toEqual([two])
  told.greet(two)
  told.heard(two, { type: 'clock', wallMs: 9 })
  expect(sent).toEqual([two, two, two])
  told.stop()
})

test('whose state is right is undecided until the others had time to speak', async () => {
  const { clock, told, seen } = gossip()
  expect([told.isUndecided, seen.decided]).toEqual([true, 0])
  await runFor(clock, OPTIONS.clockGossipMs * 3)
  expect([told.isUndecided, seen.decided > 0]).toEqual([false, true])
  told.stop()
})

test('whose state is right is undecided while two differ, until a third tells', async () => {
  const { clock, told, seen } = gossip()
  await runFor(clock, OPTIONS.clockGossipMs * 3)
  told.heard(two, { type: 'state-hash', index: 5, hash: hashOf(2) })
  await runFor(clock, OPTIONS.clockGossipMs * 2)
  expect(told.isUndecided).toBe(true)
  const { decided } = seen
  told.heard(three, { type: 'state-hash', index: 5, hash: hashOf(1) })
  await runFor(clock, OPTIONS.clockGossipMs * 2)
  expect([told.isUndecided, seen.decided > decided, seen.diverged]).toEqual([false, true, 0])
  told.stop()
})
