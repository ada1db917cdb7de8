import { describe, expect, test } from 'vitest'
import type { NodeId } from '../model/node-id.js'
import { ClockWatch } from './clock-watch.js'

const peers = ['node-2', 'node-3'] as NodeId[]
const [second, third] = peers as [NodeId, NodeId]

describe('clock watch', () => {
  test('two peers that agree against us leave us alone', () => {
    const watch = new ClockWatch(10_000, 5_000)
    watch.heard(second, 0, 1)
    watch.heard(third, 5, 1)
    expect(watch.isAlone(peers, 60_001, 2)).toBe(true)
  })

  test('one odd peer does not', () => {
    const watch = new ClockWatch(10_000, 5_000)
    watch.heard(second, 900_000, 1)
    watch.heard(third, 60_001, 1)
    expect(watch.isAlone(peers, 60_001, 2)).toBe(false)
  })

  test('at the limit is not alone, beyond it is', () => {
    const watch = new ClockWatch(10_000, 5_000)
    for (const peer of peers) watch.heard(peer, 10_000, 1)
    expect(watch.isAlone(peers, 0, 1)).toBe(false)
    for (const peer of peers) watch.heard(peer, 10_001, 1)
    expect(watch.isAlone(peers, 0, 1)).toBe(true)
  })

  test('peers not heard lately have no say', () => {
    const watch = new ClockWatch(10_000, 5_000)
    for (const peer of peers) watch.heard(peer, 900_000, 1)
    expect(watch.isAlone(peers, 0, 5_002)).toBe(false)
  })

  test('a step of our own clock is seen at once, before anybody is heard again', () => {
    const watch = new ClockWatch(10_000, 5_000)
    for (const peer of peers) watch.heard(peer, 1_000_000, 1)
    expect(watch.isAlone(peers, 1_003_000, 3_001)).toBe(false)
    expect(watch.isAlone(peers, 1_003_000 + 3_600_000, 3_001)).toBe(true)
    expect(watch.isAlone(peers, 1_003_000 - 90_000, 3_001)).toBe(true)
  })

  test('ours is backed once a majority with it agrees, and not by one that differs', () => {
    const watch = new ClockWatch(10_000, 5_000)
    expect(watch.isBacked(peers, 0, 1)).toBe(false)
    watch.heard(second, 900_000, 1)
    expect([watch.isBacked(peers, 0, 1), watch.hasHeardAll(peers)]).toEqual([false, false])
    watch.heard(third, 10, 1)
    expect([watch.isBacked(peers, 0, 1), watch.hasHeardAll(peers)]).toEqual([true, true])
    expect(watch.isBacked(peers, 0, 6_000)).toBe(false)
    expect(watch.isBacked([], 0, 1)).toBe(true)
  })

  test('peers that were heard a while ago have moved on as we have', () => {
    const watch = new ClockWatch(1_000, 5_000)
    for (const peer of peers) watch.heard(peer, 1_000_000, 1)
    expect(watch.isAlone(peers, 1_004_000, 4_001)).toBe(false)
  })
})
