import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ClnrmMarketplace } from '../../src/install/clnrm-marketplace.js'
import { MarketplaceBuilder } from '../../src/marketplace-builder.js'
import { runCommand } from './command-line.js'
import { COMMAND, compileCommand } from './compiled-command.js'
import { TestCluster } from './test-cluster.js'

let cluster: TestCluster
let work: string

beforeAll(async () => {
  cluster = await TestCluster.start(1)
  work = await mkdtemp(join(tmpdir(), 'ggen-namesake-test-'))
  await publish('buffers@1.0.0')
  await publish('buffers@2.0.0')
  await publish('buffers/base64@1.0.0')
  await publish('buffers/utf8@1.0.0')
  await publish('everything@1.0.0', { buffers: '*', 'buffers/utf8': '*' })
  await publish('plain@1.0.0')
}, 120_000)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  if (work !== undefined) await rm(work, { recursive: true, force: true })
})

function cli(args: readonly string[], at = '.', options: { readonly json?: boolean } = {}) {
  return runCommand(args, {
    endpoints: cluster.endpoints,
    work: join(work, 'home'),
    workFolder: join(work, at),
    ...options,
  })
}

async function publish(id: string, needs: Readonly<Record<string, string>> = {}): Promise<void> {
  const [ref = '', version] = id.split('@')
  const [name, namespace] = ref.split('/').reverse()
  const dependencies = Object.entries(needs).map(([needed, requirement]) => {
    const [itsName, itsNamespace] = needed.split('/').reverse()
    const of = itsNamespace === undefined ? '' : `, namespace = "${itsNamespace}"`
    return `${itsName} = { version = "${requirement}"${of} }\n`
  })
  const folder = join(work, 'sources', id)
  await mkdir(folder, { recursive: true })
  const manifest = [
    '[package]',
    `name = "${name}"`,
    ...(namespace === undefined ? [] : [`namespace = "${namespace}"`]),
    `version = "${version}"`,
    'license = "MIT"',
    ...(dependencies.length === 0 ? [] : ['[dependencies]', ...dependencies]),
  ]
  await writeFile(join(folder, 'package.toml'), manifest.join('\n'))
  await writeFile(join(folder, 'which.txt'), id)
  expect(await cli(['publish', folder])).toMatchObject({ code: 0 })
}

/** Every package that lies in a project, by its folder. */
async function placesIn(at: string): Promise<Record<string, string>> {
  const packages = join(work, at, '.ggen/packages')
  if (!existsSync(packages)) return {}
  const entries = await readdir(packages, { recursive: true })
  const found = entries.filter((path) => path.endsWith('which.txt')).sort()
  const read = async (path: string) => [
    path.replace('/which.txt', ''),
    await readFile(join(packages, path), 'utf8'),
  ]
  return Object.fromEntries(await Promise.all(found.map(read)))
}

/** The same, as `list` tells it; every one must be there. */
async function listed(at: string): Promise<Record<string, string>> {
  const { json } = await cli(['list'], at)
  const shown = json.packages as {
    id: Record<string, string>
    path: string
    present: boolean
  }[]
  expect(shown.filter((each) => !each.present)).toEqual([])
  const entries = shown.map(({ id, path }) => [
    path.replace('.ggen/packages/', ''),
    `${id.namespace === undefined ? '' : `${id.namespace}/`}${id.name}@${id.version}`,
  ])
  return Object.fromEntries(entries.sort())
}

const APART = { '_/buffers': 'buffers@2.0.0', 'buffers/utf8': 'buffers/utf8@1.0.0' }

