import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseWanted } from '../install/wanted-package.js'
import { MarketplaceBuilder } from '../marketplace-builder.js'
import { MarketplaceError, STATUS_OF_REASON } from '../model/error.js'
import { Ed25519Signer } from '../trust/signer.js'
import { findEndpoints } from './endpoints.js'
import { EXIT, exitCodeOf } from './exit-code.js'
import { KeyFolder } from './key-folder.js'
import { parseExactId, parseNameAndVersion } from './package-argument.js'
import { run } from './program.js'
import { userFolder } from './user-folder.js'
import { WrittenMemory } from './written.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ggen-cli-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function cli(args: readonly string[], env: Record<string, string> = {}) {
  const out: string[] = []
  const err: string[] = []
  const code = await run(args, {
    env: { GGEN_MARKET_HOME: join(folder, 'home'), ...env },
    workFolder: folder,
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
  })
  return { code, out: out.join(''), err: err.join('') }
}

describe('the command line', () => {
  it('without a cluster says so where only a cluster will do, names the ways to name one, and makes no registry', async () => {
    const ran = await cli(['cluster', 'status'])
    expect(ran).toMatchObject({ code: EXIT.usage, out: '' })
    expect(ran.err).toMatch(/no cluster is configured[\s\S]*--endpoint[\s\S]*make cluster/)
    expect((await cli(['cluster', 'status', '--local'])).err).toMatch(/--local has no nodes/)
    expect(await readdir(join(folder, 'home')).catch(() => [])).toEqual([])
  })

  it('with --local and --endpoint is told to choose', async () => {
    const ran = await cli(['info', 'x', '--local', '--endpoint', '127.0.0.1:7401'])
    expect(ran).toMatchObject({ code: EXIT.usage, out: '' })
    expect(ran.err).toMatch(/two registries/)
  })

  it('without a cluster is served by the registry of this machine, and names it', async () => {
    await mkdir(join(folder, 'package'))
    const manifest =
      '[package]\nnamespace = "tour"\nname = "hello"\nversion = "1.0.0"\ndescription = "a first package"\n'
    await writeFile(join(folder, 'package/package.toml'), manifest)
    const registry = join(folder, 'home/registry')
    const published = await cli(['publish', 'package'])
    expect(published).toMatchObject({ code: EXIT.ok })
    expect(published.err).toContain(`(registry of this machine, ${registry})`)
    const found = await cli(['search', 'first', '--json'])
    expect(JSON.parse(found.out)).toMatchObject({ total: 1, hits: [{ id: { name: 'hello' } }] })
    expect(found.err).not.toContain('registry of this machine')
    expect(JSON.parse((await cli(['info', 'tour/hello', '--json'])).out)).toMatchObject({ yanked: false })
    expect(await cli(['add', 'tour/hello'])).toMatchObject({ code: EXIT.ok })
    expect(await readFile(join(folder, '.ggen/packages/tour/hello/package.toml'), 'utf8')).toBe(manifest)
    expect(JSON.parse((await cli(['resolve', 'tour/hello@1', '--json'])).out)).toMatchObject({
      graph: { root: { id: { name: 'hello', version: '1.0.0' } } },
    })
    expect(await cli(['yank', 'tour/hello@1.0.0', '--reason', 'a test'])).toMatchObject({ code: EXIT.ok })
    expect(await cli(['info', 'tour/hello'])).toMatchObject({ code: EXIT.notFound })
    expect(await cli(['unyank', 'tour/hello@1.0.0'])).toMatchObject({ code: EXIT.ok })
    const elsewhere = { GGEN_MARKET_ENDPOINTS: '127.0.0.1:1' }
    expect(await cli(['info', 'tour/hello', '--local'], elsewhere)).toMatchObject({ code: EXIT.ok })
  }, 60_000)

  it('whose registry of this machine another process has open says who, and goes on when it is free', async () => {
    const holder = new MarketplaceBuilder().withLocalRegistry(join(folder, 'home/registry')).build()
    await holder.stats()
    const forPrograms = cli(['search', 'hello', '--json'])
    const err: string[] = []
    let told = () => {}
    const waits = new Promise<void>((resolve) => {
      told = resolve
    })
    const forPeople = run(['search', 'hello'], {
      env: { GGEN_MARKET_HOME: join(folder, 'home') },
      workFolder: folder,
      stdout: { write() {} },
      stderr: {
        write: (text: string) => {
          err.push(text)
          told()
        },
      },
    })
    await Promise.race([waits, forPeople])
    const registry = join(folder, 'home/registry')
    expect(err).toEqual([`waiting for process ${process.pid}, which has the registry in ${registry} open\n`])
    await holder.close()
    expect(await forPeople).toBe(EXIT.ok)
    expect(err.filter((line) => line.startsWith('waiting'))).toHaveLength(1)
    const answered = await forPrograms
    expect([answered.code, answered.err]).toEqual([EXIT.ok, expect.not.stringContaining('waiting')])
  }, 60_000)

  it('with --json prints a failure as one object on standard output and nothing elsewhere', async () => {
    const ran = await cli(['--json', 'cluster', 'status'])
    expect(ran).toMatchObject({ code: EXIT.usage, err: '' })
    const { error } = JSON.parse(ran.out)
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'CONFIG_INVALID' })
    expect([typeof error.message, typeof error.help]).toEqual(['string', 'string'])
  })

  it.each([
    [['bogus']],
    [['info']],
    [['info', 'a', '--bogus']],
    [['import', 'crates']],
    [['search', 'x', '--limit', '0', '--endpoint', '127.0.0.1:1']],
    [['info', 'not/a/name', '--endpoint', '127.0.0.1:1']],
    [['info', 'x@1', '--endpoint', '127.0.0.1:1']],
    [['add', 'x@newest', '--endpoint', '127.0.0.1:1']],
    [['info', 'x', '--endpoint', 'nowhere']],
    [['info', 'x', '--endpoint', '127.0.0.1:1', '--timeout', 'long']],
    [['cluster', 'add', 'node-4', '--endpoint', '127.0.0.1:1']],
    [['cluster', 'add', 'node-4=10.0.0.4', '--endpoint', '127.0.0.1:1']],
    [['cluster', 'add', 'node-4=10.0.0.4:0', '--endpoint', '127.0.0.1:1']],
    [['cluster', 'add', 'node-4=0.0.0.0:7501', '--endpoint', '127.0.0.1:1']],
    [['cluster', 'add', 'Node=10.0.0.4:7501', '--endpoint', '127.0.0.1:1']],
    [['cluster', 'promote', 'node 4', '--endpoint', '127.0.0.1:1']],
    [['cluster', 'promote', 'node-4', '--replacing', '', '--endpoint', '127.0.0.1:1']],
    [['publish', 'nowhere', '--endpoint', '127.0.0.1:1']],
    [['publish', '.', '--manifest', 'pom.xml', '--endpoint', '127.0.0.1:1']],
  ])('%j is a usage error, as text and as an object', async (args) => {
    expect((await cli(args)).code).toBe(EXIT.usage)
    const ran = await cli([...args, '--json'])
    expect(ran.code).toBe(EXIT.usage)
    expect(JSON.parse(ran.out).error.code).toBe('INVALID_ARGUMENT')
  })

  it('without a command says what is missing: help as text, an object with --json', async () => {
    for (const [args, path] of [
      [[], 'ggen-market'],
      [['keys'], 'ggen-market keys'],
      [['cluster'], 'ggen-market cluster'],
    ] as const) {
      const shown = await cli(args)
      expect(shown).toMatchObject({
        code: EXIT.usage,
        out: '',
        err: expect.stringContaining(`Usage: ${path}`),
      })
      const ran = await cli([...args, '--json'])
      expect(ran).toMatchObject({ code: EXIT.usage, err: '' })
      const { error } = JSON.parse(ran.out)
      expect(error).toMatchObject({ reason: 'INVALID_ARGUMENT', message: expect.stringContaining(path) })
      expect(error.help).toContain(`${path} --help`)
    }
  })

  it.each([
    [['serch'], /unknown command 'serch'.*search/, 'ggen-market --help'],
    [['keys', 'lst'], /unknown command 'lst'.*list/, 'ggen-market keys --help'],
    [['help', 'serch'], /no command 'serch'.*search/, 'ggen-market help --help'],
    [['help', 'keys', 'zzzzzz'], /no command 'zzzzzz'.*generate, list, export/, 'ggen-market help --help'],
    [['info'], /missing required argument 'name'/, 'ggen-market info --help'],
    [['info', 'x', '--versionss'], /unknown option '--versionss'.*--versions/, 'ggen-market info --help'],
    [['info', 'x', 'y'], /too many arguments/, 'ggen-market info --help'],
    [['search', '--limit'], /argument missing/, 'ggen-market search --help'],
    [['yank', 'acme/x', '--reason', 'y'], /"acme\/x" names no version/, 'acme/x@1.2.0'],
    [['info', '--', '--json'], /--json/, ''],
    [['import', 'crates'], /'crates' is invalid.*node_modules/, 'ggen-market import --help'],
  ])('%j is one line of error and one of help', async (args, message, help) => {
    const ran = await cli(args)
    expect(ran).toMatchObject({ code: EXIT.usage, out: '' })
    const [first, second, ...rest] = ran.err.split('\n')
    expect(first).toMatch(/^error: /)
    expect(first).toMatch(message)
    expect(second).toMatch(/^ {2}try: /)
    expect(second).toContain(help)
    expect(rest).toEqual([''])
  })

  it('sends whoever would publish a manifest to its folder', async () => {
    await writeFile(join(folder, 'package.json'), '{"name":"x","version":"1.0.0"}')
    const ran = await cli(['publish', 'package.json', '--endpoint', '127.0.0.1:1'])
    expect(ran).toMatchObject({ code: EXIT.usage, err: expect.stringContaining(`publish ${folder} `) })
  })

  it.each([
    ['package.json', '{"name":"x","version":"1.0.0","private":true}', '"private": true'],
    ['Cargo.toml', '[package]\nname = "x"\nversion = "1.0.0"\npublish = false\n', 'publish = false'],
  ])('publishes nothing whose %s says that it is private', async (file, content, words) => {
    await writeFile(join(folder, file), content)
    const ran = await cli(['publish', '--endpoint', '127.0.0.1:1'])
    expect(ran).toMatchObject({ code: EXIT.usage, out: '' })
    expect(ran.err).toBe(
      `error: x@1.0.0 is not to be published: its ${file} says ${words}\n  try: take that line out of ${file} if it is; or publish another folder\n`,
    )
  })

  it('explains `cluster` with examples and with what its exit codes mean', async () => {
    const { code, out } = await cli(['cluster', '--help'])
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/Example:\n {2}\$ ggen-market cluster status.*Exit codes:.* 6 damage/s),
    ])
  })

  it('explains a command by `help` as by --help', async () => {
    for (const name of ['add', 'keys', 'keys generate', 'serve'])
      expect(await cli(['help', ...name.split(' ')])).toEqual(await cli([...name.split(' '), '--help']))
    expect((await cli(['help'])).out).toBe((await cli(['--help'])).out)
  })

  it('with nobody at the endpoint ends as unreachable', async () => {
    const ran = await cli(['info', 'x', '--json', '--timeout', '0.2', '--endpoint', '127.0.0.1:1'])
    expect(ran.code).toBe(EXIT.unreachable)
    expect(JSON.parse(ran.out).error).toMatchObject({ code: 'UNAVAILABLE', reason: 'UNREACHABLE' })
  })

  it('explains every command with an example', async () => {
    const names = [
      'publish',
      'search',
      'info',
      'add',
      'resolve',
      'list',
      'yank',
      'unyank',
      'serve',
      'import',
      'config',
      'help',
    ]
    const cluster = ['status', 'add', 'promote', 'remove', 'transfer'].map((name) => `cluster ${name}`)
    const nested = ['keys generate', 'keys list', 'keys export', ...cluster]
    for (const name of [...names, ...nested]) {
      const ran = await cli([...name.split(' '), '--help'])
      expect(ran).toMatchObject({ code: EXIT.ok, err: '' })
      expect(ran.out).toMatch(new RegExp(`Example:\\n {2}\\$ ggen-market ${name}`))
    }
    for (const name of names) expect((await cli(['--help'])).out).toContain(`\n  ${name}`)
  })

  it('shows every setting with its variable, and every limit', async () => {
    const { settings, variables, limits } = JSON.parse((await cli(['config', '--json'])).out)
    expect(settings).toContainEqual(
      expect.objectContaining({ key: 'raft.tickMs', variable: 'GGEN_MARKET_RAFT_TICK_MS', default: 50 }),
    )
    expect(settings[0]).toMatchObject({ key: 'client.endpoints', variable: 'GGEN_MARKET_ENDPOINTS' })
    expect(variables.map((each: { variable: string }) => each.variable)).toContain('GGEN_MARKET_KEY')
    expect(limits).toMatchObject({ metadataBytesMax: 256 * 1024 })
    expect((await cli(['config'])).out).toContain('dependenciesMax 2000')
  })

  it('shows the value that each setting has here, and where it comes from', async () => {
    const project = join(folder, 'ggen-market.toml')
    const user = join(folder, 'home/ggen-market.toml')
    await mkdir(join(folder, 'home'))
    await writeFile(project, '[raft]\ntickMs = 20\npriority = 3\n[cluster]\ntoken = "nobody sees this"\n')
    await writeFile(user, '[raft]\ntickMs = 30\n[log]\nlevel = "warn"\n[client]\nendpoints = "127.0.0.1:1"\n')
    const env = { GGEN_MARKET_RAFT_PRIORITY: '7', GGEN_MARKET_LOG_LEVEL: '', GGEN_MARKET_KEY: 'mine.pem' }
    const shown = async (...args: string[]) => JSON.parse((await cli(['config', '--json', ...args], env)).out)
    const { settings, variables } = await shown()
    const of = (key: string, all = settings) => all.find((each: { key: string }) => each.key === key)
    expect(of('raft.tickMs')).toMatchObject({ value: 20, source: { kind: 'project file', name: project } })
    expect(of('raft.priority')).toMatchObject({
      value: 7,
      source: { kind: 'environment', name: 'GGEN_MARKET_RAFT_PRIORITY' },
      default: 10,
    })
    expect(of('log.level')).toMatchObject({ value: 'warn', source: { kind: 'user file', name: user } })
    expect(of('client.endpoints')).toMatchObject({ value: '127.0.0.1:1', source: { kind: 'user file' } })
    expect(of('listen.http')).toMatchObject({ value: '127.0.0.1:7601', source: { kind: 'default' } })
    expect(of('data.folder')).not.toHaveProperty('value')
    expect(of('cluster.token')).toMatchObject({ value: '[redacted]', source: { kind: 'project file' } })
    expect(variables).toContainEqual(
      expect.objectContaining({ variable: 'GGEN_MARKET_KEY', value: 'mine.pem' }),
    )
    const flagged = (await shown('--endpoint', '127.0.0.1:2')).settings
    expect(of('client.endpoints', flagged)).toMatchObject({
      value: '127.0.0.1:2',
      source: { kind: 'flag', name: '--endpoint' },
    })
    const { out } = await cli(['config'], env)
    expect(out).toContain(`  raft.tickMs = 20 (project file ${project}; default 50)\n`)
    expect(out).toContain('  raft.priority = 7 (variable GGEN_MARKET_RAFT_PRIORITY; default 10)\n')
    expect(out).toContain('  data.folder = not set (default)\n')
    expect(out).not.toContain('nobody sees this')
    await writeFile(project, '[raft]\ntickMs = "soon"\n')
    const refused = await cli(['config'], env)
    expect([refused.code, refused.err]).toEqual([
      2,
      expect.stringContaining(`raft.tickMs (file ${project}) is "soon"`),
    ])
  })

  it('tells its version', async () => {
    const ran = await cli(['--version'])
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(ran).toMatchObject({ code: EXIT.ok, out: `${version}\n` })
  })

  it('makes keys that only the user can read, lists them, and exports the public half', async () => {
    const made = JSON.parse((await cli(['keys', 'generate', '--json'])).out)
    expect(made).toMatchObject({ default: true, keyId: expect.stringMatching(/^[0-9a-f]{16}$/) })
    expect((await stat(made.file)).mode & 0o777).toBe(0o600)
    const second = JSON.parse((await cli(['keys', 'generate', '--json'])).out)
    expect(second.default).toBe(false)
    const { keys } = JSON.parse((await cli(['keys', 'list', '--json'])).out)
    expect(keys.map((key: { keyId: string }) => key.keyId).sort()).toEqual([made.keyId, second.keyId].sort())
    const exported = await cli(['keys', 'export'])
    expect(exported.out).toMatch(/^-----BEGIN PUBLIC KEY-----/)
    expect(exported.out + exported.err).not.toContain('PRIVATE')
  })

  it('yanks only with a key that exists, and makes none for it', async () => {
    const ran = await cli(['yank', 'x@1.0.0', '--json', '--endpoint', '127.0.0.1:1'])
    expect(ran.code).toBe(EXIT.notFound)
    expect(JSON.parse(ran.out).error.reason).toBe('KEY_NOT_FOUND')
    expect((await cli(['keys', 'list', '--json'])).out).toBe('{"keys":[]}\n')
  })
})

