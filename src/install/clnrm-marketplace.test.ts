import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packArchive, readPackageFolder } from '../archive/package-folder.js'
import type { MarketplaceClient } from '../client/marketplace-client.js'
import { MarketplaceBuilder } from '../marketplace-builder.js'
import { ClnrmMarketplace } from './clnrm-marketplace.js'

let work: string
let client: MarketplaceClient

async function publish(name: string, kind: string, dependencies = '', capabilities = ''): Promise<void> {
  const folder = await mkdtemp(join(work, 'source-'))
  const manifest = [
    '[package]',
    'namespace = "acme"',
    `name = "${name}"`,
    'version = "1.2.0"',
    `kind = "${kind}"`,
    'description = "looks at schemas"',
    `capabilities = [${capabilities}]`,
    ...(dependencies === '' ? [] : ['[dependencies]', dependencies]),
  ]
  await writeFile(join(folder, 'package.toml'), manifest.join('\n'))
  await writeFile(join(folder, 'main.txt'), name)
  const { manifest: read, files } = await readPackageFolder(folder)
  await using archive = await packArchive(files)
  await client.publish({ metadata: read.metadata, signers: [signer] }, archive)
}

let signer: ReturnType<MarketplaceClient['crypto']['generateKeypair']>

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'ggen-clnrm-test-'))
  client = new MarketplaceBuilder().withMemoryStorage().build()
  signer = client.crypto.generateKeypair()
  await publish('base', 'library')
  await publish(
    'schema-check',
    'validator',
    'base = { version = "^1.0.0", namespace = "acme" }',
    '"Json-Schema"',
  )
  await publish('wire-check', 'validator', '', '"openapi", "grpc"')
  await publish('schema-tool', 'tool', '', '"json-schema"')
})

afterAll(async () => {
  await client.close()
  await rm(work, { recursive: true, force: true })
})

test('finds validators and nothing else, with words and without', async () => {
  const clnrm = new ClnrmMarketplace(client, { folder: work })
  for (const query of ['', 'schemas']) {
    const { hits } = await clnrm.searchValidators(query)
    expect(hits.map(({ id }) => id.name).sort()).toEqual(['schema-check', 'wire-check'])
  }
  const { hits } = await clnrm.searchValidators('', { filter: { namespaces: ['nobody'], kinds: ['tool'] } })
  expect(hits).toEqual([])
})

test('finds validators by what they can do, with words and without', async () => {
  const clnrm = new ClnrmMarketplace(client, { folder: work })
  const found = async (...wanted: Parameters<ClnrmMarketplace['searchValidators']>) =>
    (await clnrm.searchValidators(...wanted)).hits.map(({ id }) => id.name).sort()
  expect(await found({ capability: 'json-schema' })).toEqual(['schema-check'])
  expect(await found({ capability: ['JSON-schema', 'grpc'] })).toEqual(['schema-check', 'wire-check'])
  expect(await found({ capability: ['json-schema', 'grpc'], query: 'wire' })).toEqual(['wire-check'])
  expect(await found({ query: 'wire' })).toEqual(['wire-check'])
  expect(await found({ capability: 'json' })).toEqual([])
  expect(await found({}, { filter: { capabilities: ['grpc'] } })).toEqual(['wire-check'])
})

test('installs a validator and what it needs, and notes it in the lock of the project', async () => {
  const project = await mkdtemp(join(work, 'project-'))
  const clnrm = new ClnrmMarketplace(client, { folder: project })
  const installed = await clnrm.installValidator('acme/schema-check@1.0')
  expect(installed).toMatchObject({
    id: { namespace: 'acme', name: 'schema-check', version: '1.2.0' },
    folder: join(project, '.ggen/packages/acme/schema-check'),
    keyIds: [signer.keyId],
  })
  expect(await readFile(join(installed.folder, 'main.txt'), 'utf8')).toBe('schema-check')
  expect(await readFile(join(project, '.ggen/packages/acme/base/main.txt'), 'utf8')).toBe('base')
  const lock = JSON.parse(await readFile(join(project, 'ggen-market.lock'), 'utf8'))
  expect(lock.packages).toHaveLength(2)
})

test('refuses what is no validator, and installs nothing', async () => {
  const project = await mkdtemp(join(work, 'project-'))
  const clnrm = new ClnrmMarketplace(client, { folder: project })
  await expect(clnrm.installValidator('acme/schema-tool')).rejects.toMatchObject({
    reason: 'INVALID_ARGUMENT',
    message: 'acme/schema-tool@1.2.0 is of kind tool, not a validator',
  })
  await expect(readFile(join(project, 'ggen-market.lock'))).rejects.toMatchObject({ code: 'ENOENT' })
})
