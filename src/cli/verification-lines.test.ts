import { describe, expect, test } from 'vitest'
import type { NodeVerification } from '../client/verify-call.js'
import { verdictOf, verificationLines } from './verification-lines.js'

const HASH = 'ab'.repeat(32)

function node(id: string, more: Partial<NodeVerification> = {}): NodeVerification {
  return {
    id,
    reachable: true,
    done: true,
    bytesRead: 4096,
    logSegments: 1,
    logEntries: 20,
    markIndex: 0,
    stateValues: 50,
    stateSha256: HASH,
    blobs: 2,
    blobBytes: 2048,
    searchIndex: 20,
    findings: [],
    findingsInAll: 0,
    ...more,
  }
}

const LAG = 'its state stands at 12 and did not come to 20'
const behind = (id: string) => node(id, { stateSha256: undefined, behind: LAG })
const lines = (nodes: readonly NodeVerification[]) =>
  verificationLines({ index: 20, historyId: 'cd'.repeat(16), done: true, ok: false, nodes }).join('\n')

describe('a node that is behind', () => {
  test('is called so, with what it has yet to come to, and not damaged; who is equal is said of the others', () => {
    const told = lines([node('node-1'), node('node-2'), behind('node-3')])
    expect(told).toMatch(/^node-3 +behind, not all compared: log 20 entries/m)
    expect(told).toContain(`  ${LAG}\n    try: verify again once it has caught up`)
    expect(told).toContain(`the states of node-1 and node-2 are equal at log index 20: sha256 ${HASH}`)
    expect(told).toContain('the state of node-3 was not compared')
    expect(told).not.toMatch(/DAMAGED|whole/)
  })

  test('and has damage is damaged; both are told', () => {
    const finding = { area: 'log', what: 'a checksum is wrong', remedy: 'let it join again' }
    const both = { ...behind('node-3'), findings: [finding], findingsInAll: 1 }
    expect(verdictOf(both)).toBe('damaged')
    expect(lines([node('node-1'), both])).toMatch(/DAMAGED.*a checksum is wrong.*did not come to 20/s)
  })
})

test('every way in which a node comes out has its word', () => {
  expect([node('node-1'), behind('node-2'), node('node-3', { reachable: false })].map(verdictOf)).toEqual([
    'ok',
    'behind',
    'unreachable',
  ])
})
