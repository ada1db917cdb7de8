import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { MarketplaceBuilder } from '../../src/marketplace-builder.js'
import { parsePackageRef } from '../../src/model/package-id.js'
import { metadataOf as bareMetadata } from '../registry/signed-package.js'
import { alterState } from './altered-state.js'
import { runCommand } from './command-line.js'
import { COMMAND, compileCommand } from './compiled-command.js'
import { newSigner, packageFixture } from './package-fixture.js'
import { eventually, freePorts, TestCluster } from './test-cluster.js'

let work: string

/** The compiled command as its own process: what signals, closed pipes and full disks do shows nowhere else. */
beforeAll(async () => {
  await compileCommand()
  work = await mkdtemp(join(tmpdir(), 'ggen-command-test-'))
}, 120_000)

afterAll(async () => {
  if (work !== undefined) await rm(work, { recursive: true, force: true })
})

const children = new Set<ChildProcess>()
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
})

/** Ended after the test, whatever became of it. */
function watched<Child extends ChildProcess>(child: Child): Child {
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

function start(args: readonly string[], env: Record<string, string> = {}, at = '.') {
  return watched(
    spawn(process.execPath, [COMMAND, ...args], {
      cwd: join(work, at),
      env: { PATH: process.env.PATH, HOME: work, GGEN_MARKET_HOME: join(work, 'home'), ...env },
    }),
  )
}

async function ran(args: readonly string[], env: Record<string, string> = {}, at = '.') {
  const child = start(args, env, at)
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code, out, err }
}

async function serveFlags(data: string): Promise<string[]> {
  const [client, peer, http] = await freePorts(3)
  return [
    ...['serve', '--node-id', 'node-1', '--data', data, '--cluster-token', 'command tests'],
    ...['--listen', `127.0.0.1:${client}`, '--peer-listen', `127.0.0.1:${peer}`],
    ...['--http-listen', `127.0.0.1:${http}`],
    ...['--member', `node-1=127.0.0.1:${peer},127.0.0.1:${client}`],
  ]
}

describe('standard output', () => {
  it.runIf(process.platform === 'linux')('on a full disk is one line of error', async () => {
    const full = await open('/dev/full', 'w')
    for (const args of [['config'], ['config', '--json'], ['--help'], ['--version']]) {
      const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', full.fd, 'pipe'] })
      const [err, [code]] = await Promise.all([
        text(child.stderr as NodeJS.ReadableStream),
        once(child, 'exit'),
      ])
      expect([code, err]).toEqual([1, expect.stringMatching(/^error: standard output .*ENOSPC[^\n]*\n$/)])
    }
    await full.close()
  })

  it('that nobody reads any more ends the command quietly', async () => {
    const child = start(['config'])
    child.stdout.destroy()
    const [err] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect(err).toBe('')
  })
})

describe('serve', () => {
  it('with a data folder that cannot be made ends at once, naming it', async () => {
    await writeFile(join(work, 'file'), '')
    const places = [
      'file',
      'file/below',
      ...(process.platform === 'linux' ? ['/proc', '/proc/x', '/proc/x/y'] : []),
    ]
    for (const data of places) {
      const { code, err } = await ran(await serveFlags(data))
      expect([code, err]).toEqual([
        2,
        expect.stringMatching(/error: the data folder .* cannot be made or written to/),
      ])
      expect(err).toContain(data)
    }
  })

  it('names variables that it does not know, and the nearest that it does', async () => {
    const child = start(await serveFlags('data'), {
      GGEN_MARKET_LOG_LEVL: 'warn',
      GGEN_MARKET_SERVICE_PORT_X: '1',
    })
    let err = ''
    child.stderr.on('data', (chunk) => {
      err += chunk
    })
    const ended = once(child, 'exit')
    await eventually('served', () => err.includes('serves clients') || undefined)
    child.kill('SIGTERM')
    expect((await ended)[0]).toBe(0)
    expect(err).toMatch(/warning: .*GGEN_MARKET_LOG_LEVL.*GGEN_MARKET_LOG_LEVEL/)
    expect(err).toMatch(/warning: .*GGEN_MARKET_SERVICE_PORT_X/)
    expect(err).not.toMatch(/warning: .*GGEN_MARKET_HOME/)
  })
})

