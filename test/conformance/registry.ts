import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from '../../src/interface/answer.js'
import type { PublishReceipt, Registry, RegistryIdentity } from '../../src/interface/registry.js'
import type { WatchEvent } from '../../src/interface/watch.js'
import { contentOf } from '../../src/interface/whole-content.js'
import { sha256Hash } from '../../src/model/content-hash.js'
import type { PackageMetadata } from '../../src/model/metadata.js'
import type { ClusterId } from '../../src/model/node-id.js'
import { formatPackageId, type PackageId, packageKey, parsePackageRef } from '../../src/model/package-id.js'
import type { SignedChange, SignedOwnerChange } from '../../src/model/signed-write.js'
import type { WatchedKind } from '../../src/model/watched-change.js'
import { type OwnerChange, ownerChangeForm } from '../../src/trust/signed-form.js'
import { eventually } from '../integration/test-cluster.js'
import {
  anna,
  archiveOf,
  berta,
  metadataOf,
  newRequestId,
  sha256,
  signedChange,
  signedVersion,
} from '../registry/signed-package.js'
import { expectRefusal, type MarketHarness } from './market.js'

/** What every Registry must do. */
export function registryConformance(name: string, make: () => Promise<MarketHarness>): void {
  describe(`registry: ${name}`, () => {
    let harness: MarketHarness
    let registry: Registry
    let identity: RegistryIdentity

    beforeAll(async () => {
      harness = await make()
      registry = harness.registry
      identity = await registry.identity()
    }, 120_000)
    afterAll(() => harness?.close())

    const register = (id: string, parts: Partial<PackageMetadata> = {}, signer = anna) =>
      registry.register(signedVersion(metadataOf(id, parts), {}, signer))

    const changeOf = (
      action: SignedChange['action'],
      id: string | PackageId,
      text?: string,
      signer = anna,
    ): SignedChange =>
      signedChange(
        action,
        typeof id === 'string' ? metadataOf(id).id : id,
        identity.clusterId,
        text === undefined ? {} : { text },
        signer,
      )

    const ownerChange = (
      what: Pick<OwnerChange, 'action' | 'scope' | 'owner'>,
      signer = anna,
    ): SignedOwnerChange => {
      const moment = { clusterId: identity.clusterId, requestId: newRequestId(), signedAtMs: Date.now() }
      const signature = signer.sign(ownerChangeForm({ ...what, ...moment }))
      const { requestId, signedAtMs } = moment
      return { ...what, requestId, signedAtMs, signature, publicKey: signer.publicKey }
    }

    /** Content and version, one after the other or in one call where the registry takes both. */
    async function publish(
      id: string,
      text: string,
    ): Promise<{ receipt: PublishReceipt; bytes: Uint8Array }> {
      const metadata = metadataOf(id)
      const bytes = await archiveOf(metadata, { 'hello.txt': text })
      const contentHash = sha256Hash(sha256(bytes))
      const version = { ...signedVersion(metadata, { contentHash }), contentHash }
      const content = contentOf(bytes, contentHash.digest)
      if (registry.publish !== undefined) return { receipt: await registry.publish(version, content), bytes }
      await harness.store.uploadStream(content)
      return { receipt: await registry.register(version), bytes }
    }

    async function allPages<T>(list: (pageToken: string | undefined) => Promise<Page<T>>): Promise<T[][]> {
      const pages: T[][] = []
      let pageToken: string | undefined
      do {
        const page = await list(pageToken)
        pages.push([...page.entries])
        pageToken = page.nextPageToken
      } while (pageToken !== undefined)
      return pages
    }

    describe('a version', () => {
      test('many at once: each ends by itself, under its position, and a refusal ends no other', async () => {
        if (registry.registerMany === undefined) return
        const ids = Array.from({ length: 600 }, (_, n) => `many/p${n}@1.0.0`)
        const refusedAt = 311
        const versions = async function* () {
          for (const [n, id] of ids.entries()) {
            const version = signedVersion(metadataOf(id))
            yield n === refusedAt
              ? { ...version, metadata: metadataOf(id, { description: 'altered' }) }
              : version
          }
        }
        const came = new Map<number, string>()
        for await (const outcome of registry.registerMany(versions()))
          came.set(
            outcome.position,
            'error' in outcome ? outcome.error.reason : formatPackageId(outcome.receipt.id),
          )
        expect(came.size).toBe(ids.length)
        for (const [n, id] of ids.entries())
          expect(came.get(n)).toBe(n === refusedAt ? 'SIGNATURE_INVALID' : id)
        const { versions: there } = await registry.getStats()
        const again = registry.registerMany(versions())
        for await (const outcome of again) expect('receipt' in outcome && outcome.receipt.created).toBe(false)
        expect((await registry.getStats()).versions).toBe(there)
      })

      test('many at once: what the versions throw ends it, and who leaves early leaves no harm', async () => {
        if (registry.registerMany === undefined) return
        const broken = async function* () {
          yield signedVersion(metadataOf('many/before@1.0.0'))
          throw new Error('the source ended')
        }
        const all = async () => {
          for await (const _ of registry.registerMany?.(broken()) ?? []);
        }
        await expect(all()).rejects.toThrow('the source ended')
        const endless = async function* () {
          for (let n = 0; ; n++) yield signedVersion(metadataOf(`many/endless-${n}@1.0.0`))
        }
        for await (const _ of registry.registerMany(endless())) break
        await register('many/after@1.0.0')
      })

      test('that was registered is read as it was signed, at once', async () => {
        const metadata = metadataOf('plain/web@1.0.0', { description: 'a web framework', license: 'MIT' })
        const receipt = await registry.register(signedVersion(metadata))
        expect(receipt).toMatchObject({ id: metadata.id, created: true, historyId: identity.historyId })
        const answer = await registry.get(metadata.id)
        expect(answer.version.metadata).toEqual(metadata)
        expect(answer.version.signatures.map(({ keyId }) => keyId)).toEqual([anna.keyId])
        expect(answer.publicKeys.map((key) => Buffer.from(key).toString('hex'))).toEqual([
          Buffer.from(anna.publicKey).toString('hex'),
        ])
        expect(answer.version.yanked).toBe(false)
        expect(answer.index).toBeGreaterThanOrEqual(receipt.index)
        expect(answer.historyId).toBe(identity.historyId)
      })

      test('registered again is a success that changes nothing', async () => {
        const first = await register('again/web@1.0.0')
        const second = await register('again/web@1.0.0')
        expect(second).toMatchObject({ id: first.id, created: false })
      })

      test('of other content is refused, and the first one stays', async () => {
        await register('never/web@1.0.0', { description: 'the first' })
        await expectRefusal(register('never/web@1.0.0', { description: 'another' }), 'VERSION_EXISTS')
        const { version } = await registry.get(metadataOf('never/web@1.0.0').id)
        expect(version.metadata.description).toBe('the first')
      })

      test('sent again with its request id is done once, and answered alike', async () => {
        const version = signedVersion(metadataOf('retry/web@1.0.0'), { requestId: newRequestId() })
        const first = await registry.register(version)
        expect(await registry.register(version)).toMatchObject({ index: first.index, created: true })
      })

      test('that nobody signed is refused', async () => {
        const version = signedVersion(metadataOf('unsigned/web@1.0.0'))
        const unsigned = { ...version, signatures: [], publicKeys: [] }
        await expectRefusal(registry.register(unsigned), 'SIGNATURE_MISSING')
        await expectRefusal(registry.get(parsePackageRef('unsigned/web')), 'PACKAGE_NOT_FOUND')
      })

      test('whose signature is over something else is refused', async () => {
        const version = signedVersion(metadataOf('forged/web@1.0.0'))
        const forged = { ...version, metadata: metadataOf('forged/web@1.0.1') }
        await expectRefusal(registry.register(forged), 'SIGNATURE_INVALID')
      })

      test('in somebody else’s namespace is refused', async () => {
        await register('annas/web@1.0.0')
        await expectRefusal(register('annas/other@1.0.0', {}, berta), 'NOT_OWNER')
      })

      test('that is not there, or whose package is not, is said to be missing', async () => {
        await register('there/web@1.0.0')
        await expectRefusal(registry.get(metadataOf('there/web@2.0.0').id), 'VERSION_NOT_FOUND')
        await expectRefusal(registry.get(parsePackageRef('nowhere/web')), 'PACKAGE_NOT_FOUND')
      })

      test('that is latest is the highest release', async () => {
        for (const version of ['1.0.0', '1.10.0', '1.9.0', '2.0.0-rc.1'])
          await register(`latest/web@${version}`)
        const { version } = await registry.get(parsePackageRef('latest/web'))
        expect(version.metadata.id.version).toBe('1.10.0')
      })
    })

    test('many versions end each for itself, each told by its position', async () => {
      // What has no stream for many is given one after the other.
      const { registerMany } = registry
      if (registerMany === undefined) return
      const unsigned = { ...signedVersion(metadataOf('many/unsigned@1.0.0')), signatures: [] }
      const ids = ['many/a@1.0.0', 'many/b@1.0.0']
      const versions = async function* () {
        yield signedVersion(metadataOf(ids[0] ?? ''))
        yield unsigned
        yield signedVersion(metadataOf(ids[1] ?? ''))
        const dependencies = [{ name: '../web', requirement: '*', kind: 'normal' }] as never
        yield signedVersion(metadataOf('many/c@1.0.0', { dependencies }))
      }
      const outcomes = []
      for await (const outcome of registerMany.call(registry, versions())) outcomes.push(outcome)
      outcomes.sort((a, b) => a.position - b.position)
      expect(outcomes).toMatchObject([
        { position: 0, receipt: { id: metadataOf('many/a@1.0.0').id, created: true } },
        { position: 1, error: { reason: 'SIGNATURE_MISSING' } },
        { position: 2, receipt: { id: metadataOf('many/b@1.0.0').id, created: true } },
        { position: 3, error: { reason: 'INVALID_NAME' } },
      ])
      for (const id of ids) expect((await registry.get(metadataOf(id).id)).version.metadata.id).toBeDefined()
    })

    describe('content', () => {
      test('of a version comes back byte for byte', async () => {
        const { receipt, bytes } = await publish('content/web@1.0.0', 'hello')
        expect(receipt).toMatchObject({ created: true, contentHash: sha256Hash(sha256(bytes)) })
        const { version } = await registry.get(receipt.id)
        expect(version.content?.sha256).toBe(sha256(bytes))
        expect(version.content?.sizeBytes).toBe(bytes.length)
        expect(Buffer.from(await harness.store.get(sha256(bytes)))).toEqual(Buffer.from(bytes))
      })

      test('published again changes nothing; other content is refused', async () => {
        await publish('content/again@1.0.0', 'one')
        expect((await publish('content/again@1.0.0', 'one')).receipt.created).toBe(false)
        await expectRefusal(publish('content/again@1.0.0', 'two'), 'VERSION_EXISTS')
      })

      test('that the store does not hold cannot be registered', async () => {
        const metadata = metadataOf('content/missing@1.0.0')
        const contentHash = sha256Hash(sha256('nobody has ever stored this'))
        const version = signedVersion(metadata, { contentHash })
        await expectRefusal(registry.register(version), 'BLOB_MISSING')
      })

      test('whose manifest says something else is refused', async () => {
        const bytes = await archiveOf(metadataOf('content/other@1.0.0'))
        const contentHash = sha256Hash(sha256(bytes))
        await harness.store.store(bytes)
        const version = signedVersion(metadataOf('content/web@3.0.0'), { contentHash })
        await expectRefusal(registry.register(version), 'MANIFEST_MISMATCH')
      })
    })

    describe('listing', () => {
      test('the versions of a package are highest first, page by page', async () => {
        for (const version of ['1.0.0', '1.10.0', '1.2.0']) await register(`versions/web@${version}`)
        const ref = parsePackageRef('versions/web')
        const pages = await allPages((pageToken) => registry.listVersions(ref, { pageSize: 2, pageToken }))
        expect(pages.map((page) => page.map(({ id }) => id.version))).toEqual([
          ['1.10.0', '1.2.0'],
          ['1.0.0'],
        ])
        await expectRefusal(registry.listVersions(parsePackageRef('versions/none')), 'PACKAGE_NOT_FOUND')
      })

      test('a page token of nothing is refused', async () => {
        await register('token/web@1.0.0')
        const ref = parsePackageRef('token/web')
        await expectRefusal(registry.listVersions(ref, { pageToken: 'bm90aGluZw' }), 'PAGE_TOKEN_INVALID')
      })

      test('a namespace’s packages come by name, page by page', async () => {
        for (const each of ['c', 'a', 'b']) await register(`listed/${each}@1.0.0`)
        const { namespace } = parsePackageRef('listed/a')
        const pages = await allPages((pageToken) =>
          registry.listPackages(namespace, { pageSize: 2, pageToken }),
        )
        expect(pages.flat().map(({ id }) => packageKey(id))).toEqual(['listed/a', 'listed/b', 'listed/c'])
        expect(pages[0]).toHaveLength(2)
      })

      test('packages are found by an author’s name and mail address', async () => {
        await register('authors/web@1.0.0', { authors: ['Ada Conformance <ada@conformance.example>'] })
        for (const author of ['ada conformance', 'ada@conformance.example']) {
          const { entries } = await registry.listByAuthor(author)
          expect(entries.map(({ id }) => packageKey(id))).toEqual(['authors/web'])
        }
      })

      test('who depends on a package is listed, by what the latest version says', async () => {
        const on = { ...parsePackageRef('dependents/base'), requirement: '^1.0.0', kind: 'normal' as const }
        await register('dependents/user@1.0.0', { dependencies: [on] })
        await register('dependents/former@1.0.0', { dependencies: [on] })
        await register('dependents/former@2.0.0')
        const pages = await allPages((pageToken) =>
          registry.listDependents(parsePackageRef('dependents/base'), { pageToken }),
        )
        expect(pages.flat().map(({ id }) => packageKey(id))).toEqual(['dependents/user'])
      })

      test('what was published last comes first among the recent', async () => {
        await register('recent/old@1.0.0')
        await register('recent/new@1.0.0')
        const { entries } = await registry.listRecent({ pageSize: 2 })
        expect(entries.map(({ id }) => formatPackageId(id))).toEqual(['recent/new@1.0.0', 'recent/old@1.0.0'])
      })
    })

    describe('a requirement', () => {
      test('means the highest version that meets it', async () => {
        for (const version of ['1.0.0', '1.5.0', '2.0.0']) await register(`resolve/web@${version}`)
        const ref = parsePackageRef('resolve/web')
        const resolved = async (requirement: string) =>
          (await registry.resolveVersion(ref, requirement)).version.id.version
        expect(await resolved('^1.0.0')).toBe('1.5.0')
        expect(await resolved('1.0.0')).toBe('1.5.0')
        expect(await resolved('')).toBe('2.0.0')
        await expectRefusal(registry.resolveVersion(ref, '^3'), 'VERSION_NOT_FOUND')
        await expectRefusal(registry.resolveVersion(ref, 'newest please'), 'INVALID_REQUIREMENT')
      })
    })

    describe('a resolution', () => {
      const needs = (name: string, requirement: string) => ({
        dependencies: [{ ...parsePackageRef(name), requirement, kind: 'normal' as const }],
      })

      test('answers with all that is needed, in the order of installing', async () => {
        for (const version of ['1.0.0', '1.1.0', '2.0.0']) await register(`tree/log@${version}`)
        await register('tree/web@1.0.0', needs('tree/log', '^1.0.0'))
        const { index } = await register('tree/app@1.0.0', needs('tree/web', '*'))
        const roots = [{ ref: parsePackageRef('tree/app'), requirement: '' }]
        const answer = await registry.resolveDependencies({ roots })
        expect(answer.packages.map(({ version }) => formatPackageId(version.id))).toEqual([
          'tree/log@1.1.0',
          'tree/web@1.0.0',
          'tree/app@1.0.0',
        ])
        expect(answer.index).toBeGreaterThanOrEqual(index)
        const locked = [metadataOf('tree/log@1.0.0').id]
        const kept = await registry.resolveDependencies({ roots, locked })
        expect(kept.packages[0]).toMatchObject({ choice: 'locked', version: { id: { version: '1.0.0' } } })
      })

      test('without an answer is refused', async () => {
        await register('torn/web@1.0.0', needs('torn/ghost', '^1.0.0'))
        const torn = [{ ref: parsePackageRef('torn/web'), requirement: '' }]
        await expectRefusal(registry.resolveDependencies({ roots: torn }), 'DEPENDENCY_CONFLICT')
        const unknown = [{ ref: parsePackageRef('torn/ghost'), requirement: '' }]
        await expectRefusal(registry.resolveDependencies({ roots: unknown }), 'PACKAGE_NOT_FOUND')
        await expectRefusal(registry.resolveDependencies({ roots: [] }), 'INVALID_ARGUMENT')
      })
    })

    describe('a change', () => {
      test('hides a version that is yanked, and shows it again', async () => {
        await register('yanked/web@1.0.0')
        await register('yanked/web@1.1.0')
        const { id } = metadataOf('yanked/web@1.1.0')
        const ref = parsePackageRef('yanked/web')
        expect(await registry.yank(changeOf('yank', id, 'loses data'))).toMatchObject({ id, changed: true })
        expect(await registry.yank(changeOf('yank', id, 'loses data'))).toMatchObject({ changed: false })
        expect(await registry.isYanked(id)).toMatchObject({ yanked: true, reason: 'loses data' })
        expect((await registry.get(id)).version).toMatchObject({ yanked: true, yankReason: 'loses data' })
        expect((await registry.get(ref)).version.metadata.id.version).toBe('1.0.0')
        expect((await registry.resolveVersion(ref, '^1')).version.id.version).toBe('1.0.0')
        expect((await registry.unyank(changeOf('unyank', id))).changed).toBe(true)
        expect((await registry.isYanked(id)).yanked).toBe(false)
        expect((await registry.resolveVersion(ref, '^1')).version.id.version).toBe('1.1.0')
      })

      test('that yanks the last version leaves nothing to be the latest', async () => {
        await register('emptied/web@1.0.0')
        await registry.yank(changeOf('yank', 'emptied/web@1.0.0'))
        await expectRefusal(registry.get(parsePackageRef('emptied/web')), 'ALL_YANKED')
      })

      test('warns of a version, and takes the warning back', async () => {
        await register('deprecated/web@1.0.0')
        const { id } = metadataOf('deprecated/web@1.0.0')
        const deprecated = async () => (await registry.get(id)).version.deprecated
        await registry.updateMetadata(changeOf('deprecate', id, 'use another'))
        expect(await deprecated()).toBe('use another')
        await registry.updateMetadata(changeOf('deprecate', id))
        expect(await deprecated()).toBeUndefined()
      })

      test('by somebody else, or signed for another registry, is refused', async () => {
        await register('guarded/web@1.0.0')
        const { id } = metadataOf('guarded/web@1.0.0')
        await expectRefusal(registry.yank(changeOf('yank', id, undefined, berta)), 'NOT_OWNER')
        const elsewhere = signedChange('yank', id, 'ee'.repeat(16) as ClusterId)
        await expectRefusal(registry.yank(elsewhere), 'SIGNATURE_INVALID')
        await expectRefusal(registry.yank(changeOf('yank', 'guarded/web@9.9.9')), 'VERSION_NOT_FOUND')
        expect((await registry.isYanked(id)).yanked).toBe(false)
      })
    })

    describe('what no compiler has seen', () => {
      const untyped = (value: unknown) => value as never

      test('is refused where it names what can be no name, version, scope or index', async () => {
        await register('untyped/web@1.0.0')
        const ref = parsePackageRef('untyped/web')
        for (const name of ['../web', '', '__proto__', 'n'.repeat(129)]) {
          await expectRefusal(registry.get(untyped({ name })), 'INVALID_NAME')
          await expectRefusal(registry.listVersions(untyped({ namespace: 'untyped', name })), 'INVALID_NAME')
        }
        await expectRefusal(registry.get(untyped({ ...ref, version: '1' })), 'INVALID_VERSION')
        await expectRefusal(registry.get(ref, { minIndex: -1 }), 'INVALID_ARGUMENT')
        await expectRefusal(registry.listTrending({ days: -1 }), 'INVALID_ARGUMENT')
        await expectRefusal(registry.listOwners(untyped({})), 'INVALID_ARGUMENT')
        expect(
          (await registry.get(untyped({ name: '@untyped/web', version: '' }))).version.metadata.id,
        ).toEqual(expect.objectContaining({ namespace: 'untyped', name: 'web', version: '1.0.0' }))
      })

      test('is refused as part of a version', async () => {
        const depends = (dependency: object) =>
          register('untyped/api@1.0.0', {
            dependencies: untyped([{ name: 'base', requirement: '^1.0.0', kind: 'normal', ...dependency }]),
          })
        await expectRefusal(depends({ name: '../../base' }), 'INVALID_NAME')
        await expectRefusal(depends({ namespace: '..' }), 'INVALID_NAME')
        await expectRefusal(
          register('untyped/api@1.0.0', { readmeSha256: untyped('zz') }),
          'INVALID_ARGUMENT',
        )
        await register('untyped/api@1.0.0', { description: '', license: '' })
        const { version } = await registry.get(parsePackageRef('untyped/api'))
        expect([version.metadata.description, version.metadata.license]).toEqual([undefined, undefined])
      })

      test('is refused as a change of owners, and writes go on after it', async () => {
        const owner = { keyId: anna.keyId }
        const nobodys = ownerChange({ action: 'removeOwner', scope: untyped({}), owner })
        await expectRefusal(registry.removeOwner(nobodys), 'INVALID_ARGUMENT')
        const scope = parsePackageRef('untyped/after')
        const noKey = ownerChange({ action: 'removeOwner', scope, owner: { keyId: untyped('zz') } })
        await expectRefusal(registry.removeOwner(noKey), 'INVALID_ARGUMENT')
        expect((await register('untyped/after@1.0.0')).created).toBe(true)
      })
    })

    describe('owners', () => {
      test('come and go, and the last one stays', async () => {
        await register('owned/web@1.0.0')
        const scope = parsePackageRef('owned/web')
        const owners = async () => (await registry.listOwners(scope)).owners.map(({ keyId }) => keyId)
        expect(await owners()).toEqual([anna.keyId])
        const adding = { action: 'addOwner', scope, owner: { publicKey: berta.publicKey } } as const
        expect((await registry.addOwner(ownerChange(adding))).changed).toBe(true)
        expect((await registry.addOwner(ownerChange(adding))).changed).toBe(false)
        expect(await owners()).toEqual([anna.keyId, berta.keyId])
        await register('owned/web@1.1.0', {}, berta)
        await registry.removeOwner(
          ownerChange({ action: 'removeOwner', scope, owner: { keyId: berta.keyId } }),
        )
        expect(await owners()).toEqual([anna.keyId])
        const last = ownerChange({ action: 'removeOwner', scope, owner: { keyId: anna.keyId } })
        await expectRefusal(registry.removeOwner(last), 'LAST_OWNER')
        const handover = {
          action: 'transferOwnership',
          scope,
          owner: { publicKey: berta.publicKey },
        } as const
        await expectRefusal(registry.transferOwnership(ownerChange(handover, berta)), 'NOT_OWNER')
        expect((await registry.transferOwnership(ownerChange(handover))).changed).toBe(true)
        expect(await owners()).toEqual([berta.keyId])
      })
    })

    describe('a read', () => {
      test('that asks for an index gets at least that', async () => {
        const { index, historyId } = await register('index/web@1.0.0')
        const ref = parsePackageRef('index/web')
        for (const consistency of ['linearizable', 'stale'] as const) {
          const answer = await registry.get(ref, { minIndex: index, historyId, consistency })
          expect(answer.index).toBeGreaterThanOrEqual(index)
        }
      })

      test('that names another history is refused', async () => {
        await register('history/web@1.0.0')
        const demand = { minIndex: 1, historyId: 'ee'.repeat(16) }
        await expectRefusal(registry.get(parsePackageRef('history/web'), demand), 'HISTORY_MISMATCH')
      })
    })

    describe('a watch', () => {
      const told = (event: WatchEvent) =>
        event.type === 'changes'
          ? event.changes.map(
              (change) => `${change.kind} ${'id' in change ? formatPackageId(change.id) : ''}`,
            )
          : []

      test('tells each change once, in order, and goes on after any of them', async () => {
        const begin = await register('watched/web@1.0.0')
        const ended = new AbortController()
        const { namespace } = parsePackageRef('watched/web')
        const only = {
          namespaces: namespace === undefined ? [] : [namespace],
          signal: ended.signal,
          progressMs: 100,
        }
        const events = registry.watch({ from: begin, ...only })
        await register('watched/web@1.1.0')
        await register('watched-elsewhere/web@1.0.0')
        await registry.yank(changeOf('yank', 'watched/web@1.1.0'))
        const seen: WatchEvent[] = []
        for await (const event of events) {
          if (event.type === 'changes') seen.push(event)
          if (seen.length === 2) break
        }
        expect(seen.flatMap(told)).toEqual(['published watched/web@1.1.0', 'yanked watched/web@1.1.0'])
        const again = registry.watch({ from: seen[0] ?? begin, ...only })
        for await (const event of again) {
          if (event.type !== 'changes') continue
          expect(told(event)).toEqual(['yanked watched/web@1.1.0'])
          break
        }
        ended.abort()
      })

      test('begins with all there is, where it is asked to, and ends quietly when it is not wanted any more', async () => {
        await register('existing/one@1.0.0')
        await register('existing/two@1.0.0')
        const ended = new AbortController()
        const { namespace } = parsePackageRef('existing/one')
        const namespaces = namespace === undefined ? [] : [namespace]
        const found: string[] = []
        for await (const event of registry.watch({ from: 'existing', namespaces, signal: ended.signal })) {
          if (event.type !== 'existing') continue
          found.push(...event.versions.map(({ id }) => formatPackageId(id)))
          if (event.complete) ended.abort()
        }
        expect(found).toEqual(['existing/one@1.0.0', 'existing/two@1.0.0'])
      })

      test('of another history is refused', async () => {
        const from = { index: 1, historyId: 'ee'.repeat(16) }
        await expectRefusal(registry.watch({ from }).next(), 'HISTORY_MISMATCH')
      })

      test('for a kind of change that there is not is refused, rather than silent for ever', async () => {
        const kinds = ['yanked', 'renamed'] as WatchedKind[]
        await expectRefusal(registry.watch({ kinds }).next(), 'INVALID_ARGUMENT')
      })
    })

    describe('counts', () => {
      test('are of packages and versions, yanked ones included', async () => {
        const before = await registry.getStats()
        await register('counted/web@1.0.0')
        await register('counted/web@1.1.0')
        await registry.yank(changeOf('yank', 'counted/web@1.1.0'))
        const after = await registry.getStats()
        expect(after.packages - before.packages).toBe(1)
        expect(after.versions - before.versions).toBe(2)
        expect(await registry.getStats(parsePackageRef('counted/web'))).toMatchObject({ versions: 2 })
        await expectRefusal(registry.getStats(parsePackageRef('counted/none')), 'PACKAGE_NOT_FOUND')
      })

      test('take downloads of what is there', async () => {
        await register('downloaded/web@1.0.0')
        const { index } = await registry.recordDownload(metadataOf('downloaded/web@1.0.0').id)
        expect(index).toBeGreaterThan(0)
        const nothing = registry.recordDownload(metadataOf('downloaded/web@9.0.0').id)
        await expectRefusal(nothing, 'VERSION_NOT_FOUND')
      })

      test('tell downloads by version and day, and rank packages by them, once they are counted', async () => {
        for (const id of ['trend/a@1.0.0', 'trend/b@1.0.0', 'trend/b@1.1.0']) await register(id)
        for (const id of ['trend/a@1.0.0', 'trend/b@1.0.0', 'trend/b@1.1.0', 'trend/b@1.1.0'])
          await registry.recordDownload(metadataOf(id).id)
        const ref = parsePackageRef('trend/b')
        await eventually('counted', async () =>
          (await registry.getStats(ref)).downloads === 3 ? true : undefined,
        )
        const { days, versionDownloads } = await registry.getStats(ref)
        expect(days).toEqual([{ date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), downloads: 3 }])
        expect(versionDownloads).toEqual([
          { version: '1.1.0', downloads: 2 },
          { version: '1.0.0', downloads: 1 },
        ])
        const first = await registry.listTrending({ pageSize: 1 })
        expect(first.entries).toMatchObject([
          { summary: { id: metadataOf('trend/b@1.1.0').id }, downloads: 3 },
        ])
        const { entries } = await registry.listTrending({ pageSize: 100, pageToken: first.nextPageToken })
        const names = entries.map(({ summary }) => packageKey(summary.id))
        expect(names).toContain('trend/a')
        expect(names).not.toContain('trend/b')
        await expectRefusal(registry.listTrending({ days: 91 }), 'INVALID_ARGUMENT')
      })
    })

    describe('a check for updates', () => {
      test('tells of each what it is now, what its requirement admits and what is latest, in order', async () => {
        for (const version of ['1.0.0', '1.1.0', '2.0.0']) await register(`stale/web@${version}`)
        await registry.yank(changeOf('yank', 'stale/web@1.0.0', 'broken'))
        const { updates, index } = await registry.checkUpdates([
          { id: metadataOf('stale/none@1.0.0').id, requirement: '' },
          { id: metadataOf('stale/web@1.0.0').id, requirement: '^1.0.0' },
        ])
        expect(index).toBeGreaterThan(0)
        expect(updates).toHaveLength(2)
        expect(updates[0]?.latest).toBeUndefined()
        expect(updates[1]).toMatchObject({
          installed: { yanked: true, yankReason: 'broken' },
          wanted: { id: { version: '1.1.0' } },
          latest: { id: { version: '2.0.0' } },
        })
        const bad = registry.checkUpdates([{ id: metadataOf('stale/web@1.0.0').id, requirement: 'newest' }])
        await expectRefusal(bad, 'INVALID_REQUIREMENT')
      })

      test('takes however many', async () => {
        await register('stale/many@1.0.0')
        const many = Array.from({ length: 600 }, () => ({
          id: metadataOf('stale/many@1.0.0').id,
          requirement: '',
        }))
        expect((await registry.checkUpdates(many)).updates).toHaveLength(600)
      })
    })
  })
}
