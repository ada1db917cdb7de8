import { describe, expect, it } from 'vitest'
import { change, register, sha256 } from '../../test/state/history.js'
import { Replica } from '../../test/state/replica.js'
import type { Digest } from '../model/content-hash.js'
import type { Dependency } from '../model/metadata.js'
import { packageKey, parsePackageId, parsePackageRef } from '../model/package-id.js'
import type { PackageDocument } from './state-view.js'

function dependency(ref: string): Dependency {
  return { ...parsePackageRef(ref), requirement: '^1.0.0', kind: 'normal' }
}

async function replicaWith(...ids: string[]): Promise<Replica> {
  const replica = await Replica.open()
  for (const id of ids) await replica.apply(register(id))
  return replica
}

describe('StateView', () => {
  it('answers from the moment it was opened, whatever lands later', async () => {
    const replica = await replicaWith('acme/web@1.0.0')
    await using view = replica.view()
    await replica.apply(register('acme/web@2.0.0'))
    expect(view.appliedIndex).toBe(2)
    expect(view.latest(parsePackageRef('acme/web'))?.metadata.id.version).toBe('1.0.0')
  })

  it('finds a package by its name and by every folded spelling', async () => {
    const replica = await replicaWith('acme/Web_Kit@1.0.0')
    await using view = replica.view()
    for (const spelling of ['acme/Web_Kit', 'acme/web-kit', 'acme/WEB_KIT']) {
      expect(view.package(parsePackageRef(spelling))?.ref.name).toBe('Web_Kit')
    }
    expect(view.package(parsePackageRef('web-kit'))).toBeUndefined()
    expect(view.package(parsePackageRef('acme/webkit'))).toBeUndefined()
  })

  it('lists versions by precedence, not by order of publishing', async () => {
    const replica = await replicaWith(
      ...['2.0.0-rc.1', '1.10.0', '1.9.0', '2.0.0-beta.11', '2.0.0-beta.2', '0.0.1'].map((v) => `web@${v}`),
    )
    await using view = replica.view()
    expect(view.versions(parsePackageRef('web'))?.map((each) => each.version)).toEqual([
      '0.0.1',
      '1.9.0',
      '1.10.0',
      '2.0.0-beta.2',
      '2.0.0-beta.11',
      '2.0.0-rc.1',
    ])
  })

  it('takes as latest the highest release not yanked, else the highest pre-release not yanked, else none', async () => {
    const replica = await replicaWith('web@1.0.0', 'web@1.1.0', 'web@2.0.0-rc.1', 'web@2.0.0-rc.2')
    const ref = parsePackageRef('web')
    const seen: (string | undefined)[] = []
    for (const [at, yank] of ['', '1.1.0', '1.0.0', '2.0.0-rc.2', '2.0.0-rc.1'].entries()) {
      if (yank !== '') await replica.apply(change('yank', `web@${yank}`, { request: 50 + at }))
      await using view = replica.view()
      const latest = view.latest(ref)?.metadata.id.version
      expect(view.document(ref)?.latest.metadata.id.version).toBe(latest)
      seen.push(latest)
    }
    expect(seen).toEqual(['1.1.0', '1.0.0', '2.0.0-rc.2', '2.0.0-rc.1', undefined])
  })

  it('pages through all packages, those without a namespace first, each by folded name', async () => {
    const names = ['zeta/a', 'acme/b', 'b', 'acme/B-c', 'acme/a', 'Aa', 'acme-x/a', 'constructor']
    const replica = await replicaWith(...names.map((name) => `${name}@1.0.0`))
    await using view = replica.view()
    const seen: string[] = []
    for (;;) {
      const after = seen.at(-1)
      const page = await view.listPackages({ limit: 3, ...(after ? { after: parsePackageRef(after) } : {}) })
      seen.push(...page.map((each) => packageKey(each.ref)))
      if (page.length < 3) break
    }
    expect(seen).toEqual(['Aa', 'b', 'constructor', 'acme/a', 'acme/b', 'acme/B-c', 'acme-x/a', 'zeta/a'])
    const acme = await view.listPackages({ limit: 2, namespace: 'acme', after: parsePackageRef('acme/a') })
    expect(acme.map((each) => packageKey(each.ref))).toEqual(['acme/b', 'acme/B-c'])
    expect(await view.listPackages({ limit: 9, namespace: 'acm' })).toEqual([])
  })

  it('finds packages by author: whole text, name or mail, in any case', async () => {
    const replica = await Replica.open()
    const authors = ['Anna Doe  <Anna@Example.org>']
    await replica.apply(register('web@1.0.0', { metadata: { authors } }))
    await replica.apply(register('web@1.1.0', { metadata: { authors: ['Bert'] } }))
    await replica.apply(register('kit@1.0.0', { metadata: { authors: ['anna doe', 'Bert\u0000'] } }))
    await using view = replica.view()
    const by = async (author: string) =>
      (await view.listByAuthor(author, { limit: 9 })).map((each) => packageKey(each.ref))
    expect(await by('ANNA DOE')).toEqual(['kit', 'web'])
    expect(await by('anna@example.org')).toEqual(['web'])
    expect(await by('Anna Doe <anna@example.org>')).toEqual(['web'])
    expect(await by('bert')).toEqual(['web'])
    expect(await by('anna')).toEqual([])
    const rest = await view.listByAuthor('anna doe', { limit: 9, after: parsePackageRef('kit') })
    expect(rest.map((each) => packageKey(each.ref))).toEqual(['web'])
  })

  it('lists dependents of any version and says whether the latest still is one', async () => {
    const replica = await Replica.open()
    const dependencies = [dependency('acme/Core_lib')]
    await replica.apply(register('web@1.0.0', { metadata: { dependencies } }))
    await replica.apply(register('web@2.0.0'))
    await replica.apply(register('kit@1.0.0', { metadata: { dependencies } }))
    await using view = replica.view()
    const found = await view.listDependents(parsePackageRef('acme/core-lib'), { limit: 9 })
    expect(found.map(({ record, latestDepends }) => [packageKey(record.ref), latestDepends])).toEqual([
      ['kit', true],
      ['web', false],
    ])
    expect(await view.listDependents(parsePackageRef('core-lib'), { limit: 9 })).toEqual([])
  })

  it('lists the newest publishes first, page by page', async () => {
    const replica = await replicaWith('a@1.0.0', 'b@1.0.0', 'a@2.0.0')
    await using view = replica.view()
    const first = await view.listRecent(undefined, 2)
    expect(first.map((each) => [each.id.name, each.id.version, each.publishedIndex])).toEqual([
      ['a', '2.0.0', 4],
      ['b', '1.0.0', 3],
    ])
    expect((await view.listRecent(3, 2)).map((each) => each.publishedIndex)).toEqual([2])
  })

  it('knows every blob that a version names, content and readme, once each', async () => {
    const replica = await Replica.open()
    const readmeSha256 = sha256('readme')
    await replica.apply(register('a@1.0.0', { content: 'same', metadata: { readmeSha256 } }))
    await replica.apply(register('b@1.0.0', { content: 'same' }))
    await replica.apply(register('c@1.0.0', { content: 'refused', holders: [] }))
    await using view = replica.view()
    const all = [
      { digest: sha256('same'), sizeBytes: 4 },
      { digest: readmeSha256, sizeBytes: undefined },
    ].sort((a, b) => (a.digest < b.digest ? -1 : 1))
    expect(await view.listReferencedBlobs(undefined, 9)).toEqual(all)
    expect(await view.listReferencedBlobs(undefined, 1)).toEqual(all.slice(0, 1))
    expect(await view.listReferencedBlobs(all[0]?.digest, 9)).toEqual(all.slice(1))
    expect(view.blobReference(sha256('same'))).toEqual({ references: 2, sizeBytes: 4 })
    expect(view.isReferenced(readmeSha256)).toBe(true)
    expect(view.isReferenced(sha256('refused') as Digest)).toBe(false)
  })

  it('streams every package that has a latest version as a document, in batches', async () => {
    const replica = await replicaWith('a@1.0.0', 'a@1.1.0', 'b@1.0.0', 'c@1.0.0')
    await replica.apply(change('yank', 'b@1.0.0', { request: 60 }))
    await using view = replica.view()
    const batches: (readonly PackageDocument[])[] = []
    for await (const batch of view.documents(1)) batches.push(batch)
    const documents = batches.flat()
    expect(batches.map((batch) => batch.length)).toEqual([1, 1])
    expect(
      documents.map((each) => [each.ref.name, each.latest.metadata.id.version, each.versionCount]),
    ).toEqual([
      ['a', '1.1.0', 2],
      ['c', '1.0.0', 1],
    ])
    expect(view.document(parsePackageRef('b'))).toBeUndefined()
    const first = view.version(parsePackageId('a@1.0.0'))
    expect(documents[0]?.firstIndex).toBe(first?.publishedIndex)
  })
})