describe('a package and packages of a namespace of its name', () => {
  it('are installed side by side, in one go or one after the other, and lie the same', async () => {
    const { code, json } = await cli(['add', 'buffers', 'buffers/utf8'], 'both')
    expect(code).toBe(0)
    expect(json.installed.map((each: { path: string }) => each.path).sort()).toEqual([
      '.ggen/packages/_/buffers',
      '.ggen/packages/buffers/utf8',
    ])
    expect(json).not.toHaveProperty('moved')
    expect([await placesIn('both'), await listed('both')]).toEqual([APART, APART])

    expect((await cli(['add', 'buffers'], 'first')).code).toBe(0)
    expect(await placesIn('first')).toEqual({ buffers: 'buffers@2.0.0' })
    const added = await cli(['add', 'buffers/utf8'], 'first')
    expect(added.json.moved).toEqual([
      {
        id: { name: 'buffers', version: '2.0.0' },
        from: '.ggen/packages/buffers',
        path: '.ggen/packages/_/buffers',
      },
    ])
    expect([await placesIn('first'), await listed('first')]).toEqual([APART, APART])

    expect((await cli(['add', 'buffers/utf8'], 'second')).code).toBe(0)
    expect((await cli(['add', 'buffers'], 'second')).code).toBe(0)
    expect([await placesIn('second'), await listed('second')]).toEqual([APART, APART])

    expect((await cli(['add', 'everything'], 'needed')).code).toBe(0)
    const needed = { ...APART, everything: 'everything@1.0.0' }
    expect([await placesIn('needed'), await listed('needed')]).toEqual([needed, needed])
  })

  it('are told to people with the folder in which they lie', async () => {
    await cli(['add', 'buffers'], 'people')
    const added = await cli(['add', 'buffers/utf8'], 'people', { json: false })
    expect(added.out).toContain('installed buffers/utf8@1.0.0 in .ggen/packages/buffers/utf8\n')
    expect(added.out).toContain('moved buffers@2.0.0 from .ggen/packages/buffers to .ggen/packages/_/buffers')
    const shown = await cli(['list'], 'people', { json: false })
    expect(shown.out).toContain('buffers@2.0.0  (^2.0.0)  .ggen/packages/_/buffers\n')
  })

  it('lie as if they had never met when either is removed', async () => {
    await cli(['add', 'buffers', 'buffers/utf8', 'buffers/base64'], 'removed')
    const one = await cli(['remove', 'buffers/base64'], 'removed')
    expect(one.json).not.toHaveProperty('moved')
    expect(await placesIn('removed')).toEqual(APART)
    const last = await cli(['remove', 'buffers/utf8'], 'removed')
    expect(last.json.moved).toMatchObject([{ path: '.ggen/packages/buffers' }])
    expect([await placesIn('removed'), await listed('removed')]).toEqual([
      { buffers: 'buffers@2.0.0' },
      { buffers: 'buffers@2.0.0' },
    ])
    expect(await readdir(join(work, 'removed/.ggen/packages'))).toEqual(['buffers'])

    await cli(['add', 'buffers/utf8'], 'removed')
    await cli(['remove', 'buffers'], 'removed')
    expect(await placesIn('removed')).toEqual({ 'buffers/utf8': 'buffers/utf8@1.0.0' })
    expect(await readdir(join(work, 'removed/.ggen/packages'))).toEqual(['buffers'])
  })

  it('are updated where they lie, and move when an update brings or drops the namesake', async () => {
    await cli(['add', 'buffers@=1.0.0', 'buffers/utf8'], 'updated')
    await cli(['add', 'buffers@2'], 'updated')
    expect([await placesIn('updated'), await listed('updated')]).toEqual([APART, APART])

    await publish('chosen@1.0.0', { buffers: '*' })
    await cli(['add', 'chosen'], 'dropped')
    expect(await placesIn('dropped')).toEqual({ buffers: 'buffers@2.0.0', chosen: 'chosen@1.0.0' })
    await publish('chosen@1.1.0', { buffers: '*', 'buffers/utf8': '*' })
    const brought = await cli(['update'], 'dropped')
    expect(brought.json.moved).toMatchObject([{ path: '.ggen/packages/_/buffers' }])
    expect(await placesIn('dropped')).toEqual({ ...APART, chosen: 'chosen@1.1.0' })
    await publish('chosen@1.2.0', { buffers: '*' })
    const dropped = await cli(['update'], 'dropped')
    expect(dropped.json).toMatchObject({
      removed: [{ name: 'utf8' }],
      moved: [{ path: '.ggen/packages/buffers' }],
    })
    expect(await placesIn('dropped')).toEqual({ buffers: 'buffers@2.0.0', chosen: 'chosen@1.2.0' })
  })

  it('that the lock names are put right by `add`, however they lay before', async () => {
    await cli(['add', 'buffers', 'plain'], 'checkout')
    const alone = await readFile(join(work, 'checkout/ggen-market.lock'), 'utf8')
    await cli(['add', 'buffers/utf8'], 'checkout')
    const together = await readFile(join(work, 'checkout/ggen-market.lock'), 'utf8')
    const plain = { plain: 'plain@1.0.0' }
    for (const [lock, places] of [
      [alone, { buffers: 'buffers@2.0.0', ...plain }],
      [together, { ...APART, ...plain }],
      [alone, { buffers: 'buffers@2.0.0', ...plain }],
    ] as const) {
      await writeFile(join(work, 'checkout/ggen-market.lock'), lock)
      expect((await cli(['add'], 'checkout')).code).toBe(0)
      expect([await placesIn('checkout'), await listed('checkout')]).toEqual([places, places])
    }
  })

  it('are where a program is told they are', async () => {
    const folder = join(work, 'sources/checker')
    await mkdir(folder, { recursive: true })
    await writeFile(
      join(folder, 'package.toml'),
      '[package]\nname = "checker"\nversion = "1.0.0"\nkind = "validator"\nlicense = "MIT"\n[dependencies]\nrules = { version = "*", namespace = "checker" }\n',
    )
    await publish('checker/rules@1.0.0')
    expect((await cli(['publish', folder])).code).toBe(0)
    await using client = new MarketplaceBuilder().withCluster(cluster.endpoints).build()
    const project = await mkdtemp(join(work, 'program-'))
    const installed = await new ClnrmMarketplace(client, { folder: project }).installValidator('checker')
    expect(installed.folder).toBe(join(project, '.ggen/packages/_/checker'))
    expect(existsSync(join(installed.folder, 'package.toml'))).toBe(true)
  })
})

