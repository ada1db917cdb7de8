import { expect, test } from 'vitest'
import type { NodeId } from '../model/node-id.js'
import { type Logger, silentLogger } from '../runtime/logger.js'
import { silentMetrics } from '../runtime/metrics.js'
import { BreachReport, faultOf } from './breach-report.js'

const [ada, bob] = ['ada', 'bob'] as NodeId[] as [NodeId, NodeId]

function report() {
  const lines: Record<string, unknown>[] = []
  const counted: Record<string, string>[] = []
  const logger: Logger = { ...silentLogger, warn: (fields) => lines.push(fields) }
  const metrics = {
    ...silentMetrics,
    counter: (name: string, _help: string, _value?: number, labels?: Record<string, string>) => {
      counted.push({ name, ...labels })
    },
  }
  let nowMs = 0
  const clock = {
    monotonicMs: () => nowMs,
    wallMs: () => 0,
    after: () => ({ cancel() {} }),
  }
  const breaches = new BreachReport({ clock, logger, metrics })
  return { breaches, lines, counted, pass: (ms: number) => (nowMs += ms) }
}

test('a flood of one rule from one member is one line, and every message is counted', () => {
  const { breaches, lines, counted } = report()
  for (let i = 0; i < 1_000; i++) breaches.dropped(ada, 'beyond-log', `entry ${i}`)
  expect(lines).toEqual([{ from: ada, rule: 'beyond-log', what: 'entry 0', untold: 0 }])
  expect(counted.length).toBe(1_000)
  expect(counted[0]).toEqual({ name: 'raft_breaches_total', peer: ada, rule: 'beyond-log' })
})

test('another member, another rule, and the same after a while have lines of their own; the last says how many went untold', () => {
  const { breaches, lines, pass } = report()
  for (let i = 0; i < 3; i++) breaches.dropped(ada, 'beyond-log', 'x')
  breaches.dropped(bob, 'beyond-log', 'y')
  breaches.dropped(ada, 'undecodable', 'z')
  pass(10_000)
  breaches.dropped(ada, 'beyond-log', 'again')
  expect(lines.map(({ what, untold }) => [what, untold])).toEqual([
    ['x', 0],
    ['y', 0],
    ['z', 0],
    ['again', 2],
  ])
})

test('a fault names both members, what contradicts, and what to do', () => {
  const fault = faultOf(ada, { rule: 'two-leaders', from: bob, what: 'cid and bob both lead term 7' })
  expect(fault).toMatchObject({
    reason: 'STATE_CORRUPT',
    message: 'ada and bob contradict each other: cid and bob both lead term 7',
    help: expect.stringContaining('stop all members'),
  })
  expect(faultOf(ada, { rule: 'log-lost', from: bob, what: 'commit 9' }).reason).toBe('STORAGE_CORRUPT')
})