describe.runIf(process.platform === 'linux')('a node whose log cannot be written', () => {
  it('goes on serving', async () => {
    const full = await open('/dev/full', 'w')
    const args = await serveFlags('mute')
    const child = watched(
      spawn(process.execPath, [COMMAND, ...args], { cwd: work, stdio: ['ignore', full.fd, full.fd] }),
    )
    const ended = once(child, 'exit')
    const http = args[args.indexOf('--http-listen') + 1]
    const ready = () =>
      fetch(`http://${http}/readyz`).then(
        ({ ok }) => ok || undefined,
        () => undefined,
      )
    await eventually('ready', () => (child.exitCode === null ? ready() : true))
    child.kill('SIGTERM')
    expect((await ended)[0]).toBe(0)
    await full.close()
  })
})

describe('an interrupted add', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await TestCluster.start(1)
  })
  afterAll(() => cluster?.[Symbol.asyncDispose]())

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s leaves nothing behind but what it has downloaded', async (signal, exitCode) => {
    const source = join(work, `source-${signal}`)
    await mkdir(source)
    // A package may be called as a command is.
    const name = signal === 'SIGINT' ? 'serve' : 'big'
    await writeFile(join(source, 'package.toml'), `[package]\nname = "${name}"\nversion = "1.0.0"\n`)
    await writeFile(join(source, 'a.bin'), randomBytes(512 * 1024))
    await writeFile(join(source, 'b.bin'), randomBytes(4 * 1024 * 1024))
    const endpoint = cluster.endpoints[0] as string
    expect(await ran(['publish', source, '--endpoint', endpoint])).toMatchObject({ code: 0 })
    await using slow = await StallingProxy.listen(endpoint, 1024 * 1024)
    const project = `project-${signal}`
    await mkdir(join(work, project))
    const child = start(['add', name, '--endpoint', slow.address], {}, project)
    const ended = once(child, 'exit')
    const below = () => readdir(join(work, project), { recursive: true })
    await eventually(
      'downloading',
      async () => (await below()).some((path) => path.includes('archive-')) || undefined,
    )
    child.kill(signal)
    expect((await ended)[0]).toBe(exitCode)
    const left = await below()
    expect(left.slice(0, 3)).toEqual(['.ggen', '.ggen/packages', '.ggen/packages/.downloads'])
    expect(left.slice(3)).toEqual([expect.stringMatching(/^\.ggen\/packages\/\.downloads\/[0-9a-f]{64}$/)])
  })
})

describe('a node whose state differs from that of the others', () => {
  it('stops serving when that is found; `cluster heal` brings it back, within the same process', async () => {
    await using cluster = await TestCluster.make(3)
    const { nodeId, dataFolder, clusterToken, listen, members } = cluster.node(2).config
    const serve = () => {
      const child = start([
        ...['serve', '--node-id', nodeId, '--data', dataFolder, '--cluster-token', clusterToken],
        ...['--listen', listen.client, '--peer-listen', listen.peer, '--http-listen', listen.http],
        ...['--log-level', 'error'],
        ...members.flatMap((member) => [
          '--member',
          `${member.id}=${member.peerAddress},${member.clientAddress}`,
        ]),
      ])
      // A pipe that nobody reads would stop it.
      child.stdout.resume()
      child.stderr.resume()
      return child
    }
    const first = serve()
    await Promise.all([0, 1].map((i) => cluster.startNode(i)))
    await Promise.all([0, 1, 2].map((i) => cluster.ready(i)))
    await using client = cluster.client(0, 1)
    const signer = newSigner()
    for (let i = 0; i < 30; i++) {
      const { metadata, content } = await packageFixture(`acme/kept-${i}@1.0.0`)
      await client.publish({ metadata, signers: [signer] }, content)
    }
    const ended = once(first, 'exit')
    first.kill('SIGTERM')
    await ended
    await alterState(dataFolder)
    const second = serve()
    await cluster.ready(2)
    const endpoint = ['--endpoint', cluster.node(0).config.listen.client]
    const before = await ran(['cluster', 'heal', 'node-3', ...endpoint])
    expect([before.code, before.out]).toEqual([0, expect.stringContaining('nothing to heal')])

    const found = await ran(['cluster', 'verify', ...endpoint])
    expect([found.code, found.out]).toEqual([6, expect.stringMatching(/node-3 +DAMAGED.*cluster heal/s)])
    expect((await fetch(`http://${listen.http}/readyz`)).status).toBe(503)
    const healed = await ran(['cluster', 'heal', 'node-3', ...endpoint])
    expect([healed.code, healed.out]).toEqual([0, expect.stringContaining('serves again')])
    expect(healed.err).toContain('hashes to')
    expect((await ran(['cluster', 'verify', ...endpoint])).code).toBe(0)
    expect(second.exitCode).toBeNull()
    const unknown = await ran(['cluster', 'heal', 'node-9', ...endpoint])
    expect([unknown.code, unknown.err]).toEqual([
      3,
      expect.stringMatching(/node-9 is no member; there are node-1/),
    ])
  }, 120_000)
})

