import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/program.js'

/** The registry of this machine: no cluster is needed to try what acts on an installation. */
let work: string
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'ggen-update-test-'))
})
afterEach(() => rm(work, { recursive: true, force: true }))

// biome-ignore lint/suspicious/noExplicitAny: whatever the command printed
async function cli(args: readonly string[]): Promise<{ code: number; json: any; err: string }> {
  const out: string[] = []
  const err: string[] = []
  const code = await run([...args, '--json'], {
    env: { GGEN_MARKET_HOME: join(work, 'home') },
    workFolder: join(work, 'project'),
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
  })
  return { code, json: JSON.parse(out.join('')), err: err.join('') }
}

async function publish(name: string, version: string, dependencies: Record<string, string> = {}) {
  const folder = join(work, 'packages', `${name}-${version}`)
  await mkdir(folder, { recursive: true })
  const lines = Object.entries(dependencies).map(([on, range]) => `${on} = "${range}"`)
  await writeFile(
    join(folder, 'package.toml'),
    `[package]\nname = "${name}"\nversion = "${version}"\n[dependencies]\n${lines.join('\n')}\n`,
  )
  const published = await cli(['publish', folder])
  expect(published.code).toBe(0)
}

const exists = (path: string) =>
  stat(join(work, 'project', path)).then(
    () => true,
    () => false,
  )
const installed = async () =>
  (await cli(['list'])).json.packages.map(
    ({ id }: { id: { name: string; version: string } }) => `${id.name}@${id.version}`,
  )

async function project(): Promise<void> {
  await mkdir(join(work, 'project'), { recursive: true })
  await publish('log', '1.0.0')
  await publish('web', '1.0.0', { log: '1' })
  await publish('tool', '1.0.0')
  expect((await cli(['add', 'web@1', 'tool@=1.0.0'])).code).toBe(0)
}

describe('outdated', () => {
  it('tells what is behind, what the requirement does not admit, and what is yanked', async () => {
    await project()
    expect((await cli(['outdated'])).json).toMatchObject({ outdated: [], index: expect.any(Number) })
    await publish('web', '1.1.0', { log: '1' })
    await publish('log', '2.0.0')
    await publish('tool', '1.0.1')
    await cli(['yank', 'tool@1.0.0', '--reason', 'loses data'])
    const { code, json } = await cli(['outdated'])
    expect(code).toBe(0)
    expect(json.outdated).toEqual([
      { id: { name: 'log', version: '1.0.0' }, wanted: '1.0.0', latest: '2.0.0', known: true, yanked: false },
      {
        id: { name: 'tool', version: '1.0.0' },
        requirement: '=1.0.0',
        latest: '1.0.1',
        known: true,
        yanked: true,
        yankReason: 'loses data',
      },
      {
        id: { name: 'web', version: '1.0.0' },
        requirement: '>=1.0.0, <2.0.0',
        wanted: '1.1.0',
        latest: '1.1.0',
        known: true,
        yanked: false,
      },
    ])
  })

  it('without anything installed says so', async () => {
    await mkdir(join(work, 'project'), { recursive: true })
    expect(await cli(['outdated'])).toMatchObject({ code: 0, json: { outdated: [] } })
  })
})

describe('update', () => {
  it('takes the newest that the requirements admit, and notes it in the lock', async () => {
    await project()
    await publish('log', '1.5.0')
    await publish('extra', '1.0.0')
    await publish('web', '1.1.0', { log: '1', extra: '1' })
    await publish('web', '2.0.0')
    await publish('tool', '1.0.1')
    const { code, json } = await cli(['update'])
    expect(code).toBe(0)
    expect(json.updated).toEqual(
      expect.arrayContaining([
        { to: { name: 'extra', version: '1.0.0' } },
        { from: { name: 'log', version: '1.0.0' }, to: { name: 'log', version: '1.5.0' } },
        { from: { name: 'web', version: '1.0.0' }, to: { name: 'web', version: '1.1.0' } },
      ]),
    )
    expect(json.updated).toHaveLength(3)
    expect(await installed()).toEqual(['extra@1.0.0', 'log@1.5.0', 'tool@1.0.0', 'web@1.1.0'])
    const lock = JSON.parse(await readFile(join(work, 'project/ggen-market.lock'), 'utf8'))
    expect(lock.requirements).toEqual([
      { name: 'tool', requirement: '=1.0.0' },
      { name: 'web', requirement: '>=1.0.0, <2.0.0' },
    ])
    expect((await cli(['update'])).json.updated).toEqual([])
  })

  it('of one package leaves the others as they are', async () => {
    await project()
    await publish('log', '1.5.0')
    await publish('web', '1.1.0', { log: '1' })
    expect((await cli(['update', 'web'])).json.updated).toHaveLength(1)
    expect(await installed()).toEqual(['log@1.0.0', 'tool@1.0.0', 'web@1.1.0'])
  })

  it('of what is not installed is refused', async () => {
    await project()
    expect(await cli(['update', 'nothing'])).toMatchObject({
      code: 3,
      json: { error: { reason: 'PACKAGE_NOT_FOUND' } },
    })
  })
})

describe('remove', () => {
  it('takes a package out, and what only it needed, without asking the registry', async () => {
    await project()
    await rm(join(work, 'home', 'registry'), { recursive: true, force: true })
    const { code, json } = await cli(['remove', 'web'])
    expect(code).toBe(0)
    expect(json.removed).toEqual([
      { name: 'log', version: '1.0.0' },
      { name: 'web', version: '1.0.0' },
    ])
    expect(await installed()).toEqual(['tool@1.0.0'])
    expect([await exists('.ggen/packages/web'), await exists('.ggen/packages/tool')]).toEqual([false, true])
    expect(await exists('home/registry')).toBe(false)
  })

  it('of what another one needs is refused and removes nothing', async () => {
    await project()
    const ran = await cli(['remove', 'log', 'tool'])
    expect(ran).toMatchObject({ code: 2, json: { error: { message: expect.stringContaining('web@1.0.0') } } })
    expect(await installed()).toEqual(['log@1.0.0', 'tool@1.0.0', 'web@1.0.0'])
  })

  it('of what is not installed is refused', async () => {
    await project()
    expect(await cli(['remove', 'nothing'])).toMatchObject({ code: 3 })
  })
})

describe('publish --dry-run', () => {
  it('says what would be published, and publishes nothing', async () => {
    await mkdir(join(work, 'project'), { recursive: true })
    await writeFile(join(work, 'project/package.toml'), '[package]\nname = "dry"\nversion = "1.0.0"\n')
    const dry = await cli(['publish', '--dry-run'])
    expect(dry).toMatchObject({
      code: 0,
      json: { id: { name: 'dry', version: '1.0.0' }, dryRun: true, manifest: 'package.toml' },
    })
    expect((await cli(['info', 'dry'])).code).toBe(3)
    const published = await cli(['publish'])
    expect(published.json.contentHash).toEqual(dry.json.contentHash)
  })
})
