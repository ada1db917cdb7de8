import { describe, expect, test } from 'vitest'
import type { Entry } from './entry.js'
import { reconcile } from './recovery.js'

const configuration = new Uint8Array(0)
const hardState = { term: 4, vote: undefined, commit: 11 }

function command(index: number, term: number): Entry {
  return { term, index, type: 'command', stampMs: 0, payload: new Uint8Array() }
}

const log = {
  hardState,
  mark: { index: 10, term: 2, configuration },
  entries: [command(11, 2), command(12, 3)],
}

describe('log and state at a start', () => {
  test.each([
    [10, 2],
    [11, 2],
    [12, 3],
  ])('fit where the state stands at %d of term %d in the log', (index, term) => {
    for (const installing of [false, true])
      expect(reconcile(log, { index, term, configuration }, installing)).toEqual({
        type: 'start',
        recovered: { ...log, appliedIndex: index },
      })
  })

  test('a state ahead of the log is a snapshot whose install was cut: the log begins anew at it', () => {
    const state = { index: 40, term: 4, configuration }
    expect(reconcile(log, state, true)).toEqual({
      type: 'reset-log',
      recovered: { hardState, mark: state, entries: [], appliedIndex: 40 },
    })
  })

  test('an installed state that parts ways with the log at its index is right, since it holds only what is committed', () => {
    expect(reconcile(log, { index: 12, term: 4, configuration }, true).type).toBe('reset-log')
  })

  test.each([
    [13, 3],
    [40, 4],
    [12, 4],
  ])(
    'without an install under way a state at %d of term %d means that the log has lost its end',
    (index, term) => {
      expect(reconcile(log, { index, term, configuration }, false)).toEqual({ type: 'log-lost' })
    },
  )

  test('a state older than the log’s beginning is lost', () => {
    for (const installing of [false, true])
      expect(reconcile(log, { index: 9, term: 2, configuration }, installing)).toEqual({ type: 'state-lost' })
  })
})