describe('killed amid the renames', () => {
  let killer: string

  beforeAll(async () => {
    await compileCommand()
    killer = join(work, 'killer.mjs')
    await writeFile(
      killer,
      `import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
const { renameSync } = fs
let left = Number(process.env.RENAMES)
fs.renameSync = (from, to) => {
  if (left-- === 0) process.kill(process.pid, 'SIGKILL')
  renameSync(from, to)
}
syncBuiltinESMExports()
`,
    )
  }, 120_000)

  /** @returns whether it was killed before its rename of that number */
  async function killedAt(renames: number, args: readonly string[], at: string): Promise<boolean> {
    const child = spawn(process.execPath, ['--import', killer, COMMAND, ...args], {
      cwd: join(work, at),
      env: {
        PATH: process.env.PATH,
        GGEN_MARKET_HOME: join(work, 'home'),
        GGEN_MARKET_ENDPOINTS: cluster.endpoints.join(','),
        RENAMES: String(renames),
      },
    })
    const [err, [code, signal]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect([code, signal], err).toEqual(signal === null ? [0, null] : [null, 'SIGKILL'])
    return signal !== null
  }

  it.each([
    ['add', ['add', 'buffers/utf8'], ['buffers'], APART],
    ['remove', ['remove', 'buffers/utf8'], ['buffers', 'buffers/utf8'], { buffers: 'buffers@2.0.0' }],
  ] as const)(
    '%s leaves what `add` mends, and goes through when it is run again',
    async (name, command, first, after) => {
      let kills = 0
      for (let killed = true; killed; kills += killed ? 1 : 0) {
        const at = `killed-${name}-${kills}`
        expect((await cli(['add', ...first], at)).code).toBe(0)
        const before = await placesIn(at)
        killed = await killedAt(kills, command, at)
        if (killed) {
          // The lock is written after the last rename: it says what was there before.
          const mended = await cli(['add'], at)
          expect([mended.code, await placesIn(at), await listed(at)]).toEqual([0, before, before])
          expect((await cli(command, at)).code).toBe(0)
        }
        expect([await placesIn(at), await listed(at)]).toEqual([after, after])
      }
      expect(kills).toBeGreaterThanOrEqual(3)
    },
    120_000,
  )

  it('add without a name is mended by add without a name', async () => {
    let kills = 0
    for (let killed = true; killed; kills += killed ? 1 : 0) {
      const at = `killed-again-${kills}`
      await cli(['add', 'buffers', 'buffers/utf8'], at)
      killed = await killedAt(kills, ['add'], at)
      expect((await cli(['add'], at)).code).toBe(0)
      expect([await placesIn(at), await listed(at)]).toEqual([APART, APART])
    }
    expect(kills).toBeGreaterThanOrEqual(4)
  }, 120_000)
})
