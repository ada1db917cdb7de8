import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ApiServer, ask, detailsOf, failureOf, startApiServer } from '../../test/registry/api-server.js'
import { metadataOf, signedVersion } from '../../test/registry/signed-package.js'
import { LIMITS } from '../model/limit.js'
import { register } from '../registry/register.js'
import type { Received } from '../wire/message.js'

let api: ApiServer
beforeAll(async () => {
  api = await startApiServer()
  await register(api.registry.context, signedVersion(metadataOf('acme/web@1.0.0')))
})
afterAll(() => api[Symbol.asyncDispose]())

const ref = { namespace: 'acme', name: 'web' }
const id = { ...ref, version: '1.0.0' }

/** Each call that reads a requirement. */
const calls: Record<string, (requirement: string) => Promise<unknown>> = {
  ResolveVersion: (requirement) =>
    ask<Received<'ResolveVersionResponse'>>((done) =>
      api.registryService.resolveVersion({ ref, requirement }, done),
    ),
  ResolveDependencies: (requirement) =>
    ask<Received<'ResolveDependenciesResponse'>>((done) =>
      api.registryService.resolveDependencies({ roots: [{ ref, requirement }] }, done),
    ),
  CheckUpdates: (requirement) =>
    ask<Received<'CheckUpdatesResponse'>>((done) =>
      api.registryService.checkUpdates({ installed: [{ id, requirement }] }, done),
    ),
}

const LONG = LIMITS.requirementLengthMax + 1

test.each(Object.keys(calls))(
  '%s refuses a requirement that is too long, whatever is in it',
  async (name) => {
    const call = calls[name] as (requirement: string) => Promise<unknown>
    const texts = [
      '>1 '.repeat(LONG),
      '^1||'.repeat(LONG),
      ' '.repeat(LONG).concat('1'),
      '~> '.repeat(LONG * 100),
    ]
    for (const text of [...texts, '9'.repeat(3 * 1024 * 1024)]) {
      const error = detailsOf(await failureOf(call(text)))
      expect(error).toMatchObject({
        reason: 'INVALID_REQUIREMENT',
        message: expect.stringContaining(`the limit is ${LIMITS.requirementLengthMax}`),
      })
      expect(error?.message.length).toBeLessThan(1_000)
    }
  },
)

test.each(Object.keys(calls))('%s takes the longest requirement that there may be', async (name) => {
  const call = calls[name] as (requirement: string) => Promise<unknown>
  for (const text of ['<=9 '.repeat(127), '=9||'.repeat(120).concat('=1.0.0'), `<${'9'.repeat(500)}`])
    await call(text)
})

test('a search for a text that is too long, or by too many values, is refused with the limit', async () => {
  const search = (request: object) =>
    ask<Received<'SearchResponse'>>((done) => api.searchService.search(request, done))
  const facets = (request: object) =>
    ask<Received<'FacetsResponse'>>((done) => api.searchService.facets(request, done))
  const suggest = (request: object) =>
    ask<Received<'SuggestResponse'>>((done) => api.searchService.suggest(request, done))
  const text = 'word '.repeat(500_000)
  const refused = { reason: 'LIMIT_EXCEEDED', message: expect.stringContaining('the limit is 1024') }
  for (const call of [() => search({ query: text }), () => facets({ query: text }), () => suggest({ text })])
    expect(detailsOf(await failureOf(call()))).toMatchObject(refused)
  const keywords = Array.from({ length: 100_000 }, (_, at) => `${at}`)
  for (const call of [search, facets])
    expect(detailsOf(await failureOf(call({ query: '', filter: { keywords } })))).toMatchObject({
      reason: 'LIMIT_EXCEEDED',
      field: 'filter.keywords',
      message: expect.stringContaining('the limit is 64'),
    })
  await search({ query: 'x'.repeat(1_024), filter: { keywords: keywords.slice(0, 64) } })
})

const asIs = (bytes: Buffer): Buffer => bytes
/** A field that says it is longer than what is there. */
const CUT = Buffer.of(0x0a, 0xff)

/** How each kind of call fails that is sent nothing but {@link CUT}. */
const kinds: Record<string, (client: Client, fail: (error: ServiceError | null) => void) => void> = {
  'RegistryService/Get': (client, fail) =>
    client.makeUnaryRequest('/ggen.marketplace.v1.RegistryService/Get', asIs, asIs, CUT, fail),
  'ClusterService/Status': (client, fail) =>
    client.makeUnaryRequest('/ggen.marketplace.v1.ClusterService/Status', asIs, asIs, CUT, fail),
  'RegistryService/Watch': (client, fail) =>
    client
      .makeServerStreamRequest('/ggen.marketplace.v1.RegistryService/Watch', asIs, asIs, CUT)
      .on('error', fail)
      .resume(),
  'PackageStoreService/Upload': (client, fail) =>
    client
      .makeClientStreamRequest('/ggen.marketplace.v1.PackageStoreService/Upload', asIs, asIs, fail)
      .end(CUT),
  'RegistryService/RegisterMany': (client, fail) => {
    const call = client.makeBidiStreamRequest('/ggen.marketplace.v1.RegistryService/RegisterMany', asIs, asIs)
    call.on('error', fail).resume()
    call.end(CUT)
  },
}

test.each(Object.keys(kinds))('%s refuses a message that does not decode, and says so', async (name) => {
  const client = new Client(api.address, credentials.createInsecure())
  const failed = new Promise<ServiceError | null>((resolve) => kinds[name]?.(client, resolve))
  const error = await failed.finally(() => client.close())
  expect(error?.code).toBe(status.INVALID_ARGUMENT)
  expect(detailsOf(error)).toMatchObject({
    reason: 'INVALID_ARGUMENT',
    message: expect.stringContaining('does not decode'),
  })
})
