import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/program.js'
import { TestCluster } from './test-cluster.js'

let cluster: TestCluster
let work: string

beforeAll(async () => {
  cluster = await TestCluster.start(1)
  work = await mkdtemp(join(tmpdir(), 'ggen-add-test-'))
  for (const id of ['alpha@1.0.0', 'beta@1.0.0', 'beta@1.1.0', 'gamma@1.0.0']) await publish(id)
}, 60_000)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  if (work !== undefined) await rm(work, { recursive: true, force: true })
})

function surroundings(at: string) {
  return {
    env: { GGEN_MARKET_HOME: join(work, 'home'), GGEN_MARKET_ENDPOINTS: cluster.endpoints.join(',') },
    workFolder: join(work, at),
  }
}

async function cli(args: readonly string[], at = '.') {
  const out: string[] = []
  const err: string[] = []
  await mkdir(join(work, at), { recursive: true })
  const code = await run(args, {
    ...surroundings(at),
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
  })
  return { code, out: out.join(''), err: err.join('') }
}

async function publish(id: string, needs: Readonly<Record<string, string>> = {}): Promise<void> {
  const [name, version] = id.split('@')
  const dependencies = Object.entries(needs).map(
    ([needed, requirement]) => `${needed} = { version = "${requirement}", namespace = "acme" }\n`,
  )
  const folder = join(work, 'sources', id)
  await mkdir(folder, { recursive: true })
  const manifest = `[package]\nname = "${name}"\nnamespace = "acme"\nversion = "${version}"\nlicense = "MIT"\n`
  await writeFile(join(folder, 'package.toml'), `${manifest}[dependencies]\n${dependencies.join('')}`)
  expect(await cli(['publish', folder])).toMatchObject({ code: 0 })
}

/** Everything below a folder, paths relative to it. */
async function tree(at: string): Promise<string[]> {
  const entries = await readdir(join(work, at), { recursive: true, withFileTypes: true })
  return entries.map((each) => join(each.parentPath, each.name).slice(join(work, at).length + 1)).sort()
}

