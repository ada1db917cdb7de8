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
    const plan = reconcile(log, { index, term, configuration })
    expect(plan).toEqual({ type: 'start', recovered: { ...log, appliedIndex: index } })
  })

  test('a state ahead of the log is a snapshot whose install was cut: the log begins anew at it', () => {
    const state = { index: 40, term: 4, configuration }
    expect(reconcile(log, state)).toEqual({
      type: 'reset-log',
      recovered: { hardState, mark: state, entries: [], appliedIndex: 40 },
    })
  })

  test('a state that parts ways with the log at its index is right, since it holds only what is committed', () => {
    expect(reconcile(log, { index: 12, term: 4, configuration }).type).toBe('reset-log')
  })

  test('a state older than the log’s beginning is lost', () => {
    expect(reconcile(log, { index: 9, term: 2, configuration })).toEqual({ type: 'state-lost' })
  })
})
