import { describe, expect, it } from 'vitest'
import { EmbeddedState } from '../../test/registry/embedded-state.js'
import { register } from '../../test/state/history.js'
import type { ReplicatedState, ViewOptions } from '../node/replicated-state.js'
import { nodeClock } from '../runtime/node-clock.js'
import { ChangeHub } from './change-hub.js'

const publish = (state: EmbeddedState, id: string) =>
  state.propose(register(id, { content: undefined, holders: [] }))
const never = new AbortController().signal

describe('a change hub', () => {
  it('tells what landed between the reading of an older state and the waiting for the next', async () => {
    const state = await EmbeddedState.make(nodeClock, {})
    let open = () => {}
    let held: Promise<void> | undefined = new Promise((resolve) => {
      open = resolve
    })
    // The first view is of before the publish, and comes back after it.
    const slow = {
      onLanded: (listener: (index: number) => void) => state.onLanded(listener),
      view: async (options?: ViewOptions) => {
        const view = await state.view(options)
        const waiting = held
        held = undefined
        await waiting
        return view
      },
    } as ReplicatedState
    const hub = new ChangeHub({ state: slow, clock: nodeClock })
    hub.enter()
    const next = hub.next(0, 3_600_000, never)
    await new Promise((resolve) => setImmediate(resolve))
    const { index } = await publish(state, 'acme/web@1.0.0')
    await new Promise((resolve) => setImmediate(resolve))
    open()
    const part = await next
    expect(part.changes.map((each) => each.index)).toEqual([index])
    hub.leave()
  })

  it('keeps nothing for those who have left, and begins anew with the next', async () => {
    const state = await EmbeddedState.make(nodeClock, {})
    const hub = new ChangeHub({ state, clock: nodeClock })
    hub.enter()
    const first = await publish(state, 'acme/a@1.0.0')
    expect((await hub.next(0, 1_000, never)).changes).toHaveLength(1)
    hub.leave()
    const second = await publish(state, 'acme/b@1.0.0')
    hub.enter()
    const part = await hub.next(first.index, 1_000, never)
    expect(part.changes.map((each) => each.index)).toEqual([second.index])
    const waiting = hub.next(second.index, 3_600_000, never)
    const third = await publish(state, 'acme/c@1.0.0')
    expect((await waiting).changes.map((each) => each.index)).toEqual([third.index])
    hub.leave()
  })
})
