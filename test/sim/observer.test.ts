import { expect, test } from 'vitest'
import { type NodeId, toNodeId } from '../../src/model/node-id.js'
import type { Configuration } from '../../src/raft/configuration.js'
import { majoritiesMeet } from './observer.js'

const member = (number: number) => {
  const id: NodeId = toNodeId(`node-${number}`)
  return { id, address: `${id}:1` }
}
const configuration = (voters: number[], outgoing: number[] = []) =>
  ({ voters: voters.map(member), outgoing: outgoing.map(member), learners: [] }) as unknown as Configuration

test('majorities of configurations that differ by one voter meet, by two not, and with a joint one between always', () => {
  expect(majoritiesMeet(configuration([1, 2, 3]), configuration([1, 2, 3, 4]))).toBe(true)
  expect(majoritiesMeet(configuration([1, 2, 3]), configuration([2, 3]))).toBe(true)
  expect(majoritiesMeet(configuration([1, 2, 3]), configuration([1, 2, 3, 4, 5]))).toBe(false)
  expect(majoritiesMeet(configuration([1, 2, 3]), configuration([3, 4, 5]))).toBe(false)
  const joint = configuration([3, 4, 5], [1, 2, 3])
  expect(majoritiesMeet(configuration([1, 2, 3]), joint)).toBe(true)
  expect(majoritiesMeet(joint, configuration([3, 4, 5]))).toBe(true)
  expect(majoritiesMeet(configuration([1]), configuration([2], [1]))).toBe(true)
})
