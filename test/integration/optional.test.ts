import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from './command-line.js'
import { TestCluster } from './test-cluster.js'

let cluster: TestCluster
let work: string

beforeAll(async () => {
  cluster = await TestCluster.start(1)
  work = await mkdtemp(join(tmpdir(), 'ggen-optional-test-'))
  await publish('color@1.0.0')
  await publish('color@2.0.0')
  await publish('speed@1.0.0')
  await publish('log@1.0.0', { color: 'optional ^1.0.0' })
  await publish('web@1.0.0', { log: '*', speed: 'optional *', nowhere: 'optional *' })
  await publish('api@1.0.0', { log: '*' })
  await publish('cli@1.0.0', { speed: 'optional *' })
}, 120_000)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  if (work !== undefined) await rm(work, { recursive: true, force: true })
})

function cli(at: string, ...args: string[]) {
  const options = { endpoints: cluster.endpoints, work: join(work, 'home'), workFolder: join(work, at) }
  return runCommand(args, options)
}

async function publish(id: string, needs: Readonly<Record<string, string>> = {}): Promise<void> {
  const [name, version] = id.split('@')
  const lines = Object.entries(needs).map(([needed, text]) => {
    const requirement = text.replace('optional ', '')
    return `${needed} = { version = "${requirement}", optional = ${text !== requirement} }`
  })
  const folder = join(work, 'sources', id)
  await mkdir(folder, { recursive: true })
  const head = `[package]\nname = "${name}"\nversion = "${version}"\nlicense = "MIT"\n[dependencies]\n`
  await writeFile(join(folder, 'package.toml'), head + lines.join('\n'))
  expect(await cli('.', 'publish', folder)).toMatchObject({ code: 0 })
}

async function installedIn(at: string): Promise<string[]> {
  const { json } = await cli(at, 'list')
  expect(json.packages.every((each: { present: boolean }) => each.present)).toBe(true)
  return json.packages.map(({ id }: { id: { name: string; version: string } }) => `${id.name}@${id.version}`)
}

async function requirementsOf(at: string): Promise<object[]> {
  return JSON.parse(await readFile(join(work, at, 'ggen-market.lock'), 'utf8')).requirements
}

const PLAIN = ['log@1.0.0', 'web@1.0.0']
const WHOLE = ['color@1.0.0', 'log@1.0.0', 'speed@1.0.0', 'web@1.0.0']

describe('optional dependencies', () => {
  it('are installed where they were asked for, all the way down, as far as there are any', async () => {
    expect((await cli('plain', 'add', 'web')).code).toBe(0)
    expect(await installedIn('plain')).toEqual(PLAIN)
    expect((await cli('whole', 'add', 'web', '--optional')).code).toBe(0)
    expect(await installedIn('whole')).toEqual(WHOLE)
    expect(await requirementsOf('whole')).toEqual([{ name: 'web', requirement: '^1.0.0', optional: true }])
    expect((await cli('whole', 'list')).json.packages.at(-1)).toMatchObject({
      id: { name: 'web' },
      optional: true,
    })
  })

  it('stay when others are added or updated, and are installed again from the lock', async () => {
    await cli('stays', 'add', 'web', '--optional')
    await cli('stays', 'add', 'api')
    await cli('stays', 'update')
    expect(await installedIn('stays')).toEqual(['api@1.0.0', ...WHOLE])
    expect(await requirementsOf('stays')).toEqual([
      { name: 'api', requirement: '^1.0.0' },
      { name: 'web', requirement: '^1.0.0', optional: true },
    ])
    await rm(join(work, 'stays/.ggen'), { recursive: true })
    expect((await cli('stays', 'add')).code).toBe(0)
    expect(await installedIn('stays')).toEqual(['api@1.0.0', ...WHOLE])
  })

  it('of what was added without them are not installed beside', async () => {
    await cli('beside', 'add', 'cli')
    await cli('beside', 'add', 'log', '--optional')
    expect(await installedIn('beside')).toEqual(['cli@1.0.0', 'color@1.0.0', 'log@1.0.0'])
  })

  it('go when what asked for them is added without them, or removed', async () => {
    await cli('goes', 'add', 'web', '--optional')
    const { json } = await cli('goes', 'add', 'web')
    expect(json.removed.map((each: { name: string }) => each.name).sort()).toEqual(['color', 'speed'])
    expect(await installedIn('goes')).toEqual(PLAIN)

    await cli('removed', 'add', 'web', '--optional')
    await cli('removed', 'add', 'api')
    expect((await cli('removed', 'remove', 'web')).code).toBe(0)
    expect(await installedIn('removed')).toEqual(['api@1.0.0', 'log@1.0.0'])
  })

  it('come with an update that asks for them, of one or of all', async () => {
    await cli('update', 'add', 'web', 'cli')
    expect((await cli('update', 'update', '--optional', 'cli')).code).toBe(0)
    expect(await installedIn('update')).toEqual(['cli@1.0.0', 'log@1.0.0', 'speed@1.0.0', 'web@1.0.0'])
    expect((await cli('update', 'update', '--optional')).code).toBe(0)
    expect(await installedIn('update')).toEqual(['cli@1.0.0', ...WHOLE])
    const refused = await cli('update', 'update', '--optional', 'log')
    expect([refused.code, refused.json.error.help]).toEqual([2, 'ggen-market add --optional log'])
  })

  it('that nobody asked for hold nothing: what they name is free to be removed and updated', async () => {
    await cli('free', 'add', 'log')
    await cli('free', 'add', 'color@=2.0.0')
    expect(await installedIn('free')).toEqual(['color@2.0.0', 'log@1.0.0'])
    expect((await cli('free', 'outdated')).json.outdated).toEqual([])
    expect((await cli('free', 'remove', 'color')).code).toBe(0)
    expect(await installedIn('free')).toEqual(['log@1.0.0'])
  })

  it('without a name are no request', async () => {
    await cli('nameless', 'add', 'log')
    const refused = await cli('nameless', 'add', '--optional')
    expect([refused.code, refused.json.error.field]).toEqual([2, '--optional'])
  })
})
