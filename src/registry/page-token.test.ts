import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MarketplaceError } from '../model/error.js'
import type { HistoryId } from '../model/node-id.js'
import { decodePageToken, encodePageToken, type ListingQuery, pageSize } from './page-token.js'

const history = 'a0'.repeat(16) as HistoryId
const query: ListingQuery = { method: 'ListPackages', arguments: ['acme'] }
const make = (place: string, of = query, at = history) => encodePageToken(of, at, (out) => out.text(place))
const read = (token: string, of = query, at = history) =>
  decodePageToken(token, of, at, (input) => input.text())

function reasonOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (error instanceof MarketplaceError) return error.reason
    throw error
  }
  return 'read'
}

describe('page tokens', () => {
  test('a token gives back its place, for the same query of the same history', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (place) => {
        expect(read(make(place))).toBe(place)
      }),
    )
    expect(read('')).toBeUndefined()
  })

  test('a token of another method, of other arguments or of another history is refused', () => {
    const token = make('web')
    expect(reasonOf(() => read(token, { method: 'ListRecent', arguments: ['acme'] }))).toBe(
      'PAGE_TOKEN_INVALID',
    )
    expect(reasonOf(() => read(token, { method: 'ListPackages', arguments: [] }))).toBe('PAGE_TOKEN_INVALID')
    expect(reasonOf(() => read(token, { method: 'ListPackages', arguments: ['ac', 'me'] }))).toBe(
      'PAGE_TOKEN_INVALID',
    )
    expect(reasonOf(() => read(token, query, 'b0'.repeat(16) as HistoryId))).toBe('HISTORY_MISMATCH')
  })

  test('whatever else a caller sends is refused, never read and never a fault', () => {
    const token = make('web')
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom('A', 'z', '!', ''), (at, other) => {
        const damaged = token.slice(0, at) + other + token.slice(at + 1)
        fc.pre(Buffer.from(damaged, 'base64url').compare(Buffer.from(token, 'base64url')) !== 0)
        expect(reasonOf(() => read(damaged))).toBe('PAGE_TOKEN_INVALID')
      }),
    )
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (noise) => {
        expect(reasonOf(() => read(noise))).toBe('PAGE_TOKEN_INVALID')
      }),
    )
  })
})

test('a page has 50 entries unless asked otherwise, and at most 1,000', () => {
  expect(pageSize({ size: 0, token: '' })).toBe(50)
  expect(pageSize({ size: 1_000, token: '' })).toBe(1_000)
  for (const size of [-1, 1_001, 1.5]) {
    expect(reasonOf(() => pageSize({ size, token: '' }))).toBe('LIMIT_EXCEEDED')
  }
})
