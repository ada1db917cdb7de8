import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packArchive, readPackageFolder } from '../../src/archive/package-folder.js'
import { run } from '../../src/cli/program.js'
import { TestCluster } from './test-cluster.js'

let cluster: TestCluster
let work: string

beforeAll(async () => {
  cluster = await TestCluster.start(3)
  work = await mkdtemp(join(tmpdir(), 'ggen-cli-test-'))
}, 60_000)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  if (work !== undefined) await rm(work, { recursive: true, force: true })
})

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
  // biome-ignore lint/suspicious/noExplicitAny: whatever the command printed
  readonly json: any
}

/** Runs a command with --json, in a folder of the test's, as one user, against one node or all. */
async function cli(
  args: readonly string[],
  { node, home = 'home', at = '.' }: { node?: number; home?: string; at?: string } = {},
): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const endpoints = node === undefined ? cluster.endpoints : [cluster.node(node).config.listen.client]
  const code = await run([...args, '--json'], {
    env: { GGEN_MARKET_HOME: join(work, home), GGEN_MARKET_ENDPOINTS: endpoints.join(',') },
    workFolder: join(work, at),
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
  })
  const text = out.join('')
  return { code, out: text, err: err.join(''), json: JSON.parse(text) }
}

async function put(files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(work, path)), { recursive: true })
    await writeFile(join(work, path), content)
  }
}

function packageToml(name: string, version: string, more = ''): string {
  return `[package]\nname = "${name}"\nnamespace = "acme"\nversion = "${version}"\ndescription = "${name} for a test"\nlicense = "MIT"\n${more}`
}

const HASH = { algorithm: 'sha256', digest: expect.stringMatching(/^[0-9a-f]{64}$/) }

