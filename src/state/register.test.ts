import { describe, expect, it } from 'vitest'
import { configuration, NOON_MS, register, sha256, verifiedKey } from '../../test/state/history.js'
import { Replica } from '../../test/state/replica.js'
import type { RegisterCommand } from '../model/command.js'
import type { PackageMetadata } from '../model/metadata.js'
import type { NodeId } from '../model/node-id.js'
import { parsePackageId, parsePackageRef } from '../model/package-id.js'
import { TABLE } from './key-layout.js'

const nodes = (...ids: string[]) => ids as NodeId[]

describe('register', () => {
  it('stores what was published, as it was published', async () => {
    const replica = await Replica.open()
    const command = register('acme/Web_Kit@1.0.0+linux', {
      metadata: {
        kind: 'validator',
        description: 'Größe',
        authors: ['Anna'],
        readmeSha256: sha256('readme'),
      },
    })
    expect(await replica.apply(command)).toEqual({
      type: 'registered',
      created: true,
      id: parsePackageId('acme/Web_Kit@1.0.0+linux'),
      index: 2,
      publishedAtMs: NOON_MS,
    })
    await using view = replica.view()
    expect(view.version(parsePackageId('acme/web-kit@1.0.0'))).toEqual({
      metadata: command.metadata,
      signatures: command.signatures,
      content: command.content,
      publishedAtMs: NOON_MS,
      publishedIndex: 2,
      yanked: false,
      signedFormSha256: command.signedFormSha256,
    })
  })

  it('of the same content again is a success that changes nothing and names the first publish', async () => {
    const replica = await Replica.open()
    await replica.apply(register('acme/web@1.0.0', { request: 1 }))
    const again = await replica.apply(register('acme/web@1.0.0', { request: 2 }))
    expect(again).toMatchObject({ type: 'registered', created: false, index: 2 })
    await using view = replica.view()
    expect(view.stats.versions).toBe(1)
    expect(await view.changesAfter(0, 10)).toHaveLength(1)
  })

  it('of other content under the same version is refused with both hashes', async () => {
    const replica = await Replica.open()
    await replica.apply(register('acme/web@1.0.0', { request: 1, content: 'first' }))
    const other = register('acme/web@1.0.0', { request: 2, content: 'second' })
    const result = await replica.apply(other)
    expect(result).toMatchObject({
      type: 'refused',
      reason: 'VERSION_EXISTS',
      message: expect.stringMatching(new RegExp(`${sha256('first')}.*${sha256('second')}`)),
      details: { storedSha256: sha256('first'), offeredSha256: sha256('second') },
    })
  })

  it('of the same bytes with other signed metadata is refused', async () => {
    const replica = await Replica.open()
    await replica.apply(register('acme/web@1.0.0', { request: 1, content: 'x' }))
    const other = register('acme/web@1.0.0', { request: 2, content: 'x', metadata: { license: 'MIT' } })
    expect(await replica.apply(other)).toMatchObject({ reason: 'VERSION_EXISTS' })
  })

  it('of other bytes under the same signed form is refused too', async () => {
    const replica = await Replica.open()
    const signedFormSha256 = sha256('one form')
    await replica.apply(register('acme/web@1.0.0', { request: 1, content: 'x', signedFormSha256 }))
    const other = register('acme/web@1.0.0', { request: 2, content: 'y', signedFormSha256 })
    expect(await replica.apply(other)).toMatchObject({ reason: 'VERSION_EXISTS' })
  })

  it('of a version that differs in build metadata only is the same version', async () => {
    const replica = await Replica.open()
    await replica.apply(register('acme/web@1.0.0+a', { content: 'a' }))
    expect(await replica.apply(register('acme/web@1.0.0+b', { content: 'b' }))).toMatchObject({
      reason: 'VERSION_EXISTS',
    })
  })

  it('of content for a metadata-only version is refused: it never gets any later', async () => {
    const replica = await Replica.open()
    await replica.apply(register('acme/web@1.0.0', { request: 1, content: undefined, holders: [] }))
    const later = await replica.apply(register('acme/web@1.0.0', { request: 2, content: 'late' }))
    expect(later).toMatchObject({
      reason: 'VERSION_EXISTS',
      message: expect.stringContaining('as metadata only'),
      details: { storedSha256: 'none', offeredSha256: sha256('late') },
    })
  })

  it.each(['acme/Web', 'acme/w_b', 'acme/W-B'])(
    'under %s next to acme/web and acme/w-b is refused',
    async (name) => {
      const replica = await Replica.open()
      await replica.apply(register('acme/web@1.0.0'))
      await replica.apply(register('acme/w-b@1.0.0'))
      const existing = name.toLowerCase().replace('_', '-')
      expect(await replica.apply(register(`${name}@2.0.0`))).toMatchObject({
        reason: 'NAME_TAKEN',
        details: { existing },
      })
    },
  )

  it('by a stranger in a claimed namespace is refused, naming the owners; any owner may', async () => {
    const replica = await Replica.open()
    const [anna, bert, carl] = [verifiedKey('anna'), verifiedKey('bert'), verifiedKey('carl')]
    await replica.apply(register('acme/web@1.0.0', { verifiedKeys: [anna, bert] }))
    expect(await replica.apply(register('acme/other@1.0.0', { verifiedKeys: [carl] }))).toMatchObject({
      reason: 'NOT_OWNER',
      message: expect.stringContaining('namespace acme'),
      details: { owners: `${anna.keyId}, ${bert.keyId}`, signers: carl.keyId },
    })
    const byBert = register('acme/other@1.0.0', { request: 5, verifiedKeys: [carl, bert] })
    expect(await replica.apply(byBert)).toMatchObject({ type: 'registered' })
    await using view = replica.view()
    expect(view.ownership(parsePackageRef('acme/x'))?.keyIds).toEqual([anna.keyId, bert.keyId])
    expect(view.key(carl.keyId)).toMatchObject({ publicKey: carl.publicKey, firstIndex: 4 })
  })

  it('claims names without a namespace one by one', async () => {
    const replica = await Replica.open()
    await replica.apply(register('alpha@1.0.0', { by: 'anna' }))
    expect(await replica.apply(register('beta@1.0.0', { by: 'bert' }))).toMatchObject({ created: true })
    expect(await replica.apply(register('alpha@1.1.0', { by: 'bert' }))).toMatchObject({
      reason: 'NOT_OWNER',
    })
  })

  it('of a second version writes no index entry again', async () => {
    const replica = await Replica.open()
    const fields = {
      authors: ['Anna'],
      dependencies: [{ ...parsePackageRef('core'), requirement: '*', kind: 'normal' }],
    }
    const tables: number[][] = []
    const write = replica.store.write.bind(replica.store)
    replica.store.write = async (operations) => {
      tables.push(operations.map((operation) => operation.key[0] as number))
      await write(operations)
    }
    for (const id of ['acme/web@1.0.0', 'acme/web@1.1.0']) {
      await replica.apply(register(id, { metadata: fields as Partial<PackageMetadata> }))
    }
    for (const table of [TABLE.author, TABLE.dependent, TABLE.owner, TABLE.key]) {
      expect(tables.map((each) => each.includes(table))).toEqual([true, false])
    }
  })

  it('that was refused claims nothing and stores no key', async () => {
    const replica = await Replica.open()
    await replica.apply(register('acme/web@1.0.0', { by: 'bert', holders: [] }))
    await using view = replica.view()
    expect(view.ownership(parsePackageRef('acme/web'))).toBeUndefined()
    expect(view.key(verifiedKey('bert').keyId)).toBeUndefined()
    expect(view.package(parsePackageRef('acme/web'))).toBeUndefined()
  })

  it('without a verified key is refused', async () => {
    const replica = await Replica.open()
    expect(await replica.apply(register('acme/web@1.0.0', { verifiedKeys: [] }))).toMatchObject({
      reason: 'SIGNATURE_MISSING',
    })
  })

  it('with another public key under a known key id is refused', async () => {
    const replica = await Replica.open()
    const anna = verifiedKey('anna')
    await replica.apply(register('acme/web@1.0.0'))
    const forged = { keyId: anna.keyId, publicKey: verifiedKey('mallory').publicKey }
    expect(await replica.apply(register('acme/web@1.1.0', { verifiedKeys: [forged] }))).toMatchObject({
      reason: 'SIGNATURE_INVALID',
    })
  })

  it.each<[string, RegisterCommand['holders'], readonly string[], readonly string[], boolean]>([
    ['two of three', nodes('node-1', 'node-3'), ['node-1', 'node-2', 'node-3'], [], true],
    ['one of three', nodes('node-1'), ['node-1', 'node-2', 'node-3'], [], false],
    ['one of three, named twice', nodes('node-1', 'node-1'), ['node-1', 'node-2', 'node-3'], [], false],
    ['half of four', nodes('node-1', 'node-2'), ['node-1', 'node-2', 'node-3', 'node-4'], [], false],
    ['two that do not vote', nodes('node-8', 'node-9'), ['node-1', 'node-2', 'node-3'], [], false],
    [
      'the new half alone',
      nodes('node-4', 'node-5'),
      ['node-3', 'node-4', 'node-5'],
      ['node-1', 'node-2', 'node-3'],
      false,
    ],
    [
      'the old half alone',
      nodes('node-1', 'node-2'),
      ['node-3', 'node-4', 'node-5'],
      ['node-1', 'node-2', 'node-3'],
      false,
    ],
    [
      'a majority of both halves',
      nodes('node-1', 'node-3', 'node-5'),
      ['node-3', 'node-4', 'node-5'],
      ['node-1', 'node-2', 'node-3'],
      true,
    ],
    ['the only voter', nodes('node-1'), ['node-1'], [], true],
  ])('with its blob held by %s: stored is %s', async (_, holders, voters, outgoing, stored) => {
    const replica = await Replica.open({ configuration: configuration(voters, outgoing) })
    const result = await replica.apply(register('acme/web@1.0.0', { holders }))
    expect(result).toMatchObject(stored ? { type: 'registered' } : { reason: 'BLOB_MISSING' })
  })

  it('judges holders by the configuration in force at its index', async () => {
    const replica = await Replica.open({ configuration: configuration(['node-1']) })
    const holders = nodes('node-1')
    expect(await replica.apply(register('acme/web@1.0.0', { holders }))).toMatchObject({ created: true })
    await replica.configure(configuration(['node-1', 'node-2', 'node-3']))
    expect(await replica.apply(register('acme/web@1.1.0', { holders }))).toMatchObject({
      reason: 'BLOB_MISSING',
    })
  })

  it('is no answer to be remembered: the same request brings its copies to those who decide now', async () => {
    const replica = await Replica.open({ configuration: configuration(['node-1', 'node-2', 'node-3']) })
    const first = register('acme/web@1.0.0', { holders: nodes('node-1') })
    expect(await replica.apply(first)).toMatchObject({ reason: 'BLOB_MISSING' })
    expect(await replica.apply({ ...first, holders: nodes('node-1', 'node-3') })).toMatchObject({
      created: true,
    })
    expect(await replica.apply(first)).toMatchObject({ created: true })
  })

  it('needs holders for a readme too, and none for metadata alone', async () => {
    const replica = await Replica.open()
    const bare = { content: undefined, holders: [], leaseEndMs: 0 }
    expect(await replica.apply(register('acme/web@1.0.0', bare))).toMatchObject({ created: true })
    const readme = register('acme/web@1.1.0', { ...bare, metadata: { readmeSha256: sha256('r') } })
    expect(await replica.apply(readme)).toMatchObject({ reason: 'BLOB_MISSING' })
  })

  it('whose lease ends at log time is refused; a moment before it is not', async () => {
    const replica = await Replica.open()
    const leaseEndMs = NOON_MS + 1_000
    expect(await replica.apply(register('acme/web@1.0.0', { leaseEndMs }), NOON_MS + 999)).toMatchObject({
      created: true,
    })
    expect(await replica.apply(register('acme/web@1.1.0', { leaseEndMs }), NOON_MS + 1_000)).toMatchObject({
      reason: 'LEASE_EXPIRED',
    })
  })

  it('beyond the versions a package may have is refused', async () => {
    const replica = await Replica.open({ versionsPerPackageMax: 2 })
    await replica.apply(register('acme/web@1.0.0'))
    await replica.apply(register('acme/web@1.1.0'))
    expect(await replica.apply(register('acme/web@1.2.0'))).toMatchObject({ reason: 'LIMIT_EXCEEDED' })
  })

  it('with a name or version that no admission lets through is refused, not thrown', async () => {
    const replica = await Replica.open()
    const bad = (id: object) => {
      const command = register('acme/web@1.0.0', { request: JSON.stringify(id).length })
      return {
        ...command,
        metadata: { ...command.metadata, id: { ...command.metadata.id, ...id } },
      } as RegisterCommand
    }
    expect(await replica.apply(bad({ name: '../etc' }))).toMatchObject({
      reason: 'INVALID_NAME',
      field: 'id.name',
    })
    expect(await replica.apply(bad({ namespace: 'Ä' }))).toMatchObject({ reason: 'INVALID_NAME' })
    expect(await replica.apply(bad({ version: '1' }))).toMatchObject({ reason: 'INVALID_VERSION' })
  })
})