describe('exit codes', () => {
  it('exist for every reason, and failures are never 0', () => {
    for (const reason of Object.keys(STATUS_OF_REASON) as (keyof typeof STATUS_OF_REASON)[]) {
      const code = exitCodeOf(new MarketplaceError({ reason, message: '', help: '' }))
      expect(code).toBeGreaterThan(0)
      expect(code).toBeLessThan(8)
    }
  })

  it.each([
    ['PACKAGE_NOT_FOUND', 3],
    ['ALL_YANKED', 3],
    ['VERSION_EXISTS', 4],
    ['NO_LEADER', 5],
    ['OUTCOME_UNKNOWN', 5],
    ['VERIFICATION_FAILED', 6],
    ['HASH_MISMATCH', 6],
    ['NOT_OWNER', 7],
    ['SIGNATURE_INVALID', 7],
    ['INVALID_NAME', 2],
    ['INTERNAL', 1],
  ] as const)('%s is %i', (reason, code) => {
    expect(exitCodeOf(new MarketplaceError({ reason, message: '', help: '' }))).toBe(code)
  })
})

describe('endpoints', () => {
  const where = (parts: Partial<Parameters<typeof findEndpoints>[0]>) =>
    findEndpoints({
      flag: undefined,
      configFile: undefined,
      env: { GGEN_MARKET_HOME: join(folder, 'home') },
      workFolder: folder,
      ...parts,
    })

  it('come from the flag over the variable over the nearest file over the user file', async () => {
    const home = join(folder, 'home')
    const deep = join(folder, 'a/b')
    await mkdir(deep, { recursive: true })
    await mkdir(home)
    await writeFile(join(home, 'ggen-market.toml'), '[client]\nendpoints = "user:1"\n')
    const env = { GGEN_MARKET_HOME: home }
    expect(where({ workFolder: deep, env })).toEqual(['user:1'])
    await writeFile(join(folder, 'ggen-market.toml'), '[client]\nendpoints = "file:1, file:2"\n')
    expect(where({ workFolder: deep, env })).toEqual(['file:1', 'file:2'])
    const both = { ...env, GGEN_MARKET_ENDPOINTS: 'variable:1' }
    expect(where({ workFolder: deep, env: both })).toEqual(['variable:1'])
    expect(where({ workFolder: deep, env: both, flag: 'flag:1,flag:2' })).toEqual(['flag:1', 'flag:2'])
    expect(where({ workFolder: deep, env: { ...env, GGEN_MARKET_ENDPOINTS: '' } })).toEqual([
      'file:1',
      'file:2',
    ])
  })

  it('in a misspelt variable are missed by name', () => {
    const env = { GGEN_MARKET_ENDPOINT: '127.0.0.1:7401' }
    expect(() => where({ env })).toThrow(/GGEN_MARKET_ENDPOINT sets nothing; GGEN_MARKET_ENDPOINTS does/)
  })

  it('in a file with an unknown key are refused, naming the nearest', async () => {
    await writeFile(join(folder, 'ggen-market.toml'), '[client]\nendpoint = "a:1"\n')
    expect(() => where({})).toThrow(/unknown key client.endpoint/)
  })
})