describe('publish', () => {
  it('makes a key, says so, and what it published is found at once through another node', async () => {
    await put({
      'one/package.toml': packageToml('lighthouse', '1.0.0'),
      'one/README.md': '# Lighthouse',
      'one/a.txt': 'a',
    })
    const published = await cli(['publish', 'one'], { node: 0 })
    expect(published.err).toMatch(/made a signing key: [0-9a-f]{16}, kept in /)
    const id = { namespace: 'acme', name: 'lighthouse', version: '1.0.0' }
    expect(published).toMatchObject({ code: 0, json: { id, contentHash: HASH, created: true } })
    const { index } = published.json
    const found = await cli(['search', 'lighthouse'], { node: 1 })
    expect(found.json).toEqual({
      hits: [{ id, score: expect.any(Number) }],
      total: 1,
      index: expect.any(Number),
    })
    expect(found.json.index).toBeGreaterThanOrEqual(index)
    const info = await cli(['info', 'acme/lighthouse'], { node: 2 })
    expect(info.json).toMatchObject({
      id,
      kind: 'library',
      license: 'MIT',
      description: 'lighthouse for a test',
      dependencies: [],
      contentHash: published.json.contentHash,
      yanked: false,
      publishedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    })
    expect((await cli(['info', 'acme/lighthouse', '--versions'])).json).toEqual({
      versions: [{ version: '1.0.0', contentHash: published.json.contentHash, yanked: false }],
      index: expect.any(Number),
    })
    const again = await cli(['publish', 'one'])
    expect(again).toMatchObject({ code: 0, json: { id, index, created: false } })
  })

  it('of a package that says what it can do is found by that, and by kind', async () => {
    const able = packageToml('able', '1.0.0').replace(
      '[package]',
      '[package]\nkind = "validator"\ncapabilities = ["Json-Schema"]',
    )
    await put({ 'able/package.toml': able })
    expect((await cli(['publish', 'able'])).code).toBe(0)
    const found = async (...flags: string[]) =>
      (await cli(['search', ...flags])).json.hits.map(({ id }: { id: { name: string } }) => id.name)
    expect(await found('--kind', 'validator', '--capability', 'json-schema')).toEqual(['able'])
    expect(await found('--capability', 'openapi', 'json-schema')).toEqual(['able'])
    expect(await found('--capability', 'openapi')).toEqual([])
  })

  it('is found with a typing error by the words that are meant', async () => {
    await put({ 'typed/package.toml': packageToml('marionette', '1.0.0') })
    expect((await cli(['publish', 'typed'])).code).toBe(0)
    const { json } = await cli(['search', 'marionete'])
    expect(json).toMatchObject({ hits: [], total: 0, didYouMean: 'marionette' })
    expect((await cli(['search', json.didYouMean])).json).toMatchObject({ total: 1 })
    expect((await cli(['search', 'marionette'])).json.didYouMean).toBeUndefined()
  })

  it('of other content under the same version is a conflict', async () => {
    await put({ 'conflict/package.toml': packageToml('conflict', '1.0.0'), 'conflict/a.txt': 'a' })
    expect((await cli(['publish', 'conflict'])).code).toBe(0)
    await put({ 'conflict/a.txt': 'b' })
    const refused = await cli(['publish', 'conflict'])
    expect(refused.code).toBe(4)
    expect(refused.json.error).toMatchObject({ code: 'ALREADY_EXISTS', reason: 'VERSION_EXISTS' })
    expect(refused.json.error.message.match(/[0-9a-f]{64}/g).length).toBeGreaterThanOrEqual(2)
  })

  it('by another key into a namespace that is taken is denied', async () => {
    await put({ 'stranger/package.toml': packageToml('stranger', '1.0.0') })
    const refused = await cli(['publish', 'stranger'], { home: 'other-home' })
    expect(refused).toMatchObject({ code: 7, json: { error: { reason: 'NOT_OWNER' } } })
  })

  it('takes a packed archive as it is, to the byte', async () => {
    await put({ 'packed/package.toml': packageToml('packed', '1.0.0'), 'packed/a.txt': 'a' })
    await using archive = await packArchive((await readPackageFolder(join(work, 'packed'))).files)
    const chunks: Uint8Array[] = []
    for await (const chunk of archive.read()) chunks.push(chunk)
    await writeFile(join(work, 'packed.tar.gz'), Buffer.concat(chunks))
    const published = await cli(['publish', 'packed.tar.gz'])
    expect(published).toMatchObject({ code: 0, json: { contentHash: { digest: archive.sha256 } } })
    expect((await cli(['publish', 'packed'])).json.created).toBe(false)
  })

  it('of a folder whose manifest names no range is refused before anything is sent', async () => {
    await put({
      'vague/package.json': '{"name":"vague","version":"1.0.0","dependencies":{"x":"github:a/b"}}',
    })
    expect(await cli(['publish', 'vague'])).toMatchObject({
      code: 2,
      json: { error: { reason: 'INVALID_REQUIREMENT' } },
    })
    expect((await cli(['info', 'vague'])).code).toBe(3)
  })
})

