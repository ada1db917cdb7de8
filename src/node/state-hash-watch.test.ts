import { describe, expect, test } from 'vitest'
import type { NodeId } from '../model/node-id.js'
import { type OwnHashes, REPORT_INTERVAL, REPORTS_KEPT, StateHashWatch } from './state-hash-watch.js'

const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'] as NodeId[] as [NodeId, NodeId, NodeId, NodeId, NodeId]
const GRACE_MS = 1_000

/** A history in which the hash after index i is [i, world]. */
function own(appliedIndex: number, world = 1): OwnHashes {
  return { appliedIndex, hashAt: (index) => hash(index, world) }
}

function hash(index: number, world = 1): Uint8Array {
  return Uint8Array.of(index % 251, world)
}

function watch(reports: readonly (readonly [NodeId, number, number])[]): StateHashWatch {
  const watch = new StateHashWatch(GRACE_MS)
  for (const [peer, index, world] of reports) watch.heard(peer, { index, hash: hash(index, world) })
  return watch
}

describe('verdict', () => {
  test('nobody to compare with is no difference', () => {
    expect(watch([]).verdict(a, [a, b, c], own(10), 0)).toEqual({ type: 'agree' })
  })

  test('an index that was not reached here, or is forgotten, is not compared', () => {
    const forgetful: OwnHashes = { appliedIndex: 10, hashAt: () => undefined }
    const told = [
      [b, 11, 2],
      [c, 9, 2],
    ] as const
    expect(watch(told).verdict(a, [a, b, c], forgetful, 0)).toEqual({ type: 'agree' })
    expect(watch([[b, 11, 2]]).verdict(a, [a, b, c], own(10), 0)).toEqual({ type: 'agree' })
  })

  test('one of three that differs is named, and the other two go on', () => {
    const two = watch([
      [b, 7, 2],
      [c, 9, 1],
    ])
    expect(two.verdict(a, [a, b, c], own(10), 0)).toEqual({ type: 'others-differ', peers: [b], index: 7 })
  })

  test('who differs from two that agree with each other is the minority', () => {
    const alone = watch([
      [b, 8, 2],
      [c, 8, 2],
    ])
    expect(alone.verdict(a, [a, b, c], own(10), 0)).toEqual({ type: 'minority', peers: [b, c], index: 8 })
  })

  test('a difference that no majority decides is suspicious, and after the grace ends all', () => {
    const pair = watch([[b, 8, 2]])
    expect(pair.verdict(a, [a, b, c], own(10), 5_000)).toMatchObject({ type: 'suspect' })
    expect(pair.verdict(a, [a, b, c], own(10), 5_000 + GRACE_MS - 1)).toMatchObject({ type: 'suspect' })
    expect(pair.verdict(a, [a, b, c], own(10), 5_000 + GRACE_MS)).toMatchObject({ type: 'no-majority' })
  })

  test('three that are all of another mind have no majority', () => {
    const three = watch([
      [b, 8, 2],
      [c, 8, 3],
    ])
    three.verdict(a, [a, b, c], own(10), 0)
    expect(three.verdict(a, [a, b, c], own(10), GRACE_MS)).toMatchObject({ type: 'no-majority' })
  })

  test('who agreed before another went apart is on nobody’s side', () => {
    const behind = watch([
      [b, 7, 1],
      [c, 9, 2],
    ])
    expect(behind.verdict(a, [a, b, c], own(10), 0)).toEqual({ type: 'suspect', peers: [c], index: 9 })
    expect(behind.verdict(a, [a, b, c], own(10), GRACE_MS)).toMatchObject({ type: 'no-majority' })
    behind.heard(b, { index: 9, hash: hash(9) })
    expect(behind.verdict(a, [a, b, c], own(10), GRACE_MS)).toMatchObject({ type: 'others-differ' })
  })

  test('who agrees at an index at which another is known to have gone apart is on this side, newer as the other’s word may be', () => {
    const lagging = watch([
      [c, 6, 2],
      [b, 7, 1],
      [c, 9, 2],
    ])
    expect(lagging.verdict(a, [a, b, c], own(10), 0)).toEqual({ type: 'others-differ', peers: [c], index: 9 })
  })

  test('the grace begins again after a time without suspicion', () => {
    const pair = watch([[b, 8, 2]])
    pair.verdict(a, [a, b, c], own(10), 0)
    pair.heard(c, { index: 9, hash: hash(9) })
    expect(pair.verdict(a, [a, b, c], own(10), GRACE_MS)).toMatchObject({ type: 'others-differ' })
  })

  test('the newest report counts: a peer that was healed agrees again', () => {
    const healed = watch([
      [b, 7, 2],
      [b, 9, 1],
    ])
    expect(healed.verdict(a, [a, b, c], own(10), 0)).toEqual({ type: 'agree' })
  })

  test('two of five may differ; with three the one is the minority', () => {
    const five = [a, b, c, d, e]
    const two = [
      [b, 8, 2],
      [c, 8, 2],
      [d, 8, 1],
      [e, 8, 1],
    ] as const
    expect(watch(two).verdict(a, five, own(10), 0)).toMatchObject({ type: 'others-differ' })
    expect(watch([...two.slice(0, 3), [e, 8, 2]]).verdict(a, five, own(10), 0)).toMatchObject({
      type: 'minority',
    })
  })

  test('a learner is judged by the voters, and has no say', () => {
    expect(watch([[b, 8, 2]]).verdict(a, [b, c, d], own(10), 0)).toMatchObject({ type: 'suspect' })
    const told = [
      [b, 8, 1],
      [c, 8, 2],
      [d, 8, 2],
    ] as const
    expect(watch(told).verdict(a, [b, c, d], own(10), 0)).toMatchObject({ type: 'minority' })
  })
})

describe('report', () => {
  test('a busy node speaks of round indexes, an idle one of its newest', () => {
    const watch = new StateHashWatch(GRACE_MS)
    expect(watch.report(own(REPORT_INTERVAL * 3 + 5))?.index).toBe(REPORT_INTERVAL * 3)
    expect(watch.report(own(REPORT_INTERVAL * 3 + 5))?.index).toBe(REPORT_INTERVAL * 3 + 5)
    expect(watch.report(own(REPORT_INTERVAL * 5 + 1))?.index).toBe(REPORT_INTERVAL * 5)
  })

  test('there is none of a state that has seen nothing, nor of an index that is forgotten', () => {
    const watch = new StateHashWatch(GRACE_MS)
    expect(watch.report(own(0))).toBeUndefined()
    expect(watch.report(own(5))).toBeUndefined()
    expect(watch.report({ appliedIndex: 5, hashAt: () => undefined })).toBeUndefined()
  })
})

test('of each peer so many reports are kept', () => {
  const watch = new StateHashWatch(GRACE_MS)
  watch.heard(b, { index: 1, hash: hash(1, 2) })
  for (let index = 100; index < 100 + REPORTS_KEPT; index++) watch.heard(b, { index, hash: hash(index, 2) })
  const onlyFirst: OwnHashes = { appliedIndex: 200, hashAt: (index) => (index === 1 ? hash(1) : undefined) }
  expect(watch.verdict(a, [a, b, c], onlyFirst, 0)).toEqual({ type: 'agree' })
})
