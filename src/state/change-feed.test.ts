import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { change, register } from '../../test/state/history.js'
import { Replica } from '../../test/state/replica.js'
import { TABLE } from './key-layout.js'

/** Publishes with entries in between that change nothing: feed indexes 2, 4, 6, … */
async function withChanges(count: number, changeFeedEntriesMax: number): Promise<Replica> {
  const replica = await Replica.open({ changeFeedEntriesMax })
  for (let i = 0; i < count; i++) {
    await replica.apply(register(`acme/web@1.${i}.0`))
    await replica.empty()
  }
  return replica
}

describe('change feed', () => {
  it('gives the changes after any index, in order, up to the limit', async () => {
    const replica = await withChanges(9, 100)
    await using view = replica.view()
    const property = fc.asyncProperty(fc.nat(25), fc.integer({ min: 1, max: 12 }), async (after, limit) => {
      const expected = [2, 4, 6, 8, 10, 12, 14, 16, 18].filter((index) => index > after).slice(0, limit)
      expect((await view.changesAfter(after, limit))?.map((each) => each.index)).toEqual(expected)
    })
    await fc.assert(property, { seed: 5, numRuns: 200 })
    expect(view).toMatchObject({ firstRetainedIndex: 1, lastChangeIndex: 18 })
  })

  it('keeps the last changes only and says from where it is whole', async () => {
    const replica = await withChanges(9, 4)
    await using view = replica.view()
    expect(view.firstRetainedIndex).toBe(11)
    expect(await view.changesAfter(9, 10)).toBeUndefined()
    expect((await view.changesAfter(10, 10))?.map((each) => each.index)).toEqual([12, 14, 16, 18])
    expect((await view.changesAfter(15, 10))?.map((each) => each.index)).toEqual([16, 18])
    expect(replica.store.dump().filter(([key]) => key.charCodeAt(0) === TABLE.change)).toHaveLength(4)
  })

  it('says what changed, and nothing for what was refused', async () => {
    const replica = await Replica.open()
    const publish = register('acme/web@1.0.0')
    await replica.apply(publish)
    await replica.apply(register('acme/web@1.0.0', { content: 'other', request: 7 }))
    await replica.apply(change('yank', 'acme/web@1.0.0', { request: 8 }))
    await using view = replica.view()
    const logTimeMs = view.logTimeMs
    const { id } = publish.metadata
    expect(await view.changesAfter(0, 10)).toEqual([
      { index: 2, logTimeMs, records: [{ kind: 'published', id }] },
      { index: 4, logTimeMs, records: [{ kind: 'yanked', id }] },
    ])
  })
})
