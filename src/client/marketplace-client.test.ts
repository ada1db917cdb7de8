import { createHash } from 'node:crypto'
import { Metadata, Server, ServerCredentials, status, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { afterEach, describe, expect, it } from 'vitest'
import type { Digest } from '../model/content-hash.js'
import { type ErrorReason, MarketplaceError } from '../model/error.js'
import type { ClusterId, HistoryId } from '../model/node-id.js'
import { parsePackageId, parsePackageRef } from '../model/package-id.js'
import { messageType, serviceDefinition } from '../rpc/services.js'
import { OpensslVerifier } from '../trust/openssl-verifier.js'
import { Ed25519Signer } from '../trust/signer.js'
import { DETAILS_KEY, encodeErrorDetails, errorToMessage, STATUS_NUMBER } from '../wire/error-details.js'
import {
  metadataFromMessage,
  packageVersionToMessage,
  signatureFromMessage,
} from '../wire/metadata-message.js'
import { ClientBuilder } from './client-builder.js'
import type { MarketplaceClient } from './marketplace-client.js'
import { verifyVersion } from './verify-version.js'

const HISTORY = '0a'.repeat(16)
const ada = Ed25519Signer.fromSeed(new Uint8Array(32).fill(1))
const metadata = {
  id: parsePackageId('acme/web@1.0.0'),
  kind: 'library',
  authors: [],
  keywords: [],
  categories: [],
  capabilities: [],
  dependencies: [],
}

const open: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

// biome-ignore lint/suspicious/noExplicitAny: scripted handlers see whatever was sent
type Call = any
// biome-ignore lint/suspicious/noExplicitAny: as above
type Callback = (error: any, value?: any) => void
type Handlers = Partial<
  Record<'registry' | 'store' | 'cluster', Record<string, (call: Call, done: Callback) => void>>
>

/** A real gRPC server that answers by script. */
async function node(handlers: Handlers): Promise<{ address: string; stop: () => void }> {
  const server = new Server()
  const names = {
    registry: 'RegistryService',
    store: 'PackageStoreService',
    cluster: 'ClusterService',
  } as const
  for (const [name, handler] of Object.entries(handlers)) {
    const service = names[name as keyof typeof names]
    server.addService(
      serviceDefinition(`ggen.marketplace.v1.${service}`),
      handler as UntypedServiceImplementation,
    )
  }
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  )
  const stop = () => server.forceShutdown()
  open.push(stop)
  return { address: `127.0.0.1:${port}`, stop }
}

/** A port that nobody listens on. */
async function deadAddress(): Promise<string> {
  const { address, stop } = await node({})
  stop()
  return address
}

function client(...endpoints: string[]): MarketplaceClient {
  const made = new ClientBuilder()
    .withCluster(endpoints)
    .withRuntime({ random: { bytes: (length) => new Uint8Array(length).fill(7), below: () => 0 } })
    .withTimes({ readTotalMs: 3_000, writeTotalMs: 3_000, connectMs: 500, stallMs: 500 })
    .build()
  open.push(() => made.close())
  return made
}

function refused(reason: ErrorReason): Error {
  const error = new MarketplaceError({ reason, message: `no: ${reason}`, help: 'do otherwise', field: 'x' })
  const details = new Metadata()
  const codecs = { status: messageType('google.rpc.Status'), errorInfo: messageType('google.rpc.ErrorInfo') }
  details.set(DETAILS_KEY, encodeErrorDetails(error, codecs))
  return Object.assign(new Error(error.message), {
    code: STATUS_NUMBER[error.code],
    details: error.message,
    metadata: details,
  })
}

async function reasonOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (error instanceof MarketplaceError) return error.reason
    throw error
  }
  return 'succeeded'
}

const resolved = (index = 5) => ({
  index,
  historyId: HISTORY,
  version: { id: { namespace: 'acme', name: 'web', version: '1.0.0' } },
})
const published = (request: Call) => ({
  index: 9,
  historyId: HISTORY,
  id: request.metadata.id,
  contentHash: request.contentHash,
  created: true,
})

