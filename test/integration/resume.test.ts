import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  credentials,
  Server as GrpcServer,
  ServerCredentials,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Endpoint } from '../../src/client/endpoint.js'
import { serviceDefinition } from '../../src/rpc/services.js'
import { runCommand } from './command-line.js'
import { COMMAND, compileCommand } from './compiled-command.js'
import { eventually, TestCluster } from './test-cluster.js'

const PAYLOAD_BYTES = 6 * 1024 * 1024
const payload = randomBytes(PAYLOAD_BYTES)
const MIB = 1024 * 1024

let cluster: TestCluster
let work: string
/** sha256 of the archive of `big`. */
let sha256: string

beforeAll(async () => {
  cluster = await TestCluster.start(2)
  work = await mkdtemp(join(tmpdir(), 'ggen-resume-test-'))
  await publish('aid', randomBytes(64 * 1024))
  sha256 = await publish('big', payload)
  await publish('both', Buffer.from('both'), 'aid = "*"\nbig = "*"\n')
}, 120_000)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  if (work !== undefined) await rm(work, { recursive: true, force: true })
})

async function publish(name: string, bytes: Uint8Array, dependencies = ''): Promise<string> {
  const source = join(work, 'sources', name)
  await mkdir(source, { recursive: true })
  await writeFile(join(source, 'payload.bin'), bytes)
  await writeFile(
    join(source, 'package.toml'),
    `[package]\nname = "${name}"\nversion = "1.0.0"\nlicense = "MIT"\n[dependencies]\n${dependencies}`,
  )
  const { json } = await cli(['publish', source], '.', cluster.endpoints)
  return json.contentHash.digest
}

function cli(args: readonly string[], at: string, endpoints: readonly string[]) {
  const options = { endpoints, work: join(work, 'home'), workFolder: join(work, at) }
  return runCommand(['--timeout', '3', ...args], options)
}

const downloads = (at: string) => join(work, at, '.ggen/packages/.downloads')
const keptIn = (at: string) => join(downloads(at), sha256)

async function expectInstalled(at: string): Promise<void> {
  const installed = await readFile(join(work, at, '.ggen/packages/big/payload.bin'))
  expect(installed.equals(payload)).toBe(true)
  const left = await readdir(join(work, at, '.ggen/packages'))
  expect(left.filter((name) => name.startsWith('.'))).toEqual([])
}

async function expectNotInstalled(at: string): Promise<void> {
  expect(existsSync(join(work, at, 'ggen-market.lock'))).toBe(false)
  const packages = await readdir(join(work, at, '.ggen/packages')).catch(() => [])
  expect(packages.filter((name) => !name.startsWith('.'))).toEqual([])
}

/** Lets so many bytes of answers through, over all connections; then it cuts them, and takes no more; or stops moving. */
class Cut implements AsyncDisposable {
  readonly #sockets = new Set<Socket>()
  passed = 0

  private constructor(
    readonly server: Server,
    readonly address: string,
  ) {}

