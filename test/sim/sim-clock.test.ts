import { describe, expect, test } from 'vitest'
import { SimClock } from './sim-clock.js'

describe('SimClock', () => {
  test('events of one moment run in the order in which they were scheduled, others by time', () => {
    const clock = new SimClock()
    const ran: string[] = []
    for (const [delay, name] of [
      [5, 'e'],
      [1, 'a'],
      [3, 'c'],
      [1, 'b'],
      [3, 'd'],
    ] as const)
      clock.schedule(delay, () => ran.push(`${name}@${clock.now}`))
    while (clock.runNext());
    expect(ran).toEqual(['a@1', 'b@1', 'c@3', 'd@3', 'e@5'])
    expect(clock.runNext()).toBe(false)
  })

  test('a thousand events in a mixed order come out sorted', () => {
    const clock = new SimClock()
    const times: number[] = []
    for (let i = 0; i < 1000; i++) clock.schedule((i * 7919) % 1009, () => times.push(clock.now))
    while (clock.runNext());
    expect(times).toHaveLength(1000)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })

  test('a cancelled event never runs and is not counted', () => {
    const clock = new SimClock()
    const timer = clock.schedule(1, () => expect.unreachable())
    clock.schedule(2, () => {})
    timer.cancel()
    timer.cancel()
    expect(clock.pending).toBe(1)
    expect(clock.nextAt).toBe(2)
    expect(clock.runNext()).toBe(true)
    expect(clock.pending).toBe(0)
  })

  test('a fast node sees its timer run early, yet never before its own delay is over', () => {
    const clock = new SimClock()
    for (const driftPpm of [-50_000, -333, 0, 333, 50_000]) {
      const node = clock.forNode({ driftPpm })
      const start = node.monotonicMs()
      const globalStart = clock.now
      node.after(1000, () => {
        expect(node.monotonicMs() - start).toBeGreaterThanOrEqual(1000)
        expect(Math.sign(globalStart + 1000 - clock.now)).toBe(Math.sign(driftPpm))
      })
      expect(clock.runNext()).toBe(true)
    }
  })

  test('skew and jumps move wall time only', () => {
    const clock = new SimClock()
    const a = clock.forNode()
    const b = clock.forNode({ skewMs: -250 })
    expect(a.wallMs() - b.wallMs()).toBe(250)
    b.jump(1000)
    expect(b.wallMs() - a.wallMs()).toBe(750)
    expect(b.monotonicMs()).toBe(a.monotonicMs())
  })

  test('time goes on without a step where the drift changes', () => {
    const clock = new SimClock()
    const node = clock.forNode({ driftPpm: 100_000 })
    clock.schedule(100, () => {
      expect(node.monotonicMs()).toBeCloseTo(110, 2)
      node.drift(0)
    })
    clock.schedule(200, () => expect(node.monotonicMs()).toBeCloseTo(210, 2))
    while (clock.runNext());
  })

  test('a clock that is set right shows the time and keeps it', () => {
    const clock = new SimClock()
    const right = clock.forNode()
    const node = clock.forNode({ driftPpm: 100_000, skewMs: 30 })
    clock.schedule(100, () => {
      node.jump(90_000)
      node.correct(5)
      expect(node.wallMs() - right.wallMs()).toBe(5)
    })
    clock.schedule(1_100, () => expect(node.wallMs() - right.wallMs()).toBe(5))
    while (clock.runNext());
  })

  test('a stopped node runs no timer, old or new', () => {
    const clock = new SimClock()
    const node = clock.forNode()
    node.after(1, () => expect.unreachable())
    node.stop()
    node.after(1, () => expect.unreachable())
    expect(clock.pending).toBe(0)
    expect(clock.runNext()).toBe(false)
  })
})