describe('a call', () => {
  it('goes on to the next node where one cannot be reached', async () => {
    const good = await node({
      registry: { resolveVersion: (_: Call, done: Callback) => done(null, resolved()) },
    })
    const answer = await client(await deadAddress(), good.address).resolveVersion(
      parsePackageRef('acme/web'),
      '',
    )
    expect(answer.version.id).toEqual({ namespace: 'acme', name: 'web', version: '1.0.0' })
  })

  it('fails with UNREACHABLE where no node can be reached', async () => {
    const nobody = client(await deadAddress(), await deadAddress())
    expect(await reasonOf(nobody.resolveVersion(parsePackageRef('x'), ''))).toBe('UNREACHABLE')
    async function* nothing() {}
    const ids = { clusterId: HISTORY as ClusterId, historyId: HISTORY as HistoryId, nodeId: 'node-1' }
    const backup = {
      state: { ...ids, index: 1, term: 1, logTimeMs: 1, body: nothing() },
      blobs: nothing(),
    }
    expect(await reasonOf(nobody.restore(backup))).toBe('UNREACHABLE')
  })

  it('that is refused is not sent again, and brings reason, field and help', async () => {
    let calls = 0
    const refusing = await node({
      registry: {
        resolveVersion: (_: Call, done: Callback) => {
          calls++
          done(refused('PACKAGE_NOT_FOUND'))
        },
      },
    })
    await expect(
      client(refusing.address, refusing.address).resolveVersion(parsePackageRef('x'), ''),
    ).rejects.toMatchObject({ reason: 'PACKAGE_NOT_FOUND', field: 'x', help: 'do otherwise' })
    expect(calls).toBe(1)
  })

  it.each(['NO_LEADER', 'NOT_PROPOSED', 'SHUTTING_DOWN', 'OVERLOADED'] as const)(
    'that meets %s is sent again until it is answered',
    async (reason) => {
      let calls = 0
      const late = await node({
        registry: {
          resolveVersion: (_: Call, done: Callback) =>
            ++calls < 4 ? done(refused(reason)) : done(null, resolved()),
        },
      })
      await client(late.address).resolveVersion(parsePackageRef('x'), '')
      expect(calls).toBe(4)
    },
  )
})

describe('a write', () => {
  it('is sent again with the same request id, on the other node, while its outcome is unknown', async () => {
    const seen: string[] = []
    const handler = (name: string, times: number) => ({
      register: (call: Call, done: Callback) => {
        seen.push(`${name} ${call.request.requestId.toString('hex')}`)
        if (seen.length <= times) done(refused('OUTCOME_UNKNOWN'))
        else done(null, published(call.request))
      },
    })
    const [a, b] = [await node({ registry: handler('a', 2) }), await node({ registry: handler('b', 2) })]
    const receipt = await client(a.address, b.address).register({ metadata, signers: [ada] })
    expect(receipt).toMatchObject({ created: true, index: 9, historyId: HISTORY })
    expect(seen).toEqual(['a', 'b', 'a'].map((name) => `${name} ${'07'.repeat(16)}`))
  })

  it('that was surely never sent fails as unreachable, one that may have arrived as of unknown outcome', async () => {
    expect(await reasonOf(client(await deadAddress()).register({ metadata, signers: [ada] }))).toBe(
      'UNREACHABLE',
    )
    const silent = await node({
      registry: {
        register: (_: Call, done: Callback) => done({ code: status.UNAVAILABLE, details: 'gone' }),
      },
    })
    expect(await reasonOf(client(silent.address).register({ metadata, signers: [ada] }))).toBe(
      'OUTCOME_UNKNOWN',
    )
  })

  it('is seen by later reads of the same client, and by no read after the history changed', async () => {
    const demands: [string, number][] = []
    let restored = false
    const one = await node({
      registry: {
        register: (call: Call, done: Callback) => done(null, published(call.request)),
        resolveVersion: (call: Call, done: Callback) => {
          demands.push([call.request.historyId, call.request.minIndex])
          if (restored && call.request.minIndex > 0) done(refused('HISTORY_MISMATCH'))
          else done(null, resolved())
        },
      },
    })
    const reader = client(one.address)
    const read = () => reader.resolveVersion(parsePackageRef('x'), '')
    await read()
    await reader.register({ metadata, signers: [ada] })
    await read()
    restored = true
    expect(await reasonOf(read())).toBe('HISTORY_MISMATCH')
    await read()
    expect(demands).toEqual([
      ['', 0],
      [HISTORY, 9],
      [HISTORY, 9],
      ['', 0],
    ])
  })

  it('carries a signature that holds over what is sent', async () => {
    let header: Call
    const one = await node({
      registry: {
        register: (call: Call, done: Callback) => {
          header = call.request
          done(null, published(call.request))
        },
      },
    })
    await client(one.address).register({ metadata: { ...metadata, license: 'MIT' }, signers: [ada] })
    const version = {
      metadata: metadataFromMessage(header.metadata),
      signatures: header.signatures.map((each: Call) => signatureFromMessage(each, 'signatures')),
      publishedAtMs: 1,
      publishedIndex: 1,
      yanked: false,
      signedFormSha256: 'ab'.repeat(32) as Digest,
    }
    expect(packageVersionToMessage(version).metadata?.license).toBe('MIT')
    const verifier = new OpensslVerifier()
    expect(verifyVersion(version, header.publicKeys, verifier)).toEqual([ada.keyId])
    expect(verifyVersion(version, header.publicKeys, verifier, [ada.keyId])).toEqual([ada.keyId])
    const other = Ed25519Signer.fromSeed(new Uint8Array(32).fill(2)).keyId
    for (const [changed, pinned] of [
      [version, [other]],
      [{ ...version, signatures: [] }, undefined],
      [{ ...version, metadata: { ...version.metadata, license: 'GPL' } }, undefined],
    ] as const)
      expect(() => verifyVersion(changed, header.publicKeys, verifier, pinned)).toThrow(
        expect.objectContaining({ reason: 'VERIFICATION_FAILED' }),
      )
  })
})

