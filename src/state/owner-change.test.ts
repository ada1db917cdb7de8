import { describe, expect, it } from 'vitest'
import { change, NOON_MS, ownerChange, register, verifiedKey } from '../../test/state/history.js'
import { Replica } from '../../test/state/replica.js'
import { LIMITS } from '../model/limit.js'
import type { Namespace } from '../model/package-id.js'
import { parsePackageRef } from '../model/package-id.js'

const WEB = parsePackageRef('acme/web')
const ACME = 'acme' as Namespace
const keyId = (name: string) => verifiedKey(name).keyId

/** acme/web and zlib, both anna's. */
async function open(): Promise<Replica> {
  const replica = await Replica.open()
  await replica.apply(register('acme/web@1.0.0'))
  await replica.apply(register('zlib@1.0.0'))
  return replica
}

describe('change of owners', () => {
  it('an owner who was added publishes and yanks; the answer repeats for the same request', async () => {
    const replica = await open()
    const add = ownerChange('addOwner', 'zlib', 'bert', { request: 1 })
    const result = await replica.apply(add)
    expect(result).toEqual({ type: 'ownersChanged', changed: true, index: 4 })
    expect(await replica.apply(add)).toEqual(result)
    expect(await replica.apply(register('zlib@1.1.0', { by: 'bert' }))).toMatchObject({ created: true })
    expect(await replica.apply(change('yank', 'zlib@1.0.0', { request: 2, by: 'bert' }))).toMatchObject({
      changed: true,
    })
    await using view = replica.view()
    expect(view.ownership(parsePackageRef('zlib'))?.keyIds).toEqual([keyId('anna'), keyId('bert')])
    expect(view.key(keyId('bert'))?.publicKey).toEqual(verifiedKey('bert').publicKey)
  })

  it('an owner who was removed publishes and yanks no more', async () => {
    const replica = await open()
    await replica.apply(ownerChange('addOwner', 'zlib', 'bert', { request: 1 }))
    await replica.apply(ownerChange('removeOwner', 'zlib', 'anna', { request: 2, by: 'bert' }))
    expect(await replica.apply(register('zlib@2.0.0'))).toMatchObject({ reason: 'NOT_OWNER' })
    expect(await replica.apply(change('yank', 'zlib@1.0.0', { request: 3 }))).toMatchObject({
      reason: 'NOT_OWNER',
      details: { owners: keyId('bert') },
    })
  })

  it('the last owner cannot be removed', async () => {
    const replica = await open()
    for (const [at, scope] of ['zlib', 'acme/', 'acme/web'].entries()) {
      const result = await replica.apply(ownerChange('removeOwner', scope, 'anna', { request: 1 + at }))
      expect(result).toMatchObject({ type: 'refused', reason: 'LAST_OWNER' })
    }
    await using view = replica.view()
    expect(view.namespaceOwners(ACME)?.keyIds).toEqual([keyId('anna')])
  })

  it('a transfer leaves one owner, however many there were', async () => {
    const replica = await open()
    await replica.apply(ownerChange('addOwner', 'zlib', 'bert', { request: 1 }))
    await replica.apply(ownerChange('transferOwnership', 'zlib', 'carl', { request: 2, by: 'bert' }))
    await using view = replica.view()
    expect(view.ownership(parsePackageRef('zlib'))?.keyIds).toEqual([keyId('carl')])
    expect(await replica.apply(register('zlib@2.0.0', { by: 'anna' }))).toMatchObject({ reason: 'NOT_OWNER' })
    expect(await replica.apply(register('zlib@2.0.0', { by: 'carl', request: 9 }))).toMatchObject({
      created: true,
    })
  })

  it('what stands so already changes nothing and is no change record', async () => {
    const replica = await open()
    for (const again of [
      ownerChange('addOwner', 'zlib', 'anna', { request: 1 }),
      ownerChange('removeOwner', 'zlib', 'bert', { request: 2 }),
      ownerChange('transferOwnership', 'zlib', 'anna', { request: 3 }),
    ]) {
      expect(await replica.apply(again)).toMatchObject({ type: 'ownersChanged', changed: false })
    }
    await using view = replica.view()
    expect(view.lastChangeIndex).toBe(3)
  })

  it('a package that was given owners goes by them alone; its siblings go by the namespace', async () => {
    const replica = await open()
    await replica.apply(register('acme/core@1.0.0'))
    await replica.apply(ownerChange('transferOwnership', 'acme/web', 'bert', { request: 1 }))
    const by = (id: string, who: string) => replica.apply(register(id, { by: who }))
    expect(await by('acme/web@2.0.0', 'anna')).toMatchObject({ reason: 'NOT_OWNER' })
    expect(await by('acme/web@2.1.0', 'bert')).toMatchObject({ created: true })
    expect(await by('acme/core@2.0.0', 'bert')).toMatchObject({ reason: 'NOT_OWNER' })
    expect(await by('acme/core@2.1.0', 'anna')).toMatchObject({ created: true })
    await using view = replica.view()
    expect(view.ownership(WEB)).toMatchObject({ keyIds: [keyId('bert')], scope: WEB })
    expect(view.ownership(parsePackageRef('acme/core'))?.scope).toEqual({ namespace: ACME })
  })

  it("a package's first owners of its own begin with those of the namespace", async () => {
    const replica = await open()
    await replica.apply(ownerChange('addOwner', 'acme/web', 'bert', { request: 1 }))
    await using view = replica.view()
    expect(view.ownership(WEB)?.keyIds).toEqual([keyId('anna'), keyId('bert')])
    expect(view.namespaceOwners(ACME)?.keyIds).toEqual([keyId('anna')])
  })

  it('an owner of the namespace can take back a package that was given away; its owner cannot touch the namespace', async () => {
    const replica = await open()
    await replica.apply(ownerChange('transferOwnership', 'acme/web', 'bert', { request: 1 }))
    expect(
      await replica.apply(ownerChange('addOwner', 'acme/', 'bert', { request: 2, by: 'bert' })),
    ).toMatchObject({ reason: 'NOT_OWNER' })
    expect(
      await replica.apply(ownerChange('transferOwnership', 'acme/web', 'anna', { request: 3 })),
    ).toMatchObject({ changed: true })
    expect(await replica.apply(register('acme/web@2.0.0'))).toMatchObject({ created: true })
  })

  it('a new owner of a namespace may publish into it', async () => {
    const replica = await open()
    await replica.apply(ownerChange('addOwner', 'acme/', 'bert', { request: 1 }))
    expect(await replica.apply(register('acme/new@1.0.0', { by: 'bert' }))).toMatchObject({ created: true })
  })

  it.each([
    ['by a stranger', ownerChange('addOwner', 'zlib', 'bert', { request: 1, by: 'bert' }), 'NOT_OWNER'],
    ['of an unknown package', ownerChange('addOwner', 'none', 'bert', { request: 1 }), 'PACKAGE_NOT_FOUND'],
    [
      'of an unclaimed namespace',
      ownerChange('addOwner', 'none/', 'bert', { request: 1 }),
      'PACKAGE_NOT_FOUND',
    ],
    [
      'signed too long ago',
      ownerChange('addOwner', 'zlib', 'bert', { request: 1, signedAtMs: NOON_MS - 300_001 }),
      'SIGNATURE_STALE',
    ],
    [
      'signed in the future',
      ownerChange('addOwner', 'zlib', 'bert', { request: 1, signedAtMs: NOON_MS + 300_001 }),
      'SIGNATURE_STALE',
    ],
  ])('%s is refused', async (_, command, reason) => {
    const replica = await open()
    expect(await replica.apply(command)).toMatchObject({ type: 'refused', reason })
  })

  it('a key id that stands for another key is refused', async () => {
    const replica = await open()
    const command = ownerChange('addOwner', 'zlib', 'anna', { request: 1 })
    const other = { keyId: keyId('anna'), publicKey: verifiedKey('bert').publicKey }
    expect(await replica.apply({ ...command, owner: other })).toMatchObject({
      reason: 'SIGNATURE_INVALID',
      field: 'owner_public_key',
    })
  })

  it('beyond the limit no owner is added', async () => {
    const replica = await open()
    for (let at = 1; at < LIMITS.ownersMax; at++)
      await replica.apply(ownerChange('addOwner', 'zlib', `owner ${at}`, { request: at }))
    expect(await replica.apply(ownerChange('addOwner', 'zlib', 'one more', { request: 999 }))).toMatchObject({
      reason: 'LIMIT_EXCEEDED',
    })
  })

  it('keeps what was signed for the audit, and says in the change feed whose owners changed', async () => {
    const replica = await open()
    const command = ownerChange('addOwner', 'acme/WEB', 'bert', { request: 1 })
    await replica.apply(command)
    await using view = replica.view()
    expect(view.audit(4)).toEqual({
      action: 'addOwner',
      requestId: command.requestId,
      scope: command.scope,
      owner: keyId('bert'),
      signedAtMs: NOON_MS,
      keyId: keyId('anna'),
      signature: command.signature,
    })
    expect(await view.changesAfter(3, 9)).toEqual([
      { index: 4, logTimeMs: NOON_MS, records: [{ kind: 'ownersChanged', scope: WEB }] },
    ])
  })
})