describe('package arguments', () => {
  it('name a package, a version or a range, with npm scopes accepted', () => {
    expect(parseNameAndVersion('@acme/web@1.2.0')).toEqual({
      namespace: 'acme',
      name: 'web',
      version: '1.2.0',
    })
    expect(parseNameAndVersion('web')).toEqual({ name: 'web' })
    expect(parseWanted('acme/web@1.2')).toEqual({
      ref: { namespace: 'acme', name: 'web' },
      requirement: '>=1.2.0, <2.0.0',
    })
    expect(parseWanted('web@1.2.3')).toEqual({ ref: { name: 'web' }, requirement: '^1.2.3' })
    expect(parseWanted('web')).toEqual({ ref: { name: 'web' }, requirement: undefined })
    expect(() => parseExactId('web')).toThrow(/version/)
    expect(() => parseWanted('web@latest')).toThrow(/no range of versions/)
  })
})

describe('the user folder', () => {
  it('is GGEN_MARKET_HOME, else under the XDG folder, else under ~/.config', () => {
    expect(userFolder({ GGEN_MARKET_HOME: '/h', XDG_CONFIG_HOME: '/x' })).toBe('/h')
    expect(userFolder({ GGEN_MARKET_HOME: '', XDG_CONFIG_HOME: '/x' })).toBe('/x/ggen-market')
    expect(userFolder({})).toMatch(/\.config\/ggen-market$/)
  })

  it('keeps keys: by id, by path and by default', async () => {
    const keys = new KeyFolder(folder)
    expect(await keys.find(undefined)).toBeUndefined()
    const first = await keys.generate()
    const second = await keys.generate({ makeDefault: true })
    expect((await keys.find(undefined))?.signer.keyId).toBe(second.signer.keyId)
    expect((await keys.find(first.signer.keyId))?.signer.keyId).toBe(first.signer.keyId)
    const path = join(folder, 'other.pem')
    const other = Ed25519Signer.fromSeed(new Uint8Array(32).fill(3))
    await writeFile(path, other.exportPem())
    expect((await keys.find(path))?.signer.keyId).toBe(other.keyId)
    await expect(keys.find('0123456789abcdef')).rejects.toMatchObject({ reason: 'KEY_NOT_FOUND' })
    await writeFile(path, 'no key')
    await expect(keys.find(path)).rejects.toMatchObject({ reason: 'FILE_INVALID' })
  })

  it('remembers the last index of each history, newest first, and lives without being writable', async () => {
    const memory = new WrittenMemory(folder)
    await memory.add({ historyId: 'a', index: 5 })
    await memory.add({ historyId: 'b', index: 2 })
    await memory.add({ historyId: 'a', index: 3 })
    expect(await memory.read()).toEqual([
      { historyId: 'a', index: 5 },
      { historyId: 'b', index: 2 },
    ])
    await writeFile(join(folder, 'written.json'), 'rubbish')
    expect(await memory.read()).toEqual([])
    await new WrittenMemory(join(folder, 'written.json')).add({ historyId: 'a', index: 1 })
  })
})