describe('a publish', () => {
  const bytes = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => i % 251))
  const sha256 = createHash('sha256').update(bytes).digest('hex') as Digest
  const content = {
    sha256,
    sizeBytes: bytes.length,
    async *read() {
      for (let at = 0; at < bytes.length; at += 700_000) yield bytes.subarray(at, at + 700_000)
    },
  }

  it('brings header and bytes in chunks, and again from the start where a node fails in the middle', async () => {
    const received: { sizes: number[]; sha256: string; requestId: string }[] = []
    const handler = (fail: boolean) => ({
      publish: (call: Call, done: Callback) => {
        const hash = createHash('sha256')
        const sizes: number[] = []
        let header: Call
        call.on('data', (message: Call) => {
          header ??= message.header
          if (message.chunk === undefined) return
          sizes.push(message.chunk.length)
          hash.update(message.chunk)
          if (fail && sizes.length === 2) done({ code: status.UNAVAILABLE, details: 'dying' })
        })
        call.on('end', () => {
          received.push({ sizes, sha256: hash.digest('hex'), requestId: header.requestId.toString('hex') })
          done(null, published(header))
        })
      },
    })
    const [a, b] = [await node({ registry: handler(true) }), await node({ registry: handler(false) })]
    const progress: number[] = []
    const receipt = await client(a.address, b.address).publish({ metadata, signers: [ada] }, content, {
      onProgress: (sent) => progress.push(sent),
    })
    expect(receipt.contentHash).toEqual({ algorithm: 'sha256', digest: sha256 })
    expect(received).toEqual([{ sizes: expect.any(Array), sha256, requestId: '07'.repeat(16) }])
    expect(Math.max(...(received[0]?.sizes ?? []))).toBe(256 * 1024)
    expect(progress.at(-1)).toBe(bytes.length)
  })

  it('that is refused at its header stops sending', async () => {
    const strict = await node({
      registry: { publish: (_: Call, done: Callback) => done(refused('SIGNATURE_INVALID')) },
    })
    let read = 0
    const endless = {
      ...content,
      async *read() {
        for (; read < 10_000; read++) yield bytes.subarray(0, 256 * 1024)
      },
    }
    expect(await reasonOf(client(strict.address).publish({ metadata, signers: [ada] }, endless))).toBe(
      'SIGNATURE_INVALID',
    )
    expect(read).toBeLessThan(10_000)
  })

  it('into a node that takes nothing any more is broken off and tried elsewhere', async () => {
    const stuck = await node({ registry: { publish: () => {} } })
    const good = await node({
      registry: {
        publish: (call: Call, done: Callback) => {
          let header: Call
          call.on('data', (message: Call) => {
            header ??= message.header
          })
          call.on('end', () => done(null, published(header)))
        },
      },
    })
    const receipt = await client(stuck.address, good.address).publish({ metadata, signers: [ada] }, content)
    expect(receipt.created).toBe(true)
  })
})

