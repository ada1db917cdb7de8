import { expect, test } from 'vitest'
import { PopularSearches } from './popular-searches.js'

const DAY_MS = 24 * 60 * 60_000
const clock = { nowMs: 0, monotonicMs: () => clock.nowMs }

function searched(counts: Record<string, number>): PopularSearches {
  const popular = new PopularSearches(clock)
  for (const [text, count] of Object.entries(counts)) for (let n = 0; n < count; n++) popular.count(text)
  return popular
}

test('what is searched for most comes first, then by text; spelling aside', () => {
  const popular = searched({ 'yaml parser': 3, ' YAML   Parser ': 2, grpc: 4, alpha: 4 })
  expect(popular.top(10)).toEqual([
    { text: 'yaml parser', searches: 5 },
    { text: 'alpha', searches: 4 },
    { text: 'grpc', searches: 4 },
  ])
  expect(popular.top(1)).toHaveLength(1)
})

test('what few searched for, and what is no text that many type, is told to nobody', () => {
  const popular = searched({ rare: 2, a: 9, '': 9, ['x'.repeat(65)]: 9 })
  expect(popular.top(10)).toEqual([])
})

test('searches fade by half a day', () => {
  const popular = searched({ web: 8, yaml: 3 })
  clock.nowMs += DAY_MS
  expect(popular.top(10)).toEqual([{ text: 'web', searches: 4 }])
  clock.nowMs += 10 * DAY_MS
  expect(popular.top(10)).toEqual([])
  for (let n = 0; n < 3; n++) popular.count('web')
  expect(popular.top(10)).toEqual([{ text: 'web', searches: 3 }])
})

test('a flood of different texts forgets the rarest, never what many search for', () => {
  const popular = searched({ web: 40 })
  for (let n = 0; n < 10_001; n++) popular.count(`text ${n}`)
  expect(popular.top(10)).toEqual([{ text: 'web', searches: 20 }])
})
