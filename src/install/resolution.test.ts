import { expect, it } from 'vitest'
import type { MarketplaceClient, ResolutionAnswer } from '../client/marketplace-client.js'
import type { Dependency } from '../model/metadata.js'
import { type PackageId, parsePackageId, parsePackageRef } from '../model/package-id.js'
import { refuseMissing, resolveWanted } from './resolution.js'

/** A registry that answers whatever it likes. */
function answering(...chosen: readonly (string | { id: string; yanked: true })[]): MarketplaceClient {
  const packages = chosen.map((each) => {
    const { id, yanked } = typeof each === 'string' ? { id: each, yanked: false } : each
    const version = { id: parsePackageId(id), sizeBytes: 1, publishedAtMs: 0, publishedIndex: 1, yanked }
    return { version, requiredBy: [], dependencies: [], choice: 'highest', reason: '', circular: false }
  })
  const answer = { packages, index: 1, historyId: 'h' } as unknown as ResolutionAnswer
  return { resolveDependencies: async () => answer } as unknown as MarketplaceClient
}

const wanted = (name: string, requirement?: string) => [{ ref: parsePackageRef(name), requirement }]
const lie = expect.objectContaining({ reason: 'VERIFICATION_FAILED' })

it('a registry that answers without what was asked for, or with another version, is not believed', async () => {
  await expect(resolveWanted(answering('acme/log@1.0.0'), wanted('acme/web'))).rejects.toEqual(lie)
  await expect(
    resolveWanted(answering('acme/web@2.0.0'), wanted('acme/web', '^1.0.0')),
  ).rejects.toMatchObject({
    message: 'the registry resolved the request with acme/web@2.0.0, where the request needs acme/web ^1.0.0',
  })
  const further = [{ ref: parsePackageRef('acme/log'), requirement: '^2.0.0' }]
  const forgetful = answering('acme/web@1.0.0', 'acme/log@1.0.0')
  await expect(resolveWanted(forgetful, wanted('acme/web'), { further })).rejects.toEqual(lie)
  expect(
    (await resolveWanted(answering('acme/Web_x@1.0.0'), wanted('acme/web-x', '^1.0.0'))).packages,
  ).toHaveLength(1)
})

it('a yanked version is believed only where the lock names it', async () => {
  const yanked = answering({ id: 'acme/web@1.0.0', yanked: true })
  await expect(resolveWanted(yanked, wanted('acme/web'))).rejects.toEqual(lie)
  const locked = [parsePackageId('acme/web@1.0.0+build')]
  expect((await resolveWanted(yanked, wanted('acme/web'), { locked })).packages).toHaveLength(1)
})

it('what a package needs, by what its owner signed, must be among what was chosen', () => {
  const web = parsePackageId('acme/web@1.0.0')
  const chosen: readonly PackageId[] = [web, parsePackageId('acme/log@1.5.0')]
  const needs = (name: string, requirement: string, kind: Dependency['kind']): Dependency[] => [
    { ...parsePackageRef(name), requirement, kind },
  ]
  for (const kind of ['normal', 'peer'] as const) {
    expect(() => refuseMissing(chosen, web, needs('acme/log', '^1.0.0', kind))).not.toThrow()
    expect(() => refuseMissing(chosen, web, needs('acme/log', '^2.0.0', kind))).toThrow(lie)
    expect(() => refuseMissing(chosen, web, needs('acme/ghost', '*', kind))).toThrow(
      'without it, where acme/web@1.0.0 needs acme/ghost *',
    )
  }
  for (const kind of ['optional', 'dev', 'build'] as const)
    expect(() => refuseMissing(chosen, web, needs('acme/ghost', '*', kind))).not.toThrow()
})
