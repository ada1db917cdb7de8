import { describe, expect, test } from 'vitest'
import type { NodeId } from '../model/node-id.js'
import { ClockWatch } from './clock-watch.js'

const peers = ['node-2', 'node-3'] as NodeId[]
const [second, third] = peers as [NodeId, NodeId]

describe('clock watch', () => {
  test('two peers that agree against us leave us alone', () => {
    const watch = new ClockWatch(10_000, 5_000)
    watch.heard(second, 0, 60_000, 1)
    watch.heard(third, 5, 60_000, 1)
    expect(watch.isAlone(peers, 2)).toBe(true)
  })

  test('one odd peer does not', () => {
    const watch = new ClockWatch(10_000, 5_000)
    watch.heard(second, 900_000, 60_000, 1)
    watch.heard(third, 60_001, 60_000, 1)
    expect(watch.isAlone(peers, 2)).toBe(false)
  })

  test('at the limit is not alone, beyond it is', () => {
    const watch = new ClockWatch(10_000, 5_000)
    for (const peer of peers) watch.heard(peer, 10_000, 0, 1)
    expect(watch.isAlone(peers, 2)).toBe(false)
    for (const peer of peers) watch.heard(peer, 10_001, 0, 1)
    expect(watch.isAlone(peers, 2)).toBe(true)
  })

  test('peers not heard lately have no say', () => {
    const watch = new ClockWatch(10_000, 5_000)
    for (const peer of peers) watch.heard(peer, 900_000, 0, 1)
    expect(watch.isAlone(peers, 5_002)).toBe(false)
  })
})