describe('a cluster of one', () => {
  /** A node that joins, and what it says on standard error. */
  async function joining(id: string, endpoint: string, ...flags: readonly string[]) {
    const [client, peer, http] = (await freePorts(3)).map((port) => `127.0.0.1:${port}`)
    const child = start([
      ...['serve', '--node-id', id, '--data', `grown-${id}`, '--join', endpoint, '--log-level', 'error'],
      ...['--listen', `${client}`, '--peer-listen', `${peer}`, '--http-listen', `${http}`],
      ...flags,
    ])
    const said = { text: '' }
    child.stderr.on('data', (chunk) => {
      said.text += chunk
    })
    return { child, said, client: `${client}`, peer: `${peer}` }
  }

  it('grows to three, hands leadership over and shrinks again, each step by one command', async () => {
    const flags = await serveFlags('grown-node-1')
    const first = flags[flags.indexOf('--listen') + 1] as string
    const endpoints = [first]
    start([...flags, '--log-level', 'error'])
    const gm = (line: string, json = true) => runCommand(line.split(' '), { endpoints, work, json })
    const status = async () => (await gm('cluster status')).json

    const second = await joining('node-2', first)
    const command = await eventually(
      'told what to run',
      () => / runs: ggen-market (.*)\n/.exec(second.said.text)?.[1],
    )
    expect(command).toBe(`cluster add node-2=${second.peer} --endpoint ${first}`)
    expect(await gm(command)).toMatchObject({ code: 0, json: { id: 'node-2', changed: true } })
    expect(await gm(command)).toMatchObject({ code: 0, json: { id: 'node-2', changed: false } })
    expect((await gm(command, false)).out).toContain(`node-2 was a member at ${second.peer} already`)
    expect(await gm(`cluster add node-2=127.0.0.1:1`)).toMatchObject({
      code: 4,
      json: { error: { reason: 'MEMBER_EXISTS' } },
    })
    expect((await gm('cluster promote node-2', false)).out).toBe(
      'node-2 votes from now on\n2 voters (node-1, node-2): none may be lost\n',
    )

    const third = await freePorts(1).then(([port]) => `127.0.0.1:${port}`)
    expect((await gm(`cluster add node-3=${third}`)).code).toBe(0)
    const behind = await gm('cluster promote node-3 --timeout 6')
    expect(behind).toMatchObject({ code: 5, json: { error: { reason: 'NOT_CAUGHT_UP' } } })
    expect(behind.err).toContain(`waiting for node-3: it does not answer at ${third}, its peer address`)
    const { client, peer } = await joining('node-3', first, '--advertise-client', 'three.example:7401')
    expect(await gm(`cluster add node-3=${peer} --move`)).toMatchObject({ code: 0, json: { changed: true } })
    expect(await gm('cluster promote node-3')).toMatchObject({ code: 0, json: { changed: true } })
    endpoints.push(second.client, client)

    const grown = await status()
    expect(grown).toMatchObject({
      leader: 'node-1',
      configuration: { joint: false, committed: true, voters: ['node-1', 'node-2', 'node-3'], learners: [] },
    })
    const addresses = grown.nodes.map(({ address }: { address: string }) => address)
    expect(addresses).toEqual([first, second.client, 'three.example:7401'])
    const shown = (await gm('cluster status', false)).out
    expect(shown).toMatch(/3 voters: one may be lost[\s\S]*\nnode-1 {2}leader [\s\S]*\nnode-3 {2}follower /)

    expect(await gm('cluster transfer node-3')).toMatchObject({
      code: 0,
      json: { leader: 'node-3', changed: true },
    })
    expect(await gm('cluster transfer node-3')).toMatchObject({
      code: 0,
      json: { leader: 'node-3', changed: false },
    })
    expect(await gm('cluster transfer node-7')).toMatchObject({
      code: 3,
      json: { error: { reason: 'MEMBER_UNKNOWN' } },
    })

    const refused = await gm('cluster remove node-3')
    expect(refused).toMatchObject({ code: 4, json: { error: { reason: 'MEMBERSHIP_REFUSED' } } })
    expect(refused.json.error.message).toContain(
      'without node-3 the cluster has 2 voters, and none may be lost',
    )
    expect(refused.json.error.help).toContain('--yes')
    expect(await gm('cluster remove node-3 --yes')).toMatchObject({ code: 0, json: { changed: true } })
    expect(await gm('cluster remove node-3')).toMatchObject({ code: 0, json: { changed: false } })
    const left = await status()
    const outsider = await runCommand(['cluster', 'status', '--endpoint', client], { work })
    expect(outsider).toMatchObject({ code: 4, json: { error: { reason: 'MEMBER_REMOVED' } } })
    expect(left.configuration.voters).toEqual(['node-1', 'node-2'])
    expect(left.configuration.voters).toContain(left.leader)
    await mkdir(join(work, 'after'))
    await writeFile(join(work, 'after/package.toml'), '[package]\nname = "after"\nversion = "1.0.0"\n')
    expect((await gm('publish after')).code).toBe(0)

    expect(await gm('cluster remove node-2')).toMatchObject({ code: 0, json: { changed: true } })
    // The one that was removed may answer once more before it has heard of it.
    await eventually(
      'the one that is left tells',
      async () => (await gm('cluster status', false)).out.includes('1 voter: none may be lost') || undefined,
    )
    expect((await gm('info after')).json.id).toEqual({ name: 'after', version: '1.0.0' })
    const last = await gm('cluster remove node-1 --yes')
    expect(last).toMatchObject({ code: 4, json: { error: { reason: 'MEMBERSHIP_REFUSED' } } })
    expect((await gm('cluster transfer')).json.error.message).toContain('there is only one voter')
  }, 180_000)
})