describe('add', () => {
  it('installs what was checked, notes it in the lock, and installs the same from the lock', async () => {
    const dependency = '[dependencies]\nlighthouse = { version = "1", namespace = "acme" }\n'
    await put({
      'tool/package.toml': packageToml('tool', '1.4.0', dependency),
      'tool/bin/run.sh': '#!/bin/sh\n',
    })
    await chmod(join(work, 'tool/bin/run.sh'), 0o755)
    const published = await cli(['publish', 'tool'])
    await mkdir(join(work, 'project/deep'), { recursive: true })
    const added = await cli(['add', 'acme/tool@1.2'], { at: 'project', node: 1 })
    const path = '.ggen/packages/acme/tool'
    expect(added.json.installed).toEqual([
      expect.objectContaining({ path: '.ggen/packages/acme/lighthouse' }),
      { id: published.json.id, contentHash: published.json.contentHash, keyIds: [expect.any(String)], path },
    ])
    expect((await readdir(join(work, 'project', path))).sort()).toEqual(['bin', 'package.toml'])
    const lock = JSON.parse(await readFile(join(work, 'project/ggen-market.lock'), 'utf8'))
    expect(lock).toMatchObject({
      lockVersion: 1,
      requirements: [{ namespace: 'acme', name: 'tool', requirement: '>=1.2.0, <2.0.0' }],
      packages: [
        { id: { name: 'lighthouse' } },
        { id: published.json.id, dependencies: [{ namespace: 'acme', name: 'lighthouse', kind: 'normal' }] },
      ],
    })
    await rm(join(work, 'project/.ggen'), { recursive: true })
    expect((await cli(['list'], { at: 'project' })).json.packages[0].present).toBe(false)
    expect((await cli(['add'], { at: 'project/deep', node: 2 })).code).toBe(0)
    expect(await cli(['list'], { at: 'project/deep' })).toMatchObject({
      code: 0,
      json: {
        packages: [{ present: true }, { id: published.json.id, present: true, path }],
        project: join(work, 'project'),
      },
    })
  })

  it('of what does not exist is not found, and leaves no lock', async () => {
    await mkdir(join(work, 'empty'), { recursive: true })
    expect((await cli(['add', 'acme/nothing'], { at: 'empty' })).code).toBe(3)
    expect((await cli(['add', 'acme/lighthouse@9'], { at: 'empty' })).code).toBe(3)
    expect((await cli(['add'], { at: 'empty' })).code).toBe(2)
    expect(await readdir(join(work, 'empty'))).toEqual([])
  })

  it('refuses a version whose hash is not the one in the lock, and a package that another key signs now', async () => {
    await mkdir(join(work, 'pinned'), { recursive: true })
    expect((await cli(['add', 'acme/lighthouse'], { at: 'pinned' })).code).toBe(0)
    const path = join(work, 'pinned/ggen-market.lock')
    const lock = await readFile(path, 'utf8')
    const installed = join(work, 'pinned/.ggen/packages/acme/lighthouse')
    await writeFile(join(installed, 'mine.txt'), 'still here')
    const digest = JSON.parse(lock).packages[0].contentHash.digest
    await writeFile(path, lock.replace(digest, 'ab'.repeat(32)))
    expect(await cli(['add'], { at: 'pinned' })).toMatchObject({
      code: 6,
      json: { error: { reason: 'VERIFICATION_FAILED' } },
    })
    const [keyId] = JSON.parse(lock).packages[0].keyIds
    await writeFile(path, lock.replace(keyId, '0123456789abcdef'))
    for (const args of [['add'], ['add', 'acme/lighthouse']]) {
      const refused = await cli(args, { at: 'pinned' })
      expect(refused).toMatchObject({ code: 6, json: { error: { reason: 'VERIFICATION_FAILED' } } })
      expect(refused.json.error.message).toContain('0123456789abcdef')
    }
    expect(await readFile(join(installed, 'mine.txt'), 'utf8')).toBe('still here')
  })

  it('says that the history is another one where the lock comes from another registry, and goes on', async () => {
    await mkdir(join(work, 'restored'), { recursive: true })
    const lock = {
      lockVersion: 1,
      historyId: 'ab'.repeat(16),
      index: 999_999,
      requirements: [],
      packages: [],
    }
    await writeFile(join(work, 'restored/ggen-market.lock'), JSON.stringify(lock))
    const added = await cli(['add', 'acme/lighthouse'], { at: 'restored' })
    expect(added.code).toBe(0)
    expect(added.err).toContain('another history')
  })
})

describe('a registry that is behind', () => {
  it('the lock is refused: it was rewound or reset', async () => {
    await mkdir(join(work, 'rewound'), { recursive: true })
    expect((await cli(['add', 'acme/lighthouse'], { at: 'rewound' })).code).toBe(0)
    const path = join(work, 'rewound/ggen-market.lock')
    const lock = JSON.parse(await readFile(path, 'utf8'))
    await writeFile(path, JSON.stringify({ ...lock, index: 1_000_000 }))
    const refused = await cli(['add', 'acme/lighthouse'], { at: 'rewound' })
    expect(refused).toMatchObject({ code: 6, json: { error: { reason: 'VERIFICATION_FAILED' } } })
    expect(refused.json.error.message).toContain('rewound or reset')
  })

  it('what this user wrote is searched all the same, and at once', async () => {
    const { json } = await cli(['search', 'lighthouse'])
    const path = join(work, 'home/written.json')
    const written = JSON.parse(await readFile(path, 'utf8'))
    await writeFile(path, JSON.stringify(written.map((each: object) => ({ ...each, index: 1_000_000 }))))
    expect(await cli(['search', 'lighthouse'])).toMatchObject({ code: 0, json: { hits: json.hits } })
    await writeFile(path, JSON.stringify(written))
  })
})

