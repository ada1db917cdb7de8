import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NodeId } from '../model/node-id.js'
import { bootstrapConfiguration } from './bootstrap.js'
import type { Configuration } from './configuration.js'
import { quorumValue, voteResult } from './quorum.js'

const member = (name: string) => ({ id: name as NodeId, address: 'h:1' })

function configuration(voters: readonly string[], outgoing: readonly string[] = []): Configuration {
  const base = bootstrapConfiguration({ clusterToken: 't', members: [member('x')] })
  return { ...base, voters: voters.map(member), outgoing: outgoing.map(member) }
}

const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { minLength: 1 })

/** Said in the words of the paper: the highest value that more than half have reached. */
function bySearch(voters: readonly string[], reached: (id: string) => number): number {
  const counts = (value: number) => voters.filter((id) => reached(id) >= value).length
  return Math.max(0, ...voters.map(reached).filter((value) => counts(value) > voters.length / 2))
}

describe('quorumValue', () => {
  test('is the highest value that a majority of every half has reached', () => {
    fc.assert(
      fc.property(
        names,
        fc.option(names, { nil: [] }),
        fc.array(fc.nat(9), { minLength: 7, maxLength: 7 }),
        (voters, outgoing, values) => {
          const reached = (id: string) => values['abcdefg'.indexOf(id)] as number
          const halves = outgoing.length === 0 ? [voters] : [voters, outgoing]
          const expected = Math.min(...halves.map((half) => bySearch(half, reached)))
          expect(quorumValue(configuration(voters, outgoing), reached)).toBe(expected)
        },
      ),
    )
  })

  test('is 0 where nobody votes', () => {
    expect(quorumValue(configuration([]), () => 7)).toBe(0)
  })
})

describe('voteResult', () => {
  test('agrees with counting: won with a majority of every half, lost once that is impossible', () => {
    const votes = fc.array(fc.constantFrom(true, false, undefined), { minLength: 7, maxLength: 7 })
    fc.assert(
      fc.property(names, fc.option(names, { nil: [] }), votes, (voters, outgoing, values) => {
        const voteOf = (id: string) => values['abcdefg'.indexOf(id)]
        const halves = outgoing.length === 0 ? [voters] : [voters, outgoing]
        const won = halves.every((half) => half.filter((id) => voteOf(id) === true).length > half.length / 2)
        const lost = halves.some(
          (half) => half.filter((id) => voteOf(id) !== false).length <= half.length / 2,
        )
        const expected = won ? 'won' : lost ? 'lost' : 'pending'
        expect(voteResult(configuration(voters, outgoing), voteOf)).toBe(expected)
      }),
    )
  })

  test('nobody is elected where nobody votes', () => {
    expect(voteResult(configuration([]), () => true)).not.toBe('won')
  })
})
