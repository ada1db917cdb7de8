import { expect, test } from 'vitest'
import { toNamespace } from '../model/package-id.js'
import { debianMetadata, readDebianIndex } from './debian-index.js'
import { debianVersion } from './debian-version.js'

const INDEX = `Package: web
Version: 1:2.0-1
Maintainer: Ann <ann@acme.example>
Depends: wire:any (>= 1.2), missing (<< 3) | mail-agent, web (= 1:2.0-1), wire:any (>= 1.2)
Pre-Depends: base
Recommends: docs
Description: serves pages
 and more of them
Homepage: https://web.acme.example
Tag: implemented-in::c, role::program,
 role::program
Section: net

Package: wire
Version: 1.3

Package: postbox
Version: 4
Provides: mail-agent (= 4), mail-reader
Description:

Version: 9

Package: wire
Version: 1.1
`

test('packages are read by the rule: names, versions, the alternative that counts', () => {
  const index = readDebianIndex(INDEX)
  expect(index.map(({ name, version }) => [name, version])).toEqual([
    ['web', debianVersion('1:2.0-1')],
    ['wire', debianVersion('1.3')],
    ['postbox', debianVersion('4')],
    ['wire', debianVersion('1.1')],
  ])
  expect(index[0]?.dependencies).toEqual([
    { name: 'base', requirement: '*', original: 'base' },
    { name: 'wire', requirement: `>=${debianVersion('1.2')}`, original: 'wire:any (>= 1.2)' },
    { name: 'postbox', requirement: '*', original: 'mail-agent' },
    { name: 'wire', requirement: `>=${debianVersion('1.2')}`, original: 'wire:any (>= 1.2)' },
  ])
})

test('a package becomes metadata: each dependency once, what is not there absent', () => {
  const [web, wire] = readDebianIndex(INDEX).map((each) => debianMetadata(each, toNamespace('debian')))
  expect(web).toMatchObject({
    id: { namespace: 'debian', name: 'web', version: debianVersion('1:2.0-1') },
    kind: 'tool',
    description: 'serves pages',
    authors: ['Ann <ann@acme.example>'],
    homepage: 'https://web.acme.example',
    keywords: ['implemented-in::c', 'role::program'],
    categories: ['net'],
    language: 'c',
  })
  expect(web?.dependencies).toEqual([
    { namespace: 'debian', name: 'base', requirement: '*', kind: 'normal', originalRequirement: 'base' },
    {
      namespace: 'debian',
      name: 'wire',
      requirement: `>=${debianVersion('1.2')}`,
      kind: 'normal',
      originalRequirement: 'wire:any (>= 1.2)',
    },
    {
      namespace: 'debian',
      name: 'postbox',
      requirement: '*',
      kind: 'normal',
      originalRequirement: 'mail-agent',
    },
  ])
  expect(wire).toEqual({
    id: { namespace: 'debian', name: 'wire', version: debianVersion('1.3') },
    kind: 'library',
    authors: [],
    keywords: [],
    categories: [],
    capabilities: [],
    dependencies: [],
  })
})