describe('owner', () => {
  it('adds, lists, removes and transfers; the last owner stays', async () => {
    await put({ 'owned/package.toml': packageToml('owned', '1.0.0') })
    await cli(['publish', 'owned'])
    const made = (await cli(['keys', 'generate'], { home: 'berta' })).json
    await put({ 'berta.pub.pem': (await cli(['keys', 'export'], { home: 'berta' })).json.publicKeyPem })
    const listed = (await cli(['owner', 'list', 'acme/owned'])).json
    expect(listed).toMatchObject({
      scope: { namespace: 'acme' },
      owners: [{ publicKey: expect.any(String) }],
    })
    const mine = listed.owners[0].keyId

    await put({ 'owned/package.toml': packageToml('owned', '1.1.0') })
    expect(await cli(['publish', 'owned'], { home: 'berta' })).toMatchObject({
      code: 7,
      json: { error: { reason: 'NOT_OWNER' } },
    })
    const scope = { namespace: 'acme', name: 'owned' }
    expect(await cli(['owner', 'add', 'acme/owned', 'berta.pub.pem'], { node: 1 })).toMatchObject({
      code: 0,
      json: {
        scope,
        owner: made.keyId,
        owners: [mine, made.keyId],
        changed: true,
        index: expect.any(Number),
      },
    })
    expect((await cli(['publish', 'owned'], { home: 'berta' })).code).toBe(0)
    expect((await cli(['owner', 'list', 'acme/'])).json.owners).toHaveLength(1)
    expect(await cli(['owner', 'list', 'acme'])).toMatchObject({
      code: 3,
      json: { error: { help: expect.stringContaining('with a slash: acme/') } },
    })

    expect(await cli(['owner', 'remove', 'acme/owned', mine], { home: 'berta' })).toMatchObject({
      code: 0,
      json: { owners: [made.keyId], changed: true },
    })
    expect(await cli(['owner', 'remove', 'acme/owned', made.keyId], { home: 'berta' })).toMatchObject({
      code: 4,
      json: { error: { reason: 'LAST_OWNER' } },
    })
    const { publicKey } = listed.owners[0]
    expect(await cli(['owner', 'transfer', 'acme/owned', publicKey], { home: 'berta' })).toMatchObject({
      code: 0,
      json: { owners: [mine], changed: true },
    })
    expect(await cli(['owner', 'add', 'acme/owned', '0123456789abcdef'])).toMatchObject({
      code: 3,
      json: { error: { reason: 'KEY_NOT_FOUND' } },
    })
  })
})

describe('yank', () => {
  it('hides a version from search, resolution and new installs, not from a lock; unyank shows it again', async () => {
    await put({ 'yanked/package.toml': packageToml('yanked', '1.0.0') })
    await cli(['publish', 'yanked'])
    await mkdir(join(work, 'user'), { recursive: true })
    expect((await cli(['add', 'acme/yanked'], { at: 'user' })).code).toBe(0)
    const yank = ['yank', 'acme/yanked@1.0.0', '--reason', 'loses data']
    expect(await cli(yank)).toMatchObject({ code: 0, json: { yanked: true, changed: true } })
    expect(await cli(yank)).toMatchObject({ code: 0, json: { yanked: true, changed: false } })
    expect((await cli(['search', 'yanked'])).json.total).toBe(0)
    expect(await cli(['resolve', 'acme/yanked'])).toMatchObject({
      code: 3,
      json: { error: { reason: 'ALL_YANKED' } },
    })
    expect((await cli(['info', 'acme/yanked@1.0.0'])).json).toMatchObject({
      yanked: true,
      yankReason: 'loses data',
    })
    await mkdir(join(work, 'newcomer'), { recursive: true })
    expect((await cli(['add', 'acme/yanked@=1.0.0'], { at: 'newcomer' })).code).toBe(3)
    expect((await cli(['add'], { at: 'user' })).code).toBe(0)
    await cli(['keys', 'generate'], { home: 'other-home' })
    expect((await cli(['unyank', 'acme/yanked@1.0.0'], { home: 'other-home' })).code).toBe(7)
    expect(await cli(['unyank', 'acme/yanked@1.0.0'])).toMatchObject({
      code: 0,
      json: { yanked: false, changed: true },
    })
    expect((await cli(['resolve', 'acme/yanked'])).json.graph.root.id.version).toBe('1.0.0')
  })
})