/** Passes bytes to a node and back, the answers only up to a limit: then it is silent. */
class StallingProxy implements AsyncDisposable {
  readonly #sockets = new Set<Socket>()

  private constructor(
    readonly server: Server,
    readonly address: string,
  ) {}

  static async listen(target: string, answerBytesMax: number): Promise<StallingProxy> {
    const [host, port] = target.split(':')
    const server = createServer((near) => {
      const far = connect(Number(port), host)
      let left = answerBytesMax
      for (const socket of [near, far]) {
        proxy.#sockets.add(socket)
        socket.on('error', () => {})
      }
      near.pipe(far)
      far.on('data', (chunk) => {
        if (left <= 0) return far.pause()
        near.write(chunk.subarray(0, left))
        left -= chunk.length
        return undefined
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const proxy = new StallingProxy(server, `127.0.0.1:${(server.address() as AddressInfo).port}`)
    return proxy
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.server.close()
    await once(this.server, 'close')
  }
}

describe('a watch of three nodes', () => {
  it('goes on while leaders are killed, and tells each change once, in order', async () => {
    const ports = await freePorts(9)
    const address = (node: number, kind: number) => `127.0.0.1:${ports[node * 3 + kind]}`
    const numbers = [0, 1, 2]
    const members = numbers.map((i) => `node-${i + 1}=${address(i, 1)},${address(i, 0)}`)
    const launch = (i: number) =>
      start([
        ...['serve', '--node-id', `node-${i + 1}`, '--data', join(work, `watched-${i + 1}`)],
        ...['--cluster-token', 'watch tests', '--member', ...members],
        ...['--listen', address(i, 0), '--peer-listen', address(i, 1), '--http-listen', address(i, 2)],
      ])
    const nodes = numbers.map(launch)
    await using client = new MarketplaceBuilder()
      .withCluster(numbers.map((i) => address(i, 0)))
      .withTimes({ readTotalMs: 60_000, writeTotalMs: 60_000 })
      .build()
    const signer = newSigner()
    const publish = (n: number) =>
      client.register({ metadata: bareMetadata(`acme/watched@1.0.${n}`), signers: [signer] })
    const begin = await publish(0)
    const ended = new AbortController()
    const seen: { index: number; version: string }[] = []
    const watching = (async () => {
      for await (const event of client.watch({ from: begin, progressMs: 200, signal: ended.signal })) {
        if (event.type !== 'changes') continue
        for (const change of event.changes)
          if ('id' in change) seen.push({ index: event.index, version: change.id.version })
      }
    })()
    const told: { index: number; version: string }[] = []
    for (let n = 1; n <= 60; n++) {
      const { index } = await publish(n)
      told.push({ index, version: `1.0.${n}` })
      if (n % 20 !== 0) continue
      const { leader } = await client.clusterStatus()
      const at = Number(leader?.slice('node-'.length)) - 1
      const dead = once(nodes[at] as ChildProcess, 'exit')
      nodes[at]?.kill('SIGKILL')
      await dead
      nodes[at] = launch(at)
    }
    await eventually('all changes', () => (seen.length >= told.length ? true : undefined), 60_000)
    ended.abort()
    await watching
    expect(seen).toEqual(told)
  }, 180_000)
})

describe('the registry of this machine', () => {
  const home = () => ({ GGEN_MARKET_HOME: join(work, 'machine') })

  it('serves commands that come at once one after the other', async () => {
    await Promise.all(
      ['one', 'two', 'three'].map(async (name) => {
        await mkdir(join(work, 'at-once', name), { recursive: true })
        const manifest = `[package]\nname = "${name}"\nversion = "1.0.0"\ndescription = "at once"\n`
        await writeFile(join(work, 'at-once', name, 'package.toml'), manifest)
      }),
    )
    // The first one makes the key.
    const first = await ran(['publish', 'at-once/one'], home())
    expect(first).toMatchObject({ code: 0 })
    expect(first.err).toContain(`(registry of this machine, ${join(work, 'machine/registry')})`)
    const others = await Promise.all(
      ['two', 'three'].map((name) => ran(['publish', `at-once/${name}`], home())),
    )
    expect(others.map(({ code, err }) => (code === 0 ? 0 : err))).toEqual([0, 0])
    const { out } = await ran(['search', 'at once', '--json'], home())
    expect(JSON.parse(out).total).toBe(3)
  }, 60_000)

  it('has everything that it acknowledged to a process that was killed', async () => {
    const script = join(work, 'publish-for-ever.mjs')
    const library = new URL('../../dist/index.js', import.meta.url).href
    await writeFile(
      script,
      `import { Ed25519Signer, MarketplaceBuilder, parsePackageId } from '${library}'
       const signer = Ed25519Signer.fromSeed(new Uint8Array(32).fill(1))
       const client = new MarketplaceBuilder().withLocalRegistry(process.argv[2]).build()
       for (let n = Number(process.argv[3]); ; n++) {
         const id = parsePackageId('killed/web@1.0.' + n)
         const metadata = { id, kind: 'library', authors: [], keywords: [], categories: [], capabilities: [], dependencies: [] }
         await client.register({ metadata, signers: [signer] })
         process.stdout.write(n + '\\n')
       }`,
    )
    const acknowledged: number[] = []
    for (let round = 0; round < 3; round++) {
      const last = acknowledged.at(-1) ?? -1
      const args = [script, join(work, 'killed'), String(last + 1)]
      const child = watched(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] }))
      let told = ''
      child.stdout?.on('data', (chunk) => {
        told += chunk
      })
      const whole = () => told.split('\n').slice(0, -1).map(Number)
      await eventually('versions', () => (whole().length >= 25 ? true : undefined))
      const dead = once(child, 'exit')
      child.kill('SIGKILL')
      await dead
      acknowledged.push(...whole())
    }
    await using client = new MarketplaceBuilder().withLocalRegistry(join(work, 'killed')).build()
    const { versions } = await client.listVersions(parsePackageRef('killed/web'))
    const held = new Set(versions.map(({ id }) => id.version as string))
    expect(acknowledged.filter((n) => !held.has(`1.0.${n}`))).toEqual([])
    // The one under way at each kill may be there too.
    expect(held.size).toBeLessThanOrEqual(acknowledged.length + 3)
  }, 120_000)
})