describe('add', () => {
  it('of several packages installs all or none', async () => {
    const refused = await cli(['add', 'acme/alpha', 'acme/nothing'], 'fresh')
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining('nothing was installed') })
    expect(await tree('fresh')).toEqual([])
    expect((await cli(['add', 'acme/beta@=1.0.0'], 'some')).code).toBe(0)
    const before = await tree('some')
    const lock = await readFile(join(work, 'some/ggen-market.lock'), 'utf8')
    expect((await cli(['add', 'acme/beta', 'acme/alpha', 'acme/gamma@9'], 'some')).code).toBe(3)
    expect(await tree('some')).toEqual(before)
    expect(await readFile(join(work, 'some/ggen-market.lock'), 'utf8')).toBe(lock)
    expect((await cli(['add', 'acme/beta', 'acme/alpha', 'acme/gamma'], 'some')).code).toBe(0)
    expect((await tree('some')).filter((path) => path.endsWith('package.toml'))).toEqual(
      ['alpha', 'beta', 'gamma'].map((name) => `.ggen/packages/acme/${name}/package.toml`),
    )
  })

  it('installs what a package needs too, keeps what is there where it fits, and removes what nothing needs', async () => {
    await publish('log@1.0.0')
    await publish('log@1.1.0')
    await publish('log@2.0.0')
    await publish('net@1.0.0')
    await publish('web@1.0.0', { log: '^1.0.0', net: '*' })
    await publish('web@2.0.0', { log: '^1.0.0' })
    await publish('api@1.0.0', { log: '>=1.0.0' })
    await publish('old@1.0.0', { log: '^2.0.0' })
    const ids = (list: { id: { name: string; version: string } }[]) =>
      list.map(({ id }) => `${id.name}@${id.version}`)
    const json = async (...args: string[]) => JSON.parse((await cli([...args, '--json'], 'tree')).out)
    const locked = async () => {
      const lock = JSON.parse(await readFile(join(work, 'tree/ggen-market.lock'), 'utf8'))
      return { packages: ids(lock.packages), requirements: lock.requirements }
    }
    const resolved = await json('resolve', 'acme/web@1')
    expect(ids(resolved.graph.packages)).toEqual(['log@1.1.0', 'net@1.0.0', 'web@1.0.0'])
    expect(resolved.graph.root.id).toEqual({ namespace: 'acme', name: 'web', version: '1.0.0' })
    expect(ids((await json('add', 'acme/web@1', 'acme/log@=1.0.0')).installed)).toEqual([
      'log@1.0.0',
      'net@1.0.0',
      'web@1.0.0',
    ])
    expect((await locked()).requirements).toEqual([
      { namespace: 'acme', name: 'log', requirement: '=1.0.0' },
      { namespace: 'acme', name: 'web', requirement: '>=1.0.0, <2.0.0' },
    ])
    // log is left at 1.0.0, though api would take 2.0.0; net goes with the version of web that needed it.
    const added = await json('add', 'acme/api', 'acme/web@2')
    expect(ids(added.installed)).toEqual(['api@1.0.0', 'web@2.0.0'])
    expect(ids(added.removed.map((id: object) => ({ id })))).toEqual(['net@1.0.0'])
    expect((await locked()).packages).toEqual(['api@1.0.0', 'log@1.0.0', 'web@2.0.0'])
    expect((await readdir(join(work, 'tree/.ggen/packages/acme'))).sort()).toEqual(['api', 'log', 'web'])

    const before = await tree('tree')
    const refused = await cli(['add', 'acme/old'], 'tree')
    expect(refused.code).toBe(4)
    expect(refused.err).toContain('acme/old 1.0.0 needs acme/log ^2.0.0')
    expect(refused.err).toMatch(/\n {2}\d+\. because .*nothing meets the request/)
    expect(refused.err).toContain('try: ask for other versions of one of')
    expect(await tree('tree')).toEqual(before)
    await rm(join(work, 'tree/.ggen'), { recursive: true })
    expect(ids((await json('add')).installed).sort()).toEqual(['api@1.0.0', 'log@1.0.0', 'web@2.0.0'])
  })

  it('of several at once in one project ends in all of them, whoever was first', async () => {
    const added = await Promise.all(['alpha', 'beta'].map((name) => cli(['add', `acme/${name}`], 'rivals')))
    expect(added.map(({ code }) => code)).toEqual([0, 0])
    const { packages } = JSON.parse(await readFile(join(work, 'rivals/ggen-market.lock'), 'utf8'))
    expect(packages.map((each: { id: { name: string } }) => each.id.name)).toEqual(['alpha', 'beta'])
  })

  it('that cannot write the lock installs nothing', async () => {
    await mkdir(join(work, 'no-lock/ggen-market.lock'), { recursive: true })
    expect((await cli(['add', 'acme/alpha'], 'no-lock')).code).not.toBe(0)
    expect(await tree('no-lock')).toEqual(['ggen-market.lock'])
  })

  it('of one package named twice is a usage error', async () => {
    const refused = await cli(['add', 'acme/beta@=1.0.0', 'acme/beta'], 'twice')
    expect(refused.code).toBe(2)
    expect(refused.err).toContain('acme/beta is named twice')
    expect(await tree('twice')).toEqual([])
  })

  it('--global installs under GGEN_MARKET_HOME itself, and says where', async () => {
    const added = await cli(['add', '--global', 'acme/alpha', '--json'], 'anywhere')
    expect(JSON.parse(added.out)).toMatchObject({
      installed: [{ id: { name: 'alpha' }, path: 'packages/acme/alpha' }],
      project: join(work, 'home'),
    })
    expect(existsSync(join(work, 'home/packages/acme/alpha/package.toml'))).toBe(true)
    expect(existsSync(join(work, 'home/.ggen'))).toBe(false)
    const listed = JSON.parse((await cli(['list', '--global', '--json'])).out)
    expect(listed).toMatchObject({ packages: [{ present: true, path: 'packages/acme/alpha' }] })
    expect(await tree('anywhere')).toEqual([])
  })

  it('prints the project folder beside the paths in it', async () => {
    const { out } = await cli(['add', 'acme/alpha', '--json'], 'shape')
    const { installed, project, index } = JSON.parse(out)
    expect([project, index]).toEqual([join(work, 'shape'), expect.any(Number)])
    expect(existsSync(join(project, installed[0].path, 'package.toml'))).toBe(true)
  })

  it('of a yanked version named exactly says that it is yanked, why, and what to take instead', async () => {
    await cli(['yank', 'acme/beta@1.0.0', '--reason', 'loses data'])
    for (const command of ['add', 'resolve']) {
      const refused = await cli([command, 'acme/beta@=1.0.0', '--json'], 'exact')
      expect(refused.code).toBe(3)
      const { error } = JSON.parse(refused.out)
      expect(error.message).toContain('acme/beta@1.0.0 is yanked: loses data')
      expect(error.help).toContain('acme/beta@1.1.0')
    }
    await cli(['yank', 'acme/gamma@1.0.0'])
    for (const name of ['acme/gamma', 'acme/gamma@1.0.0', 'acme/gamma@=1.0.0']) {
      const refused = await cli(['add', name], 'exact')
      expect(refused).toMatchObject({ code: 3, err: expect.stringContaining('acme/gamma@1.0.0 is yanked') })
      expect(refused.err).toContain('no other version')
    }
    const other = await cli(['add', 'acme/beta@=7.0.0'], 'exact')
    expect(other).toMatchObject({ code: 3, err: expect.not.stringContaining('is yanked') })
    await cli(['unyank', 'acme/beta@1.0.0'])
    await cli(['unyank', 'acme/gamma@1.0.0'])
  })

  it('from a lock of another history warns with both histories, and enforces its hashes all the same', async () => {
    expect((await cli(['add', 'acme/alpha'], 'foreign')).code).toBe(0)
    const path = join(work, 'foreign/ggen-market.lock')
    const lock = JSON.parse(await readFile(path, 'utf8'))
    const foreign = 'ab'.repeat(16)
    const write = (changes: object) => writeFile(path, JSON.stringify({ ...lock, ...changes }))
    const warning = new RegExp(
      `warning: .*${foreign}.*${lock.historyId}|warning: .*${lock.historyId}.*${foreign}`,
    )
    await write({ historyId: foreign, index: 999_999 })
    expect(await cli(['add'], 'foreign')).toMatchObject({ code: 0, err: expect.stringMatching(warning) })
    const [entry] = lock.packages
    const digest = 'cd'.repeat(32)
    await write({
      historyId: foreign,
      packages: [{ ...entry, contentHash: { ...entry.contentHash, digest } }],
    })
    expect(await cli(['add'], 'foreign')).toMatchObject({ code: 6, err: expect.stringMatching(warning) })
    await write({ historyId: foreign, packages: [{ ...entry, id: { ...entry.id, name: 'nothing' } }] })
    expect(await cli(['add'], 'foreign')).toMatchObject({ code: 3, err: expect.stringMatching(warning) })
    await write({ index: 1_000_000 })
    const rewound = await cli(['add'], 'foreign')
    expect(rewound).toMatchObject({ code: 6, err: expect.stringContaining('rewound or reset') })
  })

  it('removes what an interrupted one left, and not what another one is at', async () => {
    const packages = join(work, 'leftovers/.ggen/packages')
    const gone = [`.unpacking-${2 ** 22 + 1}-abcdef/new`, '.unpacking-abcdef/new']
    const busy = `.unpacking-${process.ppid}-abcdef`
    for (const path of [...gone, busy]) await mkdir(join(packages, path), { recursive: true })
    expect((await cli(['add', 'acme/alpha'], 'leftovers')).code).toBe(0)
    const left = (await tree('leftovers')).filter((path) => path.includes('.unpacking-'))
    expect(left).toEqual([`.ggen/packages/${busy}`])
  })
})

describe('reads with --stale', () => {
  it('are answered at once by a node that has lost its quorum', async () => {
    const three = await TestCluster.start(3)
    try {
      const folder = join(work, 'sources/alpha@1.0.0')
      const at = (i: number) => ['--timeout', '10', '--endpoint', three.node(i).config.listen.client]
      expect((await cli(['publish', folder, ...at(0)])).code).toBe(0)
      // Reads that wait for it: the node asked below has it, and its search index too.
      expect((await cli(['info', 'acme/alpha', ...at(2)])).code).toBe(0)
      expect((await cli(['search', 'alpha', ...at(2)])).out).toContain('acme/alpha')
      await Promise.all([three.stopNode(0), three.stopNode(1)])
      expect((await cli(['info', 'acme/alpha', ...at(2), '--timeout', '1'])).code).toBe(5)
      for (const command of [
        ['info', 'acme/alpha'],
        ['info', 'acme/alpha', '--versions'],
        ['resolve', 'acme/alpha'],
        ['search', 'alpha'],
      ])
        expect(await cli([...command, '--stale', ...at(2)])).toMatchObject({
          code: 0,
          out: expect.stringContaining('1.0.0'),
        })
    } finally {
      await three[Symbol.asyncDispose]()
    }
  })
})