describe('a download', () => {
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 249))
  const sha256 = createHash('sha256').update(bytes).digest('hex') as Digest

  const sender = (asked: number[], endAt: number, failure?: unknown) => ({
    download: (call: Call) => {
      const { offset } = call.request
      asked.push(offset)
      call.write({ header: { index: 1, historyId: HISTORY, sizeBytes: bytes.length } })
      for (let at = offset; at < endAt; at += 10_000)
        call.write({ chunk: bytes.subarray(at, Math.min(at + 10_000, endAt)) })
      if (failure === undefined) call.end()
      else call.emit('error', failure)
    },
  })
  async function collect(from: MarketplaceClient): Promise<Buffer> {
    const parts: Uint8Array[] = []
    for await (const part of from.download({ sha256 })) parts.push(part)
    return Buffer.concat(parts)
  }

  function answer(call: Call, sizeBytes: number, chunk: Buffer, ends = true): void {
    call.write({ header: { index: 1, historyId: HISTORY, sizeBytes } })
    if (chunk.length > 0) call.write({ chunk })
    if (ends) call.end()
  }
  /** Bytes for as long as anybody takes them. */
  function flood(call: Call, sizeBytes: number): void {
    answer(call, sizeBytes, Buffer.alloc(0), false)
    const more = () => {
      while (!call.cancelled && call.write({ chunk: bytes }));
    }
    call.on('drain', more)
    more()
  }

  it('whose node fails in the middle goes on at another, from the byte where it stopped', async () => {
    const asked: number[] = []
    const dying = await node({ store: sender(asked, 30_000, { code: status.UNAVAILABLE, details: 'dying' }) })
    const good = await node({ store: sender(asked, bytes.length) })
    expect((await collect(client(dying.address, good.address))).equals(bytes)).toBe(true)
    expect(asked).toEqual([0, 30_000])
  })

  it('that ends early everywhere fails rather than end well', async () => {
    const asked: number[] = []
    const short = await node({ store: sender(asked, 50_000) })
    expect(await reasonOf(collect(client(short.address)))).toBe('UNREACHABLE')
    expect(asked).toEqual([0, 50_000, 50_000, 50_000])
  })

  it('from a byte in the middle gives what comes after, through a break too', async () => {
    const asked: number[] = []
    const dying = await node({ store: sender(asked, 60_000, { code: status.UNAVAILABLE, details: 'dying' }) })
    const good = await node({ store: sender(asked, bytes.length) })
    const from = client(dying.address, good.address)
    const parts: Uint8Array[] = []
    const told: number[] = []
    for await (const part of from.download(
      { sha256, offset: 45_000 },
      { onProgress: (received) => told.push(received) },
    ))
      parts.push(part)
    expect(Buffer.concat(parts).equals(bytes.subarray(45_000))).toBe(true)
    expect(asked).toEqual([45_000, 60_000])
    expect([told[0], told.at(-1)]).toEqual([55_000, bytes.length])
  })

  it('that breaks again and again is given up, saying how far it was', async () => {
    let streams = 0
    const crumbling = await node({
      store: {
        download: (call: Call) => {
          streams++
          const { offset } = call.request
          call.write({ header: { index: 1, historyId: HISTORY, sizeBytes: bytes.length } })
          call.write({ chunk: bytes.subarray(offset, offset + 10) })
          call.end()
        },
      },
    })
    const failed = await collect(client(crumbling.address)).catch((error: unknown) => error)
    expect(failed).toMatchObject({
      reason: 'UNREACHABLE',
      message: expect.stringMatching(
        /^the download broke 100 times and was given up at 1000 of 100000 bytes/,
      ),
    })
    // One may have ended before anybody read its header, and been opened anew.
    expect(streams).toBeGreaterThanOrEqual(100)
    expect(streams).toBeLessThan(110)
  })

  it.each([
    ['without end', (call: Call) => flood(call, bytes.length)],
    ['more than it announced', (call: Call) => answer(call, bytes.length - 1, bytes)],
    ['without a header', (call: Call) => call.write({ chunk: bytes }) && call.end()],
    ['of more than a package may have', (call: Call) => answer(call, 2 ** 31, bytes)],
    ['of less than nothing', (call: Call) => answer(call, -1, Buffer.alloc(0))],
  ])('%s is broken off', async (_, download) => {
    const liar = await node({ store: { download } })
    expect(await reasonOf(collect(client(liar.address)))).toBe('VERIFICATION_FAILED')
  })

  it('of empty messages is no life sign', async () => {
    const idle = await node({
      store: {
        download: (call: Call) => {
          answer(call, bytes.length, Buffer.alloc(0), false)
          const timer = setInterval(() => call.write({ chunk: Buffer.alloc(0) }), 50)
          call.on('cancelled', () => clearInterval(timer))
          call.on('close', () => clearInterval(timer))
        },
      },
    })
    expect(await reasonOf(collect(client(idle.address)))).toBe('DEADLINE')
  })

  it('whose nodes say different sizes is broken off', async () => {
    const asked: number[] = []
    const dying = await node({ store: sender(asked, 30_000, { code: status.UNAVAILABLE, details: 'dying' }) })
    const liar = await node({ store: { download: (call: Call) => flood(call, 2 ** 29) } })
    expect(await reasonOf(collect(client(dying.address, liar.address)))).toBe('VERIFICATION_FAILED')
  })

  it('of wrong bytes fails at its end', async () => {
    const liar = await node({
      store: {
        download: (call: Call) => {
          const wrong = Buffer.from(bytes)
          wrong[777] = (wrong[777] as number) ^ 1
          call.write({ header: { index: 1, historyId: HISTORY, sizeBytes: bytes.length } })
          call.write({ chunk: wrong })
          call.end()
        },
      },
    })
    expect(await reasonOf(collect(client(liar.address)))).toBe('VERIFICATION_FAILED')
  })

  it('of an unknown blob is refused', async () => {
    const none = await node({
      store: { download: (call: Call) => call.emit('error', refused('BLOB_NOT_FOUND')) },
    })
    expect(await reasonOf(collect(client(none.address)))).toBe('BLOB_NOT_FOUND')
  })
})

