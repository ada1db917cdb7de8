import { describe, expect, it } from 'vitest'
import { change, NOON_MS, register, verifiedKey } from '../../test/state/history.js'
import { Replica } from '../../test/state/replica.js'
import { parsePackageId, parsePackageRef } from '../model/package-id.js'

const WEB = parsePackageId('acme/web@1.0.0')

async function withWeb(): Promise<Replica> {
  const replica = await Replica.open()
  await replica.apply(register('acme/web@1.0.0+first'))
  return replica
}

describe('change', () => {
  it('a yank marks the version with its reason and leaves what is signed alone; an unyank takes it back', async () => {
    const replica = await withWeb()
    await using before = replica.view()
    const result = await replica.apply(change('yank', 'acme/web@1.0.0', { request: 1, text: 'leaks' }))
    expect(result).toEqual({
      type: 'changed',
      changed: true,
      id: parsePackageId('acme/web@1.0.0+first'),
      index: 3,
    })
    await using yanked = replica.view()
    expect(yanked.version(WEB)).toEqual({ ...before.version(WEB), yanked: true, yankReason: 'leaks' })
    expect(yanked.versions(WEB)?.[0]).toMatchObject({ yanked: true, deprecated: false })
    await replica.apply(change('unyank', 'acme/web@1.0.0', { request: 2 }))
    await using after = replica.view()
    expect(after.version(WEB)).toEqual(before.version(WEB))
    expect(after.versions(WEB)).toEqual(before.versions(WEB))
    expect((await after.changesAfter(2, 9))?.map((each) => each.records[0]?.kind)).toEqual([
      'yanked',
      'unyanked',
    ])
  })

  it('what stands so already is a success that changes nothing and is no change record', async () => {
    const replica = await withWeb()
    await replica.apply(change('yank', 'acme/web@1.0.0', { request: 1, text: 'leaks' }))
    await replica.apply(change('deprecate', 'acme/web@1.0.0', { request: 2, text: 'old' }))
    for (const [at, again] of [
      change('yank', 'acme/web@1.0.0', { request: 3, text: 'leaks' }),
      change('deprecate', 'acme/web@1.0.0', { request: 4, text: 'old' }),
    ].entries()) {
      expect(await replica.apply(again)).toMatchObject({ type: 'changed', changed: false, index: 5 + at })
    }
    await using view = replica.view()
    expect(view.lastChangeIndex).toBe(4)
    expect(view.version(WEB)).toMatchObject({ yanked: true, yankReason: 'leaks', deprecated: 'old' })
  })

  it('a deprecation with an empty message clears the one before', async () => {
    const replica = await withWeb()
    await replica.apply(change('deprecate', 'acme/web@1.0.0', { request: 1, text: 'old' }))
    await replica.apply(change('deprecate', 'acme/web@1.0.0', { request: 2, text: '' }))
    await using view = replica.view()
    expect(view.version(WEB)?.deprecated).toBeUndefined()
    expect(view.versions(WEB)?.[0]?.deprecated).toBe(false)
    expect((await view.changesAfter(3, 9))?.[0]?.records[0]?.kind).toBe('undeprecated')
  })

  it('keeps what was signed for the audit', async () => {
    const replica = await withWeb()
    const command = change('yank', 'acme/web@1.0.0', { request: 1, text: 'leaks' })
    await replica.apply(command)
    await using view = replica.view()
    expect(view.audit(3)).toEqual({
      action: 'yank',
      requestId: command.requestId,
      id: command.id,
      text: 'leaks',
      signedAtMs: NOON_MS,
      keyId: verifiedKey('anna').keyId,
      signature: command.signature,
    })
    expect(view.audit(2)).toBeUndefined()
  })

  it.each([
    ['acme/nothing@1.0.0', 'PACKAGE_NOT_FOUND'],
    ['acme/web@9.0.0', 'VERSION_NOT_FOUND'],
  ])('of %s is refused: %s', async (id, reason) => {
    const replica = await withWeb()
    expect(await replica.apply(change('yank', id, { request: 1 }))).toMatchObject({ type: 'refused', reason })
  })

  it('by a key that owns nothing here is refused', async () => {
    const replica = await withWeb()
    const result = await replica.apply(change('yank', 'acme/web@1.0.0', { request: 1, by: 'bert' }))
    expect(result).toMatchObject({ reason: 'NOT_OWNER', details: { owners: verifiedKey('anna').keyId } })
    await using view = replica.view()
    expect(view.version(WEB)?.yanked).toBe(false)
  })

  it.each([
    [-300_000, 'changed'],
    [300_000, 'changed'],
    [-300_001, 'refused'],
    [300_001, 'refused'],
  ])('signed %i ms from log time is %s', async (distanceMs, type) => {
    const replica = await withWeb()
    const command = change('yank', 'acme/web@1.0.0', { request: 1, signedAtMs: NOON_MS + distanceMs })
    const result = await replica.apply(command)
    expect(result).toMatchObject(type === 'changed' ? { type } : { type, reason: 'SIGNATURE_STALE' })
  })

  it('of every version leaves no latest, while the package stays', async () => {
    const replica = await withWeb()
    await replica.apply(change('yank', 'acme/web@1.0.0', { request: 1 }))
    await using view = replica.view()
    expect(view.latest(parsePackageRef('acme/web'))).toBeUndefined()
    expect(view.package(parsePackageRef('acme/web'))?.versions).toHaveLength(1)
  })
})
