import { status } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiServer, ask, detailsOf, failureOf, startApiServer } from '../../test/registry/api-server.js'
import { metadataOf, signedChange, signedVersion } from '../../test/registry/signed-package.js'
import { pigeons } from '../../test/resolver/small-world.js'
import { LIMITS } from '../model/limit.js'
import type { Dependency, DependencyKind } from '../model/metadata.js'
import { formatPackageId, parsePackageId, parsePackageRef } from '../model/package-id.js'
import { change } from '../registry/change.js'
import { register } from '../registry/register.js'
import type { Received, Sent } from '../wire/message.js'
import { packageIdToMessage, packageRefToMessage } from '../wire/package-id-message.js'
import { resolvedPackageFromMessage } from '../wire/resolution-message.js'

let api: ApiServer
beforeAll(async () => {
  api = await startApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

type Needs = readonly (readonly [name: string, requirement: string, kind?: DependencyKind])[]

async function publish(id: string, needs: Needs = []): Promise<number> {
  const dependencies = needs.map(
    ([name, requirement, kind = 'normal']): Dependency => ({ ...parsePackageRef(name), requirement, kind }),
  )
  const { index } = await register(api.registry.context, signedVersion(metadataOf(id, { dependencies })))
  return index
}

async function yank(id: string): Promise<void> {
  const { context, state } = api.registry
  await change(context, signedChange('yank', parsePackageId(id), state.clusterId))
}

function request(
  roots: Readonly<Record<string, string>>,
  more: Partial<Sent<'ResolveDependenciesRequest'>> = {},
): Sent<'ResolveDependenciesRequest'> {
  const named = Object.entries(roots).map(([name, requirement]) => ({
    ref: packageRefToMessage(parsePackageRef(name)),
    requirement,
  }))
  return { roots: named, ...more }
}

async function resolve(...parts: Parameters<typeof request>) {
  const answer = await ask<Received<'ResolveDependenciesResponse'>>((done) =>
    api.registryService.resolveDependencies(request(...parts), done),
  )
  return { ...answer, packages: answer.packages.map(resolvedPackageFromMessage) }
}

async function refusal(...parts: Parameters<typeof request>) {
  const failure = await failureOf(resolve(...parts))
  return { status: failure.code, error: detailsOf(failure) }
}

const ids = (answer: Awaited<ReturnType<typeof resolve>>) =>
  answer.packages.map((each) => formatPackageId(each.version.id))

describe('ResolveDependencies', () => {
  test('a tree is answered in the order of installing, each version with who asked for it and why it is this one', async () => {
    await publish('tree/log@1.0.0')
    await publish('tree/log@1.4.0')
    await publish('tree/log@2.0.0')
    await publish('tree/web@1.2.0', [
      ['tree/log', '^1.0.0'],
      ['tree/test-runner', '*', 'dev'],
    ])
    const index = await publish('tree/app@1.0.0', [
      ['tree/web', '^1.0.0'],
      ['tree/log', '>=1.0.0', 'peer'],
    ])
    const answer = await resolve({ 'tree/app': '1' })
    expect(ids(answer)).toEqual(['tree/log@1.4.0', 'tree/web@1.2.0', 'tree/app@1.0.0'])
    expect(answer.index).toBeGreaterThanOrEqual(index)
    expect(answer.historyId).toBe(api.registry.state.historyId)
    const [log, web, app] = answer.packages
    expect(log?.requiredBy).toEqual([
      { id: web?.version.id, requirement: '^1.0.0', kind: 'normal' },
      { id: app?.version.id, requirement: '>=1.0.0', kind: 'peer' },
    ])
    expect(app?.requiredBy).toEqual([{ id: undefined, requirement: '^1', kind: undefined }])
    expect(app?.dependencies).toEqual([
      { id: web?.version.id, requirement: '^1.0.0', kind: 'normal' },
      { id: log?.version.id, requirement: '>=1.0.0', kind: 'peer' },
    ])
    expect(log?.choice).toBe('highest')
    expect(log?.reason).toBe('the highest of 2 that meet ^1.0.0 (tree/web@1.2.0), >=1.0.0 (tree/app@1.0.0)')
    expect(log?.version).toMatchObject({ yanked: false, sizeBytes: 0 })
  })

  test('a conflict tells the facts, the derivation and the remedy', async () => {
    await publish('clash/log@1.0.0')
    await publish('clash/log@2.0.0')
    await publish('clash/web@1.0.0', [['clash/log', '^1.0.0']])
    await publish('clash/api@1.0.0', [['clash/log', '^2.0.0']])
    const { status: code, error } = await refusal({ 'clash/web': '', 'clash/api': '' })
    expect(code).toBe(status.FAILED_PRECONDITION)
    expect(error).toMatchObject({ reason: 'DEPENDENCY_CONFLICT', field: 'roots' })
    expect(error?.message).toBe(
      'no versions fit together: the request needs clash/api and clash/web; clash/web 1.0.0 needs clash/log ^1.0.0; clash/api 1.0.0 needs clash/log ^2.0.0',
    )
    expect(error?.help).toBe('ask for other versions of one of clash/api, clash/web')
    expect(error?.details.explanation).toContain('because ')
  })

  test('a yanked version is resolved only where it is locked; what is locked is kept', async () => {
    await publish('kept/log@1.0.0')
    await publish('kept/log@1.1.0')
    await publish('kept/log@1.2.0')
    await publish('kept/app@1.0.0', [['kept/log', '^1.0.0']])
    await yank('kept/log@1.1.0')
    const locked = (id: string) => ({ locked: [packageIdToMessage(parsePackageId(id))] })
    expect(ids(await resolve({ 'kept/app': '' }))).toEqual(['kept/log@1.2.0', 'kept/app@1.0.0'])
    const answer = await resolve({ 'kept/app': '' }, locked('kept/log@1.1.0'))
    expect(ids(answer)).toEqual(['kept/log@1.1.0', 'kept/app@1.0.0'])
    expect(answer.packages[0]).toMatchObject({ choice: 'locked', version: { yanked: true } })
    expect(ids(await resolve({ 'kept/log': '=1.1.0' }, locked('kept/log@1.1.0')))).toEqual(['kept/log@1.1.0'])
    expect((await refusal({ 'kept/log': '=1.1.0' })).error?.reason).toBe('VERSION_NOT_FOUND')
  })

  test('optional dependencies come along when asked for', async () => {
    await publish('extra/color@1.0.0')
    await publish('extra/app@1.0.0', [
      ['extra/color', '*', 'optional'],
      ['extra/not-there', '*', 'optional'],
    ])
    expect(ids(await resolve({ 'extra/app': '' }))).toEqual(['extra/app@1.0.0'])
    expect(ids(await resolve({ 'extra/app': '' }, { includeOptional: true }))).toEqual([
      'extra/color@1.0.0',
      'extra/app@1.0.0',
    ])
  })

  test('a root that is not there, has no such version or is yanked altogether is told as Get would', async () => {
    await publish('roots/app@1.0.0')
    await publish('roots/old@1.0.0')
    await yank('roots/old@1.0.0')
    expect((await refusal({ 'roots/ghost': '' })).error?.reason).toBe('PACKAGE_NOT_FOUND')
    expect((await refusal({ 'roots/app': '^2.0.0' })).error?.reason).toBe('VERSION_NOT_FOUND')
    expect((await refusal({ 'roots/old': '' })).error?.reason).toBe('ALL_YANKED')
    const { error } = await refusal({ 'roots/app': '^1.0.0', 'roots/old': '~> 1.0' })
    expect(error).toMatchObject({ reason: 'INVALID_REQUIREMENT', field: 'roots[1].requirement' })
  })

  test('nothing, and more than the limits, is refused before anything is looked at', async () => {
    expect((await refusal({})).error).toMatchObject({ reason: 'INVALID_ARGUMENT', field: 'roots' })
    const root = { ref: { name: 'a' }, requirement: '' }
    const roots = Array.from({ length: LIMITS.resolveRootsMax + 1 }, () => root)
    expect((await refusal({}, { roots })).error).toMatchObject({ reason: 'LIMIT_EXCEEDED', field: 'roots' })
    const id = { name: 'a', version: '1.0.0' }
    const locked = Array.from({ length: LIMITS.resolveLockedMax + 1 }, () => id)
    expect((await refusal({ a: '' }, { locked })).error).toMatchObject({
      reason: 'LIMIT_EXCEEDED',
      field: 'locked',
    })
  })

  test('a call with a short deadline, and one given up, leave their turns to others', async () => {
    const { world, roots } = pigeons(12)
    for (const { package: name } of roots) {
      for (const { version } of world.package(name).versions ?? []) {
        const needs = world.release({ package: name, version })
        await publish(
          `hard/${name}@${version}`,
          needs.map((each) => [`hard/${each.package}`, each.requirement]),
        )
      }
    }
    for (let hole = 0; hole < 12; hole++)
      for (let pigeon = 0; pigeon <= 12; pigeon++) await publish(`hard/hole-${hole}@${pigeon}.0.0`)
    const hard = request(Object.fromEntries(roots.map((root) => [`hard/${root.package}`, ''])))
    const late = await failureOf(
      ask((done) => api.registryService.resolveDependencies(hard, { deadline: Date.now() + 1_000 }, done)),
    )
    expect(late.code).toBe(status.DEADLINE_EXCEEDED)
    const given = Array.from({ length: LIMITS.resolutionsMax }, () =>
      failureOf(
        ask((done) => {
          const call = api.registryService.resolveDependencies(hard, done)
          setTimeout(() => call.cancel(), 100)
          return call
        }),
      ),
    )
    for (const failure of await Promise.all(given)) expect(failure.code).toBe(status.CANCELLED)
    await publish('hard/easy@1.0.0')
    expect(ids(await resolve({ 'hard/easy': '' }))).toEqual(['hard/easy@1.0.0'])
  })
})