  static async listen(target: string, bytesMax: number, end: 'cut' | 'stall' = 'cut'): Promise<Cut> {
    const [host, port] = target.split(':')
    const server = createServer((near) => {
      const far = connect(Number(port), host)
      for (const socket of [near, far]) {
        cut.#sockets.add(socket)
        socket.on('error', () => {})
      }
      near.on('close', () => far.destroy())
      far.on('close', () => near.destroy())
      near.pipe(far)
      far.on('data', (chunk) => {
        if (cut.passed < bytesMax) near.write(chunk)
        else if (end === 'stall') far.pause()
        else near.destroy()
        cut.passed += chunk.length
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const cut = new Cut(server, `127.0.0.1:${(server.address() as AddressInfo).port}`)
    return cut
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.server.close()
    await once(this.server, 'close')
  }
}

/** Runs `add big` against a node that is cut off after about 3 MiB. */
async function cutOff(at: string): Promise<void> {
  await using cut = await Cut.listen(cluster.endpoints[0] as string, 3 * MIB)
  const failed = await cli(['add', 'big'], at, [cut.address])
  expect([failed.code, failed.json.error.reason]).toEqual([5, 'UNREACHABLE'])
  expect(failed.err).toContain('what was downloaded is kept')
  const { size } = await stat(keptIn(at))
  expect(size).toBeGreaterThan(2 * MIB)
  expect(size).toBeLessThan(5 * MIB)
  await expectNotInstalled(at)
}

/** Runs `add big` to its end. @returns how many bytes the node answered with */
async function completed(at: string, args: readonly string[] = ['add', 'big']): Promise<number> {
  await using counted = await Cut.listen(cluster.endpoints[1] as string, Number.POSITIVE_INFINITY)
  expect(await cli(args, at, [counted.address])).toMatchObject({ code: 0 })
  await expectInstalled(at)
  return counted.passed
}

describe('a download that was cut', () => {
  it('goes on at another node in the same run', async () => {
    const [one, other] = cluster.endpoints as [string, string]
    await using first = await Cut.listen(one, 4 * MIB)
    await using second = await Cut.listen(other, 4 * MIB)
    const added = await cli(['add', 'big'], 'failover', [first.address, second.address])
    expect(added).toMatchObject({ code: 0 })
    await expectInstalled('failover')
    for (const { passed } of [first, second]) expect(passed).toBeGreaterThan(MIB)
    expect(first.passed + second.passed).toBeLessThan(PAYLOAD_BYTES + 3 * MIB)
  })

  it('goes on at another node in the next run, and is whole', async () => {
    await cutOff('again')
    expect(await completed('again')).toBeLessThan(5 * MIB)
  })

  it('keeps what came before it whole too', async () => {
    await using cut = await Cut.listen(cluster.endpoints[0] as string, 3 * MIB)
    expect((await cli(['add', 'both'], 'tree', [cut.address])).code).toBe(5)
    expect((await readdir(downloads('tree'))).length).toBeGreaterThan(1)
    expect(await completed('tree', ['add', 'both'])).toBeLessThan(5 * MIB)
  })

  it.each([
    [
      'was changed',
      async (path: string) => {
        const bytes = await readFile(path)
        bytes[1000] = (bytes[1000] as number) ^ 1
        await writeFile(path, bytes)
      },
    ],
    ['grew beyond the whole', (path: string) => writeFile(path, randomBytes(8 * MIB))],
    ['is as long as the whole', (path: string) => writeFile(path, randomBytes(PAYLOAD_BYTES))],
    [
      'is a way to another file',
      async (path: string) => {
        await rm(path)
        await writeFile(join(work, 'mine.txt'), 'mine')
        await symlink(join(work, 'mine.txt'), path)
      },
    ],
    [
      'is a folder',
      async (path: string) => {
        await rm(path)
        await mkdir(path)
      },
    ],
  ])('begins anew where what was kept %s', async (what, harm) => {
    const at = `harmed, ${what}`
    await cutOff(at)
    await harm(keptIn(at))
    expect(await completed(at)).toBeGreaterThan(PAYLOAD_BYTES)
    if (what.includes('another file')) expect(await readFile(join(work, 'mine.txt'), 'utf8')).toBe('mine')
  })

  it('is forgotten when the project is installed without it', async () => {
    await cutOff('forgotten')
    expect(await cli(['add', 'aid'], 'forgotten', cluster.endpoints)).toMatchObject({ code: 0 })
    expect(existsSync(downloads('forgotten'))).toBe(false)
  })

  it('goes on after a kill -9', async () => {
    await compileCommand()
    await using stalled = await Cut.listen(cluster.endpoints[0] as string, 3 * MIB, 'stall')
    await mkdir(join(work, 'killed'))
    const child: ChildProcess = spawn(
      process.execPath,
      [COMMAND, 'add', 'big', '--endpoint', stalled.address],
      {
        cwd: join(work, 'killed'),
        env: { PATH: process.env.PATH, GGEN_MARKET_HOME: join(work, 'home') },
        stdio: 'ignore',
      },
    )
    const ended = once(child, 'exit')
    const packages = join(work, 'killed/.ggen/packages')
    await eventually('two MiB', async () => {
      const entries = await readdir(packages, { recursive: true }).catch(() => [])
      const archive = entries.find((each) => each.endsWith(sha256))
      return archive !== undefined && (await stat(join(packages, archive))).size > 2 * MIB ? true : undefined
    })
    child.kill('SIGKILL')
    await ended
    expect(await completed('killed')).toBeLessThan(5 * MIB)
  }, 120_000)
})

describe('a hostile node', () => {
  /** Answers as a node of the cluster does, but for downloads. */
  async function hostile(download: (call: HostileCall) => void) {
    const real = new Endpoint(cluster.endpoints[0] as string, credentials.createInsecure())
    const server = new GrpcServer()
    const forwarded = (method: 'get' | 'resolveDependencies') => (call: HostileCall, done: Done) =>
      (real.registry[method] as unknown as (request: unknown, done: Done) => void)(call.request, done)
    server.addService(serviceDefinition('ggen.marketplace.v1.RegistryService'), {
      get: forwarded('get'),
      resolveDependencies: forwarded('resolveDependencies'),
    } as unknown as UntypedServiceImplementation)
    server.addService(serviceDefinition('ggen.marketplace.v1.PackageStoreService'), {
      download,
    } as unknown as UntypedServiceImplementation)
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      ),
    )
    return {
      address: `127.0.0.1:${port}`,
      async [Symbol.asyncDispose]() {
        server.forceShutdown()
        real.registry.close()
      },
    }
  }
  type Done = (error: Error | null, value?: unknown) => void
  interface HostileCall {
    readonly request: { readonly offset: number }
    readonly cancelled: boolean
    write(message: object): boolean
    end(): void
    on(event: string, listener: () => void): void
  }

  const header = (sizeBytes: number) => ({
    header: { index: 1, historyId: '0a'.repeat(16), sizeBytes },
  })
  const flood = (sizeBytes: number) => (call: HostileCall) => {
    call.write(header(sizeBytes))
    const more = () => {
      while (!call.cancelled && call.write({ chunk: randomBytes(64 * 1024) }));
    }
    call.on('drain', more)
    more()
  }

  it.each([
    [
      'that sends other bytes',
      (call: HostileCall) => {
        call.write(header(64 * 1024))
        call.write({ chunk: randomBytes(64 * 1024) })
        call.end()
      },
    ],
    ['that sends without end', flood(64 * 1024)],
    ['that announces more than there is', flood(512 * MIB)],
    ['that announces more than a package may have', flood(2 ** 40)],
    [
      'that announces nothing',
      (call: HostileCall) => {
        call.write(header(0))
        call.end()
      },
    ],
  ])('%s installs nothing, and is told by exit code 6', async (what, download) => {
    await using node = await hostile(download)
    const refused = await cli(['add', 'aid'], `hostile, ${what}`, [node.address])
    expect([refused.code, refused.json.error.reason]).toEqual([6, 'VERIFICATION_FAILED'])
    expect(await readdir(join(work, `hostile, ${what}`))).toEqual([])
  })

  it('cannot spoil what another one sent: the next run begins anew', async () => {
    await cutOff('spoilt')
    let streams = 0
    await using node = await hostile((call) => {
      call.write(header(7 * MIB))
      if (streams++ === 0) call.write({ chunk: randomBytes(64 * 1024) })
      call.end()
    })
    expect((await cli(['add', 'big'], 'spoilt', [node.address])).code).toBe(5)
    await completed('spoilt')
  })
})