describe('many registrations', () => {
  it('survive a broken stream: each is answered once, repeated ones under the same request id', async () => {
    const seen = new Map<string, number>()
    let streams = 0
    const handler = {
      registerMany: (call: Call) => {
        const stream = ++streams
        let answered = 0
        call.on('data', ({ sequence, register }: Call) => {
          const key = `${register.metadata.id.version}`
          seen.set(key, (seen.get(key) ?? 0) + 1)
          if (stream === 1 && answered >= 100) return
          answered++
          if (sequence === 13) {
            const error = new MarketplaceError({ reason: 'VERSION_EXISTS', message: 'there', help: '' })
            call.write({ sequence, error: errorToMessage(error) })
          } else call.write({ sequence, registered: published(register) })
          if (stream === 1 && answered === 100)
            call.emit('error', { code: status.UNAVAILABLE, details: 'dying' })
        })
        call.on('end', () => call.end())
      },
    }
    const one = await node({ registry: handler })
    async function* versions() {
      for (let i = 0; i < 1000; i++)
        yield {
          version: { metadata: { ...metadata, id: parsePackageId(`acme/web@1.0.${i}`) }, signers: [ada] },
        }
    }
    const outcomes: number[] = []
    const errors: string[] = []
    for await (const outcome of client(one.address).registerMany(versions())) {
      outcomes.push(outcome.position)
      if ('error' in outcome) errors.push(`${outcome.position} ${outcome.error.reason}`)
      else expect(outcome.receipt.id.version).toBe(`1.0.${outcome.position}`)
    }
    expect(outcomes.sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i))
    expect(errors).toEqual(['13 VERSION_EXISTS'])
    expect(streams).toBe(2)
    expect([...seen.values()].some((times) => times > 1)).toBe(true)
  })
})

describe('a builder', () => {
  it.each([[[]], [['localhost']], [['a:0']], [['a b:1']], [['a:99999']]])(
    'refuses the endpoints %j',
    (endpoints) => {
      expect(() => new ClientBuilder().withCluster(endpoints).build()).toThrow(
        expect.objectContaining({ reason: 'CONFIG_INVALID' }),
      )
    },
  )
})