describe('import', () => {
  it('publishes installed npm packages, nested ones too, reports what cannot be held, and changes nothing when repeated', async () => {
    const installed = (name: string, version: string, more: object = {}) =>
      JSON.stringify({ name, version, ...more })
    await put({
      'app/node_modules/.bin/x': '',
      'app/node_modules/left/package.json': installed('left', '1.0.0', {
        dependencies: { right: '1.x', '@Odd/scope': '^1.0.0' },
        devDependencies: { left: '^0.9.0', tool: 'git+ssh://example.org/tool' },
      }),
      'app/node_modules/left/index.js': '1',
      'app/node_modules/left/.gitignore': 'index.js',
      'app/node_modules/left/node_modules/right/package.json': installed('right', '2.0.0'),
      'app/node_modules/@team/right/package.json': installed('@team/right', '1.5.0', { license: 'MIT' }),
      'app/node_modules/broken/package.json': '{',
      'app/node_modules/unversioned/package.json': '{"name":"unversioned"}',
      'app/node_modules/Left/package.json': installed('Left', '3.0.0'),
    })
    const imported = await cli(['import', 'node_modules', 'app'])
    expect(imported.code).toBe(0)
    const { published, unchanged, refused } = imported.json
    const reasons: string[] = refused.map(
      (each: { folder: string; reason: string }) => `${each.folder} ${each.reason}`,
    )
    // Whichever of the two spellings came first has the name.
    expect(reasons.map((each) => each.replace('Left', 'left')).sort()).toEqual([
      'broken FILE_INVALID',
      'left NAME_TAKEN',
      'unversioned FILE_INVALID',
    ])
    expect([published, unchanged, imported.json.dependenciesLeftOut]).toEqual([3, 0, expect.any(Number)])
    const again = await cli(['import', 'node_modules', 'app/node_modules'])
    expect(again.json).toMatchObject({ published: 0, unchanged: 3 })
    expect((await cli(['info', '@team/right'])).json).toMatchObject({
      license: 'MIT',
      language: 'javascript',
    })
  })
})

describe('cluster status', () => {
  it('shows every node with its state hash at one index', async () => {
    const { code, json } = await cli(['cluster', 'status'])
    expect(code).toBe(0)
    expect(json.nodes.map((node: { id: string }) => node.id).sort()).toEqual(['node-1', 'node-2', 'node-3'])
    expect(json.nodes.map((node: { id: string }) => node.id)).toContain(json.leader)
    for (const node of json.nodes)
      expect(node).toMatchObject({
        address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        reachable: true,
        role: expect.stringMatching(/^(leader|follower)$/),
        stateHash: json.nodes[0].stateHash,
        blobsMissing: expect.any(Number),
      })
  })

  it('shows of a stopped node only that it cannot be reached, and everything else goes on', async () => {
    await cluster.stopNode(2)
    const { code, json } = await cli(['cluster', 'status'])
    expect(code).toBe(0)
    expect(json.nodes.filter((node: { reachable: boolean }) => !node.reachable)).toEqual([
      {
        id: 'node-3',
        address: cluster.node(2).config.listen.client,
        peerAddress: cluster.node(2).config.listen.peer,
        voter: true,
        reachable: false,
      },
    ])
    await put({ 'late/package.toml': packageToml('late', '1.0.0') })
    expect((await cli(['publish', 'late'])).code).toBe(0)
    expect((await cli(['info', 'acme/late'])).code).toBe(0)
    expect((await cli(['info', 'acme/late', '--timeout', '1'], { node: 2 })).code).toBe(5)
  })
})
