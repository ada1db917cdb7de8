import { assertNever } from '../../src/model/assert.js'
import type { Operation } from './operation.js'

/** What a key holds in the sequential registry: nothing, or one content for ever, yanked or not. */
type Value = { readonly hash: string; readonly yanked: boolean } | undefined

export interface Verdict {
  readonly ok: boolean
  /** The first key that has no valid order, and the operations on it. */
  readonly key?: string
  readonly operations?: readonly Operation[]
  /** Operations judged. */
  readonly checked: number
}

/**
 * Whether there is, for each key, one order of the operations that respects real time and the sequential registry
 * (Herlihy & Wing 1990: linearizability is local, so keys are judged apart). Wing & Gong's search with Lowe's pruning:
 * a set of linearised operations that led to a state once is not tried again.
 */
export function checkLinearizable(history: readonly Operation[]): Verdict {
  const byKey = new Map<string, Operation[]>()
  for (const operation of history) {
    if (operation.result === 'fail') continue
    if (operation.op === 'get' && operation.result === 'unknown') continue
    const list = byKey.get(operation.key)
    if (list === undefined) byKey.set(operation.key, [operation])
    else list.push(operation)
  }
  let checked = 0
  for (const [key, operations] of byKey) {
    checked += operations.length
    if (!hasOrder(operations)) return { ok: false, key, operations, checked }
  }
  return { ok: true, checked }
}

/** One end of an operation in a doubly linked list of all ends, ordered by time. */
interface End {
  readonly operation: Operation
  readonly id: number
  /** The matching return, on call ends only. */
  matching: End | undefined
  previous: End | undefined
  next: End | undefined
}

function hasOrder(operations: readonly Operation[]): boolean {
  const head = linkEnds(operations)
  let mustRemain = operations.filter((operation) => operation.result !== 'unknown').length
  const linearised = new Uint8Array(operations.length)
  const seen = new Set<string>()
  const stack: { end: End; before: Value }[] = []
  let state: Value
  let at = head.next
  while (mustRemain > 0) {
    if (at?.matching !== undefined) {
      const outcome = perform(state, at.operation)
      if (outcome.possible) {
        linearised[at.id] = 1
        const memo = `${Buffer.from(linearised).toString('latin1')}|${outcome.state?.hash ?? ''}|${outcome.state?.yanked ?? ''}`
        if (!seen.has(memo)) {
          seen.add(memo)
          stack.push({ end: at, before: state })
          state = outcome.state
          if (at.operation.result !== 'unknown') mustRemain--
          lift(at)
          at = head.next
          continue
        }
        linearised[at.id] = 0
      }
      at = at.next
      continue
    }
    // A return that nothing before it could explain, or the end of the list: take back the latest choice.
    const last = stack.pop()
    if (last === undefined) return false
    linearised[last.end.id] = 0
    if (last.end.operation.result !== 'unknown') mustRemain++
    unlift(last.end)
    state = last.before
    at = last.end.next
  }
  return true
}

/** What the sequential registry makes of an operation with this result. */
function perform(state: Value, operation: Operation): { possible: boolean; state: Value } {
  const value = operation.value ?? ''
  switch (operation.op) {
    case 'publish': {
      if (operation.result === 'exists')
        return { possible: state !== undefined && state.hash !== value, state }
      const fits = state === undefined || state.hash === value
      // An unknown publish that meets other content was refused: it changed nothing.
      if (operation.result === 'unknown')
        return { possible: true, state: state ?? { hash: value, yanked: false } }
      return { possible: fits, state: state ?? { hash: value, yanked: false } }
    }
    case 'get':
      if (operation.result === 'notfound') return { possible: state === undefined, state }
      return {
        possible: state !== undefined && state.hash === value && state.yanked === (operation.yanked ?? false),
        state,
      }
    case 'yank':
    case 'unyank': {
      if (operation.result === 'notfound') return { possible: state === undefined, state }
      if (state === undefined) return { possible: operation.result === 'unknown', state }
      return { possible: true, state: { hash: state.hash, yanked: operation.op === 'yank' } }
    }
    default:
      return assertNever(operation.op, 'operation')
  }
}

function linkEnds(operations: readonly Operation[]): End {
  const ends = operations.flatMap((operation, id) => {
    const returned: End = { operation, id, matching: undefined, previous: undefined, next: undefined }
    const called: End = { operation, id, matching: returned, previous: undefined, next: undefined }
    return [
      { time: operation.call, order: 0, end: called },
      {
        time: operation.result === 'unknown' ? Number.POSITIVE_INFINITY : operation.return,
        order: 1,
        end: returned,
      },
    ]
  })
  // Calls before returns of the same moment: touching operations overlap.
  ends.sort((a, b) => (a.time === b.time ? a.order - b.order : a.time < b.time ? -1 : 1))
  const head: End = {
    operation: operations[0] as Operation,
    id: -1,
    matching: undefined,
    previous: undefined,
    next: undefined,
  }
  let last = head
  for (const { end } of ends) {
    end.previous = last
    last.next = end
    last = end
  }
  return head
}

function lift(call: End): void {
  unlink(call)
  unlink(call.matching as End)
}

function unlift(call: End): void {
  relink(call.matching as End)
  relink(call)
}

function unlink(end: End): void {
  if (end.previous !== undefined) end.previous.next = end.next
  if (end.next !== undefined) end.next.previous = end.previous
}

function relink(end: End): void {
  if (end.previous !== undefined) end.previous.next = end
  if (end.next !== undefined) end.next.previous = end
}
